"""What is said of a camera, and how what it granted reads."""

from __future__ import annotations

import pytest

from livedepth.capture.session import Session, granted_line
from livedepth.settings import Settings


def test_a_line_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    session = Session(Settings())
    for line in ("one", "two", "one"):
        session.tell(line)
    assert [(record.name, record.message) for record in caplog.records] == [
        ("livedepth", "one"),
        ("livedepth", "two"),
    ]


def test_asked_against_granted() -> None:
    assert granted_line(Settings(rate=25), (640, 480), "YUYV", 24.0) == (
        "asked 1280x720 at 25 fps; granted 640x480 YUYV at 24 fps"
    )
    assert granted_line(Settings(pixel_format="mjpg"), (640, 480), "", None) == (
        "asked 1280x720 MJPG at 30 fps; granted 640x480"
    )
