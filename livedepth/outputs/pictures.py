"""A folder of numbered PNG pictures, one for every frame, transparent where the frame is."""

from __future__ import annotations

import re
from pathlib import Path

import cv2

from livedepth.errors import OutputError
from livedepth.frame import Frame

_NUMBERED = re.compile(r"(\d+)\.png", re.IGNORECASE)

# A fixed filter and run lengths: smaller and faster than OpenCV's default, and twice as fast as
# zlib with filters tried row by row, which asking for a level alone would bring.
PNG = [
    *(cv2.IMWRITE_PNG_COMPRESSION, 1),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP),
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
]


def write_whole(path: Path, data: memoryview) -> None:
    """Write ``data`` to a file that is not there yet; raises OSError and leaves no half of it."""
    file = path.open("xb")
    try:
        with file:
            file.write(data)
    except OSError:
        path.unlink(missing_ok=True)
        raise


class PictureFolder:
    """Writes 000001.png, 000002.png, ... into a folder.

    The folder is made when it is missing, its parent is not. Pictures that are there already
    are kept: numbering goes on after the highest.
    """

    def __init__(self, folder: Path) -> None:
        """Make ``folder`` if need be and find the first free number.

        Raises OutputError when it cannot be made or listed, or is not a folder.
        """
        self._folder = folder
        self._closed = False
        try:
            folder.mkdir(exist_ok=True)
            numbers = [_NUMBERED.fullmatch(path.name) for path in folder.iterdir()]
        except FileNotFoundError as error:
            raise OutputError(
                f"folder {folder} cannot be made: {folder.parent} does not exist; make that first"
            ) from error
        except (FileExistsError, NotADirectoryError) as error:
            raise OutputError(f"{folder} is not a folder; choose another name") from error
        except OSError as error:
            raise OutputError(
                f"folder {folder} cannot be used: {error.strerror}; choose another folder"
            ) from error
        self._number = max((int(match[1]) for match in numbers if match), default=0)

    @property
    def name(self) -> str:
        """What a person would call it."""
        return f"pictures in {self._folder}"

    @property
    def watched(self) -> bool:
        """Always: no frame may be missing."""
        return True

    def write(self, frame: Frame) -> None:
        """Write one picture: the cutout, with its alpha, of a frame that has one.

        Raises OutputError when it cannot be written; no half-written picture is left.
        """
        if self._closed:
            raise OutputError(f"{self.name} are closed; open the folder again to write")
        path = self._folder / f"{self._number + 1:06d}.png"
        picture = frame.image if frame.cutout is None else frame.cutout
        encoded = cv2.imencode(".png", picture, PNG)[1]
        try:
            write_whole(path, encoded.data)
        except FileNotFoundError as error:
            raise OutputError(
                f"picture {path} cannot be written: the folder is gone; "
                "start again with a folder that stays"
            ) from error
        except OSError as error:
            raise OutputError(
                f"picture {path} cannot be written: {error.strerror}; "
                "make room there or choose another folder"
            ) from error
        self._number += 1

    def close(self) -> None:
        """Take no further frames; what was written is complete."""
        self._closed = True
