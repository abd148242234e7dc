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
