"""Which depth models there are, which engine runs one, and why."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from livedepth.depth.description import ModelDescription, read_description, sidecar_of
from livedepth.depth.model import DepthModel
from livedepth.errors import EngineError, LivedepthError, ModelError

WEIGHTS = Path(__file__).parent / "weights"

_LOG = logging.getLogger("livedepth")

_ENGINES = {
    "opencv": ("livedepth.depth.opencv_engine", "OpenCVModel"),
    "onnxruntime": ("livedepth.depth.onnxruntime_engine", "ONNXRuntimeModel"),
    "torch": ("livedepth.depth.torch_engine", "TorchModel"),
}
ENGINES = tuple(_ENGINES)
"""Engines in the order in which ``auto`` tries them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an engine can run a model here: ``reason`` is empty if it can."""

    engine: str
    reason: str


def built_in_models() -> dict[str, tuple[Path, ModelDescription]]:
    """Models that ship with livedepth, by name: (ONNX file, description)."""
    sidecars = sorted(path for path in WEIGHTS.glob("*.toml") if path.with_suffix(".onnx").exists())
    models = ((path.with_suffix(".onnx"), read_description(path)) for path in sidecars)
    return {description.name: (path, description) for path, description in models}


def find_model(name: str) -> tuple[Path, ModelDescription]:
    """Resolve a model's name, or the path of an ONNX file with its sidecar.

    Raises ModelError naming what is missing and the way out.
    """
    known = built_in_models()
    if name in known:
        return known[name]
    path = Path(name)
    if path.suffix.lower() != ".onnx":
        raise ModelError(
            f"there is no model {name!r}; known: {', '.join(known)}, or an ONNX file (NAME.onnx)"
        )
    if path.is_dir() or not path.exists():
        raise ModelError(f"model file {name} does not exist; known models: {', '.join(known)}")
    return path, read_description(sidecar_of(path))


def load_model(
    name: str = "embedded", engine: str = "auto", report: Callable[[str], None] | None = None
) -> DepthModel:
    """Load a depth model and prove on a test picture that it works.

    name: a built-in model, or an ONNX file with a sidecar beside it. engine: one of ENGINES, or
    auto for the first that passes. report: is told which engine was taken, and of each that was
    not, why; without it the one is logged as information, the other as a warning.
    Raises ModelError or EngineError, with every reason, if none works.
    """
    path, description = find_model(name)
    if engine != "auto":
        return _proven(path, description, engine)
    refusals: list[LivedepthError] = []
    for candidate in ENGINES:
        try:
            model = _proven(path, description, candidate)
        except LivedepthError as error:
            refusals.append(error)
            _LOG.debug("engine %s does not run %s: %s", candidate, description.name, error)
            continue
        for refusal in refusals:
            (report or _LOG.warning)(f"engine passed over: {refusal}")
        (report or _LOG.info)(f"model {description.name} on engine {candidate}")
        return model
    if len({str(error) for error in refusals}) == 1 or not isinstance(refusals[0], EngineError):
        raise refusals[0]
    raise EngineError("; ".join(str(error) for error in refusals)) from refusals[0]


def verdicts(name: str = "embedded") -> list[Verdict]:
    """Try every engine on a model."""
    path, description = find_model(name)
    results = []
    for engine in ENGINES:
        try:
            _proven(path, description, engine).close()
            results.append(Verdict(engine, ""))
        except LivedepthError as error:
            results.append(Verdict(engine, str(error)))
    return results


def _proven(path: Path, description: ModelDescription, engine: str) -> DepthModel:
    if engine not in _ENGINES:
        raise EngineError(f"there is no engine {engine!r}; known: auto, {', '.join(ENGINES)}")
    module, name = _ENGINES[engine]
    model: DepthModel = getattr(importlib.import_module(module), name)(path, description)
    try:
        self_test(model)
    except LivedepthError:
        model.close()
        raise
    return model


def self_test(model: DepthModel) -> None:
    """Run one picture through ``model``: a disc before a shaded wall.

    Raises ModelError when the result is not finite, has no detail at all, or depth and matte
    differ in shape.
    """
    rows, columns = np.mgrid[0:180, 0:320]
    shade = (60 + rows * 0.6)[:, :, None] * np.array([0.8, 0.9, 1.0])
    disc = (rows - 110) ** 2 + (columns - 160) ** 2 < 70**2
    picture = np.where(disc[:, :, None], np.array([120.0, 150.0, 200.0]), shade)
    prediction = model.infer(np.ascontiguousarray(picture.astype(np.uint8)))
    if float(np.ptp(prediction.depth)) <= 0.0:
        raise ModelError(f"model {model.name} on engine {model.engine} returns a flat map")
    if prediction.matte is not None and prediction.matte.shape != prediction.depth.shape:
        raise ModelError(f"model {model.name}: its matte and its depth differ in shape")
