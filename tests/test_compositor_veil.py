"""Spotlight and fog: the subject as it is, the room toned or veiled."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from livedepth.compositor.compositor import Compositor
from livedepth.compositor.fog import distance, extinction
from livedepth.frame import Image, Map, SteadyDepth
from livedepth.settings import Settings

WIDTH, HEIGHT = 640, 360
ROOM, PERSON = (40, 200, 90), (70, 90, 190)


def scene() -> tuple[Image, Map, SteadyDepth]:
    """A round person before a room that grows more distant from left to right."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    alpha = np.clip((90 - np.hypot(columns - 320, rows - 180)) / 3 + 0.5, 0, 1).astype(np.float32)
    image = alpha[..., None] * PERSON + (1 - alpha[..., None]) * ROOM
    matte = cv2.resize(alpha, (160, 90), interpolation=cv2.INTER_AREA)
    room = np.tile(np.linspace(0.5, 0.0, 160, dtype=np.float32), (90, 1))
    disparity = (room + matte * (0.85 - room)).astype(np.float32)
    depth = SteadyDepth(disparity, matte, focus=0.85, band=0.1)
    return np.rint(image).astype(np.uint8), alpha, depth


def composed(settings: Settings) -> tuple[np.ndarray, Image, Map]:
    image, alpha, depth = scene()
    with Compositor(settings) as compositor:
        return compositor.compose(image, depth).astype(int), image, alpha


@pytest.mark.parametrize("effect", ["spotlight", "fog"])
def test_the_subject_is_left_as_it_is(effect: str) -> None:
    out, image, alpha = composed(Settings(effect=effect, strength=1.0))
    inside = cv2.erode(alpha, np.ones((15, 15))) >= 1
    np.testing.assert_array_equal(out[inside], image[inside])


def test_the_spotlight_darkens_and_greys_by_its_settings() -> None:
    corner = np.s_[:40, :40]
    auto = composed(Settings(effect="spotlight"))[0][corner].mean(axis=(0, 1))
    luma = np.dot((0.0722, 0.7152, 0.2126), ROOM)
    np.testing.assert_allclose(auto, 0.4 * (0.2 * np.array(ROOM) + 0.8 * luma), atol=0.6)
    set_ = Settings(effect="spotlight", dim=0.25, desaturate=0.0)
    np.testing.assert_allclose(
        composed(set_)[0][corner].mean(axis=(0, 1)), 0.75 * np.array(ROOM), atol=0.6
    )


def test_the_spotlight_never_sends_a_plain_background() -> None:
    out, image, _ = composed(Settings(effect="spotlight", dim=0.0, desaturate=0.0))
    assert out[:40].mean() < 0.95 * image[:40].mean()


def test_no_fringe_of_the_lit_room_is_left_round_the_subject() -> None:
    out, image, alpha = composed(Settings(effect="spotlight", dim=1.0))
    truth = alpha[..., None] * np.array(PERSON)
    naive = cv2.resize(scene()[2].matte, (WIDTH, HEIGHT))[..., None] * image
    near = cv2.dilate(alpha, np.ones((25, 25))) - cv2.erode(alpha, np.ones((25, 25))) > 0.5
    assert np.abs(out - truth)[near].mean() < 0.5 * np.abs(naive - truth)[near].mean()
    assert np.abs(out - truth)[near].mean() < 2.5


def test_fog_thickens_with_distance_and_strength() -> None:
    fog = np.array((0xD6, 0xCE, 0xC8))
    lines = []
    for strength in (0.0, 0.5, 1.0):
        out = composed(Settings(effect="fog", strength=strength))[0]
        line = np.abs(out[:40] - fog).mean(axis=(0, 2))
        assert (np.diff(line[::40]) < 0).all()
        lines.append(line.mean())
    assert lines == sorted(lines, reverse=True)
    assert np.abs(out[:40, -20:] - fog).max() <= 3


def test_fog_has_the_colour_of_the_settings() -> None:
    out = composed(Settings(effect="fog", strength=1.0, fog_colour="#ff8000"))[0]
    np.testing.assert_allclose(out[:40, -20:].mean(axis=(0, 1)), (0, 0x80, 0xFF), atol=3)


def test_fog_has_no_bands() -> None:
    out = composed(Settings(effect="fog", strength=0.7))[0][:64, :, 0]
    smooth = cv2.blur(out.astype(float), (8, 8))[8:-8, 8:-8]
    steps = np.abs(np.diff(smooth, axis=1))
    assert steps.max() < 1.0
    assert (np.diff(smooth[::8], axis=1) == 0).mean() < 0.35


def test_fog_is_as_thick_as_asked_whatever_the_subjects_distance() -> None:
    for focus in (0.3, 0.6, 1.0):
        path = distance(0.0) - distance(focus)
        assert np.exp(-extinction(1.0, focus) * path) == pytest.approx(0.003, rel=1e-6)
        assert np.exp(-extinction(0.0, focus) * path) == pytest.approx(0.8, rel=1e-6)
    assert np.isfinite(extinction(1.0, 0.0))
