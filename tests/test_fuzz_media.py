"""A damaged video or picture is read as far as it goes or refused in a line: no crash, no hang.

The files are read in a process of its own, which a crash of a decoder would end.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from media import write_clip
from output_support import pattern

SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
from contextlib import closing
import numpy as np
from livedepth.capture.opening import open_source
from livedepth.compositor.background import open_background
from livedepth.errors import LivedepthError
from livedepth.settings import Settings

def read(file):
    with open_source(Settings(source=file)) as source:
        width, height = source.size
        count = 0
        while count < 40 and (frame := source.read()) is not None:
            assert frame.image.shape == (height, width, 3), frame.image.shape
            assert frame.image.dtype == np.uint8
            assert np.isfinite(frame.timestamp)
            count += 1
        return count

def show(file):
    canvas = np.zeros((48, 64, 3), np.uint8)
    with closing(open_background(file)) as background:
        for _ in range(3):
            background.fill(canvas, afresh=True)
    return 3

for file in sys.argv[1:]:
    for use in (read, show):
        print(use.__name__ + " " + file, flush=True)
        try:
            answer = use(file)
        except LivedepthError as error:
            answer = str(error)
        print(json.dumps(answer), flush=True)
"""

PATIENCE = 100
DRAW = np.random.default_rng(11)


def png_claiming(width: int, height: int) -> bytes:
    """A picture that says it is as large as that, and holds next to nothing."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    content = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + content


def jpeg_claiming(width: int, height: int, whole: bytes) -> bytes:
    """``whole`` with another size in its frame header (SOF0)."""
    place = whole.index(b"\xff\xc0") + 5
    return whole[:place] + struct.pack(">HH", height, width) + whole[place + 4 :]


def damages(whole: bytes, flips: int) -> dict[str, bytes]:
    found = {f"cut{share}": whole[: len(whole) * share // 100] for share in (1, 20, 60, 98)}
    for turn in range(flips):
        changed = bytearray(whole)
        for place in DRAW.integers(0, len(whole), 1 + turn):
            changed[place] ^= 1 << int(DRAW.integers(8))
        found[f"flip{turn}"] = bytes(changed)
    head = bytearray(whole)
    head[: min(64, len(whole))] = DRAW.bytes(min(64, len(whole)))
    return found | {"head": bytes(head), "zeros": bytes(len(whole)), "empty": b""}


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    images = [pattern((64, 48), 8 * index) for index in range(12)]
    whole: dict[str, bytes] = {}
    for ending, codec in ((".mp4", "libx264"), (".mkv", "libx264"), (".avi", "mjpeg")):
        pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        clip = write_clip(tmp_path / f"whole{ending}", images, codec=codec, pixel_format=pixels)
        whole[ending] = clip.read_bytes()
    for ending in (".png", ".jpg", ".webp", ".tif"):
        whole[ending] = cv2.imencode(ending, images[0])[1].tobytes()
    contents = {
        f"{name}{ending}": content
        for ending, data in whole.items()
        for name, content in damages(data, flips=6).items()
    }
    for side in (30_000, 2**31 - 1):
        contents[f"huge{side}.png"] = png_claiming(side, side)
    contents["huge.jpg"] = jpeg_claiming(65_500, 65_500, whole[".jpg"])
    contents["nothing.png"] = png_claiming(0, 0)
    contents["picture.mp4"], contents["video.png"] = whole[".png"], whole[".mp4"]
    paths = []
    for name, content in contents.items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(content)
    return paths


def test_damaged_media(files: list[Path]) -> None:
    tasks = [f"{use} {file}" for file in files for use in ("read", "show")]
    found: dict[str, object] = {}
    died: dict[str, str] = {}
    while len(found) + len(died) < len(tasks):
        left = [str(file) for file in files if f"read {file}" not in found | died]
        run = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", SCRIPT, *left],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        lines = run.stdout.splitlines()
        found |= {
            task: json.loads(answer) for task, answer in zip(lines[::2], lines[1::2], strict=False)
        }
        if not run.returncode:
            break
        died[lines[-1]] = run.stderr[-600:]
        if lines[-1].startswith("read"):
            died[lines[-1].replace("read", "show", 1)] = "not tried"
    assert not died, died
    assert set(found) == set(tasks)
    for task, answer in found.items():
        if isinstance(answer, str):
            assert len(answer.splitlines()) == 1, (task, answer)
            assert Path(task.split(" ", 1)[1]).name in answer, (task, answer)
    empty = [answer for task, answer in found.items() if "empty" in task or "zeros." in task]
    assert all(isinstance(answer, str) for answer in empty)
