"""What a model's maps of one known picture must look like, whatever engine makes them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from livedepth._version import VERSION
from livedepth.depth.agreement import EXACT, ROUNDED, defect, objection
from livedepth.depth.cache import cache_folder, keep, save_whole
from livedepth.depth.digest import digest
from livedepth.depth.engines import TABLE, engine_failures, obstacle, open_engine
from livedepth.depth.files import ModelFiles
from livedepth.depth.model import DepthModel
from livedepth.depth.reference_file import packed, read, rounded
from livedepth.depth.reference_picture import PICTURE_SIZE, picture
from livedepth.errors import EngineError, ModelError
from livedepth.frame import Prediction

MAKERS = ("onnxruntime", "opencv", "torch")
"""Engines that make a reference where none is stored, the most trusted first."""

_PROCESSOR = "CPU"


def self_test(
    model: DepthModel, files: ModelFiles, size: tuple[int, int] = PICTURE_SIZE
) -> Prediction:
    """Hold a loaded model to its reference, on the picture of ``size`` (width, height).

    Returns what it made of the picture. Raises EngineError with the verdict where the two
    disagree, ModelError for a model that no engine runs.
    """
    with engine_failures(model.engine):
        prediction = model.infer(picture(*size))
    exact = model.precision == "fp32"
    expected, ours = reference_of(files, size), _shipped(files, size) is None
    if ours and expected.depth.shape != prediction.depth.shape:
        expected = _renewed(files, size)
    complaint = objection(model.engine, prediction, expected, EXACT if exact else ROUNDED)
    if complaint and ours and not defect(prediction):
        file = _cached_file(digest(files), size)
        raise EngineError(f"{complaint}; removing {file} lets the reference be made anew")
    if complaint:
        raise EngineError(complaint)
    return prediction


def proven(files: ModelFiles, engine: str, size: tuple[int, int] = PICTURE_SIZE) -> DepthModel:
    """Open an engine and hold it to the model's reference, on the test picture of ``size``.

    Raises EngineError or ModelError with the reason where it cannot serve; it is closed then.
    """
    model = open_engine(files, engine)
    try:
        self_test(model, files, size)
    except BaseException:
        model.close()
        raise
    return model


def reference_of(files: ModelFiles, size: tuple[int, int] = PICTURE_SIZE) -> Prediction:
    """The reference for a model and a picture's size: stored, or made now by a trusted engine.

    What ships beside a model's file is taken before what is in the cache. Raises ModelError where
    none is stored and none can be made.
    """
    known = _shipped(files, size)
    if known is None:
        known = read(_cached_file(digest(files), size), _entry(digest(files), size))
    return _renewed(files, size) if known is None else known


def _shipped(files: ModelFiles, size: tuple[int, int]) -> Prediction | None:
    file = shipped_file(files)
    return None if file is None else read(file, _entry(digest(files), size))


def _renewed(files: ModelFiles, size: tuple[int, int]) -> Prediction:
    """Make the reference now and keep it, as it is read at later starts."""
    made, key = make_reference(files, size), digest(files)
    keep(_cached_file(key, size), packed({_entry(key, size): made}))
    return rounded(made)


def make_reference(files: ModelFiles, size: tuple[int, int] = PICTURE_SIZE) -> Prediction:
    """Let the most trusted engine here make the reference, in 32 bits.

    One that runs on the processor is trusted before any on another device, which may round; an
    engine that disagrees with the reference that ships is not trusted. Raises ModelError, with
    every reason, where none can.
    """
    refusals: list[ModelError] = []
    elsewhere: Prediction | None = None
    for maker in MAKERS:
        if maker not in TABLE or obstacle(files, maker):
            continue
        try:
            made, device = _made_by(maker, files, size)
        except ModelError as error:
            refusals.append(error)
            continue
        if device == _PROCESSOR:
            return made
        elsewhere = elsewhere or made
    if elsewhere is not None:
        return elsewhere
    if not refusals:
        raise ModelError(
            f"model {files.description.name} cannot be checked: none of {', '.join(MAKERS)} "
            "can run it here"
        )
    if len(refusals) == 1 or not isinstance(refusals[0], EngineError):
        raise refusals[0]
    raise EngineError("; ".join(str(error) for error in refusals)) from refusals[0]


def _made_by(maker: str, files: ModelFiles, size: tuple[int, int]) -> tuple[Prediction, str]:
    """What an engine made of the picture of ``size``, and the device that it ran on."""
    with closing(open_engine(files, maker)) as model:
        if model.precision != "fp32":
            raise EngineError(f"engine {maker} calculates in less than 32 bits")
        known = _shipped(files, PICTURE_SIZE)
        if known is not None and size != PICTURE_SIZE:
            complaint = objection(maker, model.infer(picture(*PICTURE_SIZE)), known)
            if complaint:
                raise EngineError(complaint)
        prediction, device = model.infer(picture(*size)), model.device
    if fault := defect(prediction):
        raise ModelError(f"model {files.description.name} on engine {maker} {fault}")
    return prediction, device


def shipped_file(files: ModelFiles) -> Path | None:
    """Where the reference that comes with a model's file is, if one does."""
    return None if files.onnx is None else files.onnx.with_suffix(".reference.npz")


def write_shipped(models: list[ModelFiles]) -> Path:
    """Make the references of models that share one file, and store them beside it."""
    file = shipped_file(models[0])
    if file is None:
        raise ModelError(f"model {models[0].description.name} has no ONNX file")
    file.unlink(missing_ok=True)
    made = {_entry(digest(files), PICTURE_SIZE): make_reference(files) for files in models}
    save_whole(file, packed(made))
    return file


def _cached_file(key: str, size: tuple[int, int]) -> Path:
    # Of another version, the test picture or what is done to it may be another.
    name = f"{key[:24]}-{VERSION}-{size[0]}x{size[1]}.npz"
    return cache_folder() / "references" / name


def _entry(key: str, size: tuple[int, int]) -> str:
    return f"{key[:24]}/{size[0]}x{size[1]}"
