"""The scene of seed 0, made by hand."""

from __future__ import annotations

from livedepth.capture.raycast.tables import PLASTER, STRIPES
from livedepth.capture.scene.colours import linear
from livedepth.capture.scene.looks import LightLook, Look, PersonLook, RoomLook

HAND_MADE_PERSON = PersonLook(
    position=(0.03, 0.0, 0.93),
    turn=0.06,
    head_turn=0.0,
    head_nod=0.02,
    shoulders=1.0,
    head_width=1.0,
    jaw=1.0,
    nose=0.93,
    eyes=1.06,
    brows=1.0,
    smile=1.0,
    blush=0.45,
    beard=0.0,
    skin=linear("#dda086"),
    hair=linear("#4a2f20"),
    iris=linear("#5b7a4a"),
    hair_style="bob",
    clothing=STRIPES,
    cloth=linear("#e9dcc3"),
    accent=linear("#b5552f"),
    trousers=linear("#2f3d55"),
    period=0.062,
    glasses=False,
    headphones=False,
    waving_side=1,
    phase=0.0,
)

HAND_MADE_ROOM = RoomLook(
    left=-2.15,
    right=2.25,
    depth=3.0,
    height=2.65,
    wall=PLASTER,
    wall_colour=linear("#7f9c98"),
    wall_accent=linear("#6c8a86"),
    wallpaper_period=0.22,
    floor=linear("#9a6b43"),
    floor_accent=linear("#6d4527"),
    timber=linear("#b07a4a"),
    timber_accent=linear("#7a4c2a"),
    cloth=linear("#3d4a55"),
    slots=(
        ("window", -1.18),
        ("sideboard", -1.0),
        ("pictures", 0.62),
        ("bookshelf", 1.42),
    ),
    desk_height=0.95,
    desk_edge=0.62,
    desk_things=(("mug", -0.285),),
    chair=True,
)

HAND_MADE_LIGHT = LightLook(
    key_position=(-1.15, 1.95, 0.05),
    key=(2.55, 2.35, 2.08),
    fill_position=(1.4, 1.35, 0.0),
    fill=(0.42, 0.47, 0.56),
    room=(1.25, 1.15, 1.0),
    daylight=(1.25, 1.45, 1.7),
    lamp=(0.80, 0.46, 0.19),
    sky=(0.29, 0.30, 0.33),
    ground=(0.22, 0.18, 0.15),
)

HAND_MADE = Look(
    people=(HAND_MADE_PERSON,),
    room=HAND_MADE_ROOM,
    light=HAND_MADE_LIGHT,
    field_of_view=64.0,
    camera_height=1.16,
    pitch=-1.5,
    exposure=1.0,
    seed=0,
)
