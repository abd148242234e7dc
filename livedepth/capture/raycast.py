"""Kernels of the synthetic scene: an analytic ray-caster with procedural materials.

A kernel works through the tiles it is given and releases the GIL, so that threads share a frame;
they write no pixel outside their tiles.

Geometry is metres in a world with x right, y up and z away from the camera. A ray direction has
unit length; *distance* is measured along it and *depth* along the optical axis. A three-vector is
a tuple of floats, which the compiler keeps in registers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

Vector = tuple[float, float, float]

FAR = 1.0e6
NEAR = 1.0e-3
TILE = 8

ELLIPSOID, BOX, ROUND_CONE, FRUSTUM, RING = range(5)
(
    PLAIN,
    STRIPES,
    CHECKS,
    KNIT,
    WOOD,
    PLANKS,
    PLASTER,
    WALLPAPER,
    BOOKS,
    POSTER,
    OUTDOORS,
    FACE,
    HAIR,
    LEAF,
    FABRIC,
) = range(15)

# Numba's own types neither keep the signature of what is compiled nor know every option.
compiler: Any = njit
Body = TypeVar("Body", bound=Callable[..., Any])

# Infinities and not-a-number never arise here, but their absence is not promised to the compiler.
FASTMATH = {"contract", "arcp", "nsz", "reassoc", "afn"}
OPTIONS = {"cache": True, "nogil": True, "fastmath": FASTMATH, "error_model": "numpy"}

# Counting references to the tables at every call would cost more than the calls themselves, and an
# entry from Python more time to compile than the body.
BARE = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def kernel(body: Body) -> Body:
    """Compile what Python calls."""
    compiled: Body = compiler(**OPTIONS)(body)
    return compiled


def function(body: Body) -> Body:
    """Compile what only kernels call."""
    compiled: Body = compiler(**OPTIONS, **BARE)(body)
    return compiled


def inlined(body: Body) -> Body:
    """Compile a function for every pixel whose many arguments cost more to pass than to keep."""
    compiled: Body = compiler(**OPTIONS, **BARE, forceinline=True)(body)
    return compiled


def record(integers: str, floats: str) -> np.dtype[np.void]:
    return np.dtype(
        [(name, np.int64) for name in integers.split()]
        + [(name, np.float64) for name in floats.split()]
    )


# One primitive. World point = R @ local + (x, y, z), R row by row in r00..r22. Texture point =
# W @ local + (u, v, w), W in w00..w22. a, b, c by kind: ELLIPSOID radii; BOX half extents;
# ROUND_CONE length along +y, first and last radius; FRUSTUM bottom radius, half height, top
# radius; RING half width, half height, inner fraction. bound: radius about the centre. Solids of
# one blend group (> 0) share normals within `melt` metres of each other. subject: 1 for a person.
SOLID = record(
    "kind material blend",
    "x y z r00 r01 r02 r10 r11 r12 r20 r21 r22 a b c bound melt subject"
    " u v w w00 w01 w02 w10 w11 w12 w20 w21 w22",
)

# Colours are linear RGB. scale: texture period or frequency. wrap: how far light reaches round
# the shadow edge. glow > 0: its own light. half_width to variant: POSTER, BOOKS; the rest: FACE.
MATERIAL = record(
    "pattern",
    "red1 green1 blue1 red2 green2 blue2 red3 green3 blue3 scale gloss wrap glow"
    " half_width half_height variant"
    " openness opening gaze_x gaze_y brow_lift smile eye_size brow_weight beard blush",
)

# A point light, inverse square beyond `radius`. The first of a table casts shadows.
LIGHT = record("", "x y z red green blue radius")

# A sphere that shades whatever is not of the blend group `owner`.
OCCLUDER = record("owner", "x y z radius")

# A pinhole: focal length and centre in pixels; the eye; unit vectors right, down and forward.
CAMERA = record("", "focal centre_x centre_y x y z rx ry rz dx dy dz fx fy fz")

# Light without a direction, linear RGB, from above (1) and from below (2).
AIR = record("", "red1 green1 blue1 red2 green2 blue2")

Table = NDArray[np.void]


class World(NamedTuple):
    """All that a ray needs: tables of these records, one row of CAMERA and one of AIR."""

    camera: Table
    solids: Table
    materials: Table
    lights: Table
    occluders: Table
    air: Table


class Tiles(NamedTuple):
    """Which solids matter in which tile.

    active (a,): the tiles where one that is not settled may be seen. members (t, n): first the
    `seen` (t,) solids that may be seen, then those these may melt into, `nearby` (t,) in all.
    """

    active: NDArray[np.int64]
    seen: NDArray[np.int64]
    nearby: NDArray[np.int64]
    members: NDArray[np.int16]


# --- vectors ------------------------------------------------------------------------------------


@function
def dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@function
def subtract(a: Vector, b: Vector) -> Vector:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


@function
def advance(a: Vector, step: float, b: Vector) -> Vector:
    return a[0] + step * b[0], a[1] + step * b[1], a[2] + step * b[2]


@function
def scale(a: Vector, factor: float) -> Vector:
    return a[0] * factor, a[1] * factor, a[2] * factor


@function
def multiply(a: Vector, b: Vector) -> Vector:
    return a[0] * b[0], a[1] * b[1], a[2] * b[2]


@function
def normalise(a: Vector) -> Vector:
    return scale(a, 1.0 / math.sqrt(dot(a, a) + 1e-30))


@function
def mix(a: Vector, b: Vector, weight: float) -> Vector:
    return (
        a[0] + weight * (b[0] - a[0]),
        a[1] + weight * (b[1] - a[1]),
        a[2] + weight * (b[2] - a[2]),
    )


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
def clamp(value: float) -> float:
    return min(max(value, 0.0), 1.0)


@function
def smoothstep(low: float, high: float, value: float) -> float:
    t = clamp((value - low) / (high - low))
    return t * t * (3.0 - 2.0 * t)


@function
def below(value: float, edge: float, width: float) -> float:
    """1 where value < edge, 0 above, with a ramp of the given width between."""
    return clamp((edge - value) / width + 0.5)


# --- distance along a unit ray to a primitive in its own frame, FAR for a miss ------------------


@function
def hit_ellipsoid(origin: Vector, direction: Vector, radii: Vector) -> float:
    inverse = (1.0 / radii[0], 1.0 / radii[1], 1.0 / radii[2])
    o = multiply(origin, inverse)
    d = multiply(direction, inverse)
    a, b, c = dot(d, d), dot(o, d), dot(o, o) - 1.0
    discriminant = b * b - a * c
    if discriminant < 0.0:
        return FAR
    return (-b - math.sqrt(discriminant)) / a


@function
def hit_box(origin: Vector, direction: Vector, half: Vector) -> float:
    enter, leave = -FAR, FAR
    for axis in range(3):
        d = direction[axis]
        if abs(d) < 1e-12:
            d = 1e-12
        middle = -origin[axis] / d
        reach = half[axis] / abs(d)
        enter = max(enter, middle - reach)
        leave = min(leave, middle + reach)
    if enter > leave:
        return FAR
    return enter


@function
def hit_round_cone(origin: Vector, direction: Vector, size: Vector) -> float:
    length, first, last = size
    end = (origin[0], origin[1] - length, origin[2])
    taper = first - last
    square = length * length - taper * taper
    along, slope = length * origin[1], length * direction[1]
    to_first, to_last = dot(direction, origin), dot(direction, end)
    k2 = square - slope * slope
    k1 = square * to_first - along * slope + slope * taper * first
    k0 = square * dot(origin, origin) - along * along
    k0 += (2.0 * along * taper - length * length * first) * first
    discriminant = k1 * k1 - k0 * k2
    if discriminant < 0.0:
        return FAR
    distance = (-math.sqrt(discriminant) - k1) / k2
    height = along - first * taper + distance * slope
    if 0.0 < height < square:
        return distance
    best = FAR
    cap = to_first * to_first - dot(origin, origin) + first * first
    if cap > 0.0:
        best = -to_first - math.sqrt(cap)
    cap = to_last * to_last - dot(end, end) + last * last
    if cap > 0.0:
        best = min(best, -to_last - math.sqrt(cap))
    return best


@function
def hit_frustum(origin: Vector, direction: Vector, size: Vector) -> float:
    bottom, half, top = size
    slope = (top - bottom) / (2.0 * half)
    radius = 0.5 * (top + bottom) + slope * origin[1]
    climb = slope * direction[1]
    a = direction[0] ** 2 + direction[2] ** 2 - climb * climb
    b = origin[0] * direction[0] + origin[2] * direction[2] - radius * climb
    c = origin[0] ** 2 + origin[2] ** 2 - radius * radius
    best = FAR
    discriminant = b * b - a * c
    if discriminant > 0.0 and abs(a) > 1e-12:
        root = math.sqrt(discriminant)
        for distance in ((-b - root) / a, (-b + root) / a):
            y = origin[1] + distance * direction[1]
            if NEAR < distance < best and abs(y) < half and radius + distance * climb > 0.0:
                best = distance
    if abs(direction[1]) > 1e-9:
        for cap in (-half, half):
            distance = (cap - origin[1]) / direction[1]
            x, z = origin[0] + distance * direction[0], origin[2] + distance * direction[2]
            limit = bottom if cap < 0.0 else top
            if NEAR < distance < best and x * x + z * z < limit * limit:
                best = distance
    return best


@function
def hit_ring(origin: Vector, direction: Vector, size: Vector) -> float:
    if abs(direction[2]) < 1e-9:
        return FAR
    distance = -origin[2] / direction[2]
    x = (origin[0] + distance * direction[0]) / size[0]
    y = (origin[1] + distance * direction[1]) / size[1]
    radius = math.sqrt(math.sqrt(x**4 + y**4))
    if size[2] < radius < 1.0:
        return distance
    return FAR


@function
def hit(solid: Any, origin: Vector, direction: Vector) -> float:
    kind, size = solid.kind, extent(solid)
    if kind == ELLIPSOID:
        return hit_ellipsoid(origin, direction, size)
    if kind == ROUND_CONE:
        return hit_round_cone(origin, direction, size)
    if kind == BOX:
        return hit_box(origin, direction, size)
    if kind == FRUSTUM:
        return hit_frustum(origin, direction, size)
    return hit_ring(origin, direction, size)


# --- the outward normal at a surface point, and the signed distance of any point ----------------


@function
def box_normal(p: Vector, half: Vector) -> Vector:
    x, y, z = abs(p[0]) - half[0], abs(p[1]) - half[1], abs(p[2]) - half[2]
    if x >= y and x >= z:
        return math.copysign(1.0, p[0]), 0.0, 0.0
    if y >= z:
        return 0.0, math.copysign(1.0, p[1]), 0.0
    return 0.0, 0.0, math.copysign(1.0, p[2])


@function
def round_cone_normal(p: Vector, size: Vector) -> Vector:
    length, first, last = size
    taper = first - last
    square = length * length - taper * taper
    height = min(max(length * p[1] - first * taper, 0.0), square)
    return normalise((p[0], p[1] - length * height / square, p[2]))


@function
def frustum_normal(p: Vector, size: Vector) -> Vector:
    bottom, half, top = size
    slope = (top - bottom) / (2.0 * half)
    across = math.sqrt(p[0] * p[0] + p[2] * p[2])
    outside = across - (0.5 * (top + bottom) + slope * p[1])
    if abs(p[1]) - half > outside:
        return 0.0, math.copysign(1.0, p[1]), 0.0
    return normalise((p[0], -slope * across, p[2]))


@function
def normal(solid: Any, p: Vector) -> Vector:
    """Unit normal of the solid at, or seen from, the local point p."""
    kind, size = solid.kind, extent(solid)
    if kind == ELLIPSOID:
        inverse = (1.0 / size[0], 1.0 / size[1], 1.0 / size[2])
        return normalise(multiply(multiply(p, inverse), inverse))
    if kind == ROUND_CONE:
        return round_cone_normal(p, size)
    if kind == BOX:
        return box_normal(p, size)
    if kind == FRUSTUM:
        return frustum_normal(p, size)
    return 0.0, 0.0, -1.0


@function
def ellipsoid_gap(p: Vector, radii: Vector) -> float:
    """Distance along the line to the centre, which stays sound for radii that differ much."""
    q = multiply(p, (1.0 / radii[0], 1.0 / radii[1], 1.0 / radii[2]))
    return math.sqrt(dot(p, p)) * (1.0 - 1.0 / (math.sqrt(dot(q, q)) + 1e-9))


@function
def box_gap(p: Vector, half: Vector) -> float:
    x, y, z = abs(p[0]) - half[0], abs(p[1]) - half[1], abs(p[2]) - half[2]
    ox, oy, oz = max(x, 0.0), max(y, 0.0), max(z, 0.0)
    return math.sqrt(ox * ox + oy * oy + oz * oz) + min(max(x, max(y, z)), 0.0)


@function
def round_cone_gap(p: Vector, size: Vector) -> float:
    length, first, last = size
    sine = (first - last) / length
    cosine = math.sqrt(max(1.0 - sine * sine, 0.0))
    across = math.sqrt(p[0] * p[0] + p[2] * p[2])
    k = cosine * p[1] - sine * across
    if k < 0.0:
        return math.sqrt(across * across + p[1] * p[1]) - first
    if k > cosine * length:
        return math.sqrt(across * across + (p[1] - length) ** 2) - last
    return across * cosine + p[1] * sine - first


@function
def gap(solid: Any, p: Vector) -> float:
    """Signed distance of the local point p to the solid: exact, or of the right order."""
    kind, size = solid.kind, extent(solid)
    if kind == ELLIPSOID:
        return ellipsoid_gap(p, size)
    if kind == ROUND_CONE:
        return round_cone_gap(p, size)
    if kind == BOX:
        return box_gap(p, size)
    if kind == FRUSTUM:
        across = math.sqrt(p[0] * p[0] + p[2] * p[2])
        radius = 0.5 * (size[0] + size[2]) + (size[2] - size[0]) * 0.5 * p[1] / size[1]
        x, y = across - radius, abs(p[1]) - size[1]
        return math.hypot(max(x, 0.0), max(y, 0.0)) + min(max(x, y), 0.0)
    return FAR


# --- procedural materials: linear RGB at a texture point ----------------------------------------


@function
def first(m: Any) -> Vector:
    return m.red1, m.green1, m.blue1


@function
def second(m: Any) -> Vector:
    return m.red2, m.green2, m.blue2


@function
def third(m: Any) -> Vector:
    return m.red3, m.green3, m.blue3


@function
def hashed(a: int, b: int, c: int) -> float:
    """A uniform number in 0..1 for three integers."""
    h = (a * 374761393 + b * 668265263 + c * 1440662683 + 974711) & 0xFFFFFFFF
    h = ((h ^ (h >> 15)) * 2246822519) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 3266489917) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFFFF) / 16777216.0


@function
def noise(x: float, y: float, z: float) -> float:
    """Smooth value noise in 0..1 with one lattice cell a unit."""
    i, j, k = math.floor(x), math.floor(y), math.floor(z)
    u, v, w = x - i, y - j, z - k
    u, v, w = u * u * (3 - 2 * u), v * v * (3 - 2 * v), w * w * (3 - 2 * w)
    a, b, c = int(i), int(j), int(k)
    total = 0.0
    for corner in range(8):
        p, q, r = corner & 1, (corner >> 1) & 1, corner >> 2
        weight = (u if p else 1 - u) * (v if q else 1 - v) * (w if r else 1 - w)
        total += weight * hashed(a + p, b + q, c + r)
    return total


@function
def stripes(position: float, duty: float, width: float) -> float:
    """Anti-aliased stripes of period one: 1 inside the stripe; width is the pixel in periods."""
    phase = position - math.floor(position)
    edge = abs(phase - 0.5) - 0.5 * duty
    fade = clamp(2.0 - 3.0 * width)
    return duty + (below(edge, 0.0, max(width, 0.01)) - duty) * fade


@function
def knit_relief(q: Vector, pixel: float) -> float:
    """Brightness of knitted rows about 1, fading out where a pixel covers several stitches."""
    fade = clamp(1.6 - pixel / 0.0022)
    if fade <= 0.0:
        return 1.0
    column = q[0] / 0.007
    lean = abs(column - math.floor(column) - 0.5)
    row = q[1] / 0.0062 + lean
    row -= math.floor(row)
    return 1.0 + fade * (0.8 * row * (1.0 - row) - 0.16 * (0.5 - lean) ** 2 - 0.13)


@function
def wood(a: Vector, b: Vector, q: Vector, frequency: float) -> Vector:
    s = frequency
    warp = noise(q[0] * 1.7 * s, q[1] * 6.0 * s, q[2] * 6.0 * s)
    grain = noise(q[0] * 3.0 * s, q[1] * 60.0 * s, q[2] * 60.0 * s)
    rings = 0.5 + 0.5 * math.sin(18.0 * warp + 9.0 * s * (q[1] + q[2]))
    return scale(mix(a, b, 0.75 * rings), 0.88 + 0.24 * grain)


@function
def planks(a: Vector, b: Vector, q: Vector, pixel: float) -> Vector:
    row = math.floor(q[0] / 0.14)
    along = q[2] / 1.3 + hashed(int(row), 3, 5)
    board = math.floor(along)
    tone = hashed(int(row), int(board), 11)
    seam = min(abs(q[0] / 0.14 - row - 0.5) * 2.0, 1.0)
    colour = wood(mix(a, b, 0.35 * tone), b, (q[2], q[0] + tone * 7.0, q[1]), 0.6)
    dark = 1.0 - 0.45 * smoothstep(0.93, 0.99, seam) * clamp(0.02 / pixel)
    return scale(colour, (0.85 + 0.3 * tone) * dark)


@function
def books(m: Any, q: Vector) -> Vector:
    """Spines on a shelf: a gap of shade above, a rounded back, a label on some."""
    code, half_height, tint = int(m.variant), m.half_height, first(m)
    slot = q[0] / 0.036 + 100.0
    cell = math.floor(slot)
    start = cell + 0.18 + 0.35 * (hashed(cell, code, 1) - 0.5)
    if slot < start:
        cell -= 1
        start = cell + 0.18 + 0.35 * (hashed(cell, code, 1) - 0.5)
    finish = cell + 1.18 + 0.35 * (hashed(cell + 1, code, 1) - 0.5)
    across = (slot - start) / (finish - start)
    up = (q[1] + half_height) / (2.0 * half_height)
    tall = 0.66 + 0.3 * hashed(cell, code, 2)
    if hashed(cell, code, 7) < 0.08 or up > tall:
        return scale(tint, 0.10)
    hue = hashed(cell, code, 3)
    light = 0.25 + 0.6 * hashed(cell, code, 4)
    colour = (
        0.36 + 0.30 * math.cos(6.2832 * (hue + 0.02)),
        0.31 + 0.20 * math.cos(6.2832 * (hue + 0.28)),
        0.28 + 0.22 * math.cos(6.2832 * (hue + 0.45)),
    )
    if hashed(cell, code, 8) < 0.25:
        colour = (0.62, 0.56, 0.46)
    round_back = math.sqrt(max(1.0 - (2.0 * across - 1.0) ** 2, 0.0))
    label = abs(up - 0.72 * tall) < 0.035 or abs(up - 0.16 * tall) < 0.012
    if label and hashed(cell, code, 5) < 0.6:
        colour = mix(colour, (0.75, 0.62, 0.36), 0.7)
    return scale(colour, light * (0.35 + 0.65 * round_back))


@function
def poster(m: Any, q: Vector, pixel: float) -> Vector:
    """A printed landscape: a sun over three ridges, inside a mount."""
    half_width, half_height, seed = m.half_width, m.half_height, m.variant
    x, y = q[0] / half_width, q[1] / half_height
    width = pixel / half_height
    if max(abs(x) * half_width - half_width, abs(y) * half_height - half_height) > -0.022:
        return 0.78, 0.76, 0.71
    sky, ink, sun = first(m), second(m), third(m)
    colour = mix(sky, (0.80, 0.74, 0.62), 0.45 * clamp(0.5 - y))
    radius = math.hypot((x - 0.5 * math.sin(seed)) * half_width / half_height, y - 0.28)
    colour = mix(colour, sun, below(radius, 0.26, width))
    for ridge in range(3):
        height = -0.05 - 0.28 * ridge
        height += 0.16 * math.sin(2.3 * x + 1.7 * seed + 2.1 * ridge)
        height += 0.06 * math.sin(5.1 * x + 3.1 * seed - ridge)
        shade = mix(mix(sky, ink, 0.45), ink, 0.5 * ridge)
        colour = mix(colour, shade, below(y, height, width))
    return colour


@function
def outdoors(m: Any, q: Vector) -> Vector:
    """A bright, hazy view: sky, far trees, near shrubs."""
    sky, haze, green = first(m), second(m), third(m)
    colour = mix(haze, sky, clamp(q[1] * 0.9 + 0.25))
    cloud = noise(q[0] * 2.2, q[1] * 4.5, 3.0)
    colour = mix(colour, (1.0, 1.0, 1.0), 0.6 * smoothstep(0.5, 0.8, cloud) * clamp(q[1] * 2.0))
    x, y = 0.8 * q[0] + 0.6 * q[1], 0.8 * q[1] - 0.6 * q[0]
    for layer in range(2):
        height = -0.10 - 0.30 * layer + 0.28 * noise(q[0] * 3.5 + 7.0 * layer, 1.0 + layer, 0.0)
        height += 0.05 * noise(x * 17.0, y * 17.0, layer * 3.0)
        leaf = 0.35 + 0.5 * noise(x * 13.0, y * 13.0, 1.0 + layer)
        leaf += 0.5 * noise(y * 29.0, x * 29.0, 5.0 + layer)
        tone = scale(mix(mix(haze, green, 0.55), green, layer * 0.8), leaf)
        colour = mix(colour, tone, below(q[1], height, 0.03))
    return colour


@function
def eyes(m: Any, q: Vector, skin: Vector, pixel: float) -> Vector:
    """The eye region on either side, over the skin colour: lids, white, iris, lash line."""
    side = math.copysign(1.0, q[0])
    size, openness, iris = m.eye_size, m.openness, third(m)
    x = (abs(q[0]) - 0.0325) / (0.0172 * size)
    y = (q[1] - 0.001 - 0.0012 * x) / (0.0098 * size)
    arc = max(1.0 - x * x, 0.0)
    width = pixel / (0.0098 * size)
    upper, lower = arc * (1.75 * openness - 0.75) + 0.05, -0.72 * math.sqrt(arc) * arc**0.25
    socket = math.exp(-(x * x) * 0.55 - (y - 0.55) ** 2 * 0.35)
    colour = scale(skin, 1.0 - 0.20 * socket)
    crease = math.exp(-(((y - upper - 0.42) / 0.16) ** 2)) * clamp(1.4 * arc)
    colour = scale(colour, 1.0 - 0.28 * crease)
    inside = below(y, upper, width) * below(lower, y, width) * below(abs(x), 1.0, width)
    if inside > 0.0:
        gx = x * 1.755 - (m.gaze_x * side)
        gy = y - 0.12 - m.gaze_y
        radius = math.hypot(gx, gy)
        white = scale((0.80, 0.77, 0.75), 1.0 - 0.45 * clamp(1.2 - (upper - y) * 1.6))
        ball = mix(white, scale(iris, 0.35), below(radius, 0.86, width))
        ball = mix(ball, scale(iris, 0.75 + 0.9 * clamp(-gy)), below(radius, 0.74, width))
        ball = mix(ball, (0.006, 0.006, 0.008), below(radius, 0.36, width))
        glint = math.hypot(gx * side + 0.26, gy - 0.30)
        ball = mix(ball, (1.5, 1.5, 1.5), below(glint, 0.17, width))
        colour = mix(colour, ball, inside)
    lash = below(abs(y - upper - 0.10), 0.17, width) * below(abs(x), 1.06, 0.15)
    colour = mix(colour, (0.02, 0.013, 0.011), 0.92 * lash)
    under = below(abs(y - lower + 0.03), 0.06, width) * below(abs(x), 0.95, 0.2)
    return mix(colour, scale(skin, 0.42), 0.6 * under)


@function
def brow(m: Any, q: Vector, colour: Vector, pixel: float) -> Vector:
    x = (abs(q[0]) - 0.034) / 0.0215
    middle = 0.0235 + m.brow_lift + 0.0035 * (1.0 - (x - 0.25) ** 2)
    thick = 0.0036 * (1.05 - 0.55 * smoothstep(-0.2, 1.1, x)) * m.brow_weight
    mask = below(abs(q[1] - middle), thick, pixel + 0.0016) * below(abs(x), 1.0, 0.25)
    return mix(colour, scale(second(m), 0.55), 0.85 * mask)


@function
def mouth(m: Any, q: Vector, skin: Vector, lip: Vector, pixel: float) -> Vector:
    """Lips, and teeth and tongue as far as the mouth is open."""
    opening, smile = m.opening, m.smile
    half = 0.0245 - 0.004 * opening
    x = q[0] / half
    arc = max(1.0 - x * x, 0.0)
    y = q[1] + 0.0660 - 0.0055 * smile * (x * x - 0.25)
    gap_top, gap_bottom = 0.0022 * opening * arc, -0.0125 * opening * arc
    bow = 1.0 - 0.22 * math.exp(-((x / 0.16) ** 2))
    top = gap_top + 0.0062 * bow * arc**0.75
    bottom = gap_bottom - 0.0078 * arc**0.8
    width = pixel + 0.0006
    shade = 1.0 - 0.20 * math.exp(-(((y - bottom + 0.004) / 0.004) ** 2)) * arc
    colour = scale(skin, shade)
    lips = below(y, top, width) * below(bottom, y, width)
    light = 0.80 + 0.35 * clamp((gap_bottom - y) / 0.008) if y < gap_bottom else 0.78
    colour = mix(colour, scale(lip, light), 0.85 * lips)
    open_mask = below(y, gap_top, width) * below(gap_bottom, y, width) * below(0.0, arc, 0.1)
    teeth = below(gap_top - 0.0048, y, width)
    inside = mix((0.10, 0.018, 0.018), (0.72, 0.69, 0.64), teeth)
    colour = mix(colour, inside, open_mask * clamp(opening * 6.0))
    seam = math.exp(-((y - gap_bottom) ** 2) / 1.1e-6) * below(abs(x), 1.03, 0.1)
    return scale(colour, 1.0 - 0.62 * seam * (1.0 - clamp(opening * 4.0)))


@function
def face(m: Any, q: Vector, pixel: float) -> Vector:
    """A painted face in head coordinates, looking to -z; colours: skin, hair, iris."""
    skin, hair = first(m), second(m)
    if q[2] > -0.02:
        return skin
    lip = mix((skin[0] * 0.86, skin[1] * 0.50, skin[2] * 0.50), (0.45, 0.10, 0.10), 0.30)
    cheek = math.exp(-((abs(q[0]) - 0.043) ** 2 + (q[1] + 0.034) ** 2) / 4.0e-4)
    warm = (skin[0], skin[1] * 0.72, skin[2] * 0.70)
    colour = mix(skin, warm, m.blush * cheek)
    tip = math.exp(-((q[0] / 0.014) ** 2) - ((q[1] + 0.036) / 0.012) ** 2)
    colour = mix(colour, warm, 0.35 * tip)
    if m.beard > 0.0:
        jaw = smoothstep(-0.030, -0.058, q[1] - 0.9 * max(abs(q[0]) - 0.02, 0.0))
        lip_gap = math.exp(-((q[0] / 0.021) ** 4) - ((q[1] + 0.0675) / 0.009) ** 4)
        grain = 0.75 + 0.5 * noise(q[0] * 500.0, q[1] * 300.0, q[2] * 300.0)
        beard = clamp(m.beard * jaw * (1.0 - lip_gap) * grain)
        colour = mix(colour, scale(hair, 0.8), beard)
    if -0.1 < q[1] < -0.04 and abs(q[0]) < 0.034:
        return mouth(m, q, colour, lip, pixel)
    if abs(q[1]) < 0.05:
        return brow(m, q, eyes(m, q, colour, pixel), pixel)
    return colour


@function
def hair_colour(a: Vector, b: Vector, q: Vector, frequency: float, pixel: float) -> Vector:
    strand = noise(q[0] * 260.0 * frequency, q[1] * 30.0, q[2] * 160.0 * frequency)
    lock = math.sin(q[0] * 95.0 * frequency + 3.0 * math.sin(q[1] * 28.0) + q[2] * 60.0)
    fade = clamp(1.5 - pixel / 0.003)
    return scale(mix(a, b, 0.45 + 0.35 * lock), 0.9 + fade * 0.7 * (strand - 0.5))


@function
def leaf(a: Vector, b: Vector, q: Vector) -> Vector:
    vein = math.exp(-((q[0] / 0.004) ** 2))
    side = 0.5 + 0.5 * math.sin((q[1] - 1.2 * abs(q[0])) * 260.0)
    return mix(mix(a, b, 0.25 * side), b, 0.6 * vein)


@function
def clothing(pattern: int, a: Vector, b: Vector, q: Vector, period: float, pixel: float) -> Vector:
    relief = knit_relief(q, pixel)
    if pattern == KNIT:
        return scale(a, relief)
    width = pixel / period
    level = stripes(q[1] / period, 0.42, width)
    if pattern == STRIPES:
        return scale(mix(a, b, level), relief)
    across = stripes(q[0] / period + 0.25, 0.42, width)
    thread = stripes(q[0] / period + 0.75, 0.06, width)
    colour = mix(a, b, 0.5 * (level + across))
    return scale(mix(colour, (0.8, 0.76, 0.66), 0.4 * thread), relief)


@function
def fabric(a: Vector, b: Vector, q: Vector, period: float, pixel: float) -> Vector:
    fade = clamp(1.5 - 2.0 * pixel / period)
    weave = math.sin(6.2832 * q[0] / period) * math.sin(6.2832 * (q[1] + q[2]) / period)
    return mix(a, b, 0.5 + 0.5 * weave * fade)


@function
def wallpaper(a: Vector, b: Vector, q: Vector, period: float, pixel: float) -> Vector:
    along = q[0] + q[2]
    wide = stripes(along / period, 0.5, pixel / period)
    thin = stripes(along / period + 0.25, 0.05, pixel / period)
    return mix(mix(a, b, wide), (0.8, 0.72, 0.5), 0.3 * thin)


@function
def albedo(m: Any, q: Vector, pixel: float) -> Vector:
    """Linear RGB of a material at texture point q, where a pixel covers `pixel` metres."""
    pattern, period = m.pattern, m.scale
    a, b = first(m), second(m)
    if pattern == PLAIN:
        return a
    if pattern in (STRIPES, CHECKS, KNIT):
        return clothing(pattern, a, b, q, period, pixel)
    if pattern == FACE:
        return face(m, q, pixel)
    if pattern == HAIR:
        return hair_colour(a, b, q, period, pixel)
    if pattern == WOOD:
        return wood(a, b, q, period)
    if pattern == PLANKS:
        return planks(a, b, q, pixel)
    if pattern == PLASTER:
        fine = noise(q[0] * 90.0, q[1] * 90.0, q[2] * 90.0)
        broad = noise(q[0] * 2.0, q[1] * 2.0, q[2] * 2.0)
        return scale(a, 0.93 + 0.05 * fine + 0.09 * broad)
    if pattern == WALLPAPER:
        return wallpaper(a, b, q, period, pixel)
    if pattern == BOOKS:
        return books(m, q)
    if pattern == POSTER:
        return poster(m, q, pixel)
    if pattern == OUTDOORS:
        return outdoors(m, q)
    if pattern == LEAF:
        return leaf(a, b, q)
    return fabric(a, b, q, period, pixel)


# --- light --------------------------------------------------------------------------------------


@function
def sphere_occlusion(occluders: Any, owner: int, p: Vector, n: Vector) -> float:
    """Share of the hemisphere over p that stays open past the occluding spheres."""
    visible = 1.0
    for k in range(occluders.shape[0]):
        sphere = occluders[k]
        if sphere.owner == owner:
            continue
        to = subtract(place(sphere), p)
        square = dot(to, to)
        radius = sphere.radius
        if square > 36.0 * radius * radius:
            continue
        lean = clamp(0.5 + 0.5 * dot(n, to) / math.sqrt(square))
        visible *= 1.0 - 0.9 * lean * clamp(radius * radius / square)
    return visible


@function
def sphere_shadow(occluders: Any, owner: int, p: Vector, towards: Vector) -> float:
    """How much of a broad light in the unit direction `towards` reaches p."""
    visible = 1.0
    for k in range(occluders.shape[0]):
        sphere = occluders[k]
        if sphere.owner == owner:
            continue
        to = subtract(place(sphere), p)
        along = dot(to, towards)
        if along <= 0.0:
            continue
        miss = math.sqrt(max(dot(to, to) - along * along, 0.0)) - sphere.radius
        visible *= 0.25 + 0.75 * smoothstep(-0.35, 0.45, miss / (0.02 + along))
    return visible


@function
def contact(solids: Any, p: Vector, n: Vector, reach: float) -> float:
    """Ambient occlusion by nearby solids: how much nearer they come than the open half space."""
    near, far = advance(p, 0.25 * reach, n), advance(p, reach, n)
    closed_near, closed_far = 0.25 * reach, reach
    for i in range(solids.shape[0]):
        solid = solids[i]
        offset = subtract(far, place(solid))
        limit = solid.bound + reach
        if dot(offset, offset) > limit * limit:
            continue
        closed_far = min(closed_far, gap(solid, to_local(solid, offset)))
        offset = subtract(near, place(solid))
        closed_near = min(closed_near, gap(solid, to_local(solid, offset)))
    open_near = clamp(closed_near / (0.25 * reach))
    return (0.45 + 0.55 * open_near) * (0.35 + 0.65 * clamp(closed_far / reach))


@function
def highlight(n: Vector, towards: Vector, view: Vector) -> float:
    """A broad and a tight mirrored lobe: powers 12 and 48 of the half-angle cosine."""
    peak = max(dot(n, normalise(subtract(towards, view))), 0.0) ** 2
    broad = (peak * peak * peak) ** 2
    return 0.15 * broad + 0.85 * broad**4


@inlined
def radiance(
    m: Any,
    lights: Any,
    air: Any,
    p: Vector,
    n: Vector,
    view: Vector,
    ambient: float,
    key: float,
) -> tuple[Vector, float]:
    """Diffuse light that arrives at p, and the mirrored highlight, for one material."""
    total = scale(mix(second(air), first(air), 0.5 + 0.5 * n[1]), ambient)
    shine, share = 0.0, 1.0 / (1.0 + m.wrap)
    bounced = 0.35 + 0.65 * ambient
    for k in range(lights.shape[0]):
        light = lights[k]
        to = subtract(place(light), p)
        square = dot(to, to)
        root, faded = math.sqrt(square), square + light.radius**2
        cosine = dot(n, to) + m.wrap * root
        if cosine <= 0.0:
            continue
        inverse = (key if k == 0 else bounced) / (root * faded)
        colour = (light.red, light.green, light.blue)
        total = advance(total, cosine * share * inverse, colour)
        if m.gloss > 0.0:
            lobe = highlight(n, scale(to, 1.0 / root), view)
            shine += m.gloss * inverse * root * light.green * lobe
    edge = 1.0 - abs(dot(n, view))
    return advance(total, 0.55 * ambient * edge * edge * edge, first(air)), shine


@inlined
def smooth_normal(solids: Any, members: Any, count: int, index: int, p: Vector) -> Vector:
    """Normal at p of solid `index`, melted into those of its blend group."""
    solid = solids[index]
    local = to_local(solid, subtract(p, place(solid)))
    total = to_world(solid, normal(solid, local))
    if solid.blend == 0:
        return total
    for m in range(count):
        i = members[m]
        other = solids[i]
        if i == index or other.blend != solid.blend:
            continue
        offset = subtract(p, place(other))
        limit = other.bound + solid.melt
        if dot(offset, offset) > limit * limit:
            continue
        local = to_local(other, offset)
        weight = 1.0 - abs(gap(other, local)) / solid.melt
        if weight > 0.0:
            total = advance(total, weight * weight, to_world(other, normal(other, local)))
    return normalise(total)


@inlined
def shade(
    solids: Any,
    materials: Any,
    lights: Any,
    occluders: Any,
    air: Any,
    members: Any,
    count: int,
    index: int,
    origin: Vector,
    direction: Vector,
    distance: float,
    pixel: float,
    reach: float,
) -> Vector:
    """Linear RGB seen along a ray that hits solid `index`; reach > 0 adds contact shade."""
    solid = solids[index]
    material = materials[solid.material]
    p = advance(origin, distance, direction)
    q = to_texture(solid, to_local(solid, subtract(p, place(solid))))
    colour = albedo(material, q, pixel * distance)
    n = smooth_normal(solids, members, count, index, p)
    if material.glow > 0.0:
        return scale(colour, material.glow * (0.45 + 0.55 * abs(dot(n, direction))))
    if solid.kind == RING and dot(n, direction) > 0.0:
        n = scale(n, -1.0)
    ambient = sphere_occlusion(occluders, solid.blend, p, n)
    if reach > 0.0:
        ambient *= contact(solids, p, n, reach)
    key_light = normalise(subtract(place(lights[0]), p))
    key = sphere_shadow(occluders, solid.blend, p, key_light)
    light, shine = radiance(material, lights, air, p, n, direction, ambient, key)
    return advance((shine, shine, shine), 1.0, multiply(colour, light))


# --- kernels ------------------------------------------------------------------------------------


@function
def ray(camera: Any, x: float, y: float) -> tuple[Vector, float]:
    """Unit world direction through the image point (x, y), and its cosine to the optical axis."""
    right, down = (x - camera.centre_x) / camera.focal, (y - camera.centre_y) / camera.focal
    cosine = 1.0 / math.sqrt(right * right + down * down + 1.0)
    direction = (
        camera.fx + right * camera.rx + down * camera.dx,
        camera.fy + right * camera.ry + down * camera.dy,
        camera.fz + right * camera.rz + down * camera.dz,
    )
    return scale(direction, cosine), cosine


@function
def to_camera(camera: Any, p: Vector) -> Vector:
    v = subtract(p, place(camera))
    return (
        dot(v, (camera.rx, camera.ry, camera.rz)),
        dot(v, (camera.dx, camera.dy, camera.dz)),
        dot(v, (camera.fx, camera.fy, camera.fz)),
    )


@function
def project(camera: Any, p: Vector) -> tuple[float, float]:
    """The image point, in pixels, of a world point before the camera."""
    right, down, forward = to_camera(camera, p)
    return (
        camera.centre_x + camera.focal * right / forward,
        camera.centre_y + camera.focal * down / forward,
    )


@inlined
def nearest(
    solids: Any, members: Any, count: int, origin: Vector, direction: Vector, limit: float
) -> tuple[float, int]:
    """Distance to the first of the member solids before `limit`, and which: -1 for none."""
    best, index = limit, -1
    for m in range(count):
        i = members[m]
        solid = solids[i]
        offset = subtract(origin, place(solid))
        along = dot(offset, direction)
        bound = solid.bound
        if along * along < dot(offset, offset) - bound * bound or -along - bound > best:
            continue
        distance = hit(solid, to_local(solid, offset), to_local(solid, direction))
        if NEAR < distance < best:
            best, index = distance, i
    return best, index


@function
def tile_box(tile: int, height: int, width: int) -> tuple[int, int, int, int]:
    """Top, bottom, left and right pixel limits of a tile."""
    across = (width + TILE - 1) // TILE
    top, left = tile // across * TILE, tile % across * TILE
    return top, min(top + TILE, height), left, min(left + TILE, width)


@function
def cast_tile(
    depth: Any, hits: Any, matte: Any, world: World, tiles: Tiles, behind: Any, tile: int
) -> None:
    top, bottom, left, right = tile_box(tile, depth.shape[0], depth.shape[1])
    camera, solids = world.camera[0], world.solids
    eye = place(camera)
    members, count = tiles.members[tile], tiles.seen[tile]
    for y in range(top, bottom):
        for x in range(left, right):
            direction, cosine = ray(camera, x + 0.5, y + 0.5)
            limit = behind[y, x] / cosine
            distance, index = nearest(solids, members, count, eye, direction, limit)
            hits[y, x] = index
            if index >= 0:
                depth[y, x] = distance * cosine
                matte[y, x] = solids[index].subject


@kernel
def cast(
    depth: Any, hits: Any, matte: Any, world: World, tiles: Tiles, behind: Any, todo: Any
) -> None:
    """What each pixel centre sees before the depth `behind`: depth, index, matte.

    Where it sees nothing the index is -1, and depth and matte keep their values.
    """
    for tile in todo:
        cast_tile(depth, hits, matte, world, tiles, behind, tile)


@function
def light_tile(
    colour: Any,
    depth: Any,
    hits: Any,
    world: World,
    tiles: Tiles,
    settled: int,
    reach: float,
    tile: int,
) -> None:
    top, bottom, left, right = tile_box(tile, depth.shape[0], depth.shape[1])
    camera, solids, air = world.camera[0], world.solids, world.air[0]
    eye = place(camera)
    materials, lights, occluders = world.materials, world.lights, world.occluders
    members, nearby = tiles.members[tile], tiles.nearby[tile]
    for y in range(top, bottom):
        for x in range(left, right):
            index = int(hits[y, x])
            if index < 0 or index >= settled:
                continue
            direction, cosine = ray(camera, x + 0.5, y + 0.5)
            value = shade(
                solids, materials, lights, occluders, air, members, nearby, index,
                eye, direction, depth[y, x] / cosine, cosine / camera.focal, reach,
            )  # fmt: skip
            colour[y, x, 0], colour[y, x, 1], colour[y, x, 2] = value


@kernel
def light_surfaces(
    colour: Any,
    depth: Any,
    hits: Any,
    world: World,
    tiles: Tiles,
    settled: int,
    reach: float,
    todo: Any,
) -> None:
    """Linear RGB of every hit of an index below `settled`; the others keep their colour."""
    for tile in todo:
        light_tile(colour, depth, hits, world, tiles, settled, reach, tile)


@function
def differs(
    depth: Any, hits: Any, solids: Any, settled: int, y: int, x: int, v: int, u: int
) -> bool:
    """Whether two pixels do not see one smooth surface, and not both what is settled already."""
    here, there = hits[y, x], hits[v, u]
    if here == there:
        return False
    if here < 0 or there < 0:
        return bool(0 <= max(here, there) < settled)
    if min(here, there) >= settled:
        return False
    one, other = solids[here], solids[there]
    if one.blend == 0 or one.blend != other.blend or one.material != other.material:
        return True
    return bool(abs(depth[v, u] - depth[y, x]) > 0.006)


@function
def mark_tile(edges: Any, depth: Any, hits: Any, solids: Any, settled: int, tile: int) -> None:
    height, width = edges.shape
    top, bottom, left, right = tile_box(tile, height, width)
    for y in range(top, bottom):
        for x in range(left, right):
            edges[y, x] = (
                (y > 0 and differs(depth, hits, solids, settled, y, x, y - 1, x))
                or (x > 0 and differs(depth, hits, solids, settled, y, x, y, x - 1))
                or (y + 1 < height and differs(depth, hits, solids, settled, y, x, y + 1, x))
                or (x + 1 < width and differs(depth, hits, solids, settled, y, x, y, x + 1))
            )


@kernel
def find_edges(edges: Any, depth: Any, hits: Any, solids: Any, settled: int, todo: Any) -> None:
    """1 where a pixel and a neighbour, one of an index below `settled`, see no one surface."""
    for tile in todo:
        mark_tile(edges, depth, hits, solids, settled, tile)


@function
def sample_tile(
    colour: Any,
    matte: Any,
    edges: Any,
    world: World,
    tiles: Tiles,
    behind: Any,
    backdrop: Any,
    reach: float,
    tile: int,
) -> None:
    top, bottom, left, right = tile_box(tile, edges.shape[0], edges.shape[1])
    camera, solids, air = world.camera[0], world.solids, world.air[0]
    eye = place(camera)
    materials, lights, occluders = world.materials, world.lights, world.occluders
    members, count, nearby = tiles.members[tile], tiles.seen[tile], tiles.nearby[tile]
    for y in range(top, bottom):
        for x in range(left, right):
            if not edges[y, x]:
                continue
            total, cover = (0.0, 0.0, 0.0), 0.0
            for corner in range(4):
                u = x + 0.125 + 0.25 * corner
                v = y + 0.125 + 0.25 * ((2 * corner + 1) % 5)
                direction, cosine = ray(camera, u, v)
                limit = behind[y, x] / cosine
                distance, index = nearest(solids, members, count, eye, direction, limit)
                value = (backdrop[y, x, 0], backdrop[y, x, 1], backdrop[y, x, 2])
                if index >= 0:
                    value = shade(
                        solids, materials, lights, occluders, air, members, nearby, index,
                        eye, direction, distance, cosine / camera.focal, reach,
                    )  # fmt: skip
                    cover += solids[index].subject
                total = advance(total, 0.25, value)
            colour[y, x, 0], colour[y, x, 1], colour[y, x, 2] = total
            matte[y, x] = 0.25 * cover


@kernel
def supersample(
    colour: Any,
    matte: Any,
    edges: Any,
    world: World,
    tiles: Tiles,
    behind: Any,
    backdrop: Any,
    reach: float,
    todo: Any,
) -> None:
    """Four rotated-grid rays for every marked pixel: mean colour, share that sees a subject."""
    for tile in todo:
        sample_tile(colour, matte, edges, world, tiles, behind, backdrop, reach, tile)


@function
def develop_tile(
    image: Any, colour: Any, edges: Any, hits: Any, settled: int, curve: Any, tile: int
) -> None:
    height, width = edges.shape
    top, bottom, left, right = tile_box(tile, height, width)
    steps = curve.shape[0] - 1
    falloff = 0.9 / (width * width + height * height)
    for y in range(top, bottom):
        for x in range(left, right):
            if not edges[y, x] and not 0 <= hits[y, x] < settled:
                continue
            u, v = x + 0.5 - 0.5 * width, y + 0.5 - 0.5 * height
            gain = 1.0 - falloff * (u * u + v * v)
            for channel in range(3):
                level = math.sqrt(max(colour[y, x, channel] * gain, 0.0)) * 0.5
                image[y, x, 2 - channel] = curve[int(min(level, 1.0) * steps + 0.5)]


@kernel
def develop(
    image: Any, colour: Any, edges: Any, hits: Any, settled: int, curve: Any, todo: Any
) -> None:
    """Linear RGB to BGR bytes through the tone curve, which is sampled over the square root.

    Corners darken as behind a lens. Only marked pixels and hits below `settled` are written.
    """
    for tile in todo:
        develop_tile(image, colour, edges, hits, settled, curve, tile)


@function
def move_tile(
    motion: Any,
    depth: Any,
    hits: Any,
    cameras: Any,
    solids: Any,
    later: Any,
    settled: int,
    tile: int,
) -> None:
    camera = cameras[0]
    eye = place(camera)
    top, bottom, left, right = tile_box(tile, depth.shape[0], depth.shape[1])
    for y in range(top, bottom):
        for x in range(left, right):
            i = hits[y, x]
            if i < 0 or i >= settled:
                continue
            direction, cosine = ray(camera, x + 0.5, y + 0.5)
            p = advance(eye, depth[y, x] / cosine, direction)
            local = to_local(solids[i], subtract(p, place(solids[i])))
            moved = advance(place(later[i]), 1.0, to_world(later[i], local))
            u, v = project(camera, moved)
            motion[y, x, 0] = u - x - 0.5
            motion[y, x, 1] = v - y - 0.5


@kernel
def move_surfaces(
    motion: Any,
    depth: Any,
    hits: Any,
    cameras: Any,
    solids: Any,
    later: Any,
    settled: int,
    todo: Any,
) -> None:
    """Pixels from each hit of an index below `settled` to where its solid carries it."""
    for tile in todo:
        move_tile(motion, depth, hits, cameras, solids, later, settled, tile)


@function
def noise_row(image: Any, strength: float, seed: int, y: int) -> None:
    for x in range(image.shape[1]):
        for channel in range(3):
            total = -2.0
            for draw in range(4):
                total += hashed(x * 3 + channel, y * 4 + draw, seed)
            value = float(image[y, x, channel])
            sigma = strength * 255.0 * math.sqrt(0.25 + 1.5 * value / 255.0)
            value += total * 1.7320508 * sigma + 0.5
            image[y, x, channel] = int(min(max(value, 0.0), 255.0))


@kernel
def add_noise(image: Any, strength: float, seed: int, rows: Any) -> None:
    """Sensor noise in place: read noise and shot noise, `strength` of full scale at mid grey."""
    for y in rows:
        noise_row(image, strength, seed, y)


# --- which tiles a primitive may touch ----------------------------------------------------------


@function
def grow(bounds: Any, i: int, camera: Any, centre: Vector, a: Vector, b: Vector, c: Vector) -> None:
    """Widen the pixel bounds left, top, right, bottom of solid i by an ellipsoid.

    centre and the half axes a, b, c are in the camera's frame. A view plane through the eye that
    touches the ellipsoid has a slope which solves a quadratic; too near an eye there is none.
    """
    deep = a[2] ** 2 + b[2] ** 2 + c[2] ** 2
    square = centre[2] ** 2 - deep
    if centre[2] < math.sqrt(deep) + NEAR:
        bounds[i, 0], bounds[i, 1], bounds[i, 2], bounds[i, 3] = -FAR, -FAR, FAR, FAR
        return
    for axis in range(2):
        wide = a[axis] ** 2 + b[axis] ** 2 + c[axis] ** 2
        cross = a[axis] * a[2] + b[axis] * b[2] + c[axis] * c[2]
        half = centre[axis] * centre[2] - cross
        root = math.sqrt(max(half * half - square * (centre[axis] ** 2 - wide), 0.0))
        origin = camera.centre_x if axis == 0 else camera.centre_y
        low, high = (half - root) / square, (half + root) / square
        bounds[i, axis] = min(bounds[i, axis], origin + camera.focal * low)
        bounds[i, axis + 2] = max(bounds[i, axis + 2], origin + camera.focal * high)


@function
def grow_ball(bounds: Any, i: int, camera: Any, p: Vector, radius: float) -> None:
    right, down, forward = (radius, 0.0, 0.0), (0.0, radius, 0.0), (0.0, 0.0, radius)
    grow(bounds, i, camera, to_camera(camera, p), right, down, forward)


@function
def half_axis(camera: Any, solid: Any, v: Vector) -> Vector:
    """A vector of the solid's frame in the camera's."""
    return to_camera(camera, advance(place(camera), 1.0, to_world(solid, v)))


@kernel
def screen_bounds(camera: Any, solids: Any, melted: float) -> NDArray[np.float64]:
    """Pixel rectangle (n, 4) that surely holds each solid, grown by `melted` of its melt."""
    bounds = np.empty((solids.shape[0], 4))
    for i in range(solids.shape[0]):
        solid = solids[i]
        bounds[i, 0], bounds[i, 1], bounds[i, 2], bounds[i, 3] = FAR, FAR, -FAR, -FAR
        centre, size, kind = place(solid), extent(solid), solid.kind
        margin = melted * solid.melt
        if kind == ROUND_CONE:
            tip = to_world(solid, (0.0, size[0], 0.0))
            grow_ball(bounds, i, camera, centre, size[1] + margin)
            grow_ball(bounds, i, camera, advance(centre, 1.0, tip), size[2] + margin)
        elif kind == ELLIPSOID:
            a = half_axis(camera, solid, (size[0] + margin, 0.0, 0.0))
            b = half_axis(camera, solid, (0.0, size[1] + margin, 0.0))
            c = half_axis(camera, solid, (0.0, 0.0, size[2] + margin))
            grow(bounds, i, camera, to_camera(camera, centre), a, b, c)
        else:
            wide = max(size[0], size[2])
            half = size
            if kind == FRUSTUM:
                half = (wide, size[1], wide)
            elif kind == RING:
                half = (size[0], size[1], 0.0)
            for corner in range(8):
                x = half[0] if corner & 1 else -half[0]
                y = half[1] if corner & 2 else -half[1]
                z = half[2] if corner & 4 else -half[2]
                reach = to_world(solid, (x, y, z))
                grow_ball(bounds, i, camera, advance(centre, 1.0, reach), 0.0)
    return bounds


@function
def enlist(members: Any, filled: Any, needed: Any, bounds: Any, height: int, width: int) -> None:
    """Append each solid to the tiles its bounds touch: those with `needed`, once."""
    across = (width + TILE - 1) // TILE
    for i in range(bounds.shape[0]):
        left, top = max(bounds[i, 0] - 1.0, 0.0), max(bounds[i, 1] - 1.0, 0.0)
        right, bottom = min(bounds[i, 2] + 1.0, width - 0.5), min(bounds[i, 3] + 1.0, height - 0.5)
        if right <= left or bottom <= top:
            continue
        for row in range(int(top) // TILE, int(bottom) // TILE + 1):
            for column in range(int(left) // TILE, int(right) // TILE + 1):
                tile = row * across + column
                known = needed[tile] == 0
                for m in range(filled[tile]):
                    known = known or members[tile, m] == i
                if not known:
                    members[tile, filled[tile]] = i
                    filled[tile] += 1


@kernel
def bin_solids(cameras: Any, solids: Any, settled: int, height: int, width: int) -> Tiles:
    """The solids of each tile of a picture; active are those with an index below `settled`."""
    camera = cameras[0]
    total = ((height + TILE - 1) // TILE) * ((width + TILE - 1) // TILE)
    members = np.empty((total, solids.shape[0]), np.int16)
    count = np.zeros(total, np.int64)
    everywhere = np.ones(total, np.int64)
    enlist(members, count, everywhere, screen_bounds(camera, solids, 0.0), height, width)
    nearby = count.copy()
    enlist(members, nearby, count, screen_bounds(camera, solids, 1.0), height, width)
    active = [tile for tile in range(total) if count[tile] > 0 and members[tile, 0] < settled]
    return Tiles(np.array(active, np.int64), count, nearby, members)
