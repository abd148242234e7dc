"""How long a picture takes from the camera's side to whoever reads the virtual camera.

Frames that carry their own number go in and are read back at the far end. Where two devices of
v4l2loopback are free, one plays the webcam and the other is the virtual camera, read by OpenCV as
a caller's program would. Elsewhere the frames go through the same stages within this process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

import cv2
import numpy as np

from livedepth.benchmarks import time_code
from livedepth.benchmarks.case import Result, silent
from livedepth.capture.opening import open_source
from livedepth.capture.source import Source
from livedepth.capture.synthetic import SyntheticScene
from livedepth.depth.registry import load_model
from livedepth.errors import LivedepthError, SourceError, VirtualCameraError
from livedepth.frame import Frame, Image
from livedepth.outputs import loopback
from livedepth.outputs.output import Output, OutputContext
from livedepth.outputs.virtual_camera import VirtualCamera
from livedepth.pipeline import Limit, Pipeline
from livedepth.settings import Settings, SettingsHolder
from livedepth.warming import warm

_SIZE = 1280, 720
_RATE = 30.0
_SECONDS, _WARM_UP = 12.0, 3.0
_PATIENCE = 10.0
# A reader whose writer has stopped hangs for seconds, so it leaves so long before.
_FAREWELL = 0.5
_TARGETS_MS = {"p50": 66.0, "p95": 100.0, "p99": 133.0}


@dataclass(slots=True)
class Journey:
    """When each number left and how long it took to be read; safe to write from two threads."""

    left: dict[int, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    unreadable: int = 0

    def depart(self, number: int) -> None:
        """Note that the frame of ``number`` leaves now."""
        self.left[number % time_code.CODES] = time.monotonic()

    def arrive(self, image: Image) -> None:
        """Note what was read now; a number counts once, when it is first seen."""
        now = time.monotonic()
        number = time_code.read(image)
        if number is None:
            self.unreadable += 1
            return
        left = self.left.pop(number, None)
        if left is not None:
            self.took.append(now - left)

    def forget(self) -> None:
        """Leave out what was measured until now; frames on their way count."""
        self.took.clear()
        self.unreadable = 0

    def milliseconds(self, percent: float) -> float:
        """A percentile in milliseconds. Raises LivedepthError where no frame arrived."""
        if not self.took:
            raise LivedepthError(
                f"no frame was read back, and {self.unreadable} were not readable; "
                "close other programs that use the virtual cameras"
            )
        return float(np.percentile(self.took, percent)) * 1e3


class _Numbered:
    """A still scene with a person, each time with another number in it."""

    def __init__(self, size: tuple[int, int], journey: Journey) -> None:
        scene = SyntheticScene(*size).render_image(0.0)
        # A picture in use is not written again before three others were.
        self._pictures = [scene.copy() for _ in range(8)]
        self._journey = journey

    def depart(self, number: int) -> Image:
        """The picture of ``number``, which leaves now."""
        picture = self._pictures[number % len(self._pictures)]
        time_code.stamp(picture, number)
        self._journey.depart(number)
        return picture


class NumberedSource(Source):
    """A live source of numbered frames at a camera's pace."""

    def __init__(self, size: tuple[int, int], rate: float, journey: Journey) -> None:
        self.name, self.live, self.size, self.rate = "numbered frames", True, size, rate
        self._numbered = _Numbered(size, journey)
        self._interrupted = threading.Event()
        self._index = 0
        self._started = time.monotonic()

    def read(self) -> Frame | None:
        """See ``Source``."""
        due = self._started + self._index / self.rate
        if self._interrupted.wait(max(0.0, due - time.monotonic())):
            return None
        image = self._numbered.depart(self._index)
        frame = Frame(image, self._index, time.monotonic(), self._index / self.rate)
        self._index += 1
        return frame

    def interrupt(self) -> None:
        """See ``Source``."""
        self._interrupted.set()

    def close(self) -> None:
        """See ``Source``."""
        self._interrupted.set()


class _Arrivals:
    """An output that reads the number of every frame."""

    name, watched = "the far end", True

    def __init__(self, journey: Journey) -> None:
        self._journey = journey

    def write(self, frame: Frame) -> None:
        self._journey.arrive(frame.image)

    def close(self) -> None:
        """Nothing is held."""


def latency() -> Iterator[Result]:
    """Milliseconds from the camera's side to the reader, and the audio offset that they ask for."""
    warm(silent)
    devices = free_devices()
    if len(devices) < 2:
        journey = in_process(_SIZE, _SECONDS)
        yield from rows(journey, "latency, in process", "time between frames", 1e3 / _RATE)
        return
    bare = bare_path(devices[0], _SIZE, _SECONDS / 2)
    journey = through_devices(devices[0], devices[1], _SIZE, _SECONDS)
    yield from rows(journey, "latency", "without depth", bare.milliseconds(50))


def rows(journey: Journey, name: str, yardstick_name: str, yardstick: float) -> Iterator[Result]:
    """The figures of one journey; yardstick: in milliseconds."""
    size = f"{_SIZE[0]}x{_SIZE[1]}"
    for percentile, target in _TARGETS_MS.items():
        value = journey.milliseconds(float(percentile[1:]))
        yield Result(
            f"{name} {percentile}", size, round(value, 1), "ms", yardstick_name,
            round(yardstick, 1), round(yardstick / value, 2), f"under {target:.0f} ms",
            value < target,
        )  # fmt: skip
    offset = journey.milliseconds(50)
    yield Result(
        f"{name}: audio offset", size, round(offset), "ms", yardstick_name, round(yardstick, 1),
        round(yardstick / offset, 2), "the sync offset to set in OBS", True,
    )  # fmt: skip
    arrived = len(journey.took)
    yield Result(
        f"{name}: unreadable", size, journey.unreadable, "frames", "read", arrived,
        round(arrived / max(journey.unreadable, 1), 2), "under 1 in 100",
        100 * journey.unreadable < arrived,
    )  # fmt: skip


def free_devices() -> list[str]:
    """Devices of v4l2loopback that nobody writes to."""
    free = []
    for item in loopback.devices():
        try:
            free.append(loopback.ready_device(item.device))
        except VirtualCameraError:
            continue
    return free


def in_process(size: tuple[int, int], seconds: float) -> Journey:
    """From a live source through the pipeline to an output, at the default settings."""
    journey = Journey()

    def open_arrivals(spec: str, context: OutputContext) -> Output:  # noqa: ARG001
        return _Arrivals(journey)

    with NumberedSource(size, _RATE, journey) as source:
        _run(source, Settings(output=("null",)), journey, seconds, open_arrivals)
    return journey


def bare_path(device: str, size: tuple[int, int], seconds: float) -> Journey:
    """From a writer to a reader of the same device, with nothing between."""
    journey = Journey()
    with ExitStack() as stack:
        stack.enter_context(_webcam(device, size, journey))
        stack.enter_context(_viewer(device, journey))
        time.sleep(seconds / 4)
        journey.forget()
        time.sleep(seconds)
    return journey


def through_devices(camera: str, virtual: str, size: tuple[int, int], seconds: float) -> Journey:
    """From a writer of ``camera`` through livedepth to a reader of ``virtual``."""
    journey = Journey()
    width, height = size
    settings = Settings(
        source=camera, output=(f"virtual-camera:{virtual}",), width=width, height=height, rate=_RATE
    )
    with ExitStack() as stack:
        stack.enter_context(_webcam(camera, size, journey))
        source = stack.enter_context(open_source(settings))
        leave = stack.enter_context(_viewer(virtual, journey))
        _run(source, settings, journey, seconds, leave=leave)
    return journey


def _run(
    source: Source,
    settings: Settings,
    journey: Journey,
    seconds: float,
    opener: Callable[[str, OutputContext], Output] | None = None,
    leave: Callable[[], None] | None = None,
) -> None:
    """Run for ``seconds``, and a moment longer where a reader is to ``leave`` before the end."""
    forget = threading.Timer(min(_WARM_UP, seconds / 2), journey.forget)
    with closing(load_model()) as model:
        pipeline = Pipeline(source, model, SettingsHolder(settings), silent, opener=opener)
        timers = [forget]
        if leave is not None:
            timers.append(threading.Timer(seconds, leave))
        for timer in timers:
            timer.daemon = True
            timer.start()
        try:
            pipeline.run(Limit(seconds=seconds + (_FAREWELL if leave else 0.0)))
        finally:
            for timer in timers:
                timer.cancel()
                timer.join()


@contextmanager
def _webcam(device: str, size: tuple[int, int], journey: Journey) -> Iterator[None]:
    """Play a webcam on ``device`` meanwhile."""
    with closing(VirtualCamera(device, size, _RATE)) as camera:
        source = NumberedSource(size, _RATE, journey)

        def play(ended: threading.Event) -> None:
            while not ended.is_set() and (frame := source.read()) is not None:
                camera.write(frame)

        with _meanwhile(play):
            yield


@contextmanager
def _viewer(device: str, journey: Journey) -> Iterator[Callable[[], None]]:
    """Read ``device`` meanwhile, as soon as it is a camera; what is yielded ends that earlier."""

    def view(ended: threading.Event) -> None:
        capture = _opened(device, ended)
        try:
            while not ended.is_set():
                arrived, image = capture.read()
                if arrived:
                    journey.arrive(np.asarray(image, np.uint8))
        finally:
            capture.release()

    with _meanwhile(view) as ended:
        yield ended.set


def _opened(device: str, ended: threading.Event) -> cv2.VideoCapture:
    """A device that somebody began to write to; with exclusive_caps=1 it is no camera before."""
    end = time.monotonic() + _PATIENCE
    capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
    while not capture.isOpened() and not ended.wait(0.1):
        if time.monotonic() > end:
            raise SourceError(f"{device} cannot be read; close other programs that use it")
        capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
    return capture


@contextmanager
def _meanwhile(work: Callable[[threading.Event], None]) -> Iterator[threading.Event]:
    """Run ``work`` on a thread until the body has ended; raise here what it raised."""
    ended = threading.Event()
    failures: list[Exception] = []

    def run() -> None:
        try:
            work(ended)
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=run, name="livedepth latency", daemon=True)
    thread.start()
    try:
        yield ended
    finally:
        ended.set()
        thread.join(_PATIENCE)
    if failures:
        raise failures[0]
