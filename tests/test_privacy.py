"""Nothing raw leaves: a marked room is sent through every fault, and every output is searched.

The room is a checkerboard so fine that whatever hides it must wipe it out, and the subject is a
plain disc. The search demodulates each picture at the checkerboard's own frequency, so it finds
what is left of it at any place, shifted, mirrored or faint.
"""

from __future__ import annotations

import http.client
import itertools
import os
import random
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import av
import cv2
import numpy as np
import pytest
from doubles import ScriptedSource, Step
from media import write_clip
from output_support import free_port

from livedepth import pipeline as pipeline_module
from livedepth.compositor.canvas import Canvas
from livedepth.compositor.compositor import Compositor, _make_effect
from livedepth.compositor.effect import Effect
from livedepth.compositor.placeholder import placeholder
from livedepth.contents import Contents
from livedepth.errors import CameraLostError, ModelError
from livedepth.frame import Frame, Image, Prediction
from livedepth.outputs import loopback, overlay, preview, readers, virtual_camera, web_latest
from livedepth.outputs.opening import open_output
from livedepth.outputs.output import Output, OutputContext
from livedepth.outputs.web import WebOutput
from livedepth.pipeline import Limit, Pipeline
from livedepth.processor import Processor
from livedepth.settings import BOKEH, COLOURMAPS, KNOBS, Settings, SettingsHolder
from livedepth.stabiliser.stabiliser import Stabiliser

SIZE = WIDTH, HEIGHT = 160, 96
SQUARE = 2
RADIUS, MARGIN = 20, 12
MIDDLE, UPPER_LEFT, LOWER_RIGHT = (80, 48), (34, 30), (126, 66)
SUBJECT = (90, 120, 190)
WINDOW = 12

# Shares of the checkerboard's contrast. Coding and a lens's blur leave a little of it.
HIDDEN, BLURRED, PLAIN = 0.05, 0.12, 0.5

EFFECTS: dict[str, dict[str, object]] = {
    "blur": {"effect": "blur", "strength": 1.0},
    "colour": {"effect": "replace", "background": "#20283a"},
    "room": {"effect": "replace", "background": "blur", "strength": 1.0},
    "cutout": {"effect": "replace", "background": "transparent"},
    "spotlight": {"effect": "spotlight", "dim": 1.0},
    "fog": {"effect": "fog", "strength": 1.0},
}


def disc(centre: tuple[int, int], radius: int) -> np.ndarray:
    rows, columns = np.indices((HEIGHT, WIDTH))
    return (columns - centre[0]) ** 2 + (rows - centre[1]) ** 2 < radius**2


def marked(centre: tuple[int, int] = MIDDLE) -> Image:
    """A plain subject before the marked room."""
    rows, columns = np.indices((HEIGHT, WIDTH))
    squares = (rows // SQUARE + columns // SQUARE) % 2
    picture = np.where(squares[..., None], (255, 0, 255), (0, 255, 0)).astype(np.uint8)
    picture[disc(centre, RADIUS)] = SUBJECT
    return picture


def furnished(centre: tuple[int, int], seed: int) -> Image:
    """A marked room whose large parts are light and dark, as another seed's are not."""
    parts = np.random.default_rng(seed).choice([0.3, 0.9], (3, 5))
    shade = np.kron(parts, np.ones((HEIGHT // 3, WIDTH // 5)))
    picture = (marked() * shade[..., None]).astype(np.uint8)
    picture[disc(MIDDLE, RADIUS)] = 0
    picture[disc(centre, RADIUS)] = SUBJECT
    return picture


def room(centre: tuple[int, int]) -> np.ndarray:
    """Where the room is, whether or not the picture is mirrored, clear of the soft outline."""
    outside = ~disc(centre, RADIUS + MARGIN)
    return outside & outside[:, ::-1]


def _waves() -> list[np.ndarray]:
    rows, columns = np.indices((HEIGHT, WIDTH))
    turn = 1j * np.pi / SQUARE
    return [np.exp(turn * (rows + columns)), np.exp(turn * (rows - columns))]


WAVES = _waves()


def contrast(picture: Image) -> np.ndarray:
    """How strong the checkerboard is around each pixel, in colour or in brightness."""
    channels = picture.reshape(HEIGHT, WIDTH, -1)[..., :3].astype(np.float32)
    blue, green, red = channels.T if channels.shape[2] == 3 else 3 * [channels[..., 0].T]
    found = np.zeros((HEIGHT, WIDTH), np.float32)
    for signal in ((2 * green - blue - red).T / 1020, (green + blue + red).T / 255):
        signal = signal - cv2.blur(signal, (WINDOW, WINDOW))
        for wave in WAVES:
            turned = signal * wave
            parts = (np.ascontiguousarray(part, np.float32) for part in (turned.real, turned.imag))
            found = np.maximum(
                found, np.hypot(*(cv2.blur(part, (WINDOW, WINDOW)) for part in parts))
            )
    return found


WHOLE = float(np.median(contrast(marked())[:20, -20:]))


PLACEHOLDERS = [placeholder(SIZE, lines).astype(np.int16) for lines in pipeline_module.PLACEHOLDERS]


def shown(picture: Image, centre: tuple[int, int] = MIDDLE) -> float:
    """The greatest share of the marker's contrast anywhere in the room of one picture.

    A fourth channel is searched as a picture of its own, and the colours it hides as well. The
    letters of a placeholder are as fine as the marker, so what is searched is what it is beyond
    the placeholder.
    """
    if picture.shape[2] == 4:
        return max(shown(picture[..., :3], centre), shown(picture[..., 3:], centre))
    for known in PLACEHOLDERS:
        for expected in (known, known[:, ::-1]):
            if np.abs(picture - expected).mean() < 6:
                return float((contrast(picture - expected) / WHOLE).max())
    return float((contrast(picture) / WHOLE)[room(centre)].max())


@lru_cache(maxsize=2000)
def searched(pixels: bytes, centre: tuple[int, int]) -> float:
    """``shown`` of what many outputs and many frames have in common."""
    return shown(np.frombuffer(pixels, np.uint8).reshape(HEIGHT, WIDTH, -1), centre)


class SeeingModel:
    """Finds the subject by its colour; a call that is named does something else instead."""

    name, engine = "seeing", "none"

    def __init__(self, faults: dict[int, Callable[[Prediction], Prediction]] | None = None) -> None:
        self.calls = 0
        self._faults = faults or {}
        self.pause = 0.0

    def infer(self, image: Image) -> Prediction:
        self.calls += 1
        small = cv2.resize(image, (80, 48), interpolation=cv2.INTER_NEAREST)
        near = (np.abs(small.astype(int) - SUBJECT).max(2) < 40).astype(np.float32)
        time.sleep(self.pause)
        prediction = Prediction(0.2 + 0.6 * near, near)
        fault = self._faults.get(self.calls - 1)
        return prediction if fault is None else fault(prediction)

    def close(self) -> None:
        pass


class Window:
    """The screen's side of the preview."""

    open, full_screen = True, False

    def __init__(self, title: str, size: tuple[int, int]) -> None:
        self._size = size
        self.shown: list[Image] = []

    def size(self) -> tuple[int, int]:
        return self._size

    def show(self, canvas: Image) -> None:
        self.shown.append(canvas.copy())

    def poll(self) -> tuple[str, list[object]]:
        return "", []

    def close(self) -> None:
        pass


class Camera:
    """The system's side of the virtual camera."""

    def __init__(self, width: int, height: int, fps: float, *, fmt: str, device: str) -> None:
        self.device = device
        self.sent: list[Image] = []

    def send(self, picture: Image) -> None:
        self.sent.append(picture.copy())

    def close(self) -> None:
        pass


class Searched:
    """A real output, and every picture that came out at its far end, with its frame's index."""

    def __init__(self, spec: str, output: Output) -> None:
        self.spec, self.name = spec, output.name
        self.watched = True
        self._output = output
        self._indices: list[int] = []
        self._pictures: list[Image] = []
        self._number = "0"

    def write(self, frame: Frame) -> None:
        self._indices.append(frame.index)
        self._output.write(frame)
        if isinstance(self._output, WebOutput):
            self._pictures.extend(self._fetched())
        elif self.spec.endswith("null"):
            self._pictures.append(frame.image.copy())
            if frame.cutout is not None:
                self._indices.append(frame.index)
                self._pictures.append(frame.cutout.copy())

    def _fetched(self) -> Iterator[Image]:
        """The newest frame as a browser gets it, the colours and then the alpha."""
        port = int(self.spec.partition(":")[2])
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as client:
            client.request("GET", f"/frame?after={self._number}")
            answer = client.getresponse()
            assert answer.status == 200
            self._number = answer.headers["X-Frame"]
            data = answer.read()
        (length,) = struct.unpack_from(">I", data)
        yield cv2.imdecode(np.frombuffer(data[4 : 4 + length], np.uint8), cv2.IMREAD_COLOR)
        if alpha := data[4 + length :]:
            self._indices.append(self._indices[-1])
            coded = np.frombuffer(alpha, np.uint8)
            yield cv2.imdecode(coded, cv2.IMREAD_UNCHANGED)

    def close(self) -> None:
        self._output.close()

    def pictures(self) -> Iterator[tuple[int, Image]]:
        found = self._pictures
        if self.spec == "virtual-camera":
            found = CAMERAS[-1].sent[1:]
            assert not CAMERAS[-1].sent[0].any()
        elif self.spec == "preview":
            found = self._output._window.shown  # type: ignore[attr-defined]
        elif self.spec.endswith("/"):
            paths = sorted(Path(self.spec).glob("*.png"))
            found = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in paths]
        elif Path(self.spec).suffix:
            found = decoded(Path(self.spec))
        return zip(self._indices, found, strict=True)


CAMERAS: list[Camera] = []


def decoded(path: Path) -> list[Image]:
    """Every picture of a video, BGRA where it has alpha."""
    alpha = path.suffix in (".mov", ".webm")
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        if path.suffix == ".webm":
            # FFmpeg's own decoder leaves the alpha out.
            decoder = av.CodecContext.create("libvpx-vp9", "r")
            packets = [decoder.decode(packet) for packet in container.demux(stream)]
            images = list(itertools.chain.from_iterable(packets))
        else:
            images = list(container.decode(stream))
        return [image.to_ndarray(format="bgra" if alpha else "bgr24") for image in images]


@dataclass
class Stage:
    """A pipeline from a scripted camera to every kind of output."""

    settings: SettingsHolder
    model: SeeingModel = field(default_factory=SeeingModel)
    scenes: dict[int, tuple[int, int]] = field(default_factory=dict)
    outputs: list[Searched] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    on_frame: Callable[[int], None] = lambda sent: None
    sent: int = 0
    patience: float = 10.0

    def open(self, spec: str, context: OutputContext) -> Searched:
        self.outputs.append(Searched(spec, open_output(spec, context)))
        return self.outputs[-1]

    def paced(self, script: Iterable[Step]) -> Iterator[Step]:
        """The script, each picture only when the one before was sent."""
        pictures = 0
        for step in script:
            yield step
            if isinstance(step, np.ndarray):
                pictures += 1
                deadline = time.monotonic() + self.patience
                while self.sent < pictures and time.monotonic() < deadline:
                    time.sleep(0.001)

    def run(self, script: Sequence[Step]) -> None:
        source = ScriptedSource(self.paced(script), live=True, size=SIZE)

        def progress(sent: int) -> None:
            self.on_frame(sent)
            self.sent += 1

        Pipeline(source, self.model, self.settings, self.said.append).run(
            Limit(seconds=120), progress
        )

    def worst(self) -> dict[str, float]:
        """For each output, how much of the marker was ever seen in the room."""
        found = {}
        for output in self.outputs:
            pictures = list(output.pictures())
            assert pictures, output.name
            found[output.spec] = max(
                searched(picture.tobytes(), self.scenes.get(index, MIDDLE))
                for index, picture in pictures
            )
        return found

    def last(self) -> Image:
        """The newest picture of the collector."""
        collector = next(output for output in self.outputs if output.spec == "null")
        return [picture for _, picture in collector.pictures() if picture.shape[2] == 3][-1]


Opening = Callable[..., Stage]


@pytest.fixture
def opening(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Opening]:
    module = ModuleType("pyvirtualcam")
    module.Camera = lambda *a, **k: CAMERAS.append(Camera(*a, **k)) or CAMERAS[-1]  # type: ignore[func-returns-value,attr-defined]
    module.PixelFormat = {name: name for name in ("BGR", "YUYV", "NV12")}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyvirtualcam", module)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(loopback, "ready_device", lambda wanted: "/dev/video10")
    monkeypatch.setattr(loopback, "announce_rate", lambda device, rate: None)
    monkeypatch.setattr(loopback, "hidden_from_chrome", lambda device: False)
    monkeypatch.setattr(loopback, "check_geometry", lambda device, size: None)
    monkeypatch.setattr(loopback, "claim", lambda device: os.open(os.devnull, os.O_RDONLY))
    monkeypatch.setattr(virtual_camera, "watch_readers", lambda device: readers.Unknown())
    monkeypatch.setattr(preview, "Window", Window)
    monkeypatch.setattr(overlay.Overlay, "say", lambda self, text: None)
    monkeypatch.setattr(pipeline_module, "_STALLED", 0.06)
    monkeypatch.setattr(pipeline_module, "_POLL", 0.02)
    monkeypatch.setattr(pipeline_module, "_LOOK", 0.02)
    monkeypatch.setattr(web_latest.Latest, "wanted", True)

    def make(effect: dict[str, object], **settings: object) -> Stage:
        files = [str(tmp_path / f"clip{ending}") for ending in (".mp4", ".mkv", ".mov", ".webm")]
        folder = f"{tmp_path}/pictures/"
        outputs = [
            "virtual-camera", "preview", f"web:{free_port()}", "null", "depth:null", "matte:null",
            folder, *files,
        ]  # fmt: skip
        stage = Stage(
            SettingsHolder(
                Settings().updated({"output": outputs, "quality": 8, **effect, **settings})
            )
        )
        monkeypatch.setattr(pipeline_module, "open_output", stage.open)
        return stage

    yield make
    CAMERAS.clear()


def assert_hidden(stage: Stage, limit: float) -> None:
    found = stage.worst()
    assert len(found) == 11
    leaks = {spec: round(share, 3) for spec, share in found.items() if share > limit}
    assert not leaks, (leaks, stage.said)


def test_the_search_finds_the_room_at_every_output(opening: Opening) -> None:
    stage = opening({"effect": "none"})
    stage.run([marked()] * 3)
    found = stage.worst()
    for spec, share in found.items():
        assert (share > PLAIN) == (not spec.startswith(("depth:", "matte:"))), (spec, share)


@pytest.mark.parametrize("change", ["mirrored", "shifted", "faint", "small patch", "hidden"])
def test_the_search_finds_what_is_left_of_the_room(change: str) -> None:
    picture = marked()
    assert shown(np.full_like(picture, 90)) == 0.0
    match change:
        case "mirrored":
            picture = picture[:, ::-1]
        case "shifted":
            picture = np.roll(picture, (1, 3), (0, 1))
        case "faint":
            picture = (0.1 * picture + 100).astype(np.uint8)
        case "small patch":
            patch, picture = picture[:12, :12].copy(), np.full_like(picture, 90)
            picture[-12:, :12] = patch
        case "hidden":
            picture = np.dstack([picture, np.zeros((HEIGHT, WIDTH), np.uint8)])
    assert shown(picture) > BLURRED / 2 > HIDDEN


def raising(error: Exception) -> Callable[..., Prediction]:
    def fault(prediction: object = None, *rest: object, **named: object) -> Prediction:
        raise error

    return fault


def with_values(value: float, *, matte: bool) -> Callable[[Prediction], Prediction]:
    """A single pixel of one map, and then the whole map, is ``value``."""

    def fault(prediction: Prediction) -> Prediction:
        maps = [prediction.depth.copy(), np.array(prediction.matte)]
        maps[matte].flat[::7] = value
        return Prediction(*maps)

    return fault


def of_shape(*shape: int, matte: bool = False) -> Callable[[Prediction], Prediction]:
    def fault(prediction: Prediction) -> Prediction:
        wrong = np.ones(shape, np.float32)
        return Prediction(prediction.depth, wrong) if matte else Prediction(wrong, prediction.matte)

    return fault


FAULTS: dict[str, Callable[[Prediction], Prediction]] = {
    "model error": raising(ModelError("out of order")),
    "model out of memory": raising(MemoryError("no memory")),
    "NaN in the map": with_values(np.nan, matte=False),
    "infinity in the map": with_values(np.inf, matte=False),
    "minus infinity in the map": with_values(-np.inf, matte=False),
    "NaN in the matte": with_values(np.nan, matte=True),
    "map of another shape": of_shape(47, 80),
    "map with a third axis": of_shape(48, 80, 3),
    "map without a pixel": of_shape(0, 80),
    "matte of another shape": of_shape(48, 79, matte=True),
}

per_effect = pytest.mark.parametrize("effect", EFFECTS)


def limit_of(effect: str) -> float:
    return BLURRED if effect == "blur" else HIDDEN


def assert_recovered(stage: Stage) -> None:
    """The newest picture shows the subject again."""
    rows, columns = MIDDLE[1], MIDDLE[0]
    assert np.abs(stage.last()[rows, columns].astype(int) - SUBJECT).max() < 12, stage.said


@per_effect
def test_a_model_that_fails_in_every_way(opening: Opening, effect: str) -> None:
    stage = opening(EFFECTS[effect], mode="paired")
    stage.model = SeeingModel({3 * place: fault for place, fault in enumerate(FAULTS.values())})
    stage.run([marked()] * (3 * len(FAULTS)))
    told = [text for text in stage.said if "blurred wholly" in text]
    # Faults that read alike and follow each other are told once.
    assert len(FAULTS) >= len(told) >= len(set(told)) > len(FAULTS) / 2, stage.said
    assert_hidden(stage, limit_of(effect))
    assert_recovered(stage)


@per_effect
def test_a_camera_that_stalls_is_lost_and_comes_back(opening: Opening, effect: str) -> None:
    lost = CameraLostError("camera C was unplugged")
    stage = opening(EFFECTS[effect])
    stage.run([*[marked()] * 2, 0.2, marked(), lost, 0.1, *[marked()] * 3])
    collector = next(output for output in stage.outputs if output.spec == "null")
    assert len(list(collector.pictures())) > 6
    assert "scripted is back" in stage.said
    assert_hidden(stage, limit_of(effect))
    assert_recovered(stage)


@per_effect
@pytest.mark.parametrize("mode", ["paired", "latest"])
def test_the_start(opening: Opening, effect: str, mode: str) -> None:
    stage = opening(EFFECTS[effect], mode=mode)
    stage.model.pause = 0.1
    stage.patience = 0.0
    stage.run([step for _ in range(7) for step in (marked(), 0.02)])
    assert_hidden(stage, limit_of(effect))


@per_effect
def test_modes_that_change(opening: Opening, effect: str) -> None:
    stage = opening(EFFECTS[effect])
    modes = itertools.cycle(["latest", "latest", "paired", "auto", "latest", "paired"])
    stage.on_frame = lambda sent: stage.settings.change(mode=next(modes))
    stage.run([marked()] * 14)
    assert_hidden(stage, limit_of(effect))
    assert_recovered(stage)


@per_effect
def test_a_scene_cut_while_the_newest_map_is_old(opening: Opening, effect: str) -> None:
    stage = opening(EFFECTS[effect], mode="latest")
    stage.model.pause = 0.03
    light, dark = furnished(UPPER_LEFT, seed=1), furnished(LOWER_RIGHT, seed=2)
    stage.scenes = {index: UPPER_LEFT if index < 6 else LOWER_RIGHT for index in range(18)}
    stage.run([*[light] * 6, *[dark] * 12])
    assert_hidden(stage, limit_of(effect))


@per_effect
def test_a_depth_thread_that_fails(opening: Opening, effect: str) -> None:
    stage = opening(EFFECTS[effect], mode="latest")
    faults = list(FAULTS.values())
    # One failure is bridged by the map that is held, so it goes on failing for more than a second.
    stage.model = SeeingModel({1 + call: faults[call % len(faults)] for call in range(60)})
    stage.run([step for _ in range(40) for step in (marked(), 0.004)])
    assert any("blurred wholly" in text for text in stage.said)
    assert_hidden(stage, limit_of(effect))


@per_effect
def test_nobody_watching_and_waking_up(opening: Opening, effect: str) -> None:
    stage = opening(EFFECTS[effect], pause_after=0.02)
    stage.patience = 0.02

    def watch(watched: bool) -> None:
        for output in stage.outputs:
            output.watched = watched

    def look_away(sent: int) -> None:
        if sent == 2:
            watch(False)
            threading.Timer(0.15, watch, [True]).start()

    stage.on_frame = look_away
    stage.run([step for _ in range(16) for step in (0.01, marked())])
    assert "somebody is watching again" in stage.said
    assert_hidden(stage, limit_of(effect))
    assert_recovered(stage)


STAGES: list[tuple[type, str]] = [
    (Stabiliser, "update"),
    (Compositor, "compose"),
    (Compositor, "_lift"),
    (Canvas, "reduce"),
    (Contents, "_compose"),
    (Compositor, "conceal"),
    (Compositor, "mirrored"),
    (Processor, "process"),
]


@per_effect
def test_memory_that_runs_out_in_any_stage(
    opening: Opening, effect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = opening(EFFECTS[effect], mode="paired")
    failing: list[tuple[type, str]] = []

    def sabotage(owner: type, name: str) -> None:
        real = getattr(owner, name)

        def fail(*arguments: object, **named: object) -> object:
            if (owner, name) in failing:
                raise MemoryError(f"no memory for {owner.__name__}.{name}")
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, fail)

    for owner, name in STAGES:
        sabotage(owner, name)
    following = iter([step for one in STAGES for step in ([one], [])] + [[]])
    # Concealing is only needed where something else has failed before.
    together = {(Compositor, "conceal"): [(Stabiliser, "update")]}

    def arm(sent: int) -> None:
        failing[:] = next(following, [])
        failing.extend(together.get(failing[0], []) if failing else [])

    stage.on_frame = arm
    stage.run([marked()] * (2 * len(STAGES) + 4))
    for owner, name in STAGES:
        assert any(f"{owner.__name__}.{name}" in text for text in stage.said) or (
            (owner, name) == (Compositor, "_lift")
        ), (name, stage.said)
    assert_hidden(stage, limit_of(effect))
    assert_recovered(stage)


@per_effect
def test_an_effect_that_fails_halfway(
    opening: Opening, effect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves the raw picture where the composed one belongs, and then raises."""
    stage = opening(EFFECTS[effect], mode="paired")
    kind = type(_make_effect(str(EFFECTS[effect]["effect"])))
    real = kind.render

    def render(self: Effect, out: Image, image: Image, *rest: object) -> Image | None:
        cutout = real(self, out, image, *rest)  # type: ignore[arg-type]
        if stage.sent % 2:
            out[:] = image
            if cutout is not None:
                cutout[..., :3] = image
            raise ValueError("surprise")
        return cutout

    monkeypatch.setattr(kind, "render", render)
    stage.run([marked()] * 7)
    assert any("surprise" in text for text in stage.said)
    assert_hidden(stage, limit_of(effect))
    assert_recovered(stage)


def test_a_background_that_is_damaged_further_on(opening: Opening, tmp_path: Path) -> None:
    scenery = [np.full((48, 80, 3), (50, 20 + 3 * place, 90), np.uint8) for place in range(60)]
    clip = write_clip(tmp_path / "sea.mkv", scenery, rate=100, codec="ffv1", pixel_format="bgr0")
    content = bytearray(clip.read_bytes())
    content[len(content) // 2 : -2000] = bytes(len(content[len(content) // 2 : -2000]))
    clip.write_bytes(content)
    stage = opening({"effect": "replace", "background": str(clip)}, mode="paired")
    stage.run([step for _ in range(30) for step in (marked(), 0.02)])
    assert_hidden(stage, HIDDEN)


# For each live knob, values that ask for the room to be hidden.
SWEPT: dict[str, tuple[object, ...]] = {
    "exposure": ("keep", "auto", 20),
    "white_balance": ("keep", "auto", 4000),
    "lens_focus": ("keep", "auto", 0.5),
    "power_line": ("keep", "50"),
    "pause_after": (0, 10),
    "mode": ("auto", "paired", "latest"),
    "effect": ("blur", "replace", "spotlight", "fog", "depth"),
    "strength": (1,),
    "aperture": (1, 2.8, 16),
    "focus": ("auto", 1.0, "0.5 m"),
    "bokeh": BOKEH,
    "highlights": (0, 0.5, 1),
    "edge_shift": (-1, -0.3, 0),
    "edge_softness": (0, 0.5, 1),
    "background": ("#20283a", "blur", "transparent", "nowhere.png"),
    "light_wrap": (0, 0.2, 1),
    "dim": (1,),
    "desaturate": ("auto", 0, 1),
    "keep_within": ("auto", "1 m"),
    "visibility": ("auto", "2 m"),
    "fog_colour": ("#c8ced6", "#101010"),
    "low_light": (0, 0.5, 1),
    "colourmap": COLOURMAPS,
    "opacity": (0.1, 1),
    "smoothing": (0, 0.5, 5),
    "mirror_preview": (True, False),
    "mirror_output": (True, False),
    "show_stats": (False,),
}


def test_every_live_knob_is_swept() -> None:
    assert set(SWEPT) == {key for key, knob in KNOBS.items() if knob.live}


@pytest.mark.parametrize("seed", range(3))
def test_settings_that_change_in_the_middle_of_a_frame(opening: Opening, seed: int) -> None:
    stage = opening(EFFECTS["colour"], dim=1, strength=1)
    draw = random.Random(seed)
    ended = threading.Event()

    def change() -> None:
        key = draw.choice(list(SWEPT))
        stage.settings.change(**{key: draw.choice(SWEPT[key])})

    def sweep() -> None:
        while not ended.wait(0.002):
            change()

    def midway(prediction: Prediction) -> Prediction:
        change()
        return prediction

    stage.model = SeeingModel(dict.fromkeys(range(100), midway))
    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        stage.run([marked()] * 50)
    finally:
        ended.set()
        sweeper.join()
    assert_hidden(stage, BLURRED)
