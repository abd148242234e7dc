"""Runs a network's whole frame as one CUDA graph: host picture in, host maps out."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

import cv2
import numpy as np
import torch
from torch import nn

from livedepth.depth.cuda_device import device_errors, first_line
from livedepth.depth.description import ModelDescription
from livedepth.depth.frame_program import FrameProgram, prediction_of_maps
from livedepth.depth.preprocessing import network_size
from livedepth.errors import EngineError, ModelError
from livedepth.frame import Image, Map, Prediction, image_fault

_WARM_UP_RUNS = 3
_GRAPHS_KEPT = 2
# While one thread captures, no other may wait for the whole device, which each does before it
# captures; source: CUDA Programming Guide, "CUDA Graphs", on prohibited operations.
_CAPTURING = threading.Lock()


class CUDARunner:
    """Frames through a network on one CUDA device, from whatever thread calls.

    network_for: the network for an input size (width, height), on the device, and the type of
    its input, which it takes in ``memory_format``.
    halve: halve frames on the CPU while they stay at least as large as the network's input. That
    is a quarter of the bytes over the bus for one pass over the frame on the CPU, and pays on a
    narrow bus only: over 16 lanes of PCI Express a frame of 1920x1080 is copied and sent in less
    time than OpenCV halves it.
    """

    def __init__(
        self,
        engine: str,
        description: ModelDescription,
        network_for: Callable[[tuple[int, int]], tuple[nn.Module, torch.dtype]],
        device: torch.device,
        *,
        memory_format: torch.memory_format = torch.channels_last,
        halve: bool = False,
    ) -> None:
        self._engine, self._description, self._device = engine, description, device
        self._network_for, self._memory_format = network_for, memory_format
        self._halve = halve
        self._graphs: OrderedDict[tuple[int, int], _FrameGraph] = OrderedDict()
        with device_errors(engine, device), torch.cuda.device(device):
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def infer(self, image: Image) -> Prediction:
        """Estimate depth of one BGR uint8 image; see DepthModel."""
        if fault := image_fault(image):
            raise ModelError(f"a picture {fault}")
        frame = (image.shape[1], image.shape[0])
        size = network_size(self._description, *frame)
        halvings = halvings_before(frame, size) if self._halve else 0
        kept = (frame[0] >> halvings, frame[1] >> halvings)
        with (
            device_errors(self._engine, self._device),
            torch.inference_mode(),
            torch.cuda.device(self._device),
            torch.cuda.stream(self._stream),
        ):
            graph = self._graphs.get(kept) or self._capture(kept, size)
            self._graphs.move_to_end(kept)
            stage(image, graph.frame, halvings)
            maps, finite = graph.run(self._stream)
        return prediction_of_maps(self._description, maps, finite)

    def close(self) -> None:
        """Give the device's memory back; safe to call twice."""
        self._network_for = self._closed
        # A device that was lost has nothing to give back.
        with suppress(RuntimeError), torch.cuda.device(self._device):
            self._stream.synchronize()
            while self._graphs:
                self._graphs.popitem()[1].close()
            torch.cuda.empty_cache()
        self._graphs.clear()

    def _closed(self, _: tuple[int, int]) -> tuple[nn.Module, torch.dtype]:
        raise EngineError(f"engine {self._engine} is closed and runs nothing more")

    def _capture(self, kept: tuple[int, int], size: tuple[int, int]) -> _FrameGraph:
        while len(self._graphs) >= _GRAPHS_KEPT:
            self._graphs.popitem(last=False)[1].close()
        network, dtype = self._network_for(size)
        program = FrameProgram(
            network,
            self._description,
            kept,
            size,
            dtype=dtype,
            device=self._device,
            memory_format=self._memory_format,
        )
        try:
            with _CAPTURING:
                # The network was put there by another stream, which this one does not wait for.
                torch.cuda.synchronize(self._device)
                graph = _FrameGraph(program, kept, self._device, self._stream)
        except ValueError as error:
            raise ModelError(
                f"model {self._description.name} does not run at {size[0]}x{size[1]}: "
                f"{first_line(str(error))}"
            ) from error
        self._graphs[kept] = graph
        return graph


class _FrameGraph:
    """The captured graph for frames of one size, with the memory it reads and writes."""

    def __init__(
        self,
        program: FrameProgram,
        frame: tuple[int, int],
        device: torch.device,
        stream: torch.cuda.Stream,
    ) -> None:
        shape = (frame[1], frame[0], 3)
        self._pinned_frame = torch.zeros(shape, dtype=torch.uint8, pin_memory=True)
        self.frame: Image = self._pinned_frame.numpy()
        self._device_frame = torch.zeros(shape, dtype=torch.uint8, device=device)
        self._program = program
        with torch.backends.cudnn.flags(enabled=True, benchmark=True):
            # Algorithms are chosen and workspaces allocated here, which a capture must not do.
            for _ in range(_WARM_UP_RUNS):
                maps, finite = program(self._device_frame)
            stream.synchronize()
            self._pinned_maps = torch.zeros(maps.shape, dtype=maps.dtype, pin_memory=True)
            self._pinned_finite = torch.zeros(finite.shape, dtype=finite.dtype, pin_memory=True)
            del maps, finite
            self._graph = torch.cuda.CUDAGraph()
            # Other threads may allocate on the device meanwhile: only this one is watched.
            with torch.cuda.graph(self._graph, stream=stream, capture_error_mode="thread_local"):
                self._device_frame.copy_(self._pinned_frame, non_blocking=True)
                maps, finite = program(self._device_frame)
                self._pinned_maps.copy_(maps, non_blocking=True)
                self._pinned_finite.copy_(finite, non_blocking=True)
        self._maps, self._finite = self._pinned_maps.numpy(), self._pinned_finite.numpy()
        self._done = torch.cuda.Event()  # type: ignore[no-untyped-call]

    def run(self, stream: torch.cuda.Stream) -> tuple[Map, bool]:
        """Run the frame that lies in ``frame``; return the maps, the caller's own, and the flag."""
        self._graph.replay()
        self._done.record(stream)
        self._done.synchronize()
        return self._maps.copy(), bool(self._finite)

    def close(self) -> None:
        self._graph.reset()


def halvings_before(frame: tuple[int, int], size: tuple[int, int]) -> int:
    """Return how often a frame (width, height) can be halved and be no smaller than ``size``."""
    halvings = 0
    while all(
        side % (2 << halvings) == 0 and side >> (halvings + 1) >= least
        for side, least in zip(frame, size, strict=True)
    ):
        halvings += 1
    return halvings


def stage(image: Image, destination: Image, halvings: int) -> None:
    """Bring ``image``, halved so many times, into ``destination`` of that size."""
    if not halvings:
        np.copyto(destination, image)
        return
    for remaining in range(halvings - 1, -1, -1):
        half = (image.shape[1] // 2, image.shape[0] // 2)
        target = destination if remaining == 0 else None
        image = cv2.resize(image, half, dst=target, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
