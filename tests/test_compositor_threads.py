"""Threads and warming: what the kernels ask of the process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from livedepth.compositor import threads
from livedepth.compositor.compositor import Compositor
from livedepth.compositor.warm import warm_kernels
from livedepth.frame import SteadyDepth
from livedepth.settings import EFFECTS


def policy_after_import(**variables: str) -> str:
    """OMP_WAIT_POLICY in a fresh process that has imported the compositor."""
    code = "import os, livedepth.compositor.compositor; print(os.environ['OMP_WAIT_POLICY'])"
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    result = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.strip()


def test_idle_threads_sleep_by_default() -> None:
    assert policy_after_import() == "passive"


def test_a_policy_of_the_user_stays() -> None:
    assert policy_after_import(OMP_WAIT_POLICY="active") == "active"


def test_unsafe_pools_are_entered_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_pool_is_safe", lambda: False)
    inside, most = 0, 0
    guard = threading.Lock()

    def enter() -> None:
        nonlocal inside, most
        for _ in range(50):
            with threads.kernels_running():
                with guard:
                    inside += 1
                    most = max(most, inside)
                with guard:
                    inside -= 1

    workers = [threading.Thread(target=enter) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert most == 1


def test_compositors_on_several_threads_agree() -> None:
    image = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    ramp = np.linspace(0, 1, 24 * 40, dtype=np.float32).reshape(24, 40)
    depth = SteadyDepth(ramp, ramp.copy(), focus=0.8, band=0.1)
    with Compositor() as compositor:
        expected = compositor.compose(image, depth).copy()
    wrong: list[int] = []

    def work() -> None:
        with Compositor() as compositor:
            for turn in range(20):
                if not np.array_equal(compositor.compose(image, depth), expected):
                    wrong.append(turn)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def test_warming_names_every_effect() -> None:
    told: list[str] = []
    warm_kernels(told.append)
    for effect in EFFECTS:
        assert any(effect in line for line in told)


WARM = """
import importlib, pkgutil
import numpy as np
from livedepth.compositor import kernels
from livedepth.compositor.compositor import Compositor
from livedepth.compositor.warm import warm_kernels
from livedepth.frame import SteadyDepth
from livedepth.settings import EFFECTS, Settings

modules = [importlib.import_module(f"{kernels.__name__}.{found.name}")
           for found in pkgutil.iter_modules(kernels.__path__)]

def signatures():
    return {(module.__name__, name): len(value.signatures) for module in modules
            for name, value in vars(module).items() if hasattr(value, "signatures")}

warm_kernels(lambda line: None)
warmed = signatures()
assert sum(warmed.values()) > 10
image = np.zeros((120, 160, 3), np.uint8)
ramp = np.linspace(0, 1, 24 * 40, dtype=np.float32).reshape(24, 40)
depth = SteadyDepth(ramp, ramp.copy(), focus=0.8, band=0.1)
near = SteadyDepth(ramp, 0 * ramp, focus=0.3, band=0.1)
with Compositor() as compositor:
    for effect in EFFECTS:
        for changes in ({}, {"dim": 0.3, "desaturate": 0.3, "low_light": 0.5}, {"focus": 0.3},
                        {"background": "blur", "aperture": 1.2}, {"background": "transparent"},
                        {"edge_shift": -1, "edge_softness": 0, "bokeh": "octagon"}):
            compositor.settings = Settings(effect=effect).updated(changes)
            compositor.compose(image, depth)
            compositor.compose(image, near)
    compositor.conceal(image)
late = {name for name, count in signatures().items() if count != warmed[name]}
assert not late, late
"""


def test_warming_leaves_nothing_to_compile() -> None:
    result = subprocess.run([sys.executable, "-c", WARM], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
