"""A synthetic webcam scene with exact ground truth: somebody at a desk in a furnished room.

The room never moves, so it is ray-cast once per scene; each frame casts only the tiles that the
people and the things before them may touch. Everything is a pure function of seed, size and time.
"""

from __future__ import annotations

import threading
import time as clock
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livedepth.capture.pacing import Pacer
from livedepth.capture.raycast.development import add_noise
from livedepth.capture.raycast.sharing import share
from livedepth.capture.raycast.tables import AIR, Table, World
from livedepth.capture.scene.animation import express, make_rest, occluders, pose
from livedepth.capture.scene.assembly import assemble
from livedepth.capture.scene.camera import make_camera, tone_curve
from livedepth.capture.scene.lights import make_lights
from livedepth.capture.scene.model import pack
from livedepth.capture.scene.random_look import MOST_PEOPLE, choose_look
from livedepth.capture.scene.rendering import Drawing, bake, draw
from livedepth.capture.source import Source
from livedepth.errors import SettingsError
from livedepth.frame import Frame
from livedepth.settings import Settings

SMALLEST_SIDE = 16


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticFrame:
    """One picture and its truth, all (height, width).

    image: uint8 BGR. depth: float32 planar metres. disparity: float32, 1/depth scaled so that the
    frame's nearest point is 1 and its farthest 0. matte: float32 0..1, 1 = a person. motion:
    float32 (height, width, 2), pixels (x, y) that each visible point moves in the interval.
    """

    image: NDArray[np.uint8]
    depth: NDArray[np.float32]
    disparity: NDArray[np.float32]
    matte: NDArray[np.float32]
    motion: NDArray[np.float32]


class SyntheticScene:
    """A room with people who sway, talk, blink and wave, rendered with exact ground truth.

    width, height: pixels, 16 or more. seed: 0 is the hand-made scene, any other draws room,
    light, camera and people. people: how many, 0..3; None lets the seed choose. noise: standard
    deviation of the sensor noise at mid grey as a fraction of full scale, 0..1.
    Raises SettingsError for values outside these ranges. Threads may render one scene at once.
    """

    def __init__(
        self,
        width: int = 1280,
        height: int = 720,
        seed: int = 0,
        people: int | None = 1,
        noise: float = 0.0,
    ) -> None:
        check(width, height, seed, people, noise)
        self._seed, self._noise = seed, noise
        look = choose_look(seed, people)
        things = assemble(look)
        self._people = things.people
        self._rest = make_rest([*things.figures, *things.front])
        self._settled = len(things.figures)
        self._curve = tone_curve(look.exposure)
        self._world = World(
            make_camera(look, width, height),
            pack([*things.room, *things.front]),
            things.materials,
            make_lights(look),
            occluders(self._people, 0.0),
            np.array([(*look.light.sky, *look.light.ground)], AIR),
        )
        self._backdrop = bake(self._world, len(things.room), self._curve, height, width)

    def render(self, time: float, interval: float = 1 / 30) -> SyntheticFrame:
        """Picture and truth at `time` seconds; motion reaches to `time + interval`.

        All arrays are new, C-contiguous and the caller's own.
        """
        drawn = self._draw(time, pose(self._rest, self._people, time + interval))
        disparity = normalised_disparity(drawn.depth)
        return SyntheticFrame(drawn.image, drawn.depth, disparity, drawn.matte, drawn.motion)

    def render_image(self, time: float) -> NDArray[np.uint8]:
        """The picture alone: BGR uint8 (height, width, 3), a new array."""
        return self._draw(time).image

    def _draw(self, time: float, later: Table | None = None) -> Drawing:
        """The people over the room, with motion to the later pose, and the sensor's noise."""
        world = self._world._replace(
            solids=pose(self._rest, self._people, time),
            materials=express(self._world.materials, self._people, time),
            occluders=occluders(self._people, time),
        )
        drawn = draw(self._backdrop, world, self._settled, self._curve, later)
        if self._noise > 0.0:
            seed = self._seed * 7919 + round(time * 1000.0)
            rows = np.arange(len(drawn.image))
            share(lambda todo: add_noise(drawn.image, self._noise, seed, todo), rows)
        return drawn


def normalised_disparity(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """1/depth scaled to 0..1 over the frame."""
    inverse = 1.0 / depth
    low, high = float(inverse.min()), float(inverse.max())
    out: NDArray[np.float32] = ((inverse - low) / max(high - low, 1e-9)).astype(np.float32)
    return out


def check(width: int, height: int, seed: int, people: int | None, noise: float) -> None:
    if min(width, height) < SMALLEST_SIDE:
        raise SettingsError(
            f"a synthetic scene is at least {SMALLEST_SIDE} pixels each way, got {width}x{height}"
        )
    if seed < 0:
        raise SettingsError(f"a seed is 0 or more, got {seed}")
    if people is not None and not 0 <= people <= MOST_PEOPLE:
        raise SettingsError(f"people is 0 to {MOST_PEOPLE} or None, got {people}")
    if not 0.0 <= noise <= 1.0:
        raise SettingsError(f"noise is 0 to 1, got {noise}")


class SyntheticSource(Source):
    """The hand-made scene as an endless stream, of the settings' size and rate.

    With the setting ``realtime`` it keeps the scene's own time and drops frames that come late.
    """

    def __init__(self, settings: Settings) -> None:
        self.name, self.live = "synthetic scene", settings.realtime
        self.size, self.rate = (settings.width, settings.height), settings.rate
        self._scene = SyntheticScene(*self.size)
        self._interrupted = threading.Event()
        self._pacer = Pacer(1.0 / settings.rate, self._interrupted)
        self._index = -1

    def read(self) -> Frame | None:
        while not self._interrupted.is_set():
            self._index += 1
            timestamp = self._index / self.rate
            if self.live and not self._pacer.on_time(timestamp):
                continue
            if self._interrupted.is_set():
                return None
            image = self._scene.render_image(timestamp)
            return Frame(image, self._index, clock.monotonic(), timestamp)
        return None

    def interrupt(self) -> None:
        self._interrupted.set()

    def close(self) -> None:
        self._interrupted.set()
