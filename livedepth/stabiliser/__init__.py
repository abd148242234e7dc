"""Keeps successive depth maps steady."""
