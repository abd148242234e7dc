from __future__ import annotations

import itertools

import numpy as np

from livedepth.capture.demo import CLIP, demo_frames, open_demo
from livedepth.settings import Settings


def test_the_clip_is_small_enough_for_the_wheel() -> None:
    assert sum(path.stat().st_size for path in CLIP.iterdir()) < 1_500_000


def test_somebody_moves_before_a_room_and_the_truth_says_where() -> None:
    frames = list(demo_frames())
    assert len(frames) > 48
    for frame in frames:
        assert frame.image.shape[:2] == frame.metres.shape == frame.matte.shape
        person, room = frame.matte > 0.9, frame.matte < 0.1
        assert 0.1 < person.mean() < 0.7
        assert 0.4 < np.median(frame.metres[person]) < 1.6
        assert np.median(frame.metres[room]) > 1.3 * np.median(frame.metres[person])
    motion = [
        np.abs(after.image.astype(int) - before.image).mean()
        for before, after in itertools.pairwise(frames)
    ]
    assert np.mean(motion) > 0.2
    seam = np.abs(frames[0].image.astype(int) - frames[-1].image).mean()
    assert seam < 3 * max(motion)


def test_the_source_fills_the_size_asked_for_and_never_ends() -> None:
    passes = len(list(demo_frames()))
    with open_demo(Settings(width=320, height=240)) as source:
        assert (source.size, source.length, source.live) == ((320, 240), None, False)
        frames = [source.read() for _ in range(passes + 3)]
    assert all(frame is not None and frame.image.shape == (240, 320, 3) for frame in frames)
    stamps = [frame.timestamp for frame in frames if frame is not None]
    np.testing.assert_allclose(np.diff(stamps), 1 / source.rate, atol=2e-3)
