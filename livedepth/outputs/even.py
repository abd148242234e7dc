"""Frames of one fixed size with even sides, which 4:2:0 video needs."""

from __future__ import annotations

from livedepth.errors import OutputError
from livedepth.frame import Image


class EvenCrop:
    """Checks that frames have the announced size, and cuts an odd side by a row or column.

    4:2:0 video stores colour for blocks of 2x2 pixels. Cutting shows no seam; padding does.
    """

    def __init__(self, size: tuple[int, int], name: str) -> None:
        """Prepare for frames of ``size`` (width, height), for the output called ``name``.

        Raises OutputError when nothing would be left.
        """
        self._announced = size
        self._name = name
        width, height = (side - side % 2 for side in size)
        if not (width and height):
            raise OutputError(f"{name} needs frames of at least 2x2 pixels, not {_text(size)}")
        self.size = (width, height)

    def crop(self, image: Image) -> Image:
        """Return the even part of ``image``, a view.

        Raises OutputError when the image has another size than was announced.
        """
        height, width = image.shape[:2]
        if (width, height) != self._announced:
            raise OutputError(
                f"{self._name} was opened for frames of {_text(self._announced)} and got "
                f"{_text((width, height))}; the size is fixed while a stream runs"
            )
        return image[: self.size[1], : self.size[0]]


def _text(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
