"""Depth models and the engines that run them."""

from livedepth.threading_policy import let_idle_threads_sleep

# Some modules here load torch, and any of them may be the first.
let_idle_threads_sleep()
