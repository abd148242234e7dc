"""Print how well late maps are carried to the frame, on real clips.

The embedded network's steady map of every frame is the reference; five of them a second, 200 ms
old, are carried by optical flow, or held as they are. Errors are in percent, where something moves.

    python tools/evaluation/propagation.py CLIP... [--frames 120]
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from livedepth.benchmarks.propagation import Shot, errors, held, propagated
from livedepth.capture.opening import open_source
from livedepth.depth.registry import load_model
from livedepth.settings import Settings
from livedepth.stabiliser.stabiliser import Stabiliser


def paired(clip: Path, frames: int) -> list[Shot]:
    """The clip's first frames, each with its own steady map."""
    stabiliser, shots = Stabiliser(), []
    with (
        closing(load_model("embedded")) as model,
        open_source(Settings(source=str(clip))) as source,
    ):
        while len(shots) < frames and (frame := source.read()) is not None:
            prediction = model.infer(frame.image)
            steady = stabiliser.update(prediction, frame.image, frame.timestamp)
            shots.append(Shot(frame.image.copy(), steady))
    return shots


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path, nargs="+", metavar="CLIP")
    parser.add_argument("--frames", type=int, default=120)
    arguments = parser.parse_args()
    print(f"{'carried; held':28s} {'matte':>14s} {'disparity':>14s} {'left behind':>14s}")
    for clip in arguments.clips:
        shots = paired(clip, arguments.frames)
        pairs = zip(errors(shots, propagated(shots)), errors(shots, held(shots)), strict=True)
        cells = " ".join(f"{100 * ours:6.2f}; {100 * theirs:6.2f}" for ours, theirs in pairs)
        print(f"{clip.stem:28s} {cells}")


if __name__ == "__main__":
    main()
