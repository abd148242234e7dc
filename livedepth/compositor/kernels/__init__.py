"""Numba kernels: pure functions over arrays, destination first, allocating nothing.

A kernel that runs in parallel takes per-chunk scratch rows from its caller; its first axis says
into how many chunks of rows the work is cut. The result does not depend on that number.
"""
