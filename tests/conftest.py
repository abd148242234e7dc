"""What many tests share: real clips, test pictures, and running the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest

# Tests import ONNX Runtime before livedepth does, and it writes what it would send when imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# What stands before a landing must say the same of the same tree twice; by hand they go on seeking.
hypothesis.settings.register_profile("repeatable", derandomize=True)

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real clips and the teacher model, which lies beside a checkout."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real clips (../shared/data) are not beside this checkout")
    return folder


@pytest.fixture(scope="session", autouse=True)
def signals_heard() -> Iterator[None]:
    """Signals that whoever started the tests ignores, as nohup does, would be ignored by all that
    they start as well; livedepth's answer to them is tested."""
    handlers = {"SIGINT": signal.default_int_handler, "SIGHUP": signal.SIG_DFL}
    heard = {getattr(signal, name): to for name, to in handlers.items() if hasattr(signal, name)}
    before = {number: signal.signal(number, to) for number, to in heard.items()}
    yield
    for number, handler in before.items():
        if handler is not None:
            signal.signal(number, handler)


@pytest.fixture(scope="session", autouse=True)
def engines_known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of the tests' own, in which OpenCV is the fastest engine: nothing is measured."""
    from livedepth.depth import engines, registry, selection
    from livedepth.depth.measuring import Standing

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVEDEPTH_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        for files in registry.built_in_models().values():
            able = [name for name in engines.TABLE if not engines.obstacle(files, name)]
            known = [
                Standing(name, 1.0 if name == "opencv" else 9.0, "CPU", "fp32") for name in able
            ]
            selection.remember(files, known)
        yield


@pytest.fixture
def picture() -> np.ndarray:
    """A smooth BGR picture with a textured disc in it, 180 x 320."""
    rows, columns = np.mgrid[0:180, 0:320]
    image = np.stack([columns * 0.5, rows * 0.8, 255 - columns * 0.6], axis=-1)
    disc = (rows - 100) ** 2 + (columns - 160) ** 2 < 60**2
    image[disc] = (np.indices((180, 320)).sum(0)[disc] % 16 * 12)[:, None]
    return np.ascontiguousarray(image.astype(np.uint8))


@pytest.fixture
def somebody() -> np.ndarray:
    """The demo clip's first picture, BGR, 180 x 320: there is a matte to agree on."""
    import cv2

    from livedepth.capture.demo import demo_frames

    image = next(demo_frames()).image
    return np.asarray(cv2.resize(image, (320, 180), interpolation=cv2.INTER_AREA))


Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Runs ``livedepth`` with its own settings folder, in a folder of its own."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("LIVEDEPTH_") or name == "LIVEDEPTH_CACHE_DIR"
        }
        environment |= {"XDG_CONFIG_HOME": str(tmp_path / "settings"), **variables}
        environment.setdefault("PYTHONPATH", "")
        return subprocess.run(
            [sys.executable, "-m", "livedepth", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    return run
