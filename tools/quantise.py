"""Turn the exported network into one whose encoder calculates in 8-bit integers.

    python tools/quantise.py --pool POOL [--model FILE.onnx] [--output FILE.int8.onnx]

ONNX Runtime's static quantisation, calibrated on pictures of the training pool: activations
unsigned with one scale each, weights signed with one scale a channel and seven bits, so that sums
of processors without VNNI do not saturate. The first layers, the decoder and the head stay in
single precision: at their size changing to integers and back costs more than it saves, and their
rounding would be seen as flicker. Prints agreement on pictures that calibration did not see and
both files' time, interleaved.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from training.shards import read_shard, shard_folders  # noqa: E402
from training.validation import network_size  # noqa: E402
from whole_file import written_whole  # noqa: E402

from livedepth.depth.agreement import correlation  # noqa: E402

WEIGHTS = ROOT / "livedepth" / "depth" / "weights"
SINGLE_PRECISION = ("/stem", "/enter", "/stages.0", "/merges", "/head")
"""Where the names of the layers begin that are left as they are."""

SEED = 0
ROUNDS = 100

Tensor = NDArray[np.float32]


class Pictures(CalibrationDataReader):  # type: ignore[misc]
    """Hands pictures to the calibration one by one."""

    def __init__(self, tensors: list[Tensor]) -> None:
        self._feeds: Iterator[dict[str, Tensor]] = ({"image": tensor} for tensor in tensors)

    def get_next(self) -> dict[str, Tensor] | None:
        return next(self._feeds, None)


def pictures(pool: Path, count: int) -> list[Tensor]:
    """Pictures drawn from a pool, as the network is fed them, at the size of their aspect."""
    folders = shard_folders(pool)
    if not folders:
        raise SystemExit(f"{pool} holds no shards; tools/training/prepare.py makes them")
    random, drawn = np.random.default_rng(SEED), []
    for _ in range(count):
        shard = read_shard(folders[random.integers(len(folders))])
        image = np.asarray(shard.image[random.integers(len(shard))])
        reduced = cv2.resize(image, network_size(image.shape), interpolation=cv2.INTER_AREA)
        rgb = reduced[..., ::-1].astype(np.float32) / 255.0
        drawn.append(np.ascontiguousarray(rgb.transpose(2, 0, 1))[None])
    return drawn


def quantise(model: Path, output: Path, calibration: list[Tensor]) -> None:
    """Write ``model`` with its encoder in 8 bits to ``output``."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(model), str(prepared), skip_symbolic_shape=True)
        names = [node.name for node in onnx.load(prepared).graph.node]
        quantize_static(
            str(prepared),
            str(output),
            Pictures(calibration),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Add", "Relu"],
            nodes_to_exclude=[name for name in names if name.startswith(SINGLE_PRECISION)],
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
        )


def session(file: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def print_agreement(model: Path, quantised: Path, tensors: list[Tensor]) -> None:
    exact, ours = session(model, 1), session(quantised, 1)
    depth, matte = [], []
    for tensor in tensors:
        theirs, mine = exact.run(None, {"image": tensor}), ours.run(None, {"image": tensor})
        depth.append(correlation(mine[0], theirs[0]))
        matte.append(float(np.abs(mine[1] - theirs[1]).mean()))
    print(f"depth, correlation with single precision: mean {np.mean(depth):.5f}, ", end="")
    print(f"worst {min(depth):.5f}")
    print(f"matte, mean difference: {np.mean(matte):.4f}, worst {max(matte):.4f}")


def print_time(model: Path, quantised: Path, tensor: Tensor) -> None:
    for threads in (1, 2):
        sessions = [session(file, threads) for file in (model, quantised)]
        times: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            for taken, each in zip(times, sessions, strict=True):
                begun = time.perf_counter()
                each.run(None, {"image": tensor})
                taken.append((time.perf_counter() - begun) * 1000.0)
        single, integers = (statistics.median(taken) for taken in times)
        print(f"{threads} threads: {integers:.2f} ms where single precision takes {single:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pool", type=Path, required=True, help="the training pool")
    parser.add_argument("--model", type=Path, default=WEIGHTS / "embedded.onnx")
    parser.add_argument("--output", type=Path, default=WEIGHTS / "embedded.int8.onnx")
    parser.add_argument("--count", type=int, default=96, help="pictures to calibrate on")
    arguments = parser.parse_args()
    drawn = pictures(arguments.pool, arguments.count + 32)
    calibration, unseen = drawn[: arguments.count], drawn[arguments.count :]
    with written_whole(arguments.output) as partial:
        quantise(arguments.model, partial, calibration)
        print_agreement(arguments.model, partial, unseen)
        print_time(arguments.model, partial, np.full((1, 3, 192, 320), 0.5, np.float32))


if __name__ == "__main__":
    main()
