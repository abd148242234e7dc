"""A scene drawn by the ray-caster: the room once, then each moment the people over it.

Every function casts only the tiles that what it draws may touch.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from livedepth.capture.raycast.casting import cast
from livedepth.capture.raycast.development import develop
from livedepth.capture.raycast.edges import find_edges
from livedepth.capture.raycast.motion import move_surfaces
from livedepth.capture.raycast.painting import light_surfaces, supersample
from livedepth.capture.raycast.sharing import Todo, share
from livedepth.capture.raycast.tables import Table, World
from livedepth.capture.raycast.tiling import bin_solids
from livedepth.capture.scene.camera import bloom

CONTACT_REACH = 0.22
"""Metres within which solids of the room darken each other."""
COLOUR_STEP = 0.035
"""Difference of the square root of linear light between neighbours that asks for more rays."""
FARTHEST = 100.0


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """A room without its people, all (height, width).

    image: uint8 BGR. light: float32 linear RGB with bloom. depth: float32 planar metres; behind:
    the same without what stands before the people.
    """

    image: NDArray[np.uint8]
    light: NDArray[np.float32]
    depth: NDArray[np.float32]
    behind: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """One moment, all (height, width): uint8 BGR, float32 metres, 0..1, and (x, y) pixels."""

    image: NDArray[np.uint8]
    depth: NDArray[np.float32]
    matte: NDArray[np.float32]
    motion: NDArray[np.float32]


def bake(world: World, room: int, curve: NDArray[np.uint8], height: int, width: int) -> Backdrop:
    """Ray-cast what never moves, in the shade of the world's occluders.

    room: how many solids stand behind the people; the others stand before them. curve: see
    `tone_curve`.
    """
    shape, total = (height, width), len(world.solids)
    tiles = bin_solids(world.camera, world.solids, total, height, width)
    bare = world._replace(solids=world.solids[:room])
    tiles_of_bare = bin_solids(bare.camera, bare.solids, room, height, width)
    limit = np.full(shape, FARTHEST, np.float32)
    depth, behind, hits = limit.copy(), limit.copy(), np.full(shape, -1, np.int16)
    matte, edges = np.zeros(shape, np.float32), np.zeros(shape, np.uint8)
    colour = np.zeros((*shape, 3), np.float32)
    image = np.zeros((*shape, 3), np.uint8)

    def see(todo: Todo) -> None:
        cast(behind, hits, matte, bare, tiles_of_bare, limit, todo)
        cast(depth, hits, matte, world, tiles, limit, todo)
        light_surfaces(colour, depth, hits, world, tiles, total, CONTACT_REACH, todo)

    def mark(todo: Todo) -> None:
        find_edges(edges, depth, hits, world.solids, total, todo)

    def refine(todo: Todo) -> None:
        supersample(colour, matte, edges, world, tiles, limit, colour, CONTACT_REACH, todo)

    share(see, tiles.active)
    share(mark, tiles.active)
    edges |= contrasts(colour)
    share(refine, tiles.active)
    light = bloom(colour)
    develop(image, light, edges, hits, total, curve, tiles.active)
    return Backdrop(image, light, depth, behind)


def draw(
    backdrop: Backdrop,
    world: World,
    settled: int,
    curve: NDArray[np.uint8],
    later: Table | None = None,
) -> Drawing:
    """Cast the first `settled` solids of the world over the backdrop, into new arrays.

    The other solids stand before them and are in the backdrop already. later: the solids at the
    moment that motion reaches to; None leaves the motion zero.
    """
    image, depth = backdrop.image.copy(), backdrop.depth.copy()
    shape = height, width = depth.shape
    matte, motion = np.zeros(shape, np.float32), np.zeros((*shape, 2), np.float32)
    tiles = bin_solids(world.camera, world.solids, settled, height, width)
    hits, edges = np.full(shape, -1, np.int16), np.zeros(shape, np.uint8)
    colour = np.empty((*shape, 3), np.float32)
    solids, behind, light = world.solids, backdrop.behind, backdrop.light

    def see(todo: Todo) -> None:
        cast(depth, hits, matte, world, tiles, behind, todo)

    def paint(todo: Todo) -> None:
        find_edges(edges, depth, hits, solids, settled, todo)
        light_surfaces(colour, depth, hits, world, tiles, settled, 0.0, todo)
        supersample(colour, matte, edges, world, tiles, behind, light, 0.0, todo)
        develop(image, colour, edges, hits, settled, curve, todo)
        if later is not None:
            move_surfaces(motion, depth, hits, world.camera, solids, later, settled, todo)

    share(see, tiles.active)
    share(paint, tiles.active)
    return Drawing(image, depth, matte, motion)


def contrasts(colour: NDArray[np.float32]) -> NDArray[np.uint8]:
    """1 where a pixel differs visibly from a neighbour, as at the edge of a texture."""
    level = np.sqrt(np.clip(colour, 0.0, 4.0))
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    spread = cv2.dilate(level, cross) - cv2.erode(level, cross)
    found: NDArray[np.uint8] = (spread.max(axis=2) > COLOUR_STEP).astype(np.uint8)
    return found
