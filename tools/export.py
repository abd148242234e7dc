"""Turn trained weights into what the engines load: safetensors to ONNX, checked for equality.

    python tools/export.py [--weights FILE.safetensors] [--output FILE.onnx]

Batch normalisations are folded into their convolutions, height and width stay free, and the file
is compared with the torch network in OpenCV's engine at several sizes before it takes its place.
"""

from __future__ import annotations

import argparse
import copy
import sys
import warnings
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from whole_file import written_whole

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from livedepth.depth.network import EmbeddedNetwork, NormalisedConvolution  # noqa: E402

WEIGHTS = ROOT / "livedepth" / "depth" / "weights"
SIZES = ((192, 320), (224, 288), (320, 192), (128, 224), (256, 448))
OUTPUTS = ("disparity", "matte")
TOLERANCE = 1e-3
OPSET = 17


def load_network(file: Path) -> EmbeddedNetwork:
    """The network with weights from a safetensors file, ready for inference."""
    network = EmbeddedNetwork()
    network.load_state_dict(load_file(file))
    return network.eval()


def folded(network: EmbeddedNetwork) -> EmbeddedNetwork:
    """A copy whose batch normalisations are part of their convolutions."""
    result = copy.deepcopy(network).eval()
    for module in result.modules():
        if isinstance(module, NormalisedConvolution):
            module[0] = fuse_conv_bn_eval(module[0], module[1])
            module[1] = nn.Identity()
    return result


def write_onnx(network: EmbeddedNetwork, file: Path) -> None:
    """Write a folded network as ONNX with free height and width."""
    free = {2: "height", 3: "width"}
    half = {2: "half_height", 3: "half_width"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            folded(network),
            (torch.zeros(1, 3, *SIZES[0]),),
            str(file),
            input_names=["image"],
            output_names=list(OUTPUTS),
            dynamic_axes={"image": free, **dict.fromkeys(OUTPUTS, half)},
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)


def largest_difference(network: EmbeddedNetwork, file: Path, size: tuple[int, int]) -> float:
    """Largest absolute difference between torch and OpenCV, both outputs, one random picture."""
    image = np.random.default_rng(0).random((1, 3, *size), np.float32)
    engine = cv2.dnn.readNetFromONNX(str(file), engine=cv2.dnn.ENGINE_NEW)
    engine.setInput(image, "image")
    theirs = engine.forward(list(OUTPUTS))
    with torch.no_grad():
        ours = network(torch.from_numpy(image))
    return max(
        float(np.abs(first.numpy() - second.reshape(first.shape)).max())
        for first, second in zip(ours, theirs, strict=True)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=WEIGHTS / "embedded.safetensors")
    parser.add_argument("--output", type=Path, default=WEIGHTS / "embedded.onnx")
    arguments = parser.parse_args()
    network = load_network(arguments.weights)
    with written_whole(arguments.output) as partial:
        write_onnx(network, partial)
        for height, width in SIZES:
            difference = largest_difference(network, partial, (height, width))
            print(f"{height}x{width}: largest difference {difference:.2e}")
            if not difference <= TOLERANCE:
                raise SystemExit(f"torch and OpenCV differ by more than {TOLERANCE}: not exported")


if __name__ == "__main__":
    main()
