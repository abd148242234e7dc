"""Webcam scenes with exact depth, matte and motion, rendered by Blender from a seed."""
