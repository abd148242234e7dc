"""Renew the reference that engines are held to, after the embedded network's weights changed.

    python tools/reference.py

The maps are made by ONNX Runtime, and the torch definition and OpenCV must agree with them.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from livedepth.depth.engines import obstacle  # noqa: E402
from livedepth.depth.reference import MAKERS, proven, write_shipped  # noqa: E402
from livedepth.depth.registry import built_in_models  # noqa: E402


def main() -> None:
    models = list(built_in_models().values())
    file = write_shipped(models)
    for files in models:
        for engine in MAKERS:
            if obstacle(files, engine):
                raise SystemExit(f"engine {engine} is needed: {obstacle(files, engine)}")
            proven(files, engine).close()
            print(f"{files.description.name}: {engine} agrees")
    print(f"{file.name}: {file.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
