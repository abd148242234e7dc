"""The subject before its room, the room toned and seen through a veil of one colour.

Behind the veil a colour B becomes C + t (B - C): t is the transmission and C the veil's colour
(H. Koschmieder, "Theorie der horizontalen Sichtweite", 1924). Transmission 1 is no veil.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.blocks import CLEAR, MIXED, SOLID, run_end
from livedepth.compositor.kernels.expand import row_position
from livedepth.compositor.kernels.layers import (
    RUN,
    merge_rows,
    part_layers,
    run_kind,
    stretch_run,
    unpack,
)
from livedepth.compositor.kernels.rows import copy_pixels
from livedepth.compositor.kernels.tone import tone_row

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


@njit(nogil=True, fastmath=True, cache=True)
def veil_room(dst: Bytes, room: Floats, passed: Floats, veil: Floats, threshold: Floats) -> None:
    """The veiled room, for n pixels of a row.

    dst: uint8 (3 n). room: float32 (3, n or more) in 0..255. passed: float32 (n), transmission.
    veil: float32 (3). threshold: float32 (n) in 0..1, at which share a level is rounded up.
    """
    blue, green, red = room[0], room[1], room[2]
    veil_blue, veil_green, veil_red = veil[0], veil[1], veil[2]
    for x in range(passed.shape[0]):
        t, up = passed[x], threshold[x]
        b = veil_blue + t * (blue[x] - veil_blue) + up
        g = veil_green + t * (green[x] - veil_green) + up
        r = veil_red + t * (red[x] - veil_red) + up
        dst[3 * x] = np.uint8(np.int32(b))
        dst[3 * x + 1] = np.uint8(np.int32(g))
        dst[3 * x + 2] = np.uint8(np.int32(r))


@njit(nogil=True, fastmath=True, cache=True)
def veil_behind(
    dst: Bytes, layers: Floats, alpha: Floats, passed: Floats, veil: Floats, threshold: Floats
) -> None:
    """The subject before the veiled room, for n pixels of a row.

    layers: float32 (6, n or more), subject and room in 0..255. alpha: float32 (n). See
    ``veil_room``.
    """
    for plane in range(3):
        colour, front, behind = veil[plane], layers[plane], layers[3 + plane]
        for x in range(alpha.shape[0]):
            b = colour + passed[x] * (behind[x] - colour)
            value = b + alpha[x] * (front[x] - b)
            dst[3 * x + plane] = np.uint8(np.int32(value + threshold[x]))


@njit(nogil=True, fastmath=True, cache=True)
def veil_run(
    dst: Bytes,
    rows: Floats,
    pixels: Bytes,
    kind: np.uint8,
    planes: Floats,
    veil: Floats,
    tone: Floats,
    threshold: Floats,
    above: int,
    t: np.float32,
    left: NDArray[np.uint32],
    across: Floats,
) -> None:
    """``blend_veiled`` for n pixels of a row, all of one kind.

    dst, pixels: uint8 (3 n). rows: float32 (10, n + 2 or more), the first holding alpha.
    """
    n = left.shape[0]
    alpha, passed, layers = rows[0, :n], rows[1, :n], rows[2:8]
    if kind == SOLID:
        copy_pixels(dst, pixels)
        return
    if planes.shape[0] > 10:
        stretch_run(passed, rows[8], planes[10], above, t, left, across)
    else:
        passed[:] = np.float32(1.0)
    if kind == CLEAR:
        unpack(layers[3:], pixels)
        tone_row(layers[3, :n], layers[4, :n], layers[5, :n], tone[0], tone[1])
        veil_room(dst, layers[3:], passed, veil, threshold)
    else:
        part_layers(layers, rows[8], pixels, alpha, planes[4:], above, t, left, across)
        tone_row(layers[3, :n], layers[4, :n], layers[5, :n], tone[0], tone[1])
        veil_behind(dst, layers, alpha, passed, veil, threshold)


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def blend_veiled(
    dst: Bytes,
    scratch: Floats,
    kinds: Bytes,
    image: Bytes,
    planes: Floats,
    cover: Bytes,
    edges: NDArray[np.int64],
    veil: Floats,
    tone: Floats,
    thresholds: Floats,
    left: NDArray[np.uint32],
    across: Floats,
    factor: int,
) -> None:
    """The picture where alpha is 1, its toned and veiled background where it is 0.

    dst, image: uint8 (h, w, 3). scratch: float32 (chunks, 10, w + 2), kinds: uint8
    (chunks, blocks): scratch. planes: float32 (10 or 11, ceil(h / factor), ceil(w / factor)):
    guided-filter coefficients for B, G, R in 0..255 and the constant, subject's and room's
    colours, and, unless it is 1, transmission in 0..1. cover: see ``classify_row``. edges:
    int64 (blocks + 1), the first column of every block, and the width. veil: float32 (3) in
    0..255. tone: float32 (2), dim and desaturate of ``tone_planes``. thresholds: float32 (n,
    w), see ``dither``. left, across: see ``stretch_row``.
    """
    width, chunks = image.shape[1], scratch.shape[0]
    source, target = image.reshape(-1, 3 * width), dst.reshape(-1, 3 * width)
    for chunk in prange(chunks):
        rows, kind = scratch[chunk], kinds[chunk]
        for y in range(dst.shape[0] * chunk // chunks, dst.shape[0] * (chunk + 1) // chunks):
            above, t = row_position(y, factor)
            merge_rows(kind, cover, above)
            block = 0
            while block < kind.shape[0]:
                end = run_end(kind, block)
                step = RUN if kind[block] == MIXED else width
                for start in range(edges[block], edges[end], step):
                    stop = min(start + step, edges[end])
                    at, between = left[start:stop], across[start:stop]
                    pixels, out = source[y, 3 * start : 3 * stop], target[y, 3 * start : 3 * stop]
                    threshold = thresholds[y % thresholds.shape[0], start:stop]
                    what = run_kind(
                        kind[block], rows[0, : stop - start], rows[1:], pixels, planes,
                        above, t, at, between,
                    )  # fmt: skip
                    veil_run(
                        out, rows, pixels, what, planes, veil, tone, threshold,
                        above, t, at, between,
                    )  # fmt: skip
                block = end
