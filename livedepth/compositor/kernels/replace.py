"""Subject over another picture, with the old background's colour taken out of the outline.

Foreground colours: M. Forte, "Approximate fast foreground colour estimation", ICIP 2021 (blur
fusion): with F and B the subject's and the background's blurred colours, the picture's own detail
I - alpha F - (1 - alpha) B is given back to the subject in proportion to alpha.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from livedepth.compositor.kernels.expand import advance, row_position
from livedepth.compositor.kernels.rows import guided_alpha, interpolate

Floats = NDArray[np.float32]


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def layer_prefix(dst: Floats, guide: Floats, alpha: Floats, pad: int, chunks: int) -> None:
    """Prefix sums along rows of alpha (B, G, R, 1) and (1 - alpha) (B, G, R, 1).

    The alphas are sharpened towards the sure ends, so each layer's colours come from pixels that
    are surely its own. dst: float32 (h, 8, w + 2 pad + 1), laid out as ``weighted_prefix`` does.
    guide: float32 (3, h, w). alpha: float32 (h, w).
    """
    rows, width = alpha.shape
    least, steep = np.float32(1e-4), np.float32(5.0)
    for chunk in prange(chunks):
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            line = dst[row]
            line[:, : pad + 1] = 0
            for x in range(width):
                a = alpha[row, x]
                front = max(np.float32(1.0) - steep * (np.float32(1.0) - a), least)
                back = max(np.float32(1.0) - steep * a, least)
                i = pad + 1 + x
                for plane in range(3):
                    colour = guide[plane, row, x]
                    line[plane, i] = line[plane, i - 1] + front * colour
                    line[4 + plane, i] = line[4 + plane, i - 1] + back * colour
                line[3, i] = line[3, i - 1] + front
                line[7, i] = line[7, i - 1] + back
            for i in range(pad + 1 + width, line.shape[1]):
                for plane in range(8):
                    line[plane, i] = line[plane, i - 1]


@njit(parallel=True, nogil=True, fastmath=True, cache=True, error_model="numpy")
def layer_colours(dst: Floats, near: Floats, far: Floats, chunks: int) -> None:
    """Mean colours of subject and background in 0..255.

    dst: float32 (6, h, w), subject's B, G, R and background's. near, far: float32 (h, 8, w),
    ``disc_sums`` of ``layer_prefix`` over a small and a large disc; the large one fills in where
    the small one finds nothing of a layer.
    """
    leak = np.float32(1e-3)
    rows, width = dst.shape[1], dst.shape[2]
    for chunk in prange(chunks):
        for row in range(rows * chunk // chunks, rows * (chunk + 1) // chunks):
            for x in range(width):
                for layer in range(2):
                    base = 4 * layer
                    weight = near[row, base + 3, x] + leak * far[row, base + 3, x]
                    scale = np.float32(1.0) / weight
                    for plane in range(3):
                        total = near[row, base + plane, x] + leak * far[row, base + plane, x]
                        dst[3 * layer + plane, row, x] = total * scale


@njit(nogil=True, fastmath=True, cache=True)
def without_picture(front: Floats, alpha: Floats, back: Floats) -> None:
    """The part of the subject's colour that does not depend on the picture; float32 (w)."""
    one = np.float32(1.0)
    for x in range(alpha.shape[0]):
        a = alpha[x]
        front[x] -= a * (a * front[x] + (one - a) * back[x])


@njit(nogil=True, fastmath=True, cache=True)
def front_over(
    dst: NDArray[np.uint8],
    pixels: NDArray[np.uint8],
    behind: NDArray[np.uint8],
    alpha: Floats,
    front: Floats,
) -> None:
    """Subject over background, one row; dst, pixels, behind: uint8 (3 w), front: float32 (3, w).

    front: from ``without_picture``; alpha times the picture completes it.
    """
    zero, most, half = np.float32(0.0), np.float32(255.0), np.float32(0.5)
    blue, green, red = front[0], front[1], front[2]
    for x in range(alpha.shape[0]):
        a = alpha[x]
        b = min(max(blue[x] + a * np.float32(pixels[3 * x]), zero), most)
        g = min(max(green[x] + a * np.float32(pixels[3 * x + 1]), zero), most)
        r = min(max(red[x] + a * np.float32(pixels[3 * x + 2]), zero), most)
        b_behind = np.float32(behind[3 * x])
        g_behind = np.float32(behind[3 * x + 1])
        r_behind = np.float32(behind[3 * x + 2])
        dst[3 * x] = np.uint8(np.int32(b_behind + a * (b - b_behind) + half))
        dst[3 * x + 1] = np.uint8(np.int32(g_behind + a * (g - g_behind) + half))
        dst[3 * x + 2] = np.uint8(np.int32(r_behind + a * (r - r_behind) + half))


@njit(parallel=True, nogil=True, fastmath=True, cache=True)
def blend_replaced(
    dst: NDArray[np.uint8],
    pairs: Floats,
    mixed: Floats,
    alphas: Floats,
    image: NDArray[np.uint8],
    background: NDArray[np.uint8],
    planes: Floats,
    left: NDArray[np.uint32],
    across: Floats,
    factor: int,
) -> None:
    """The subject of ``image`` over ``background``.

    dst, image, background: uint8 (h, w, 3). pairs: float32 (chunks, 2, 10, w), mixed: float32
    (chunks, 10, w), alphas: float32 (chunks, w): scratch. planes: float32
    (10, ceil(h / factor), ceil(w / factor)): guided-filter coefficients for B, G, R in 0..255 and
    the constant, then ``layer_colours``. left, across: see ``stretch_row``.
    """
    height, width = image.shape[0], image.shape[1]
    source = image.reshape(height, 3 * width)
    scene = background.reshape(height, 3 * width)
    target = dst.reshape(height, 3 * width)
    chunks = pairs.shape[0]
    for chunk in prange(chunks):
        pair = pairs[chunk]
        held, first = -2, 0
        for y in range(height * chunk // chunks, height * (chunk + 1) // chunks):
            above, t = row_position(y, factor)
            first = advance(pair, planes, above, held, first, left, across, factor)
            held = above
            upper, lower = pair[first], pair[1 - first]
            interpolate(mixed[chunk].reshape(-1), upper.reshape(-1), lower.reshape(-1), t)
            alpha = alphas[chunk]
            guided_alpha(alpha, source[y], upper, lower, t)
            for plane in range(3):
                without_picture(mixed[chunk, 4 + plane], alpha, mixed[chunk, 7 + plane])
            front_over(target[y], source[y], scene[y], alpha, mixed[chunk, 4:7])
