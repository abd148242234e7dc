"""Print the halo error of the blur effect and of the plain blend, in one run.

    python tools/halo.py [--size 1280x720] [--seeds 4] [--scene NAME] [--picture FILE]

See ``livedepth.benchmarks.halo`` for what is measured. The picture shows, a row for each recipe,
its truth, its result and eight times its error.
"""

from __future__ import annotations

import argparse

import cv2
import numpy as np

from livedepth.benchmarks.halo import SCENES, Comparison, compare

_GAIN = 8.0


def contact_sheet(comparison: Comparison) -> np.ndarray:
    """Truth, result and magnified error of both recipes, uint8."""
    rows = []
    for truth, result in (
        (comparison.plain_truth, comparison.plain),
        (comparison.truth, comparison.ours),
    ):
        error = _GAIN * np.abs(result - truth)
        rows.append(np.hstack([truth, result, error]))
    return np.vstack(rows).clip(0, 255).astype(np.uint8)


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1280x720", help="width x height in pixels")
    parser.add_argument("--seeds", type=int, default=4, help="how many scenes of each kind")
    parser.add_argument("--scene", choices=SCENES, help="only this kind of scene")
    parser.add_argument("--picture", metavar="FILE", help="write the last scene as a picture")
    arguments = parser.parse_args()
    width, height = (int(part) for part in arguments.size.split("x"))
    for kind in [arguments.scene] if arguments.scene else SCENES:
        errors = []
        for seed in range(arguments.seeds):
            comparison = compare(kind, width, height, seed)
            errors.append(comparison.errors())
            ours, plain = errors[-1]
            print(f"{kind} {seed}: ours {ours:.2f}, blend {plain:.2f}, ratio {ours / plain:.2f}")
        ours, plain = np.mean(errors, axis=0)
        print(f"{kind}, mean: ours {ours:.2f}, blend {plain:.2f}, ratio {ours / plain:.2f}")
    if arguments.picture and not cv2.imwrite(arguments.picture, contact_sheet(comparison)):
        raise SystemExit(f"{arguments.picture} cannot be written; name another file")


if __name__ == "__main__":
    main()
