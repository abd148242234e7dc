"""Run inside Blender: renders the scenes whose job files arrive on standard input.

    blender --background --factory-startup --python render_scene.py

A job is a line with the path of a JSON file: {"scene", "images", "library", "people": [{"path",
"position", "turn"}], "frames", "room", "samples", "threads", "seconds_between", "output"}. Every
frame becomes a multilayer EXR, and a line on standard output that begins with REPLY says so.
"""

from __future__ import annotations

import json
import math
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bpy
import lights
import passes
import person
import room
from mathutils import Matrix

REPLY = "livedepth-render:"


def add_camera(camera: dict) -> None:
    """The webcam: a pinhole above the origin."""
    lens = bpy.data.cameras.new("webcam")
    lens.sensor_fit = "HORIZONTAL"
    lens.angle = camera["field_of_view"]
    lens.clip_start = 0.02
    thing = bpy.data.objects.new("webcam", lens)
    thing.matrix_world = (
        Matrix.Translation((0.0, 0.0, camera["height"]))
        @ Matrix.Rotation(camera["yaw"], 4, "Z")
        @ Matrix.Rotation(math.pi / 2 + camera["pitch"], 4, "X")
        @ Matrix.Rotation(camera["roll"], 4, "Z")
    )
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.scene.camera = thing


def set_engine(camera: dict, samples: int, threads: int, seed: int) -> None:
    """Few samples, one bounce, an even light for the rest; the host denoises."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = camera["columns"], camera["rows"]
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    scene.render.use_persistent_data = True
    scene.render.image_settings.file_format = "OPEN_EXR_MULTILAYER"
    scene.render.image_settings.color_depth = "32"
    scene.render.image_settings.exr_codec = "NONE"
    cycles = scene.cycles
    cycles.device, cycles.samples, cycles.seed = "CPU", samples, seed
    cycles.use_adaptive_sampling = False
    cycles.use_denoising = False
    cycles.filter_width = 1.2
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 3, 1, 1
    cycles.transmission_bounces, cycles.transparent_max_bounces = 2, 12
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4.0
    cycles.use_fast_gi = True
    cycles.fast_gi_method = "REPLACE"
    cycles.ao_bounces_render = 1
    scene.render.use_simplify = False
    passes.declare_passes(scene.view_layers[0])


def build(job: dict) -> list[person.Person]:
    """An empty file, then the scene; the people in it."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = job["scene"]
    add_camera(scene["camera"])
    set_engine(scene["camera"], job["samples"], job["threads"], scene["seed"])
    room.build_room(scene, job["images"], job["library"])
    lights.add_lamps(scene["lamps"])
    lights.set_world(scene["outside"])
    people = []
    for index, place in enumerate(job["people"]):
        someone = person.add_person(place["path"], f"person-{index}")
        someone.root.location = place["position"]
        someone.root.rotation_euler = (0.0, 0.0, place["turn"])
        people.append(someone)
    return people


def render(file: str) -> None:
    """Render the scene as it is into a file."""
    bpy.context.scene.render.filepath = file
    bpy.ops.render.render(write_still=True)


def below(root: bpy.types.Object) -> list[bpy.types.Object]:
    """An object and all its descendants."""
    return [root, *root.children_recursive]


def run(job: dict) -> None:
    """Render a job's frames, then its room without the people."""
    people = build(job)
    output = Path(job["output"])
    for frame in range(job["frames"]):
        for someone in people:
            someone.set_frame(frame)
        render(str(output / f"frame-{frame:04d}.exr"))
        print(f"{REPLY} frame {frame}", flush=True)
    if job["room"]:
        for someone in people:
            for thing in below(someone.root):
                thing.hide_render = True
        render(str(output / "room.exr"))
    print(f"{REPLY} done", flush=True)


def main() -> None:
    """Serve jobs until standard input ends."""
    print(f"{REPLY} ready", flush=True)
    for line in sys.stdin:
        try:
            run(json.loads(Path(line.strip()).read_text()))
        except Exception as error:
            traceback.print_exc()
            print(f"{REPLY} failed {error}", flush=True)


if __name__ == "__main__":
    main()
