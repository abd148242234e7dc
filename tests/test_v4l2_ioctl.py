"""The numbers of V4L2's calls, as the kernel header has them on 64-bit machines."""

from __future__ import annotations

import pytest

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
        ("G_PARM", 0xC0CC5615),
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
