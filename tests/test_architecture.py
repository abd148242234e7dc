"""The rules of the house: who may import whom, and what a mere ``--help`` may cost."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import REPOSITORY

PACKAGE = REPOSITORY / "livedepth"
MODULES = sorted(PACKAGE.rglob("*.py"))
STAGES = {"capture", "depth", "stabiliser", "compositor", "outputs"}
LEAVES = {
    "frame", "settings", "distance", "errors", "resizing", "v4l2_ioctl", "threading_policy",
    "_version",
}  # fmt: skip
ALSO = {"capture": {"stats", "mailbox"}, "outputs": {"stats"}}
PLAIN = {"mailbox", "stats", "config", "contact_sheet", "audience", "mode"}
JOINING = {"estimator", "depth_thread", "processor", "contents", "warming"}
RUNNING = {"pipeline", "streaming", "__init__", "__main__"}
LAZY = {"torch", "torch_tensorrt", "pyvirtualcam", "av", "onnxruntime", "platformdirs", "psutil"}

TORCH = {
    "network", "torch_network", "network_folding", "half_precision", "frame_program",
    "cuda_runner", "tensorrt_compiler",
}  # fmt: skip
"""Modules that are torch's own: nothing else imports them before torch is wanted."""


def imported(path: Path, *, at_import: bool = False) -> set[str]:
    """Dotted names that a module imports; ``at_import``: only those at its top."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if at_import else list(ast.walk(tree))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def part(path: Path) -> str:
    """The first name below the package: a stage, cli, or a module of the top."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_stages_import_leaves_and_themselves_only(stage: str) -> None:
    for path in (PACKAGE / stage).rglob("*.py"):
        ours = {name.split(".")[1] for name in imported(path) if name.startswith("livedepth.")}
        assert ours <= LEAVES | {stage} | ALSO.get(stage, set()), path


def test_leaves_import_leaves_only() -> None:
    for leaf in LEAVES | {"mailbox", "stats"}:
        ours = {
            name.split(".")[1]
            for name in imported(PACKAGE / f"{leaf}.py")
            if name.startswith("livedepth.")
        }
        assert ours <= LEAVES, leaf


def test_every_module_of_the_top_has_its_place() -> None:
    tops = {path.stem for path in PACKAGE.glob("*.py")}
    assert tops == LEAVES | PLAIN | JOINING | RUNNING


def test_the_joints_know_nothing_of_what_runs_them() -> None:
    for name in PLAIN | JOINING:
        ours = {
            module.split(".")[1]
            for module in imported(PACKAGE / f"{name}.py")
            if module.startswith("livedepth.")
        }
        assert not ours & {"pipeline", "streaming", "cli", "benchmarks"}, name
        if name in PLAIN:
            assert ours <= LEAVES, name


def test_every_picture_of_the_readme_is_there() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!http)([^)#]+)\)", readme)
    assert len(links) > 3
    for link in links:
        assert (REPOSITORY / link).exists(), link


def test_nothing_below_imports_the_command_line() -> None:
    for path in MODULES:
        if part(path) in {"cli", "__main__"}:
            continue
        assert not any(name.startswith("livedepth.cli") for name in imported(path)), path


def test_kernels_import_numpy_and_numba_only() -> None:
    kernels = [*(PACKAGE / "compositor" / "kernels").glob("*.py")]
    kernels += [PACKAGE / "stabiliser" / name for name in ("kernels.py", "hypotheses.py")]
    kernels += [*(PACKAGE / "capture" / "raycast").glob("*.py")]
    assert len(kernels) > 4
    for path in kernels:
        tops = {name.split(".")[0] for name in imported(path)} - set(sys.stdlib_module_names)
        inside = {name for name in imported(path) if name.startswith("livedepth.")}
        assert tops - {"livedepth"} <= {"numpy", "numba"}, path
        assert all("kernels" in name or "raycast" in name for name in inside), path


def test_no_kernel_is_longer_than_sixty_lines() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and any(
                "jit" in ast.unparse(decorator) for decorator in node.decorator_list
            ):
                assert node.end_lineno is not None
                assert node.end_lineno - node.lineno < 60, f"{path}: {node.name}"


def test_heavy_libraries_are_imported_where_they_are_used() -> None:
    light = [
        PACKAGE / f"{name}.py" for name in ("__init__", "frame", "settings", "config", "stats")
    ]
    for path in [*light, *(PACKAGE / "cli").glob("*.py")]:
        tops = {name.split(".")[0] for name in imported(path, at_import=True)}
        assert not tops & (LAZY | {"cv2", "numba"}), path
    for path in MODULES:
        names = imported(path, at_import=True)
        if "torch" in {name.split(".")[0] for name in names}:
            assert path.stem in TORCH, path
        elif path.stem not in TORCH:
            assert not {name.rsplit(".", 1)[-1] for name in names} & TORCH, path


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after running ``code``."""
    script = f"import sys\n{code}\nprint(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    return set(result.stdout.splitlines()[-1].split())


def test_importing_livedepth_imports_nothing_heavy() -> None:
    assert not loaded_by("import livedepth") & {"numpy", "cv2", "numba", "torch", "av"}


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import livedepth.cli.main as m\ntry:\n    m.main(['--help'])\nexcept SystemExit:\n    pass"
    )
    assert not loaded_by(code) & {"numpy", "cv2", "numba", "torch", "av"}


def test_every_package_is_in_the_wheel() -> None:
    tables = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(tables["tool"]["setuptools"]["packages"])
    there = {
        ".".join(path.parent.relative_to(REPOSITORY).parts) for path in PACKAGE.rglob("__init__.py")
    }
    assert listed == there | {"livedepth.configs"}


def test_the_top_level_holds_what_it_should() -> None:
    import subprocess as process

    listed = process.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    tops = {name.split("/")[0] for name in listed.stdout.splitlines()}
    assert tops <= {
        "pyproject.toml", "README.md", "LICENSE", "livedepth", "tests", "configs", "tools", ".ci",
        ".gitignore",
    }  # fmt: skip
