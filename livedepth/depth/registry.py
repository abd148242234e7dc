"""Which depth models there are, which engine runs one, and why."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from livedepth.depth.automatic import AutomaticModel
from livedepth.depth.description import read_description, sidecar_of
from livedepth.depth.engines import TABLE, engine_named, is_built, obstacle
from livedepth.depth.files import ModelFiles
from livedepth.depth.measuring import Standing, of_engine
from livedepth.depth.model import DepthModel
from livedepth.depth.preprocessing import network_size
from livedepth.depth.reference import proven
from livedepth.depth.reference_picture import PICTURE_SIZE
from livedepth.depth.selection import remembered, standings
from livedepth.errors import EngineError, LivedepthError, ModelError

WEIGHTS = Path(__file__).parent / "weights"

BUILT_IN = ("embedded", "embedded-small", "embedded-large")

ENGINES = tuple(TABLE)
"""The engines' names."""

_LOG = logging.getLogger("livedepth")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an engine can run a model here: ``reason`` is empty if it can.

    milliseconds: of a frame, 0 where it was not measured. taken: whether ``auto`` takes it.
    """

    engine: str
    reason: str = ""
    device: str = ""
    precision: str = ""
    milliseconds: float = 0.0
    taken: bool = False

    def __str__(self) -> str:
        if self.reason:
            return self.reason
        where = f" ({self.device}, {self.precision})" if self.device else ""
        speed = f", {self.milliseconds:.3g} ms a frame" if self.milliseconds else ""
        return f"works{where}{speed}{', taken by auto' if self.taken else ''}"


def built_in_models() -> dict[str, ModelFiles]:
    """Models that ship with livedepth, by name."""
    return {name: _described(WEIGHTS / f"{name}.toml") for name in BUILT_IN}


def find_model(name: str) -> ModelFiles:
    """Resolve a model: a built-in or pulled one by name, an ONNX file or its sidecar, a folder.

    NAME@WIDTHxHEIGHT is the same with another input size. Raises ModelError naming what is
    missing and the way out.
    """
    from livedepth.depth.hub.naming import split_size, with_size

    bare, size = split_size(name)
    files = _find(bare)
    return replace(files, description=with_size(files.description, size))


def _find(name: str) -> ModelFiles:
    from livedepth.depth.hub import catalogue, store
    from livedepth.depth.hub.folder import read_folder

    if name in BUILT_IN:
        return _described(WEIGHTS / f"{name}.toml")
    pulled = store.find_pulled(name)
    if pulled is not None:
        return pulled
    if catalogue.find(name) is not None:
        raise ModelError(f"model {name} is not here; `livedepth models pull {name}`")
    path = Path(name)
    if path.is_dir():
        return read_folder(path)
    if path.suffix.lower() not in (".onnx", ".toml"):
        raise _unknown(name)
    if not path.exists():
        raise ModelError(f"model file {name} does not exist; known models: {', '.join(BUILT_IN)}")
    return _described(path) if path.suffix.lower() == ".toml" else _onnx_model(path)


def _unknown(name: str) -> ModelError:
    """The refusal of a name that leads to no model, with what may have been meant."""
    from livedepth.depth.hub.naming import no_size
    from livedepth.depth.hub.store import canonical_name

    folders = {"/", os.sep}
    if "@" in name and not folders & set(name.rpartition("@")[2]):
        return no_size(name)
    if not folders & set(name) or Path(name).exists():
        return ModelError(
            f"there is no model {name!r}; known: {', '.join(BUILT_IN)}, those of "
            "`livedepth models list`, an ONNX file (NAME.onnx), or a folder"
        )
    if canonical_name(name) is None:
        return ModelError(f"there is no file or folder {name}")
    return ModelError(
        f"model {name} is not here; `livedepth models pull {name}` fetches it, if the hub has it"
    )


def _described(sidecar: Path) -> ModelFiles:
    """The model of a sidecar: several may describe one file."""
    description = read_description(sidecar)
    named = sidecar.parent / description.file if description.file else sidecar.with_suffix(".onnx")
    return _with_weights(ModelFiles(description, onnx=named))


def _onnx_model(path: Path) -> ModelFiles:
    return _with_weights(ModelFiles(read_description(sidecar_of(path)), onnx=path))


def _with_weights(files: ModelFiles) -> ModelFiles:
    assert files.onnx is not None
    quantised = files.onnx.with_suffix(".int8.onnx")
    weights = files.onnx.with_suffix(".safetensors")
    return replace(
        files,
        quantised=quantised if quantised.exists() else None,
        safetensors=weights if weights.exists() else None,
    )


def load_model(
    name: str = "embedded",
    engine: str = "auto",
    report: Callable[[str], None] | None = None,
    progress: Callable[[str], None] | None = None,
) -> DepthModel:
    """Load a depth model and prove, on a picture whose maps are known, that it works.

    name: as for ``find_model``. engine: one of ENGINES, or auto for the fastest that passes; then,
    and where an engine has to be built first, others stand in when it fails or is not ready.
    report: is told which engine was taken and why, and from any thread when that changes;
    progress: before it takes long. Without report the choice is logged as information and the
    rest as warnings. Raises ModelError or EngineError, with every reason, if none works.
    """
    files = find_model(name)
    if engine != "auto" and not engine_named(engine).built:
        return proven(files, engine)
    if engine != "auto" and (why_not := obstacle(files, engine)):
        raise EngineError(of_engine(engine, why_not))
    tell = report or _LOG.warning
    ranking = standings(files, progress or report or _LOG.info)
    model = _automatic(files, ranking, engine, tell)
    (report or _LOG.info)(_choice(model, ranking))
    return model


def _automatic(
    files: ModelFiles, ranking: list[Standing], engine: str, tell: Callable[[str], None]
) -> AutomaticModel:
    usable = [standing for standing in ranking if not standing.reason]
    # Where none could be measured each is tried here, so that its own error is seen.
    order = [each.engine for each in usable or ranking]
    steady = [each.milliseconds for each in usable if not TABLE[each.engine].built]
    wanted = [
        each.engine
        for each in usable
        if TABLE[each.engine].built
        and (each.unbuilt or each.milliseconds < min(steady, default=float("inf")))
    ]
    if engine == "auto":
        return AutomaticModel(files, order, wanted, tell)
    order = [engine, *(other for other in order if other != engine)]
    model = AutomaticModel(files, order, [engine], tell)
    if engine in model.refusals:
        model.close()
        raise model.refusals[engine]
    return model


def _choice(model: DepthModel, ranking: list[Standing]) -> str:
    """Which engine was taken, and how it compares with the others."""
    said = f"model {model.name} on engine {model.engine} ({model.device}, {model.precision})"
    known = {each.engine: each for each in ranking}
    if known[model.engine].milliseconds <= 0.0:
        return said
    parts = [f"{known[model.engine].milliseconds:.3g} ms a frame"]
    reasons: dict[str, list[str]] = {}
    for each in ranking:
        if each.engine == model.engine:
            continue
        if each.reason:
            short = each.reason.removeprefix(f"engine {each.engine}").lstrip(": ").split(";")[0]
            reasons.setdefault(short, []).append(each.engine)
        else:
            speed = "not built yet" if each.unbuilt else f"{each.milliseconds:.3g} ms"
            parts.append(f"{each.engine} {speed}")
    parts += [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]
    return f"{said}: {'; '.join(parts)}"


def verdicts(name: str = "embedded", *, again: bool = True) -> list[Verdict]:
    """Whether each engine runs a model, and how fast where that was measured; as in ENGINES.

    again: try those too of which it is remembered.
    """
    files = find_model(name)
    known = {each.engine: each for each in remembered(files)}
    found = [
        _verdict(files, engine, known.get(engine))
        if again or engine not in known or known[engine].unbuilt
        else _remembered_verdict(known[engine])
        for engine in ENGINES
    ]
    working = [verdict for verdict in found if not verdict.reason]
    # A single engine is never measured; of several without a measurement none is taken yet.
    if working and (len(working) == 1 or all(verdict.milliseconds for verdict in working)):
        best = min(working, key=lambda verdict: verdict.milliseconds)
        return [replace(verdict, taken=verdict is best) for verdict in found]
    return found


def _remembered_verdict(known: Standing) -> Verdict:
    return Verdict(known.engine, known.reason, known.device, known.precision, known.milliseconds)


def _verdict(files: ModelFiles, engine: str, known: Standing | None) -> Verdict:
    try:
        size = network_size(files.description, *PICTURE_SIZE)
        if not obstacle(files, engine) and not is_built(files, engine, size):
            return Verdict(engine, f"engine {engine} is not built yet; `livedepth models compile`")
        with closing(proven(files, engine)) as model:
            milliseconds = known.milliseconds if known else 0.0
            return Verdict(engine, "", model.device, model.precision, milliseconds)
    except LivedepthError as error:
        return Verdict(engine, of_engine(engine, str(error)))
