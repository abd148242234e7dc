"""Kernels of the synthetic scene: an analytic ray-caster with procedural materials.

A kernel works through the tiles it is given and releases the GIL, so that threads share a frame;
it writes no pixel outside its tiles.

Geometry is metres in a world with x right, y up and z away from the camera. A ray direction has
unit length; *distance* is measured along it and *depth* along the optical axis. A three-vector is
a tuple of floats, which the compiler keeps in registers.
"""
