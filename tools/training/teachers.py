"""The teachers: a small monocular depth network and a guided filter for mattes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

TEACHER_SIZE = (320, 192)
"""Width and height at which the depth teacher is best on people."""

TEACHER_FILE = Path("teacher") / "tcmonodepth_tcsmallnet_192x320.onnx"


class DepthTeacher:
    """TCMonoDepth's small network (Li et al., "Enforcing Temporal Consistency in Video Depth
    Estimation", ICCVW 2021) in OpenCV's inference engine."""

    def __init__(self, file: Path) -> None:
        self.network = cv2.dnn.readNetFromONNX(str(file), engine=cv2.dnn.ENGINE_NEW)

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Inverse depth float32 (192, 320), near = large, of a BGR picture of any size."""
        blob = cv2.dnn.blobFromImage(image, 1.0, TEACHER_SIZE, swapRB=True)
        self.network.setInput(blob)
        return self.network.forward().reshape(TEACHER_SIZE[::-1])


def resize(plane: NDArray[np.generic], width: int, height: int) -> NDArray[np.generic]:
    """Resample to a size: by area when shrinking, bilinear when growing."""
    shrinks = width < plane.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(plane, (width, height), interpolation=method)


def guided_filter(
    guide: NDArray[np.float32], plane: NDArray[np.float32], radius: int, epsilon: float
) -> NDArray[np.float32]:
    """Filter ``plane`` so that its edges follow those of a grey ``guide`` in 0..1.

    He, Sun and Tang, "Guided Image Filtering", ECCV 2010, equations 5, 6 and 8.
    """
    window = (2 * radius + 1, 2 * radius + 1)

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return cv2.blur(values, window)

    guide_mean, plane_mean = mean(guide), mean(plane)
    variance = mean(guide * guide) - guide_mean * guide_mean
    covariance = mean(guide * plane) - guide_mean * plane_mean
    slope = covariance / (variance + epsilon)
    offset = plane_mean - slope * guide_mean
    return mean(slope) * guide + mean(offset)


def refine_matte(
    image: NDArray[np.uint8], matte: NDArray[np.float32], radius: int = 4
) -> NDArray[np.float32]:
    """A coarse matte float32 in 0..1, drawn to the edges of its BGR picture of the same size."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32) / 255.0
    filtered = guided_filter(grey, matte, radius, 1e-3)
    return np.clip((filtered - 0.1) / 0.8, 0.0, 1.0)
