"""What an engine takes of a GPU's memory."""

from __future__ import annotations

from typing import Any

from livedepth.benchmarks.eager import cuda_fault


class DeviceMemory:
    """What is taken of an NVIDIA GPU's memory from now on.

    The peak of torch's own allocations and, where more is taken beside them, as by TensorRT, that.
    """

    def __init__(self) -> None:
        self._torch: Any = None
        if cuda_fault():
            return
        import torch

        self._torch = torch
        # The context that every process pays for once is not the engine's.
        torch.zeros(1, device="cuda")
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        self._allocated, self._reserved, self._free = self._now()

    def megabytes(self) -> float | None:
        """In 1e6 bytes, so far; None where there is no GPU that torch uses."""
        if self._torch is None:
            return None
        _, reserved, free = self._now()
        peak = self._torch.cuda.max_memory_allocated() - self._allocated
        beside = self._free - free - (reserved - self._reserved)
        return float(peak + max(beside, 0)) / 1e6

    def _now(self) -> tuple[int, int, int]:
        cuda = self._torch.cuda
        return cuda.memory_allocated(), cuda.memory_reserved(), cuda.mem_get_info()[0]
