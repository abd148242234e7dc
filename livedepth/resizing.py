"""Bringing a picture to another size, for every stage that needs it."""

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


def cover(destination: Image, image: Image) -> None:
    """Scale ``image`` so that it fills ``destination``, centred and without stretching.

    Both are BGR uint8 (height, width, 3); what sticks out on two sides is cut off.
    """
    height, width = destination.shape[:2]
    rows, columns = image.shape[:2]
    scale = max(width / columns, height / rows)
    kept_columns = min(max(round(width / scale), 1), columns)
    kept_rows = min(max(round(height / scale), 1), rows)
    left, top = (columns - kept_columns) // 2, (rows - kept_rows) // 2
    kept = image[top : top + kept_rows, left : left + kept_columns]
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    cv2.resize(kept, (width, height), dst=destination, interpolation=interpolation)
