"""Values of a preprocessor_config.json, as transformers writes it, each one checked."""

from __future__ import annotations

from typing import Any, TypeGuard

from livedepth.errors import ModelError

PREPROCESSOR = "preprocessor_config.json"


class Preprocessor:
    """Checked values of one file; where: the model it belongs to, for messages.

    Every method raises ModelError for a value that is not allowed.
    """

    def __init__(self, where: str, values: dict[str, Any]) -> None:
        self._where = where
        self._values = values

    def flag(self, key: str, default: bool) -> bool:
        """A truth value."""
        value = self._values.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._refused(key, "true or false")
        return value

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        """An integer from ``low`` to ``high``."""
        value = self._values.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self._refused(key, f"an integer from {low} to {high}")
        return value

    def scale(self) -> float:
        """What a pixel is multiplied with before the mean is subtracted."""
        if not self.flag("do_rescale", True):
            return 1.0
        value = self._values.get("rescale_factor", 1 / 255)
        if not _is_number(value) or not 0 < value <= 1:
            raise self._refused("rescale_factor", "a number above 0, to 1")
        return float(value)

    def triple(self, key: str, neutral: float) -> tuple[float, float, float]:
        """image_mean or image_std; ``neutral`` thrice where nothing is normalised."""
        if key not in self._values and "do_normalize" not in self._values:
            if any(other in self._values for other in ("image_mean", "image_std")):
                raise self._refused(key, "three numbers")
            return neutral, neutral, neutral
        if not self.flag("do_normalize", True):
            return neutral, neutral, neutral
        value = self._values.get(key)
        if not isinstance(value, list) or len(value) != 3 or not all(map(_is_number, value)):
            raise self._refused(key, "three numbers")
        if neutral and not all(number > 0 for number in value):
            raise self._refused(key, "three numbers above 0")
        return float(value[0]), float(value[1]), float(value[2])

    def size(self, step: int) -> tuple[int, int]:
        """The input size (width, height), on the grid of ``step`` unless that is 0."""
        value = self._values.get("size", {"width": 640, "height": 480})
        if isinstance(value, dict):
            edge = value.get("shortest_edge")
            width, height = value.get("width", edge), value.get("height", edge)
        else:
            width = height = value
        if not (_is_side(width) and _is_side(height)):
            raise self._refused("size", "a width and a height from 16 to 4096")
        if step:
            width, height = (max(step, round(side / step) * step) for side in (width, height))
        return width, height

    def _refused(self, key: str, allowed: str) -> ModelError:
        value = self._values.get(key)
        return ModelError(
            f"model {self._where}: {PREPROCESSOR} has {key} = {value!r}; it takes {allowed}"
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6


def _is_side(value: object) -> TypeGuard[int]:
    return type(value) is int and 16 <= value <= 4096
