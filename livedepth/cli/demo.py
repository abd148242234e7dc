"""``livedepth demo``: the whole path on the built-in clip, with nothing attached."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from livedepth.cli.console import Progress, say, stats_table
from livedepth.cli.files import save, save_json
from livedepth.errors import OutputError
from livedepth.settings import EFFECTS, Settings, SettingsHolder

if TYPE_CHECKING:
    from livedepth.depth.model import DepthModel
    from livedepth.frame import Frame, Image

_SECONDS_EACH = 2.5
_SETTLING = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "--output-dir",
        type=Path,
        default=Path("livedepth-demo"),
        metavar="DIR",
        help="where demo.mp4, contact-sheet.png and stats.json go (default livedepth-demo)",
    )
    parser.add_argument(
        "--size", default="1280x720", metavar="WxH", help="size of the video (default 1280x720)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Record every effect in turn from one uninterrupted stream, and draw the contact sheet."""
    from livedepth.capture.opening import open_source
    from livedepth.depth.registry import load_model
    from livedepth.pipeline import Limit, Pipeline
    from livedepth.warming import warm_quietly

    folder = _folder(arguments.output_dir)
    width, _, height = arguments.size.partition("x")
    video = folder / "demo.mp4"
    settings = Settings().updated(
        {"source": "demo", "output": [str(video)], "width": width, "height": height}
    )
    _remove(video)
    warm_quietly(say)
    with open_source(settings) as source, closing(load_model(report=say)) as model:
        per_effect = round(_SECONDS_EACH * source.rate)
        total = per_effect * len(EFFECTS)
        holder = SettingsHolder(settings.updated({"effect": EFFECTS[0]}))
        pipeline = Pipeline(source, model, holder, say)
        progress = Progress("frames", total)

        def advance(sent: int) -> None:
            progress(sent)
            if sent % per_effect == 0 and sent < total:
                holder.change(effect=EFFECTS[sent // per_effect])

        try:
            pipeline.run(Limit(frames=total), advance)
        finally:
            progress.finish()
        say("drawing the contact sheet")
        sheet = contact_sheet(settings, model)
    snapshot = pipeline.stats.snapshot()
    _write(folder / "contact-sheet.png", sheet)
    save_json(folder / "stats.json", snapshot)
    print(stats_table(snapshot))
    shown = (f"{effect} from {_SECONDS_EACH * i:g} s" for i, effect in enumerate(EFFECTS))
    print(f"demo.mp4 shows {', '.join(shown)}")
    for name in ("demo.mp4", "contact-sheet.png", "stats.json"):
        print(folder / name)
    return 0


def contact_sheet(settings: Settings, model: DepthModel) -> Image:
    """One frame of the scene, its steady depth and matte, and what every effect makes of it."""
    from livedepth.capture.opening import open_source
    from livedepth.compositor.compositor import Compositor
    from livedepth.contact_sheet import as_picture
    from livedepth.contact_sheet import contact_sheet as lay_out
    from livedepth.frame import SteadyDepth
    from livedepth.stabiliser.stabiliser import Stabiliser

    stabiliser = Stabiliser(settings.smoothing)
    steady: SteadyDepth | None = None
    frame: Frame | None = None
    with open_source(settings) as source:
        for _ in range(_SETTLING):
            frame = source.read()
            if frame is not None:
                steady = stabiliser.update(model.infer(frame.image), frame.image, frame.timestamp)
    assert frame is not None
    assert steady is not None
    size = settings.width, settings.height
    tiles = [
        ("frame", frame.image),
        ("disparity, near is white", as_picture(steady.disparity, size)),
        ("matte", as_picture(steady.matte, size)),
    ]
    with Compositor(settings) as compositor:
        for effect in EFFECTS:
            compositor.settings = settings.updated({"effect": effect})
            tiles.append((f"effect {effect}", compositor.compose(frame.image, steady).copy()))
        tiles.append(("concealed, when anything fails", compositor.conceal(frame.image).copy()))
    return lay_out(tiles)


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"folder {path} cannot be made: {error.strerror}") from error
    return path


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} is in the way: {error.strerror}; move it") from error


def _write(path: Path, picture: Image) -> None:
    import cv2

    _, encoded = cv2.imencode(".png", picture)
    save(path, encoded.tobytes())
