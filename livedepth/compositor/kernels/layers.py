"""The colours of the subject and of the room behind it, apart.

Each layer's smooth colours are a normalised convolution (H. Knutsson, C.-F. Westin, "Normalized and
differential convolution", CVPR 1993) of the pixels that are surely its own. A pixel I between them
has alpha (I - B) . (F - B) / |F - B|^2 (Y.-Y. Chuang et al., "A Bayesian approach to digital
matting", CVPR 2001). The detail I - alpha F - (1 - alpha) B is then given back to each in
proportion to its share (M. Forte, "Approximate fast foreground colour estimation", ICIP 2021: blur
fusion).
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.blocks import CLEAR, MIXED, SOLID

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

RUN = 32


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def weigh_layers(dst: Floats, guide: Floats, alpha: Floats, chunks: int) -> None:
    """Weight x (B, G, R, 1) of both layers, averaged over blocks of 2 x 2.

    The alphas are sharpened towards the sure ends, so each layer's colours come from pixels that
    are surely its own. dst: float32 (2, ceil(h / 2), ceil(w / 2), 4), the subject's and the room's;
    what a block lacks at the border weighs nothing. guide: float32 (3, h, w). alpha: float32 (h, w)
    in 0..1.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    steep, quarter = np.float32(5.0), np.float32(0.25)
    rows, width = alpha.shape
    blue, green, red = guide[0], guide[1], guide[2]
    for chunk in prange(chunks):
        for row in range(dst.shape[1] * chunk // chunks, dst.shape[1] * (chunk + 1) // chunks):
            front, back = dst[0, row], dst[1, row]
            front[:] = zero
            back[:] = zero
            for y in range(2 * row, min(2 * row + 2, rows)):
                for x in range(width):
                    a, i = alpha[y, x], x // 2
                    ours = quarter * max(one - steep * (one - a), zero)
                    theirs = quarter * max(one - steep * a, zero)
                    front[i, 0] += ours * blue[y, x]
                    front[i, 1] += ours * green[y, x]
                    front[i, 2] += ours * red[y, x]
                    front[i, 3] += ours
                    back[i, 0] += theirs * blue[y, x]
                    back[i, 1] += theirs * green[y, x]
                    back[i, 2] += theirs * red[y, x]
                    back[i, 3] += theirs


@njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def layer_colours(dst: Floats, near: Floats, far: Floats, mean: Floats) -> None:
    """Mean colours of one layer in 0..255; black where the picture has nothing of the layer.

    dst: float32 (3, h, w). near, far: float32 (h, w, 4), averages of one of ``weigh_layers``'s
    results over a small and a large window, mean: float32 (4), over the picture; the larger ones
    fill in where the smaller find nothing.
    """
    leak, most = np.float32(1e-3), np.float32(255.0)
    last = leak * leak
    for row in range(dst.shape[1]):
        for x in range(dst.shape[2]):
            weight = near[row, x, 3] + leak * far[row, x, 3] + last * mean[3]
            scale = np.float32(1.0) / (weight + np.float32(1e-12))
            for plane in range(3):
                total = near[row, x, plane] + leak * far[row, x, plane] + last * mean[plane]
                dst[plane, row, x] = min(total * scale, most)


@njit(nogil=True, cache=True)
def merge_rows(dst: Bytes, cover: Bytes, above: int) -> None:
    """What lies between the small rows ``above`` and ``above`` + 1, block by block.

    Between a block's last column and the next block lies what both are, or else it is MIXED. dst:
    uint8 (blocks). cover: uint8 (h, blocks), see ``classify_row``.
    """
    upper = cover[min(max(above, 0), cover.shape[0] - 1)]
    lower = cover[min(max(above + 1, 0), cover.shape[0] - 1)]
    last = dst.shape[0] - 1
    for block in range(last + 1):
        following = min(block + 1, last)
        kind = upper[block]
        alike = lower[block] == kind and upper[following] == kind and lower[following] == kind
        dst[block] = kind if alike else MIXED


@njit(nogil=True, fastmath=True, cache=True)
def find_kind(alpha: Floats) -> np.uint8:
    """CLEAR where all of ``alpha``, float32 (n), is 0, SOLID where it is 1, MIXED otherwise."""
    least = greatest = alpha[0]
    for x in range(alpha.shape[0]):
        least = min(least, alpha[x])
        greatest = max(greatest, alpha[x])
    if greatest <= np.float32(0.0):
        return CLEAR
    return SOLID if least >= np.float32(1.0) else MIXED


@njit(nogil=True, fastmath=True, cache=True)
def unpack(dst: Floats, pixels: Bytes) -> None:
    """Planes of packed pixels; dst: float32 (3, n or more), pixels: uint8 (3 n)."""
    blue, green, red = dst[0], dst[1], dst[2]
    for x in range(pixels.shape[0] // 3):
        blue[x] = np.float32(pixels[3 * x])
        green[x] = np.float32(pixels[3 * x + 1])
        red[x] = np.float32(pixels[3 * x + 2])


@njit(nogil=True, fastmath=True, cache=True)
def stretch_run(
    dst: Floats,
    line: Floats,
    plane: Floats,
    above: int,
    t: np.float32,
    left: NDArray[np.uint32],
    across: Floats,
) -> None:
    """Some pixels of a row, stretched linearly from between two rows of a small plane.

    dst: float32 (n). line: float32 (n + 2 or more) scratch. plane: float32 (h, w').
    above, t: from ``row_position``. left, across: of these n pixels, see ``stretch_row``.
    """
    n = dst.shape[0]
    begin = left[0]
    end = min(left[n - 1] + 2, plane.shape[1])
    upper = plane[min(max(above, 0), plane.shape[0] - 1), begin:end]
    lower = plane[min(max(above + 1, 0), plane.shape[0] - 1), begin:end]
    count = upper.shape[0]
    for x in range(count):
        line[x] = upper[x] + t * (lower[x] - upper[x])
    line[count] = line[count - 1]
    for x in range(n):
        i = np.uint64(left[x] - begin)
        start = line[i]
        dst[x] = start + across[x] * (line[i + np.uint64(1)] - start)


@njit(nogil=True, fastmath=True, cache=True)
def alpha_run(
    dst: Floats,
    scratch: Floats,
    pixels: Bytes,
    planes: Floats,
    above: int,
    t: np.float32,
    left: NDArray[np.uint32],
    across: Floats,
) -> None:
    """Alpha of some pixels of a row, the guided filter's a . I + b cut to 0..1.

    dst: float32 (n). scratch: float32 (2, n + 2 or more). pixels: uint8 (3 n). planes: float32
    (4 or more, h, w'), factors of B, G, R and the constant. above, t, left, across: see
    ``stretch_run``.
    """
    n = dst.shape[0]
    factor, line = scratch[0, :n], scratch[1]
    stretch_run(dst, line, planes[3], above, t, left, across)
    for plane in range(3):
        stretch_run(factor, line, planes[plane], above, t, left, across)
        for x in range(n):
            dst[x] += factor[x] * np.float32(pixels[3 * x + plane])
    for x in range(n):
        dst[x] = min(max(dst[x], np.float32(0.0)), np.float32(1.0))


@njit(nogil=True, fastmath=True, cache=True)
def run_kind(
    kind: np.uint8,
    alpha: Floats,
    scratch: Floats,
    pixels: Bytes,
    planes: Floats,
    above: int,
    t: np.float32,
    left: NDArray[np.uint32],
    across: Floats,
) -> np.uint8:
    """The kind of some pixels of a row in blocks of ``kind``; those of MIXED ones are looked at.

    alpha: float32 (n), filled where the blocks are MIXED. All others: see ``alpha_run``.
    """
    if kind != MIXED:
        return kind
    alpha_run(alpha, scratch, pixels, planes, above, t, left, across)
    return find_kind(alpha)


@njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def part_pixels(layers: Floats, pixels: Bytes, alpha: Floats) -> None:
    """Place alpha between both layers' colours, and give both their share of the detail.

    Where alpha is 0 or 1, or the layers hardly differ in colour, alpha stays as it is. layers:
    float32 (6, n or more), the smooth colours, changed in place and cut to 0..255. pixels: uint8
    (3 n). alpha: float32 (n), changed in place.
    """
    zero, one, most = np.float32(0.0), np.float32(1.0), np.float32(255.0)
    trust, noise, steep = np.float32(0.75), np.float32(1600.0), np.float32(10.0)
    for x in range(alpha.shape[0]):
        a = alpha[x]
        along, length = zero, zero
        for plane in range(3):
            f, b = layers[plane, x], layers[3 + plane, x]
            across = f - b
            along += (np.float32(pixels[3 * x + plane]) - b - a * across) * across
            length += across * across
        unsure = min(steep * a, one) * min(steep * (one - a), one)
        a = min(max(a + trust * unsure * along / (length + noise), zero), one)
        alpha[x] = a
        for plane in range(3):
            f, b = layers[plane, x], layers[3 + plane, x]
            detail = np.float32(pixels[3 * x + plane]) - b - a * (f - b)
            layers[plane, x] = min(max(f + a * detail, zero), most)
            layers[3 + plane, x] = min(max(b + (one - a) * detail, zero), most)


@njit(nogil=True, fastmath=True, cache=True)
def part_layers(
    dst: Floats,
    line: Floats,
    pixels: Bytes,
    alpha: Floats,
    planes: Floats,
    above: int,
    t: np.float32,
    left: NDArray[np.uint32],
    across: Floats,
) -> None:
    """Both layers' colours, with detail, and the alpha between them, of some pixels of a row.

    dst: float32 (6, n or more), subject's B, G, R and room's. line: float32 (n + 2 or more),
    scratch. pixels: uint8 (3 n). alpha: float32 (n), see ``part_pixels``. planes: float32
    (6 or more, h, w'), the smooth colours. above, t, left, across: see ``stretch_run``.
    """
    n = alpha.shape[0]
    for plane in range(6):
        stretch_run(dst[plane, :n], line, planes[plane], above, t, left, across)
    part_pixels(dst, pixels, alpha)
