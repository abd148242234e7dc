"""Print figures of the depth and its stages, each beside a yardstick of the same run.

    python tools/evaluate.py [--only card|steadiness|halo]... [--data DIR]
                             [--model FILE.onnx] [--held-out SHARD] [--rendered DIR]
                             [--segmenter PYTHON] [--hard DIR] [--sheet FILE.png]

card: the model card's scores of depth and matte, with the teacher as the yardstick. steadiness:
flicker, lag and warping error on the clips, with per-frame min-max of the same model as the
yardstick. halo: the blur's error around the subject, with the plain blend as the yardstick.

What is kept out of training: the shard of unseen clips with mattes is made by
tools/training/prepare.py, the rendered sequences by tools/render.py; selfie segmentation beside
them wants a Python that has mediapipe. What is not named is left out, and said so.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from evaluation.card import WEIGHTS, print_card  # noqa: E402
from evaluation.steadiness import print_steadiness  # noqa: E402
from evaluation.tables import print_results  # noqa: E402

from livedepth.depth.registry import ENGINES  # noqa: E402

TABLES = ("card", "steadiness", "halo")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=TABLES, help="repeatable; default all")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--model", type=Path, default=WEIGHTS / "embedded.onnx")
    parser.add_argument("--engine", default="opencv", choices=ENGINES, help="for steadiness")
    parser.add_argument("--held-out", type=Path, help="a shard of unseen clips with mattes")
    parser.add_argument("--rendered", type=Path, help="a folder of unseen rendered sequences")
    parser.add_argument("--segmenter", help="a Python with mediapipe, for the mattes' yardstick")
    parser.add_argument("--hard", type=Path, help="a folder of pictures that must not fail")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet here")
    arguments = parser.parse_args()
    for name in arguments.only or TABLES:
        if name == "card":
            print_card(arguments)
        elif name == "steadiness":
            print_steadiness(arguments.data, arguments.model, arguments.engine)
        else:
            from livedepth.benchmarks.halo import halo

            print("\nHalo around the subject")
            print_results(list(halo()))


if __name__ == "__main__":
    main()
