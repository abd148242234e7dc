"""An endless stream of augmented batches drawn from a pool that may still grow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from training.augmentation import augment_pair
from training.sources import read_sources


class Batch(NamedTuple):
    """Pairs of pictures of one size, and their labels; samples 2k and 2k + 1 are a pair.

    image: float32 (n, 3, height, width), RGB in 0..1. disparity, matte: (n, 1, height / 2,
    width / 2). motion: (n / 2, 2, height / 2, width / 2), where each place of a pair's first
    picture is in its second, pixels right and down; visible: (n / 2, 1, ...), 1 where it is seen.
    """

    image: Tensor
    disparity: Tensor
    matte: Tensor
    motion: Tensor
    visible: Tensor


class BatchStream(IterableDataset[Batch]):
    """Batches of one size each, of kinds drawn by their shares.

    shares: how often each kind is drawn; kinds that are absent leave theirs to the rest. What is
    never drawn itself but named may still be set into other pictures.
    sizes: (height, width) and its share; a batch holds as many pictures as give ``pixels``.
    rendered: the folder of rendered sequences, if any.
    """

    def __init__(
        self,
        pool: Path,
        rendered: Path | None,
        shares: dict[str, float],
        sizes: dict[tuple[int, int], float],
        pixels: int,
        seed: int,
    ) -> None:
        self.pool, self.rendered, self.shares, self.sizes = pool, rendered, shares, sizes
        self.pixels, self.seed = pixels, seed

    def __iter__(self) -> Iterator[Batch]:
        cv2.setNumThreads(1)
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        # OpenCV draws its noise from a generator of its own.
        cv2.setRNGSeed(int(rng.integers(1 << 31)))
        sizes = list(self.sizes)
        size_shares = np.array(list(self.sizes.values()))
        while True:
            sources = read_sources(self.pool, self.rendered, set(self.shares))
            chances = sources.chances(self.shares)
            for _ in range(200):
                height, width = sizes[rng.choice(len(sizes), p=size_shares / size_shares.sum())]
                items = []
                for _ in range(max(1, round(self.pixels / (2 * height * width)))):
                    kind = str(rng.choice(list(chances), p=list(chances.values())))
                    items.append(augment_pair(sources.pair(kind, rng), height, width, rng))
                images, disparity, matte, motion, seen = zip(*items, strict=True)
                together = [np.concatenate(maps) for maps in (images, disparity, matte)]
                together += [np.stack(maps) for maps in (motion, seen)]
                yield Batch(*(torch.from_numpy(np.ascontiguousarray(m)) for m in together))
