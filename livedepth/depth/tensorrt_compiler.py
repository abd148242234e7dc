"""What is asked of torch_tensorrt: compile, save and load a network.

Imported only where torch_tensorrt loads; see tensorrt_engine.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import torch
import torch_tensorrt  # type: ignore[import-not-found, import-untyped, unused-ignore]
from torch import Tensor, nn

from livedepth.depth.cuda_device import first_line
from livedepth.errors import EngineError


def versions() -> tuple[str, str]:
    """Return the versions of torch_tensorrt and of TensorRT."""
    return metadata.version("torch_tensorrt"), str(importlib.import_module("tensorrt").__version__)


def compile_network(
    network: nn.Module,
    example: Tensor,
    *,
    wide_sums: bool,
    timings: Path,
    report: Callable[[str], None],
) -> tuple[nn.Module, bool]:
    """Compile a network for the shape and type of ``example``, in the types that it is in.

    It becomes one TensorRT engine, or, where that cannot be, several that torch joins, which is
    told to ``report``. wide_sums: sum fp16 products in fp32. timings: file in which the compiler
    keeps what it measured for the next time. Returns the compiled network and whether it is one
    engine.
    Raises EngineError where neither can be built; out of memory passes through.
    """
    for whole in (True, False):
        # Compiling changes what it is given, so each attempt starts from the network.
        exported = torch.export.export(network, (example,), strict=False)
        try:
            compiled = torch_tensorrt.compile(
                exported,
                ir="dynamo",
                inputs=[example],
                require_full_compilation=whole,
                use_fp32_acc=wide_sums,
                # No network here masks its attention, so there is no causal mask to be assumed.
                attn_bias_is_causal=False,
                timing_cache_path=str(timings),
            )
            if not isinstance(compiled, nn.Module):
                raise TypeError(f"torch_tensorrt returned {type(compiled).__name__}")
            compiled(example)
            return compiled, whole
        except torch.OutOfMemoryError:
            raise
        except Exception as error:  # the compiler's exceptions share no base but Exception
            said = first_line(str(error)) or type(error).__name__
            if not whole:
                raise EngineError(f"TensorRT cannot compile the network: {said}") from error
            report(f"not as one engine ({said}); trying several joined by torch")
    raise AssertionError("the loop above returns or raises")


def save(compiled: nn.Module, path: Path, example: Tensor) -> None:
    """Write a compiled network to ``path``, which ends in .pt2."""
    torch_tensorrt.save(compiled, str(path), arg_inputs=[example])


def load(path: Path) -> nn.Module:
    """Read a compiled network that ``save`` wrote, on the card that it was compiled for.

    Raises EngineError for one that does not load.
    """
    try:
        network: nn.Module = torch_tensorrt.load(str(path)).module()
    except Exception as error:  # it raises what its layers raise, which share no base
        raise EngineError(
            f"TensorRT does not load {path}: {first_line(str(error))}; build it again"
        ) from error
    return network
