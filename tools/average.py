"""Average the weights of a training with those that it began from.

    python tools/average.py START.safetensors TRAINED.safetensors --share 0.85 --output FILE

Weights of one line of descent can be averaged, and do better outside what was trained on than
either end. Source: Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor


def average(
    start: dict[str, Tensor], trained: dict[str, Tensor], share: float
) -> dict[str, Tensor]:
    """``share`` of each trained tensor and the rest of the one it began from; counters are the
    trained. Raises ValueError for weights of unequal networks."""
    if {name: each.shape for name, each in start.items()} != {
        name: each.shape for name, each in trained.items()
    }:
        raise ValueError("the two files hold weights of unequal networks")
    return {
        name: torch.lerp(start[name], value, share) if value.is_floating_point() else value
        for name, value in trained.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("start", type=Path)
    parser.add_argument("trained", type=Path)
    parser.add_argument("--share", type=float, required=True, help="of the trained, 0..1")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    if not 0.0 <= arguments.share <= 1.0:
        raise SystemExit(f"--share is 0 to 1, not {arguments.share}")
    try:
        averaged = average(
            load_file(arguments.start), load_file(arguments.trained), arguments.share
        )
    except (OSError, ValueError) as error:
        raise SystemExit(f"{arguments.trained}: {error}") from error
    save_file(averaged, arguments.output)
    print(f"{arguments.output}: {arguments.share:g} of {arguments.trained.name}")


if __name__ == "__main__":
    main()
