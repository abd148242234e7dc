"""How the idle threads of libraries wait, which is settled before any of them is loaded."""

from __future__ import annotations

import os


def let_idle_threads_sleep() -> None:
    """Ask OpenMP's idle threads to sleep instead of spinning, unless the user chose otherwise.

    Spinning ones keep the cores from OpenCV and the camera, and from each other where others use
    the machine too. The runtime reads this once, when the first library that brings one is
    loaded, as torch does; source: OpenMP, environment variable OMP_WAIT_POLICY.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
