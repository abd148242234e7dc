"""How idle threads wait: settled before torch is loaded, whoever loads it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("torch")

WATCH = """
import os, sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch._C":
            print("loading with", os.environ.get("OMP_WAIT_POLICY"))

sys.meta_path.insert(0, Watch())
"""

ROUTES = {
    "library": "import livedepth; livedepth.load_model('embedded', 'torch').close()",
    "engine": "import livedepth.depth.network",
    "bench": "from livedepth.cli.main import main\n"
    "main(['models', 'bench', 'embedded', '--engine', 'torch', '--repeat', '1'])",
    "eager": "from livedepth.benchmarks.eager import EagerModel\n"
    "from livedepth.depth.registry import find_model\n"
    "EagerModel(find_model('embedded'), 'cpu')",
    "device": "from livedepth.depth.cuda_device import card_name\ncard_name('cpu')",
}


def policies_at_loading(code: str, **variables: str) -> set[str]:
    """OMP_WAIT_POLICY at the moment when a fresh process that runs ``code`` loads torch."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    result = subprocess.run(
        [sys.executable, "-c", WATCH + code],
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = result.stdout.splitlines()
    found = {line.split()[-1] for line in lines if line.startswith("loading with")}
    assert found, result.stderr
    return found


@pytest.mark.parametrize("route", ROUTES)
def test_idle_threads_sleep_before_torch_is_loaded(route: str) -> None:
    assert policies_at_loading(ROUTES[route]) == {"passive"}


def test_a_policy_of_the_user_stays() -> None:
    assert policies_at_loading(ROUTES["engine"], OMP_WAIT_POLICY="active") == {"active"}
