"""The NVIDIA GPU that torch sees, and what goes wrong with it in one line."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from livedepth.errors import EngineError

if TYPE_CHECKING:
    import torch


def require_device(engine: str) -> torch.device:
    """Return torch's current CUDA device.

    Raises EngineError, naming ``engine`` and the way out, where torch, its CUDA support, the
    driver or the card is missing.
    """
    try:
        import torch
    except ImportError as error:
        raise EngineError(
            f"engine {engine} needs torch; `pip install 'livedepth[torch]'`"
        ) from error
    if torch.version.cuda is None:
        raise EngineError(
            f"engine {engine}: torch {torch.__version__} was built without CUDA; install a build "
            "of torch for CUDA"
        )
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        available = torch.cuda.is_available()
    if not available:
        # A driver that is too old is told in a warning only.
        said = next((first_line(str(entry.message)) for entry in complaints), "")
        raise EngineError(f"engine {engine} finds no NVIDIA GPU" + (f": {said}" if said else ""))
    with device_errors(engine, torch.device("cuda")):
        return torch.device("cuda", torch.cuda.current_device())


@contextmanager
def device_errors(engine: str, device: torch.device) -> Iterator[None]:
    """Raise what a CUDA device reports as EngineError, naming the card."""
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise EngineError(
            f"engine {engine} is out of memory on {card_name(device)}; close what else uses the "
            "card, or take a smaller model"
        ) from error
    except RuntimeError as error:
        raise EngineError(
            f"engine {engine} failed on {card_name(device)}: {first_line(str(error))}"
        ) from error


def card_name(device: torch.device) -> str:
    """Return the device's name; its index where it was lost and no longer tells."""
    import torch

    try:
        return torch.cuda.get_device_name(device)
    except (RuntimeError, AssertionError):
        return str(device)


def first_line(text: str) -> str:
    """Return the first line of a text that is not empty, or "" if there is none."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
