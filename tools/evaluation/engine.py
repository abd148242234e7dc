"""A network as the card runs it, and the yardstick's mattes."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from training.teachers import resize

NATIVE = (320, 192)
"""The default size, width and height; the depth teacher's own."""

Map = NDArray[np.float32]
Picture = NDArray[np.uint8]


class Engine:
    """An ONNX network in OpenCV's engine; pixels are scaled by ``scale`` and nothing else."""

    def __init__(self, file: Path, scale: float, outputs: tuple[str, ...]) -> None:
        if not file.exists():
            raise SystemExit(f"{file} is missing: name it with --data or --model")
        self.network = cv2.dnn.readNetFromONNX(str(file), engine=cv2.dnn.ENGINE_NEW)
        self.scale, self.outputs = scale, outputs

    def run(self, image: Picture, size: tuple[int, int] = NATIVE) -> list[Map]:
        """The outputs at a network size (width, height), each resampled to the picture's."""
        small = resize(image, *size)
        self.network.setInput(cv2.dnn.blobFromImage(small, self.scale, size, swapRB=True))
        names = list(self.outputs) or self.network.getUnconnectedOutLayersNames()
        maps = self.network.forward(names)
        height, width = image.shape[:2]
        return [resize(np.squeeze(values), width, height) for values in maps]


def selfie_mattes(pictures: list[Picture], segmenter: str) -> list[Map]:
    """Mattes of pictures of one size by MediaPipe's selfie segmentation, as it gives them."""
    script = Path(__file__).resolve().parents[1] / "training" / "segment.py"
    with tempfile.TemporaryDirectory() as folder:
        inputs, outputs = Path(folder) / "pictures.npy", Path(folder) / "mattes.npy"
        np.save(inputs, np.stack(pictures))
        command = [segmenter, str(script), str(inputs), str(outputs)]
        answer = subprocess.run(command, check=False, capture_output=True, text=True)
        if answer.returncode:
            last = (answer.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise SystemExit(f"{segmenter} cannot segment ({last}): name another with --segmenter")
        return [matte.astype(np.float32) / 255.0 for matte in np.load(outputs)]
