"""The subject over another picture, or over nothing.

Light wrap: S. Wright, "Digital Compositing for Film and Video", 3rd ed., chapter 4: the new
background's blurred light, weighted by how near the outline is, is screened over the subject.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.blocks import BLOCK, CLEAR, MIXED, SOLID, run_end
from livedepth.compositor.kernels.expand import row_position
from livedepth.compositor.kernels.layers import (
    RUN,
    find_kind,
    merge_rows,
    part_layers,
    run_kind,
    stretch_run,
    unpack,
)
from livedepth.compositor.kernels.rows import copy_pixels

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def wrap_light(rim: Floats, cover: Bytes, amount: np.float32, chunks: int) -> None:
    """How much of the background's light reaches each pixel of the subject.

    rim: float32 (h, w), in it the share of background over a window round each pixel, which is a
    half on the outline; out of it the share of the light. cover: uint8 (h, blocks), see
    ``classify_row``; a block that the light reaches becomes MIXED. amount: 0..1, reached on the
    outline.
    """
    gain = np.float32(2.0) * amount
    rows, width = rim.shape
    for chunk in prange(chunks):
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            for x in range(width):
                rim[row, x] = min(gain * rim[row, x], amount)
            for block in range(cover.shape[1]):
                begin = block * BLOCK
                reached = np.float32(0.0)
                for x in range(begin, min(begin + BLOCK + 1, width)):
                    reached += rim[row, x]
                if reached > np.float32(0.0) and cover[row, block] == SOLID:
                    cover[row, block] = MIXED


@njit(nogil=True, fastmath=True, cache=True)
def front_over(
    dst: Bytes,
    behind: Bytes,
    layers: Floats,
    alpha: Floats,
    share: Floats,
    scratch: Floats,
    planes: Floats,
    above: int,
    t: np.float32,
    left: NDArray[np.uint32],
    across: Floats,
) -> None:
    """The subject, in the background's light, over the background, for n pixels of a row.

    dst, behind: uint8 (3 n). layers: float32 (3 or more, n or more), subject's colours in 0..255.
    alpha, share: float32 (n), share of the light that reaches the subject. scratch: float32
    (2, RUN + 2). planes: float32 (3, h, w'), the light. above, t, left, across: see
    ``stretch_run``.
    """
    one, half, step = np.float32(1.0), np.float32(0.5), np.float32(1 / 255)
    light = scratch[0, : alpha.shape[0]]
    for plane in range(3):
        stretch_run(light, scratch[1], planes[plane], above, t, left, across)
        front = layers[plane]
        for x in range(alpha.shape[0]):
            f = front[x] + share[x] * light[x] * (one - front[x] * step)
            b = np.float32(behind[3 * x + plane])
            dst[3 * x + plane] = np.uint8(np.int32(b + alpha[x] * (f - b) + half))


@njit(nogil=True, fastmath=True, cache=True)
def replace_run(
    dst: Bytes,
    rows: Floats,
    pixels: Bytes,
    behind: Bytes,
    kind: np.uint8,
    planes: Floats,
    above: int,
    t: np.float32,
    left: NDArray[np.uint32],
    across: Floats,
) -> None:
    """``blend_replaced`` for n pixels of a row, their alpha of one kind.

    dst, pixels, behind: uint8 (3 n). rows: float32 (10, n + 2 or more), the first holding alpha.
    """
    n = left.shape[0]
    alpha, share, layers = rows[0, :n], rows[1, :n], rows[2:8]
    if kind == CLEAR:
        copy_pixels(dst, behind)
        return
    stretch_run(share, rows[8], planes[10], above, t, left, across)
    if kind == SOLID:
        if find_kind(share) == CLEAR:
            copy_pixels(dst, pixels)
            return
        unpack(layers, pixels)
    else:
        part_layers(layers, rows[8], pixels, alpha, planes[4:], above, t, left, across)
    light = planes[11:]
    front_over(dst, behind, layers, alpha, share, rows[8:], light, above, t, left, across)


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def blend_replaced(
    dst: Bytes,
    scratch: Floats,
    kinds: Bytes,
    image: Bytes,
    background: Bytes,
    planes: Floats,
    cover: Bytes,
    edges: NDArray[np.int64],
    left: NDArray[np.uint32],
    across: Floats,
    factor: int,
) -> None:
    """The subject of ``image`` over ``background``.

    dst, image, background: uint8 (h, w, 3). scratch: float32 (chunks, 10, w + 2). planes: float32
    (14, ceil(h / factor), ceil(w / factor)): the first 10 as in ``blend_veiled``, the rim of
    ``wrap_light``, and the background's blurred B, G, R in 0..255. cover: see ``wrap_light``. All
    others: see ``blend_veiled``.
    """
    width, chunks = image.shape[1], scratch.shape[0]
    source, target = image.reshape(-1, 3 * width), dst.reshape(-1, 3 * width)
    scene = background.reshape(-1, 3 * width)
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
                    behind, alpha = scene[y, 3 * start : 3 * stop], rows[0, : stop - start]
                    if kind[block] == SOLID:
                        copy_pixels(out, pixels)
                        continue
                    what = run_kind(
                        kind[block], alpha, rows[1:], pixels, planes, above, t, at, between
                    )
                    replace_run(out, rows, pixels, behind, what, planes, above, t, at, between)
                block = end
