"""Depth models of the hub: which there are, pulling them, and reading their folders."""
