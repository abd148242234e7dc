"""What kernels read from a record: place, size, axes and colours."""

from __future__ import annotations

from typing import Any

from livedepth.capture.raycast.compiling import function
from livedepth.capture.raycast.vectors import Vector


@function
def place(thing: Any) -> Vector:
    return thing.x, thing.y, thing.z


@function
def extent(solid: Any) -> Vector:
    return solid.a, solid.b, solid.c


@function
def to_local(s: Any, v: Vector) -> Vector:
    return (
        s.r00 * v[0] + s.r10 * v[1] + s.r20 * v[2],
        s.r01 * v[0] + s.r11 * v[1] + s.r21 * v[2],
        s.r02 * v[0] + s.r12 * v[1] + s.r22 * v[2],
    )


@function
def to_world(s: Any, v: Vector) -> Vector:
    return (
        s.r00 * v[0] + s.r01 * v[1] + s.r02 * v[2],
        s.r10 * v[0] + s.r11 * v[1] + s.r12 * v[2],
        s.r20 * v[0] + s.r21 * v[1] + s.r22 * v[2],
    )


@function
def to_texture(s: Any, v: Vector) -> Vector:
    return (
        s.w00 * v[0] + s.w01 * v[1] + s.w02 * v[2] + s.u,
        s.w10 * v[0] + s.w11 * v[1] + s.w12 * v[2] + s.v,
        s.w20 * v[0] + s.w21 * v[1] + s.w22 * v[2] + s.w,
    )


@function
def first(m: Any) -> Vector:
    return m.red1, m.green1, m.blue1


@function
def second(m: Any) -> Vector:
    return m.red2, m.green2, m.blue2


@function
def third(m: Any) -> Vector:
    return m.red3, m.green3, m.blue3
