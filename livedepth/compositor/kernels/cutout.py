"""The subject alone: straight alpha for outputs that carry it, a chroma key for those that do not.

Straight (unassociated) alpha: T. Porter, T. Duff, "Compositing digital images", SIGGRAPH 1984.
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
)

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


@njit(nogil=True, fastmath=True, cache=True)
def cut_pixels(keyed: Bytes, cutout: Bytes, front: Floats, alpha: Floats, key: Floats) -> None:
    """n pixels of a row, over the key's colour and with their alpha.

    keyed: uint8 (3 n). cutout: uint8 (4 n). front: float32 (3 or more, n or more) in 0..255. alpha:
    float32 (n). key: float32 (3). What rounds to alpha 0 has no colour.
    """
    half, most = np.float32(0.5), np.float32(255.0)
    for x in range(alpha.shape[0]):
        level = np.uint8(np.int32(alpha[x] * most + half))
        cutout[4 * x + 3] = level
        for plane in range(3):
            f = front[plane, x]
            cutout[4 * x + plane] = np.uint8(np.int32(f + half)) if level else np.uint8(0)
            value = key[plane] + alpha[x] * (f - key[plane])
            keyed[3 * x + plane] = np.uint8(np.int32(value + half))


@njit(nogil=True, fastmath=True, cache=True)
def copy_whole(keyed: Bytes, cutout: Bytes, pixels: Bytes) -> None:
    """``cut_pixels`` where alpha is 1; pixels: uint8 (3 n)."""
    for x in range(pixels.shape[0] // 3):
        for plane in range(3):
            keyed[3 * x + plane] = pixels[3 * x + plane]
            cutout[4 * x + plane] = pixels[3 * x + plane]
        cutout[4 * x + 3] = 255


@njit(nogil=True, fastmath=True, cache=True)
def clear_pixels(keyed: Bytes, cutout: Bytes, key: Floats) -> None:
    """``cut_pixels`` where alpha is 0."""
    blue, green, red = np.uint8(key[0]), np.uint8(key[1]), np.uint8(key[2])
    for i in range(cutout.shape[0]):
        cutout[i] = 0
    for x in range(keyed.shape[0] // 3):
        keyed[3 * x] = blue
        keyed[3 * x + 1] = green
        keyed[3 * x + 2] = red


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def cut_out(
    dst: Bytes,
    cutout: Bytes,
    scratch: Floats,
    kinds: Bytes,
    image: Bytes,
    planes: Floats,
    cover: Bytes,
    edges: NDArray[np.int64],
    key: Floats,
    left: NDArray[np.uint32],
    across: Floats,
    factor: int,
) -> None:
    """The subject of ``image`` over the colour ``key``, and cut out with straight alpha.

    dst, image: uint8 (h, w, 3). cutout: uint8 (h, w, 4), black where alpha is 0. key: float32 (3),
    whole levels B, G, R. All others: see ``blend_veiled``; the first 10 planes are used.
    """
    width, chunks = image.shape[1], scratch.shape[0]
    source, target = image.reshape(-1, 3 * width), dst.reshape(-1, 3 * width)
    cuts = cutout.reshape(-1, 4 * width)
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
                    cut, alpha = cuts[y, 4 * start : 4 * stop], rows[0, : stop - start]
                    what = run_kind(
                        kind[block], alpha, rows[1:], pixels, planes, above, t, at, between
                    )
                    if what == CLEAR:
                        clear_pixels(out, cut, key)
                    elif what == SOLID:
                        copy_whole(out, cut, pixels)
                    else:
                        layers, line, smooth = rows[2:8], rows[8], planes[4:]
                        part_layers(layers, line, pixels, alpha, smooth, above, t, at, between)
                        cut_pixels(out, cut, layers, alpha, key)
                block = end
