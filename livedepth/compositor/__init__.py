"""Turns a frame and its depth into the picture that is sent."""
