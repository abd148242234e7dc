"""The world of the synthetic scene: what stands in it, how people move, how it is drawn.

World: metres, x right, y up, z away from the camera, which stands at x = z = 0. Colours are
linear RGB. Everything is a pure function of seed, size and time.
"""
