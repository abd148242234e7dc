"""The engines: what each needs, which models it reads, and how it is opened."""

from __future__ import annotations

import importlib
import importlib.util
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from livedepth.depth.files import ModelFiles
from livedepth.depth.model import DepthModel
from livedepth.depth.nvidia import nvidia_gpus
from livedepth.errors import EngineError, LivedepthError

Report = Callable[[str], None]

NO_GPU = "no NVIDIA GPU"


@dataclass(frozen=True, slots=True)
class Engine:
    """How an engine is found.

    module, model: where its DepthModel is, which takes ModelFiles. libraries: what has to be
    installed. reads: the forms of a model, fields of ModelFiles, of which it needs one. nvidia:
    whether it needs an NVIDIA GPU. built: whether it has to be built for a network's size, with
    ``is_built(files, size)`` and ``build(files, size, report)`` in its module.
    """

    module: str
    model: str
    libraries: tuple[str, ...]
    reads: tuple[str, ...]
    nvidia: bool = False
    built: bool = False


TABLE = {
    "opencv": Engine("livedepth.depth.opencv_engine", "OpenCVModel", ("cv2",), ("onnx",)),
    "onnxruntime": Engine(
        "livedepth.depth.onnxruntime_engine", "ONNXRuntimeModel", ("onnxruntime",), ("onnx",)
    ),
    "onnxruntime-int8": Engine(
        "livedepth.depth.onnxruntime_engine", "QuantisedModel", ("onnxruntime",), ("quantised",)
    ),
    "torch": Engine(
        "livedepth.depth.torch_engine",
        "TorchModel",
        ("torch", "safetensors"),
        ("safetensors", "folder"),
    ),
    "cuda": Engine(
        "livedepth.depth.cuda_engine",
        "CUDAModel",
        ("torch", "safetensors"),
        ("safetensors", "folder"),
        nvidia=True,
    ),
    "tensorrt": Engine(
        "livedepth.depth.tensorrt_engine",
        "TensorRTModel",
        ("torch", "safetensors", "torch_tensorrt"),
        ("safetensors", "folder"),
        nvidia=True,
        built=True,
    ),
}
"""Every engine by name, the lightest to start first."""

_EXTRAS = {"cuda": "torch", "onnxruntime-int8": "onnxruntime"}
"""Extra of each engine whose extra has another name than itself."""

_DISTRIBUTIONS = {
    "torch_tensorrt": ("torch_tensorrt", "tensorrt"),
    "cv2": ("opencv-python", "opencv-python-headless", "opencv-contrib-python"),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml"),
}
_FORMS = {
    "onnx": "ONNX files",
    "quantised": "8-bit ONNX files (NAME.int8.onnx beside NAME.onnx)",
    "safetensors": "safetensors weights",
    "folder": "folders",
}


def engine_named(name: str) -> Engine:
    """The engine ``name``; raises EngineError, with those there are, where there is none."""
    if name not in TABLE:
        raise EngineError(f"there is no engine {name!r}; known: auto, {', '.join(TABLE)}")
    return TABLE[name]


def obstacle(files: ModelFiles, name: str) -> str:
    """Why an engine cannot run a model here, as far as is seen without loading it, or ""."""
    engine = engine_named(name)
    if all(getattr(files, form) is None for form in engine.reads):
        forms = " or ".join(_FORMS[form] for form in engine.reads)
        return f"it runs {forms}; {files.description.name} has none"
    for library in engine.libraries:
        if importlib.util.find_spec(library) is None:
            extra = _EXTRAS.get(name, name)
            return f"{library} is not installed; `pip install 'livedepth[{extra}]'`"
    if engine.nvidia and not nvidia_gpus():
        return NO_GPU
    return ""


def open_engine(files: ModelFiles, name: str) -> DepthModel:
    """Load a model into an engine.

    Raises EngineError where the engine is absent, ModelError for a model that it refuses.
    """
    why_not = obstacle(files, name)
    if why_not:
        raise EngineError(f"engine {name}: {why_not}")
    engine = engine_named(name)
    with engine_failures(name):
        model: DepthModel = getattr(_module(engine), engine.model)(files)
    return model


def is_built(files: ModelFiles, name: str, size: tuple[int, int]) -> bool:
    """Whether an engine is ready for a network's input ``size`` (width, height).

    Raises EngineError where the engine is absent.
    """
    engine = engine_named(name)
    if not engine.built:
        return True
    with engine_failures(name):
        return bool(_module(engine).is_built(files, size))


def build(files: ModelFiles, name: str, size: tuple[int, int], report: Report) -> Path:
    """Build an engine for a network's input ``size``; raises EngineError where that fails."""
    engine = engine_named(name)
    with engine_failures(name):
        return Path(_module(engine).build(files, size, report))


@contextmanager
def engine_failures(name: str) -> Iterator[None]:
    """Raise as EngineError what libraries raise; what is raised on purpose passes through."""
    try:
        yield
    except LivedepthError:
        raise
    except Exception as error:  # theirs share no base: out of memory, broken, of another version
        said = " ".join(str(error).split()) or type(error).__name__
        raise EngineError(f"engine {name}: {said}") from error


def library_versions(name: str) -> dict[str, str]:
    """Version of each installed distribution that holds a library of an engine."""
    # It is slow to import, and with a single engine nobody asks.
    from importlib import metadata

    versions = {}
    for library in engine_named(name).libraries:
        for distribution in _DISTRIBUTIONS.get(library, (library,)):
            with suppress(metadata.PackageNotFoundError):
                versions[distribution] = metadata.version(distribution)
    return versions


def machine() -> list[str]:
    """What of this machine decides how fast engines are: its processor and its GPUs."""
    return [platform.machine(), processor_name(), *nvidia_gpus()]


def processor_name() -> str:
    """The processor's name, as precisely as the system tells it at once."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


def _module(engine: Engine) -> ModuleType:
    return importlib.import_module(engine.module)
