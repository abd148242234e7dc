"""The demo clip: one person in a pleasant room, a loop, with its depth and matte as grey videos."""

from __future__ import annotations

import argparse
import math
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rendering import people
from rendering.camera import Webcam, photograph
from rendering.finishes import hsv, light_colour
from rendering.furniture import Model
from rendering.production import Development, open_workshop, prepare, render
from rendering.renderer import Renderer
from rendering.scene import (
    Block,
    Camera,
    Framing,
    Lamp,
    Opening,
    Outside,
    Picture,
    Piece,
    Room,
    Scene,
    Stand,
    Surface,
)
from rendering.sequence import Sequence, read_sequence, write_sequence
from rendering.shelves import Case, build_case

RATE = 24
FAR = 12.0
"""The metres that are black in the depth video; the nearest of the clip is white."""


def demo_scene(models: dict[str, Model]) -> Scene:
    """A living room by day: shelf, sofa, plant, lamp and window behind somebody at a desk."""
    plain = Surface("plain", hsv(0.11, 0.1, 0.86), hsv(0.11, 0.1, 0.8), 0.3, 0.9)
    sage = Surface("plain", hsv(0.33, 0.14, 0.62), hsv(0.33, 0.14, 0.58), 0.3, 0.9)
    floor = Surface("wood", hsv(0.075, 0.5, 0.6), hsv(0.07, 0.5, 0.5), 0.2, 0.4)
    white = hsv(0.12, 0.03, 0.92)
    room = Room(-2.2, 2.5, -1.4, 3.3, 2.6, plain, sage, floor, white, white)
    rng = np.random.default_rng(7)
    case = Case(1.62, 3.12, 0.0, 1.1, 0.3, 0.06, 5, 0.36)
    desk = Block((0.0, 0.1, 0.725), (1.7, 0.7, 0.03), 0.0, hsv(0.08, 0.45, 0.55))
    board = models["bedsideTable2"]
    lamp_foot = (0.92, 3.0, board.height)
    pieces = (
        Piece("couch", (-1.1, 2.8, 0.0), 0.0),
        Piece("decorativePlant", (1.08, 2.15, 0.0), 0.4),
        Piece("bedsideTable2", (0.92, 3.0, 0.0), 0.0),
        Piece("desklamp", lamp_foot, 0.0, (1.4, 1.4, 1.4)),
        Piece("caffe_final", (0.36, 0.3, 0.741), 0.5),
        Piece("littlePlant", (-0.5, 0.3, 0.741), 0.5, (0.7, 0.7, 0.7)),
        Piece("orchids", (-1.75, 3.0, 0.78), 0.0),
    )
    openings = (
        Opening("back", "window", -1.15, 0.95, 1.3, 1.2, white, 2, hsv(0.1, 0.12, 0.8), False),
    )
    pictures = (
        Picture("back", 0.52, 1.66, 0.42, 0.56, "landscape:3", hsv(0.08, 0.5, 0.35), 0.025, 0.0),
        Picture("right", 1.6, 1.6, 0.6, 0.45, "abstract:5", hsv(0.1, 0.02, 0.9), 0.02, 0.0),
    )
    daylight, bulb = light_colour(6200), light_colour(2900)
    lamps = (
        Lamp("area", (-1.15, 2.98, 1.55), (-1.15, 0.0, 1.3), 1.2, daylight, 15.0),
        Lamp("area", (-1.5, -0.5, 1.8), (0.0, 0.9, 1.1), 0.9, daylight, 24.0),
        Lamp("point", (0.92, 2.97, board.height + 0.44), (0.0, 0.0, 0.0), 0.05, bulb, 9.0),
        Lamp("area", (0.0, -0.04, 1.0), (0.0, 0.8, 1.2), 0.35, light_colour(7000), 0.9),
    )
    return Scene(
        seed=12,
        theme="living",
        light="window",
        camera=Camera(1.16, 0.0, 0.0, 0.0, math.radians(70), 640, 360),
        framing=Framing(0.0, 0.17),
        room=room,
        outside=Outside("courtyard", 1.6, 2.0, (0.24, 0.25, 0.27)),
        openings=openings,
        pictures=pictures,
        blocks=(desk, *build_case(case, rng)),
        pieces=pieces,
        lamps=lamps,
        people=(Stand(12, "sitting", 0.0, 0.95, 0.0, "chairWithCushion"),),
        exposure=0.95,
        seconds_between=1.0 / RATE,
    )


def render_demo(arguments: argparse.Namespace) -> None:
    """Render the clip, or take the frames that the cache holds, and encode it."""
    workshop = open_workshop(arguments.cache)
    kept = arguments.cache / f"demo-{arguments.frames}"
    if not kept.exists():
        scene = demo_scene(workshop.models)
        spec = people.demo_person(arguments.frames, 1.0 / RATE)
        with Renderer() as renderer, tempfile.TemporaryDirectory() as work:
            prepared = prepare(
                scene,
                workshop,
                Path(work),
                arguments.frames,
                arguments.threads,
                arguments.samples,
                [spec],
            )
            development = Development(prepared.scene)

            def develop(index: int) -> None:
                file = prepared.folder / f"frame-{index:04d}.exr"
                development.add(file)
                file.unlink()
                print(f"frame {index + 1} of {arguments.frames}", flush=True)

            render(prepared, renderer, develop)
            write_sequence(kept, development.finish(prepared.folder / "room.exr"))
    arguments.output.mkdir(parents=True, exist_ok=True)
    total = encode(read_sequence(kept), arguments.output)
    print(f"{arguments.output}: {total / 1e6:.2f} MB", flush=True)


def depth_levels(depth: NDArray[np.floating], near: float) -> NDArray[np.uint8]:
    """Metres to 0..255 linear in inverse depth, ``near`` being 255 and FAR 0."""
    inverse = 1.0 / np.clip(depth.astype(np.float32), near, FAR)
    level = (inverse - 1.0 / FAR) / (1.0 / near - 1.0 / FAR)
    return np.rint(level * 255.0).astype(np.uint8)


def encode(sequence: Sequence, output: Path) -> int:
    """Write demo.mp4, demo-depth.mp4, demo-matte.mp4 and demo.toml; their bytes together."""
    rng = np.random.default_rng(1)
    camera = Webcam(distortion=0.0, vignette=0.06, blur=0.35, shot=0.003, read=0.0008, quality=95)
    colours = [photograph(np.ascontiguousarray(image), camera, rng) for image in sequence.colour]
    near = round(float(sequence.depth.min()) - 0.005, 2)
    depths = [depth_levels(depth, near) for depth in sequence.depth]
    write_video(output / "demo.mp4", colours, "bgr24", 17)
    write_video(output / "demo-depth.mp4", depths, "gray", 16)
    write_video(output / "demo-matte.mp4", list(sequence.matte), "gray", 18)
    rows, columns = sequence.depth.shape[1:]
    (output / "demo.toml").write_text(
        f"frames = {len(colours)}\nrate = {RATE}\nwidth = {columns}\nheight = {rows}\n\n"
        "[depth]\n# metres = 1 / (1 / far + level / 255 * (1 / near - 1 / far))\n"
        f"near = {near}\nfar = {FAR}\n"
    )
    return sum(path.stat().st_size for path in output.glob("demo*"))


def write_video(path: Path, pictures: list[NDArray[np.uint8]], kind: str, quality: int) -> None:
    """H.264 in MP4, whole or not at all; grey pictures use the full range of luma."""
    import av

    rows, columns = pictures[0].shape[:2]
    partial = path.with_name("partial-" + path.name)
    with av.open(str(partial), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(RATE))
        stream.width, stream.height = columns, rows
        stream.pix_fmt = "gray" if kind == "gray" else "yuv420p"
        stream.options = {"crf": str(quality), "preset": "veryslow"}
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format=kind)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    partial.rename(path)
