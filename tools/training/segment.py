"""Coarse mattes of people, by MediaPipe's selfie segmentation; run by an interpreter that has it.

    python segment.py PICTURES.npy MATTES.npy

reads uint8 (n, height, width, 3) BGR and writes uint8 (n, height, width), 255 = a person.
"""

from __future__ import annotations

import sys

import cv2
import mediapipe
import numpy as np


def main() -> None:
    pictures = np.load(sys.argv[1], mmap_mode="r")
    mattes = np.empty(pictures.shape[:3], np.uint8)
    with mediapipe.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0) as model:
        for index, picture in enumerate(pictures):
            result = model.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            mattes[index] = np.rint(result.segmentation_mask * 255.0)
    np.save(sys.argv[2], mattes)


if __name__ == "__main__":
    main()
