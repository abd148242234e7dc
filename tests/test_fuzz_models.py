"""A damaged model file is refused in a line: no crash, no hang, no map with NaN.

Each engine reads the files in a process of its own, which a crash of its library would end.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from livedepth.depth.registry import find_model

SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
import numpy as np
from livedepth.depth.registry import load_model
from livedepth.errors import LivedepthError

engine, *files = sys.argv[1:]
picture = np.random.default_rng(0).integers(0, 255, (90, 160, 3)).astype(np.uint8)
for file in files:
    print(file, flush=True)
    try:
        model = load_model(file, engine)
        prediction = model.infer(picture)
        model.close()
    except LivedepthError as error:
        print(json.dumps(str(error)), flush=True)
    else:
        finite = np.isfinite(prediction.depth).all()
        finite &= prediction.matte is None or np.isfinite(prediction.matte).all()
        print(json.dumps("" if finite else "not finite"), flush=True)
"""

PATIENCE = 100


def damaged(folder: Path) -> list[Path]:
    """Copies of the built-in model, each damaged in another way, with its sidecar."""
    model = find_model("embedded").onnx
    assert model is not None
    whole = np.fromfile(model, np.uint8)
    draw = np.random.default_rng(7)
    contents = {"empty": whole[:0], "byte": whole[:1], "zeros": np.zeros_like(whole[:4096])}
    contents |= {f"cut{share}": whole[: len(whole) * share // 100] for share in (1, 30, 99)}
    contents["noise"] = draw.integers(0, 256, 4096).astype(np.uint8)
    contents["text"] = np.frombuffer(b"<html>not found</html>", np.uint8)
    contents["tail"] = np.append(whole, draw.integers(0, 256, 64).astype(np.uint8))
    for name, places in {
        "flip": draw.integers(0, len(whole), 12),
        "head": draw.integers(0, 400, 4),
        "graph": len(whole) - 1 - draw.integers(0, 4000, 4),
    }.items():
        for place in places:
            flipped = whole.copy()
            flipped[place] ^= 1 << int(draw.integers(8))
            contents[f"{name}{place}"] = flipped
    # Exponents all ones: NaN and infinity among the weights.
    poisoned = whole.copy()
    poisoned[len(whole) // 2 // 4 * 4 : len(whole) // 2 // 4 * 4 + 400] = 0xFF
    contents["nan"] = poisoned
    for name, content in contents.items():
        content.tofile(folder / f"{name}.onnx")
        sidecar = model.with_suffix(".toml").read_text(encoding="utf-8")
        (folder / f"{name}.toml").write_text(sidecar, encoding="utf-8")
    return sorted(folder.glob("*.onnx"))


def answers(engine: str, files: list[Path]) -> dict[str, str]:
    """What loading and running each file said; a file at which the process died says so."""
    found: dict[str, str] = {}
    while len(found) < len(files):
        left = [str(file) for file in files if file.stem not in found]
        run = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", SCRIPT, engine, *left],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        lines = run.stdout.splitlines()
        for name, answer in zip(lines[::2], lines[1::2], strict=False):
            found[Path(name).stem] = json.loads(answer)
        if run.returncode:
            assert len(lines) % 2, run.stderr
            found[Path(lines[-1]).stem] = f"the process died: {run.stderr}"
    return found


@pytest.mark.parametrize("engine", ["opencv", "onnxruntime"])
def test_damaged_models(tmp_path: Path, engine: str) -> None:
    if engine == "onnxruntime":
        pytest.importorskip("onnxruntime")
    files = damaged(tmp_path)
    found = answers(engine, files)
    assert len(found) == len(files)
    bad = {
        name: text
        for name, text in found.items()
        if len(text.splitlines()) > 1 or text.startswith("the process died") or text == "not finite"
    }
    assert not bad, bad
    refused = {name for name, text in found.items() if text}
    assert {"empty", "byte", "zeros", "cut1", "cut30", "noise", "text"} <= refused
    for name in refused:
        assert name in found[name] or "embedded" in found[name], found[name]
