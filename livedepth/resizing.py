"""Reducing a frame to a network's size, for every stage that looks at a small picture."""

from __future__ import annotations

import cv2

from livedepth.frame import Image


def shrink(image: Image, destination: Image, halfway: Image) -> None:
    """Resize ``image`` into ``destination`` without the aliasing of plain interpolation.

    halfway: scratch of twice the destination's size. Going through it costs a fraction of an area
    average over a fractional factor, and averages over as many pixels up to a factor of four.
    """
    rows, columns = destination.shape[:2]
    if image.shape[0] < 2 * rows or image.shape[1] < 2 * columns:
        cv2.resize(image, (columns, rows), dst=destination, interpolation=cv2.INTER_LINEAR)
        return
    cv2.resize(image, (2 * columns, 2 * rows), dst=halfway, interpolation=cv2.INTER_LINEAR)
    cv2.resize(halfway, (columns, rows), dst=destination, interpolation=cv2.INTER_AREA)
