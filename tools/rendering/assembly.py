"""A person's parts, posed: skin, eyes, mouth, hair, clothes and things, as arrays for Blender."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rendering import body, garments
from rendering.accessories import Thing, glasses, headphones, held_thing
from rendering.complexion import eyeball, paint_skin
from rendering.poses import SITTING
from rendering.posing import solve
from rendering.skeleton import frame
from rendering.strands import grow, landmarks
from rendering.surface import normals

if TYPE_CHECKING:
    from rendering.people import PersonSpec

Array = NDArray[np.float64]


class Parts:
    """Collects meshes as arrays by name, and the header that says what they are made of."""

    def __init__(self) -> None:
        self.arrays: dict[str, NDArray[Any]] = {}
        self.meshes: list[dict[str, Any]] = []

    def add(
        self, name: str, material: dict[str, Any], vertices: Array, faces: NDArray[np.int64],
        **attributes: Array,
    ) -> None:  # fmt: skip
        """A mesh: vertices (frames, n, 3), faces (m, 4), attributes (n, 3) by name."""
        self.arrays[f"{name}/vertices"] = vertices.astype(np.float32)
        self.arrays[f"{name}/faces"] = faces.astype(np.int32)
        for attribute, values in attributes.items():
            self.arrays[f"{name}/{attribute}"] = values.astype(np.float32)
        self.meshes.append({"name": name, "attributes": sorted(attributes), "material": material})


def assemble(spec: PersonSpec) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """All arrays of a person by name, and the header."""
    from rendering.people import track_of

    shared = body.template()
    shape = body.shape(dict(spec.phenotypes), dict(spec.changes))
    track = track_of(spec)
    turn, shift = solve(shared, shape, track)
    actions = [
        {name: float(values[frame]) for name, values in track.actions.items()}
        for frame in range(len(turn))
    ]
    posed = np.stack(
        [
            body.skin(shared, shape.vertices, action, one, move)
            for action, one, move in zip(actions, turn, shift, strict=True)
        ]
    ).astype(float)
    ground = _ground(shared, posed[0])
    posed += ground
    shift = shift + ground
    parts = Parts()
    _add_skin(parts, shared, spec, posed)
    _add_eyes(parts, shared, shape, spec, posed, turn)
    _add_mouth(parts, shared, posed)
    _add_clothes(parts, shared, shape, spec, posed, turn, shift)
    _add_things(parts, shared, shape, spec, turn, shift)
    hair = _hair(shared, shape, spec, turn, shift, parts)
    seat = _seat(shared, posed[0]) if spec.posture == SITTING else np.zeros(3)
    bone = shared.bones["head"]
    places = landmarks(shared, shape)
    middle = np.mean([places["left ear"], places["right ear"], places["chin"], places["top"]], 0)
    head = turn[:, bone] @ middle + shift[:, bone]
    arrays = (
        parts.arrays | hair | {"seat": seat.astype(np.float32), "head": head.astype(np.float32)}
    )
    return arrays, {"meshes": parts.meshes, "posture": spec.posture, "frames": len(turn) - 1}


def _ground(shared: body.Template, posed: Array) -> Array:
    """The shift (3,) that puts the soles on z = 0, with room for shoes, and the hips above 0, 0."""
    hips = posed[shared.part("helper-skirt")][:, :2].mean(0)
    soles = posed[shared.part("helper-tights"), 2].min()
    return np.array([-hips[0], -hips[1], 0.015 - soles])


def _seat(shared: body.Template, posed: Array) -> Array:
    """Where one who sits touches the seat (3,): the underside of the thighs next to the hips."""
    tights = shared.part("helper-tights")
    rest = shared.rest[tights]
    leg = garments.places(shared).leg[tights]
    near = (leg > -0.3) & (leg < 0.5) & (rest[:, 2] < 0.05)
    points = posed[tights[near]]
    return np.array(
        [points[:, 0].mean(), points[:, 1].mean() + 0.05, np.percentile(points[:, 2], 4)]
    )


def _add_skin(parts: Parts, shared: body.Template, spec: PersonSpec, posed: Array) -> None:
    hidden = garments.covered(shared, spec.outfit)
    faces = shared.faces["body"]
    faces = faces[~hidden[faces].all(1)]
    used, numbered = np.unique(faces, return_inverse=True)
    colour = paint_skin(shared, spec.tone, spec.undertone, spec.hair, spec.make_up, spec.seed)
    parts.add(
        "skin", {"kind": "skin"}, posed[:, used], numbered.reshape(faces.shape), colour=colour[used]
    )


def _add_eyes(
    parts: Parts,
    shared: body.Template,
    shape: body.Shape,
    spec: PersonSpec,
    posed: Array,
    turn: Array,
) -> None:
    unit_ball, faces, colour = eyeball(spec.iris)
    for side, letter in (("l", "L"), ("r", "R")):
        own = shared.part(f"helper-{side}-eye")
        radius = 0.5 * np.ptp(shape.vertices[own], axis=0)[[0, 2]].mean()
        middle = 0.5 * (posed[:, own].max(1) + posed[:, own].min(1))
        world = turn[:, shared.bones[f"eye.{letter}"]]
        vertices = middle[:, None] + radius * np.einsum("fij,nj->fni", world, unit_ball)
        parts.add(f"{side}-eye", {"kind": "eye"}, vertices, faces, colour=colour)


def _add_mouth(parts: Parts, shared: body.Template, posed: Array) -> None:
    for name, tint in (("upper-teeth", (0.7, 0.66, 0.58)), ("lower-teeth", (0.6, 0.56, 0.48)),
                       ("tongue", (0.32, 0.09, 0.09))):  # fmt: skip
        faces = shared.faces[f"helper-{name}"]
        used, numbered = np.unique(faces, return_inverse=True)
        material = {"kind": "ceramic", "colour": tint}
        parts.add(name, material, posed[:, used], numbered.reshape(faces.shape))


def _add_clothes(
    parts: Parts, shared: body.Template, shape: body.Shape, spec: PersonSpec, posed: Array,
    turn: Array, shift: Array,
) -> None:  # fmt: skip
    outfit = spec.outfit
    top = garments.sew(shared, outfit.top, posed, spec.seed)
    bones = [shared.bones["neck01"], shared.bones["head"]]
    neck = np.einsum("fbij,bj->fbi", turn[:, bones], shape.heads[bones]) + shift[:, bones]
    fabric = _fabric(outfit.top.cloth)
    parts.add("top", fabric, top.vertices, top.faces, pattern=top.pattern)
    trim = garments.collar(outfit.top, top, neck)
    if trim is not None:
        parts.add("collar", fabric, trim.vertices, trim.faces, pattern=trim.pattern)
    legs = garments.sew(shared, outfit.trousers, posed, spec.seed + 1)
    parts.add(
        "trousers", _fabric(outfit.trousers.cloth), legs.vertices, legs.faces, pattern=legs.pattern
    )
    feet = garments.shoes(shared, posed)
    leather = {"kind": "plastic", "colour": outfit.shoes}
    parts.add("shoes", leather, feet.vertices, feet.faces)


def _fabric(cloth: Any) -> dict[str, Any]:
    return {
        "kind": "cloth", "pattern": cloth.pattern, "colour": cloth.colour, "second": cloth.second,
        "scale": cloth.scale, "roughness": cloth.roughness,
    }  # fmt: skip


def _carry(vertices: Array, turn: Array, shift: Array) -> Array:
    return np.einsum("fij,nj->fni", turn, vertices) + shift[:, None]


def _add_things(
    parts: Parts,
    shared: body.Template,
    shape: body.Shape,
    spec: PersonSpec,
    turn: Array,
    shift: Array,
) -> None:
    places = landmarks(shared, shape)
    worn: list[Thing] = []
    if spec.glasses != "none":
        thick = 0.0012 + 0.0012 * ((spec.seed * 7919) % 100) / 100
        worn += glasses(places, spec.glasses_colour, spec.glasses == "round", thick)
    if spec.headphones:
        bulky = spec.hair.length if spec.hair.style in ("afro", "curly") else 0.0
        under = 0.006 if spec.hair.length > 0.02 else 0.0
        clearance = spec.hair.thickness + 0.35 * min(bulky, 0.06) + under
        worn += headphones(places, spec.headphones_colour, clearance)
    bone = shared.bones["head"]
    for number, thing in enumerate(worn):
        vertices = _carry(thing.vertices, turn[:, bone], shift[:, bone])
        material = {"kind": thing.material, "colour": thing.colour}
        parts.add(f"worn-{number}", material, vertices, thing.faces)
    if spec.held != "none":
        side = "L" if spec.side else "R"
        thing = held_thing(spec.held, spec.held_colour, np.random.default_rng([spec.seed, 53]))
        centre, axes = _hand(shared, shape, side)
        bone = shared.bones[f"metacarpal2.{side}"]
        vertices = _carry(centre + thing.vertices @ axes.T, turn[:, bone], shift[:, bone])
        parts.add("held", {"kind": thing.material, "colour": thing.colour}, vertices, thing.faces)


def _hand(shared: body.Template, shape: body.Shape, side: str) -> tuple[Array, Array]:
    """The palm's middle (3,) and its axes as columns (3, 3): to the index, along, out of it."""
    heads, bones = shape.heads, shared.bones
    wrist, knuckle = heads[bones[f"wrist.{side}"]], heads[bones[f"finger3-1.{side}"]]
    index, little = heads[bones[f"finger2-1.{side}"]], heads[bones[f"finger5-1.{side}"]]
    axes = frame(knuckle - wrist, index - little)
    along, across, out = axes[:, 0], axes[:, 1], axes[:, 2]
    out = out if side == "L" else -out
    centre = 0.3 * wrist + 0.7 * (index + little) / 2 + 0.012 * out
    return centre, np.stack([across, along, out], -1)


def _hair(
    shared: body.Template,
    shape: body.Shape,
    spec: PersonSpec,
    turn: Array,
    shift: Array,
    parts: Parts,
) -> dict[str, NDArray[Any]]:
    strands = grow(shared, shape, spec.hair, spec.seed)
    bone = shared.bones["head"]
    flat = strands.points.reshape(-1, 3)
    points = _carry(flat, turn[:, bone], shift[:, bone]).reshape(len(turn), *strands.points.shape)
    if spec.hair.style in ("long", "bob", "ponytail", "curly"):
        for index in range(len(points)):
            points[index] = _keep_off_clothes(points[index], parts, index)
    colour = strands.shade[:, None] * np.array(spec.hair.colour)
    colour[strands.kind == 1] *= 0.7
    return {
        "hair/points": points.astype(np.float32),
        "hair/radius": strands.radius.astype(np.float32),
        "hair/colour": colour.astype(np.float32),
    }


def _keep_off_clothes(points: Array, parts: Parts, index: int) -> Array:
    """Strands (n, points, 3) pushed out of the top and the neck of one frame."""
    from scipy.spatial import cKDTree

    surfaces, outward = [], []
    for name in ("top", "skin"):
        vertices = parts.arrays[f"{name}/vertices"][index].astype(float)
        faces = parts.arrays[f"{name}/faces"]
        outward.append(normals(vertices, faces))
        surfaces.append(vertices)
    low = float(np.percentile(points[:, 0, 2], 1))
    surface, normal = np.concatenate(surfaces), np.concatenate(outward)
    useful = surface[:, 2] < low
    tree = cKDTree(surface[useful])
    normal, surface = normal[useful], surface[useful]
    moved = points.copy()
    hanging = moved[..., 2] < low + 0.03
    hanging[:, 0] = False
    _, near = tree.query(moved[hanging], k=3)
    depth = ((moved[hanging][:, None] - surface[near]) * normal[near]).sum(-1).mean(1)
    push = np.clip(0.006 - depth, 0, 0.09) * (depth > -0.09)
    moved[hanging] += push[:, None] * normal[near].mean(1)
    return moved
