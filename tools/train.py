"""Train the embedded network on a prepared pool and rendered sequences, within a time budget.

    python tools/train.py --pool DIR [--rendered DIR] --checkpoint FILE --minutes M
                          [--start FILE.safetensors] [--held-out-rendered DIR]

The pool is made by tools/training/prepare.py, the sequences by tools/render.py; both may grow
meanwhile. Run again with the same checkpoint, the training resumes: the learning rate follows the
share of the budget that is used. A fresh training begins from random weights or from --start.
"""

from __future__ import annotations

import argparse
import copy
import csv
import math
import sys
import time
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.utils.data import DataLoader

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from training.batches import Batch, BatchStream  # noqa: E402
from training.losses import LossWeights, training_loss  # noqa: E402
from training.validation import COLUMNS, Validation  # noqa: E402

from livedepth.depth.network import EmbeddedNetwork  # noqa: E402

WEIGHTS = ROOT / "livedepth" / "depth" / "weights"


@dataclass
class Progress:
    """How far a training is; saved with it."""

    step: int = 0
    pictures: int = 0
    seconds: float = 0.0


def learning_rate(progress: Progress, budget: float, peak: float, warm_up: int) -> float:
    """Linear warm-up in steps, then a cosine over the budget in seconds, to 1 % of the peak."""
    used = min(progress.seconds / budget, 1.0)
    cosine = 0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * used))
    return peak * cosine * min(1.0, (progress.step + 1) / warm_up)


def update_average(average: torch.nn.Module, model: torch.nn.Module, decay: float) -> None:
    """Exponential moving average of all weights and statistics."""
    with torch.no_grad():
        for mine, current in zip(
            average.state_dict().values(), model.state_dict().values(), strict=True
        ):
            if mine.is_floating_point():
                mine.lerp_(current, 1.0 - decay)
            else:
                mine.copy_(current)


class Trainer:
    """A network, its average, its optimiser and how far they are; resumed where a file exists."""

    def __init__(
        self,
        configuration: dict[str, Any],
        checkpoint: Path,
        budget: float,
        start: Path | None = None,
    ) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.checkpoint, self.budget = checkpoint, budget
        self.options = configuration["optimiser"]
        self.weights = LossWeights(**configuration["loss"])
        torch.manual_seed(configuration["seed"])
        network = EmbeddedNetwork()
        if start is not None:
            network.load_state_dict(load_file(start))
        self.model = network.to(self.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.model)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(),
            self.options["learning_rate"],
            betas=(0.9, 0.99),
            weight_decay=self.options["weight_decay"],
            fused=True,
        )
        self.progress = Progress()
        if checkpoint.exists():
            self.resume()

    def resume(self) -> None:
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.progress = Progress(**state["progress"])
        minutes = self.progress.seconds / 60
        print(f"resumed at step {self.progress.step}, {minutes:.1f} minutes", flush=True)

    def save(self) -> None:
        """Write the state and, beside it, the averaged weights; each whole or not at all."""
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "progress": asdict(self.progress),
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.rename(self.checkpoint)
        tensors = {name: value.contiguous() for name, value in state["average"].items()}
        save_file(tensors, partial)
        partial.rename(self.checkpoint.with_suffix(".safetensors"))

    def step(self, batch: Batch) -> tuple[float, float, float]:
        """Learn from one batch; returns the depth, matte and temporal losses."""
        batch = Batch(*(values.to(self.device, non_blocking=True) for values in batch))
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        self.model.train()
        with torch.autocast(self.device.type, torch.bfloat16):
            prediction = self.model(batch.image.to(memory_format=torch.channels_last))
        losses = training_loss(prediction, batch, self.weights)
        self.optimiser.zero_grad(set_to_none=True)
        sum(losses).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.options["gradient_clip"])
        self.optimiser.step()
        self.progress.step += 1
        self.progress.pictures += len(batch.image)
        # A young average would keep the random start for long: it follows faster at first.
        decay = min(self.options["average_decay"], 1 - 10 / (self.progress.step + 10))
        update_average(self.average, self.model, decay)
        depth, matte, temporal = (float(loss.detach()) for loss in losses)
        return depth, matte, temporal

    def rate(self) -> float:
        options = self.options
        peak, warm_up = options["learning_rate"], options["warm_up_steps"]
        return learning_rate(self.progress, self.budget, peak, warm_up)


class Log:
    """Mean losses and held-out scores every ``every`` steps, as CSV and on the screen."""

    columns = ("minutes", "step", "pictures", "learning_rate", "depth", "matte", "temporal")

    def __init__(self, file: Path, trainer: Trainer, validation: Validation, every: int) -> None:
        self.file, self.trainer, self.validation, self.every = file, trainer, validation, every
        self.losses: list[tuple[float, float, float]] = []
        if trainer.progress.step == 0:
            file.write_text(",".join([*self.columns, *COLUMNS]) + "\n")

    def add(self, losses: tuple[float, float, float]) -> None:
        self.losses.append(losses)
        progress = self.trainer.progress
        if progress.step % self.every:
            return
        scores = self.validation(self.trainer.average)
        means = np.mean(self.losses, axis=0)
        self.losses = []
        row = [f"{progress.seconds / 60:.2f}", progress.step, progress.pictures]
        row += [f"{self.trainer.rate():.6f}", *(f"{value:.4f}" for value in (*means, *scores))]
        with self.file.open("a", newline="") as file:
            csv.writer(file).writerow(row)
        print(" ".join(map(str, row)), flush=True)


def parse_sizes(table: dict[str, float]) -> dict[tuple[int, int], float]:
    """{"128x192": 0.6} to {(128, 192): 0.6}."""
    return {(int(h), int(w)): share for (h, w), share in ((k.split("x"), table[k]) for k in table)}


def train(arguments: argparse.Namespace, configuration: dict[str, Any]) -> None:
    budget = 60.0 * arguments.minutes
    trainer = Trainer(configuration, arguments.checkpoint, budget, arguments.start)
    held_out = arguments.pool.with_name(arguments.pool.name + "-held-out")
    validation = Validation(held_out, arguments.held_out_rendered)
    log = Log(arguments.checkpoint.with_suffix(".csv"), trainer, validation, arguments.log_steps)
    on_gpu = trainer.device.type == "cuda"
    batch = configuration["batch"]
    last = saved = time.monotonic()
    for sizes, share in (("sizes", 1.0 - batch["last_share"]), ("last_sizes", 1.0)):
        stream = BatchStream(
            arguments.pool,
            arguments.rendered,
            configuration["data"]["shares"],
            parse_sizes(batch[sizes]),
            batch["pictures_on_gpu" if on_gpu else "pictures"] * 128 * 192,
            configuration["seed"] + trainer.progress.step,
        )
        loader = DataLoader(
            stream, batch_size=None, num_workers=arguments.workers, pin_memory=on_gpu
        )
        for pictures in loader:
            if trainer.progress.seconds >= budget * share:
                break
            losses = trainer.step(pictures)
            now = time.monotonic()
            trainer.progress.seconds += now - last
            last = now
            log.add(losses)
            if now - saved > 60.0 * arguments.save_minutes:
                trainer.save()
                saved = now
    trainer.save()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pool", type=Path, required=True)
    parser.add_argument("--rendered", type=Path, help="a folder of rendered sequences")
    parser.add_argument("--held-out-rendered", type=Path, help="sequences for the curves only")
    parser.add_argument("--start", type=Path, help="weights that a fresh training begins from")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60.0, help="the whole training's budget")
    parser.add_argument("--save-minutes", type=float, default=2.0)
    parser.add_argument("--log-steps", type=int, default=500)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0, help="processes that make batches")
    parser.add_argument("--configuration", type=Path, default=WEIGHTS / "training.toml")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    train(arguments, tomllib.loads(arguments.configuration.read_text()))


if __name__ == "__main__":
    main()
