"""Renders webcam scenes with exact depth, matte and motion, by Blender, each from a seed.

    python tools/render.py sequences --output DIR --seeds 1000:1400   the data set; resumes
    python tools/render.py sheet DIR --output sheet.png               a contact sheet of it
    python tools/render.py hard --output DIR                          hard pictures, one of each
    python tools/render.py demo --output DIR                          the demo clip, with depth
    python tools/render.py faces --count 10                           printed faces for the walls

Needs Debian's blender, python3-numpy and sweethome3d-furniture, and from PyPI anny (--no-deps),
roma, trimesh, pyyaml, scipy, safetensors, torch, pyoidn, cffi, OpenEXR, av and opencv-python.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "livedepth" / "rendering"
MODULES = {
    "cv2": "opencv-python",
    "av": "av",
    "OpenEXR": "OpenEXR",
    "pyoidn": "pyoidn cffi",
    "torch": "torch",
    "anny": "roma trimesh pyyaml scipy safetensors, then pip install --no-deps anny",
}


def require_modules() -> None:
    """Exit with one line when a needed package is absent."""
    missing = [line for name, line in MODULES.items() if find_spec(name) is None]
    if missing:
        raise SystemExit(f"packages are absent: pip install {' '.join(missing)}")


def seed_range(text: str) -> range:
    """Seeds as FIRST:END, END left out, or one seed."""
    first, _, end = text.partition(":")
    try:
        return range(int(first), int(end) if end else int(first) + 1)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no FIRST:END of whole numbers") from error


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)

    def verb(name: str, help_text: str) -> argparse.ArgumentParser:
        command = verbs.add_parser(name, help=help_text)
        command.add_argument("--cache", type=Path, default=CACHE, help="furniture and faces")
        command.add_argument("--threads", type=int, default=1, help="Blender's threads")
        return command

    sequences = verb("sequences", "render the data set")
    sequences.add_argument("--output", type=Path, required=True)
    sequences.add_argument("--seeds", type=seed_range, required=True, help="FIRST:END")
    sequences.add_argument("--frames", type=int, default=4)
    sequences.add_argument("--samples", type=int, default=6, help="light paths a pixel")
    sheet = verbs.add_parser("sheet", help="a contact sheet of rendered sequences")
    sheet.add_argument("folder", type=Path)
    sheet.add_argument("--output", type=Path, required=True)
    sheet.add_argument("--count", type=int, default=24, help="of the newest")
    sheet.add_argument("--columns", type=int, default=6)
    sheet.add_argument("--room", action="store_true", help="show motion and the empty room as well")
    hard = verb("hard", "render the hard pictures")
    hard.add_argument("--output", type=Path, required=True)
    hard.add_argument("--only", nargs="*", default=None, help="names of pictures")
    demo = verb("demo", "render the demo clip")
    demo.add_argument("--output", type=Path, required=True)
    demo.add_argument("--frames", type=int, default=96)
    demo.add_argument("--samples", type=int, default=10)
    faces = verb("faces", "render faces for pictures on walls into the cache")
    faces.add_argument("--count", type=int, default=10)
    return parser.parse_args()


def make_sheet(arguments: argparse.Namespace) -> None:
    """Write the contact sheet of a folder's newest sequences."""
    import cv2
    from rendering.sequence import sequence_folders
    from rendering.sheet import contact_sheet

    folders = sequence_folders(arguments.folder)[-arguments.count :]
    if not folders:
        raise SystemExit(f"{arguments.folder} holds no rendered sequence: render some first")
    picture = contact_sheet(folders, arguments.columns, arguments.room)
    if not cv2.imwrite(str(arguments.output), picture):
        raise SystemExit(f"{arguments.output} cannot be written: name a picture in a folder")


def interrupt(number: int, frame: object) -> None:  # noqa: ARG001
    """Let a signal end the work as Ctrl-C does."""
    raise KeyboardInterrupt


def main() -> None:
    """Run the verb that the command line names."""
    arguments = parse()
    if arguments.verb == "sheet":
        make_sheet(arguments)
        return
    require_modules()
    from rendering.clip import render_demo
    from rendering.furniture import FurnitureError
    from rendering.pipeline import render_sequences
    from rendering.renderer import RenderError
    from rendering.single import render_faces, render_hard

    verbs = {
        "sequences": render_sequences,
        "hard": render_hard,
        "demo": render_demo,
        "faces": render_faces,
    }
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    try:
        verbs[arguments.verb](arguments)
    except (FurnitureError, RenderError) as error:
        raise SystemExit(str(error)) from error
    except OSError as error:
        raise SystemExit(f"a file cannot be read or written: {error}") from error
    except KeyboardInterrupt as stop:
        print("stopped; what is finished stays, and the same command goes on", file=sys.stderr)
        raise SystemExit(130) from stop


if __name__ == "__main__":
    main()
