"""The numbers of V4L2's calls, as the kernel header has them on 64-bit machines."""

from __future__ import annotations

import re
import struct

import pytest
from conftest import REPOSITORY

from livedepth import v4l2_ioctl


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("QUERYCAP", 0x80685600),
        ("ENUM_FMT", 0xC0405602),
        ("G_FMT", 0xC0D05604),
        ("S_FMT", 0xC0D05605),
        ("REQBUFS", 0xC0145608),
        ("QUERYBUF", 0xC0585609),
        ("QBUF", 0xC058560F),
        ("DQBUF", 0xC0585611),
        ("STREAMON", 0x40045612),
        ("STREAMOFF", 0x40045613),
        ("S_PARM", 0xC0CC5616),
        ("G_CTRL", 0xC008561B),
        ("S_CTRL", 0xC008561C),
        ("QUERYCTRL", 0xC0445624),
        ("QUERYMENU", 0xC02C5625),
        ("ENUM_FRAMESIZES", 0xC02C564A),
        ("ENUM_FRAMEINTERVALS", 0xC034564B),
        ("DQEVENT", 0x80885659),
        ("SUBSCRIBE_EVENT", 0x4020565A),
    ],
)
def test_a_request(name: str, number: int) -> None:
    assert getattr(v4l2_ioctl, name) == number


def test_texts_end_at_their_padding() -> None:
    assert v4l2_ioctl.text(b"vivid\0\0rest") == "vivid"
    assert v4l2_ioctl.text(b"full") == "full"


def test_there_is_nothing_that_nobody_uses() -> None:
    files = [path.read_text(encoding="utf-8") for path in (REPOSITORY / "livedepth").rglob("*.py")]
    used = set(re.findall(r"\bv4l2\.([A-Z_]+)", "".join(files)))
    layouts = {name for name, value in vars(v4l2_ioctl).items() if isinstance(value, struct.Struct)}
    assert {name for name in vars(v4l2_ioctl) if name.isupper()} - layouts <= used


@pytest.mark.parametrize("module", ["outputs/loopback_node", "outputs/readers"])
def test_there_is_one_set_of_layouts(module: str) -> None:
    text = (REPOSITORY / "livedepth" / f"{module}.py").read_text(encoding="utf-8")
    assert "import struct" not in text
