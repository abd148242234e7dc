"""The MakeHuman body as arrays: shaped by anny once a person, posed here frame by frame.

anny (Apache-2.0, with MakeHuman's CC0 data) shapes all 19,158 vertices of the base mesh: the skin
(0 to 13,379) and the helpers for clothes, eyes, teeth and tongue, which are shaped and skinned
alike. Posing is linear blend skinning. Metres, Z up, facing -Y, radians.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SKIN_VERTICES = 13380
MASKS = ("face", "lips", "eyelids", "ears", "fingernails", "inside-mouth")


@dataclass(frozen=True, eq=False)
class Template:
    """What all bodies share.

    faces: quads (n, 4) by group, "body", "helper-tights" and so on. rest: (19158, 3) the neutral
    adult, by which places on the body are told apart. masks: (13380,) in 0..1 by name. weights:
    (19158, bones) float32. parents: (bones,). actions: (52, 19158 * 3) float32 displacements.
    """

    faces: dict[str, NDArray[np.int64]]
    rest: Array
    heads: Array
    masks: dict[str, Array]
    weights: NDArray[np.float32]
    bones: dict[str, int]
    parents: NDArray[np.int64]
    action_names: tuple[str, ...]
    actions: NDArray[np.float32]

    def part(self, group: str) -> NDArray[np.int64]:
        """The vertices (n,) of a group, ascending."""
        return np.unique(self.faces[group])


@dataclass(frozen=True)
class Shape:
    """One person's rest pose: vertices (19158, 3), bone heads and tails (bones, 3)."""

    vertices: Array
    heads: Array
    tails: Array


@lru_cache(maxsize=1)
def _model() -> Any:
    """The anny model; its first build takes minutes and fills anny's own cache."""
    from anny import Anny
    from anny.models import TopologyConfig

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Anny(
            rig="makehuman",
            topology=TopologyConfig(
                base_mesh="makehuman", remove_unattached_vertices=False, triangulate_faces=False
            ),
            facial_actions="all",
            local_changes="default",
            phenotypes="all",
            phenotype_blendshapes="original",
        )


def _data() -> Path:
    import anny.paths

    return Path(anny.paths.get_anny_root_dir()) / "data" / "mpfb2"


def _read_base_mesh() -> tuple[dict[str, NDArray[np.int64]], Array]:
    """Faces by group, and one texture coordinate for each skin vertex."""
    groups: dict[str, list[list[int]]] = {}
    coordinates: list[list[float]] = []
    of_vertex = np.zeros(SKIN_VERTICES, int)
    group = ""
    for line in (_data() / "3dobjs" / "base.obj").read_text().splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "vt":
            coordinates.append([float(number) for number in rest.split()[:2]])
        elif kind == "g":
            group = rest.strip()
        elif kind == "f":
            corners = [[int(number) - 1 for number in pair.split("/")] for pair in rest.split()]
            groups.setdefault(group, []).append([vertex for vertex, _ in corners])
            for vertex, coordinate in corners:
                if vertex < SKIN_VERTICES:
                    of_vertex[vertex] = coordinate
    return {name: np.array(faces) for name, faces in groups.items()}, np.array(coordinates)[
        of_vertex
    ]


def _sample(mask: str, coordinates: Array) -> Array:
    from PIL import Image

    with Image.open(_data() / "textures" / f"mpfb_{mask}.jpg") as image:
        pixels = np.asarray(image.convert("L"), float) / 255
    row = ((1 - coordinates[:, 1]) * (pixels.shape[0] - 1)).round().astype(int)
    column = (coordinates[:, 0] * (pixels.shape[1] - 1)).round().astype(int)
    return pixels[row.clip(0, pixels.shape[0] - 1), column.clip(0, pixels.shape[1] - 1)]


@lru_cache(maxsize=1)
def template() -> Template:
    """Load what all bodies share."""
    model = _model()
    faces, coordinates = _read_base_mesh()
    neutral = shape({}, {})
    labels = list(model.blendshape_labels)
    names = tuple(model.facial_action_labels)
    rows = [labels.index(f"facial_action:{name}") for name in names]
    return Template(
        faces=faces,
        rest=neutral.vertices,
        heads=neutral.heads,
        masks={name: _sample(name, coordinates) for name in MASKS},
        weights=model.dense_vertex_bone_weights.numpy().astype(np.float32),
        bones={name: index for index, name in enumerate(model.bone_labels)},
        parents=np.array(model.bone_parents),
        action_names=names,
        actions=model.blendshapes[rows].numpy().astype(np.float32).reshape(len(rows), -1),
    )


def shape(phenotypes: dict[str, float], changes: dict[str, float]) -> Shape:
    """A person's rest pose from anny's phenotypes (0..1) and local changes (-1..1)."""
    import torch

    with torch.no_grad():
        rest = _model()(
            phenotype_kwargs=phenotypes, local_changes_kwargs=changes, return_bone_ends=True
        )
    return Shape(
        vertices=rest["rest_vertices"][0].numpy(),
        heads=rest["rest_bone_heads"][0].numpy(),
        tails=rest["rest_bone_tails"][0].numpy(),
    )


def skin(
    shared: Template, vertices: Array, faces: dict[str, float], turn: Array, shift: Array
) -> NDArray[np.float32]:
    """One frame's vertices (19158, 3): the face is moved by its actions, then bones carry it all.

    faces: facial actions, 0..1 by name. turn (bones, 3, 3) and shift (bones, 3) say
    x -> turn @ x + shift.
    """
    strength = np.array([faces.get(name, 0.0) for name in shared.action_names], np.float32)
    rest = vertices.astype(np.float32) + (strength @ shared.actions).reshape(-1, 3)
    bones = np.concatenate([turn, shift[..., None]], -1).reshape(len(turn), 12).astype(np.float32)
    blended = (shared.weights @ bones).reshape(-1, 3, 4)
    return np.einsum("nij,nj->ni", blended[..., :3], rest) + blended[..., 3]
