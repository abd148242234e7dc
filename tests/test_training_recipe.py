"""The recipe itself: it starts, logs, resumes, and follows its budget."""

from __future__ import annotations

import argparse
import csv
import itertools
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
safetensors_torch = pytest.importorskip("safetensors.torch")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import train as recipe  # noqa: E402
from training.batches import BatchStream  # noqa: E402
from training.losses import LossWeights  # noqa: E402
from training.shards import Sample, write_shard  # noqa: E402
from training.validation import COLUMNS  # noqa: E402

WEIGHTS = ROOT / "livedepth" / "depth" / "weights"


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other cost more than these tiny pictures do."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def configuration() -> dict:
    """The shipped one, at a size that takes no time."""
    result = tomllib.loads((WEIGHTS / "training.toml").read_text())
    result["data"]["shares"] = {"clips": 1.0}
    result["batch"].update(pictures=0.25, sizes={"32x64": 1.0}, last_sizes={"64x32": 1.0})
    return result


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    samples = [
        Sample(
            rng.integers(0, 256, (64, 96, 3), np.uint8),
            rng.uniform(0.2, 1.0, (64, 96)).astype(np.float32),
            np.repeat(np.eye(2, dtype=np.float32), 48, 1).repeat(32, 0),
        )
        for _ in range(4)
    ]
    write_shard(tmp_path / "pool" / "clips", "clips", samples, np.zeros((2, 64, 96, 2)))
    write_shard(tmp_path / "pool-held-out" / "clips", "clips", samples[:2])
    return tmp_path / "pool"


def options(pool: Path, minutes: float) -> argparse.Namespace:
    return argparse.Namespace(
        pool=pool,
        rendered=None,
        held_out_rendered=None,
        start=WEIGHTS / "embedded.safetensors",
        checkpoint=pool.with_name("run.pt"),
        minutes=minutes,
        save_minutes=60.0,
        log_steps=2,
        workers=0,
    )


def test_the_shipped_configuration_is_complete(configuration: dict) -> None:
    assert LossWeights(**configuration["loss"]).matte > 0
    shipped = tomllib.loads((WEIGHTS / "training.toml").read_text())
    for name in ("sizes", "last_sizes"):
        for height, width in recipe.parse_sizes(shipped["batch"][name]):
            assert height % 32 == width % 32 == 0
    assert shipped["data"]["held_out_clips"]


def test_the_shipped_curves_have_the_columns_that_are_logged() -> None:
    with (WEIGHTS / "curves.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [*recipe.Log.columns, *COLUMNS]
    minutes = [float(row[0]) for row in rows[1:]]
    assert minutes == sorted(minutes)


def test_the_rate_warms_up_and_falls_to_nearly_nothing() -> None:
    rates = [
        recipe.learning_rate(recipe.Progress(step, 0, seconds), 100.0, 1.0, 10)
        for step, seconds in ((0, 0.0), (9, 0.0), (500, 50.0), (900, 100.0), (950, 200.0))
    ]
    assert rates[0] == pytest.approx(0.1)
    assert rates[1] == pytest.approx(1.0)
    assert rates[2] == pytest.approx(0.505)
    assert rates[3:] == pytest.approx([0.01, 0.01])


def test_a_training_logs_saves_and_resumes(
    pool: Path, configuration: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count()
    monkeypatch.setattr(recipe.time, "monotonic", lambda: float(next(clock)))
    recipe.train(options(pool, 0.05), configuration)
    state = torch.load(pool.with_name("run.pt"), weights_only=True)
    assert state["progress"]["step"] == 3
    averaged = safetensors_torch.load_file(pool.with_name("run.safetensors"))
    assert averaged.keys() == state["model"].keys()
    recipe.train(options(pool, 0.1), configuration)
    resumed = torch.load(pool.with_name("run.pt"), weights_only=True)
    assert resumed["progress"]["step"] == 6
    with pool.with_name("run.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [2, 4, 6]
    assert all(np.isfinite(float(row["correlation"])) for row in rows)
    assert all(np.isnan(float(row["iou"])) for row in rows)


def test_batches_hold_pairs_of_their_size(pool: Path) -> None:
    stream = iter(BatchStream(pool, None, {"clips": 1.0}, {(32, 64): 1.0}, 4 * 32 * 64, 0))
    batch = next(stream)
    assert batch.image.shape == (4, 3, 32, 64)
    assert batch.disparity.shape == batch.matte.shape == (4, 1, 16, 32)
    assert batch.motion.shape == (2, 2, 16, 32)
    assert batch.visible.shape == (2, 1, 16, 32)
    again = next(iter(BatchStream(pool, None, {"clips": 1.0}, {(32, 64): 1.0}, 4 * 32 * 64, 0)))
    for one, other in zip(batch, again, strict=True):
        torch.testing.assert_close(one, other)
