"""An endless stream of augmented batches drawn from a pool that may still grow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from training.augmentation import augment
from training.shards import Shard, read_shard, shard_folders

Batch = tuple[Tensor, Tensor, Tensor]


class BatchStream(IterableDataset[Batch]):
    """Batches (image, disparity, matte), one size each, of kinds drawn by their shares.

    shares: how often each kind of shard is drawn; kinds that are absent leave theirs to the rest.
    sizes: (height, width) and its share; a batch holds as many pictures as give ``pixels``.
    """

    def __init__(
        self,
        pool: Path,
        shares: dict[str, float],
        sizes: dict[tuple[int, int], float],
        pixels: int,
        seed: int,
    ) -> None:
        self.pool, self.shares, self.sizes = pool, shares, sizes
        self.pixels, self.seed = pixels, seed

    def load(self) -> dict[str, list[Shard]]:
        kinds: dict[str, list[Shard]] = {}
        for folder in shard_folders(self.pool):
            shard = read_shard(folder)
            if self.shares.get(shard.kind, 0.0) > 0.0:
                kinds.setdefault(shard.kind, []).append(shard)
        if not kinds:
            raise SystemExit(f"{self.pool} holds no shard of {', '.join(self.shares)}: prepare it")
        return kinds

    def __iter__(self) -> Iterator[Batch]:
        cv2.setNumThreads(1)
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        sizes = list(self.sizes)
        size_shares = np.array(list(self.sizes.values()))
        while True:
            kinds = self.load()
            names = list(kinds)
            share = np.array([self.shares[name] for name in names])
            counts = {name: np.array([len(shard) for shard in kinds[name]]) for name in names}
            for _ in range(200):
                height, width = sizes[rng.choice(len(sizes), p=size_shares / size_shares.sum())]
                items = []
                for _ in range(max(2, self.pixels // (height * width))):
                    name = names[rng.choice(len(names), p=share / share.sum())]
                    which = rng.choice(len(counts[name]), p=counts[name] / counts[name].sum())
                    shard = kinds[name][which]
                    sample = shard.sample(int(rng.integers(len(shard))))
                    items.append(augment(sample, height, width, rng))
                yield tuple(torch.from_numpy(np.stack(maps)) for maps in zip(*items, strict=True))
