"""The room: its shell, what may stand along its back wall, and chairs."""

from __future__ import annotations

from livedepth.capture.raycast.tables import BOX, ELLIPSOID, FABRIC, PLAIN, PLANKS
from livedepth.capture.scene.colours import Triple, scaled
from livedepth.capture.scene.furniture import (
    add_big_plant,
    add_bookshelf,
    add_boxes,
    add_floor_lamp,
    add_sideboard,
    add_sofa,
)
from livedepth.capture.scene.hangings import (
    add_door,
    add_pictures,
    add_screen,
    add_wall_shelf,
    add_window,
)
from livedepth.capture.scene.looks import RoomLook
from livedepth.capture.scene.model import Model
from livedepth.capture.scene.rotations import turn_x


def add_shell(model: Model, room: RoomLook) -> None:
    """Floor, ceiling, back wall, side walls, skirting."""
    wall = model.material(
        room.wall, room.wall_colour, room.wall_accent, scale=room.wallpaper_period
    )
    floor = model.material(PLANKS, room.floor, room.floor_accent, gloss=0.15)
    white = model.material(PLAIN, (0.72, 0.71, 0.68))
    middle, half = 0.5 * (room.left + room.right), 0.5 * (room.right - room.left)
    box = BOX
    model.add(box, (middle, 1.5, room.depth + 0.1), (half + 0.2, 1.8, 0.1), wall)
    model.add(box, (room.left - 0.1, 1.5, 1.0), (0.1, 1.8, 4.5), wall)
    model.add(box, (room.right + 0.1, 1.5, 1.0), (0.1, 1.8, 4.5), wall)
    model.add(box, (middle, -0.1, 1.0), (half + 0.2, 0.1, 4.5), floor)
    model.add(box, (middle, room.height + 0.1, 1.0), (half + 0.2, 0.1, 4.5), white)
    model.add(box, (middle, 0.06, room.depth), (half, 0.06, 0.015), white)


def add_chair(model: Model, room: RoomLook, neck: Triple) -> None:
    """A chair back behind one person's shoulders."""
    cover = model.material(FABRIC, room.cloth, scaled(room.cloth, 0.8), scale=0.008, wrap=0.3)
    x, y, z = neck
    centre, radii = (x, y - 0.34, z + 0.19), (0.27, 0.34, 0.05)
    model.add(ELLIPSOID, centre, radii, cover, turn_x(0.08))


FURNITURE = {
    "window": add_window,
    "bookshelf": add_bookshelf,
    "sideboard": add_sideboard,
    "pictures": add_pictures,
    "door": add_door,
    "sofa": add_sofa,
    "floor lamp": add_floor_lamp,
    "plant": add_big_plant,
    "screen": add_screen,
    "boxes": add_boxes,
    "wall shelf": add_wall_shelf,
}
