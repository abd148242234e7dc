"""An hour of camera time through the pipeline, as fast as the machine goes: does anything grow?

    python tools/soak.py [--minutes 60] [--rate 30]

The camera's clock, which is the process's, is moved on by one interval for each frame, so an hour
takes minutes. Effects and modes change all the time. Memory, open files and threads are looked at
early and late, and the recording is read back for its times.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import numpy as np
import psutil

from livedepth.capture.source import Source
from livedepth.frame import Frame, Image, Prediction
from livedepth.pipeline import Pipeline
from livedepth.settings import Settings, SettingsHolder

SIZE = 64, 36
MAP = 24, 40
CHANGE_EVERY = 50
EARLY = 0.2

CHANGES: list[dict[str, object]] = [
    {"effect": effect, "mode": mode, "background": background}
    for mode in ("latest", "paired")
    for effect, background in (
        ("blur", "#20283a"), ("replace", "blur"), ("replace", "transparent"), ("fog", "#20283a"),
        ("spotlight", "#20283a"), ("depth", "#20283a"), ("overlay", "#20283a"),
        ("replace", "#20283a"),
    )
]  # fmt: skip


class Clock:
    """A monotonic clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        return self.now


@contextmanager
def simulated_time() -> Iterator[Clock]:
    """Put a clock of ours in the place of ``time.monotonic``; waiting for threads stays real."""
    real, clock = time.monotonic, Clock()
    time.monotonic = clock
    try:
        yield clock
    finally:
        time.monotonic = real


class SimulatedCamera(Source):
    """A live source whose next frame comes, one interval later, when the last was sent."""

    name, granted, live, size, length = "simulated camera", "", True, SIZE, None

    def __init__(self, clock: Clock, rate: float, frames: int) -> None:
        self.rate = rate
        self._clock, self._frames = clock, frames
        self._index = 0
        self._started = clock.now
        self._sent = threading.Semaphore(1)
        self._interrupted = False
        scenery = np.random.default_rng(5).integers(0, 256, (SIZE[1], 2 * SIZE[0], 3))
        self._scenery = scenery.astype(np.uint8)

    def read(self) -> Frame | None:
        self._sent.acquire()
        if self._interrupted or self._index == self._frames:
            return None
        self._clock.now = self._started + self._index / self.rate
        left = self._index % SIZE[0]
        image = np.ascontiguousarray(self._scenery[:, left : left + SIZE[0]])
        frame = Frame(image, self._index, self._clock.now, self._index / self.rate)
        self._index += 1
        return frame

    def sent(self) -> None:
        """Let the next frame come."""
        self._sent.release()

    def interrupt(self) -> None:
        self._interrupted = True
        self._sent.release()

    def close(self) -> None:
        self.interrupt()


class WanderingSubject:
    """A model that sees a disc which walks about."""

    name, engine = "wandering subject", "none"

    def __init__(self) -> None:
        self._calls = 0
        self._rows, self._columns = np.mgrid[0 : MAP[0], 0 : MAP[1]]

    def infer(self, image: Image) -> Prediction:  # noqa: ARG002
        self._calls += 1
        across = MAP[1] * (0.5 + 0.3 * np.sin(self._calls / 40))
        away = (self._columns - across) ** 2 + (self._rows - MAP[0] / 2) ** 2
        disc = (away < (MAP[0] / 4) ** 2).astype(np.float32)
        return Prediction(0.2 + 0.6 * disc, disc)

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the process holds at one moment."""

    megabytes: float
    files: int
    threads: int


@dataclass(frozen=True, slots=True)
class Soak:
    """What came of it.

    early, late: after the first fifth and at the end. drift: seconds that the recording's last
    frame lies off the source's clock. backwards: frames of it that do not follow the one before.
    """

    frames: int
    recorded: int
    seconds: float
    early: Holdings
    late: Holdings
    drift: float
    backwards: int
    failures: tuple[str, ...]


def holdings() -> Holdings:
    process = psutil.Process()
    return Holdings(
        process.memory_info().rss / 1e6, len(list(Path("/proc/self/fd").iterdir())),
        process.num_threads(),
    )  # fmt: skip


def soak(minutes: float, rate: float, folder: Path) -> Soak:
    """Run ``minutes`` of camera time at ``rate`` frames a second, recorded into ``folder``."""
    frames = round(60 * minutes * rate)
    looks: list[Holdings] = []
    said: list[str] = []
    changes = itertools.cycle(CHANGES)
    # Both looks come at the same place in the cycle, with the same effects and threads.
    cycle = CHANGE_EVERY * len(CHANGES)
    places = (max(1, round(EARLY * frames / cycle)) * cycle, frames // cycle * cycle)
    began = time.perf_counter()
    with simulated_time() as clock:
        camera = SimulatedCamera(clock, rate, frames)
        holder = SettingsHolder(
            Settings(output=("null", str(folder / "soak.mkv")), pause_after=0, quality=40)
        )

        def progress(sent: int) -> None:
            if sent % CHANGE_EVERY == 0:
                holder.change(**next(changes))
            if sent in places:
                looks.append(holdings())
            camera.sent()

        Pipeline(camera, WanderingSubject(), holder, said.append).run(progress=progress)
    times = recorded_times(folder / "soak.mkv")
    backwards = sum(later <= earlier for earlier, later in itertools.pairwise(times))
    drift = (times[-1] - times[0]) - (frames - 1) / rate
    # Where depth is slower than this hurried clock, concealing is right.
    failures = tuple(text for text in said if "failed" in text and "no depth has come" not in text)
    return Soak(
        frames, len(times), time.perf_counter() - began, looks[0], looks[-1], drift, backwards,
        failures,
    )  # fmt: skip


def recorded_times(file: Path) -> list[float]:
    """The time of every packet of a video, in seconds."""
    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        return [
            float(packet.pts * packet.time_base)
            for packet in container.demux(stream)
            if packet.pts is not None and packet.time_base is not None
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0, help="camera time")
    parser.add_argument("--rate", type=float, default=30.0, help="frames a second")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = soak(arguments.minutes, arguments.rate, Path(folder))
    for name, value in asdict(result).items():
        print(f"{name}: {value}")
    flat = result.late.files == result.early.files and result.late.threads <= result.early.threads
    flat = flat and result.late.megabytes < 1.05 * result.early.megabytes
    sys.exit(0 if flat and not result.backwards and not result.failures else 1)


if __name__ == "__main__":
    main()
