"""Everything there is to draw from: shards of labelled pictures and rendered sequences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from training.insertion import hang_picture, insert, place, portrait_crop
from training.pairs import Pair, still
from training.sequences import RenderedScene, read_scene, sequence_folders
from training.shards import Sample, Shard, read_shard, shard_folders

RENDERED, INSERTED = "rendered", "inserted"
"""The kinds that need sequences: their own frames, and people set into other rooms."""

ENOUGH_SEQUENCES = 60

PEOPLE_COUNTS = (0.12, 0.5, 0.24, 0.14)
"""How often nobody to three people are set into a room."""

REAL_PEOPLE = {"clips": 0.45, "people": 0.45, "portraits": 0.1}
"""Where real people who are set into rooms come from, by share."""

REAL_PLACES = {"clips": 0.2, "objects": 0.15, "panoramas": 0.65}
"""The same for places, beside those that are rendered."""


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """Shards by kind, and sequences."""

    shards: dict[str, list[Shard]]
    sequences: list[RenderedScene]

    def kinds(self) -> list[str]:
        """What can be drawn from these."""
        rendered = [RENDERED, INSERTED] if self.sequences else []
        return [*self.shards, *rendered]

    def chances(self, shares: dict[str, float]) -> dict[str, float]:
        """How likely each kind is drawn, sum 1; few sequences leave a part of theirs to the rest,
        lest they be learnt by heart."""
        grown = min(1.0, len(self.sequences) / ENOUGH_SEQUENCES)
        drawn = {
            kind: shares.get(kind, 0.0) * (grown if kind in (RENDERED, INSERTED) else 1.0)
            for kind in self.kinds()
        }
        total = sum(drawn.values())
        return {kind: share / total for kind, share in drawn.items()}

    def pair(self, kind: str, rng: np.random.Generator) -> Pair:
        """Two pictures of a kind: neighbours where it has any, else any two, or one twice."""
        if kind == RENDERED:
            sequence = self.any_sequence(rng)
            return sequence.pair(int(rng.integers(len(sequence))))
        if kind == INSERTED:
            return self.inserted(rng)
        shard = self.any_shard(kind, rng)
        if shard.motion is not None:
            return shard_pair(shard, int(rng.integers(len(shard) // 2)))
        first = shard.sample(int(rng.integers(len(shard))))
        if rng.random() < 0.25:
            return still(first)
        return Pair(first, shard.sample(int(rng.integers(len(shard)))), None)

    def any_sequence(self, rng: np.random.Generator) -> RenderedScene:
        return self.sequences[rng.integers(len(self.sequences))]

    def any_shard(self, kind: str, rng: np.random.Generator) -> Shard:
        shards = self.shards[kind]
        counts = np.array([len(shard) for shard in shards])
        return shards[rng.choice(len(shards), p=counts / counts.sum())]

    def inserted(self, rng: np.random.Generator) -> Pair:
        """Nobody to three people, rendered and real, set into a room, rendered or real."""
        scene, exact = self.background(rng)
        if rng.random() < 0.12:
            scene = hang_picture(scene, portrait_crop(self.any_person(rng).first, rng), rng)
        size = scene.first.matte.shape
        crowded = scene.first.matte.max() > 0.5
        count = int(rng.choice(len(PEOPLE_COUNTS), p=PEOPLE_COUNTS))
        for _ in range(min(count, 1) if crowded else count):
            scene = insert(scene, place(self.any_person(rng), size, rng), rng, exact=exact)
        return scene

    def background(self, rng: np.random.Generator) -> tuple[Pair, bool]:
        """A scene to set people into, and whether its depth is exact."""
        real = {kind: share for kind, share in REAL_PLACES.items() if kind in self.shards}
        if real and rng.random() < 0.35:
            kind = drawn(real, rng)
            return at_rest(self.pair(kind, rng)), False
        sequence = self.any_sequence(rng)
        if rng.random() < 0.15:
            return sequence.pair(int(rng.integers(len(sequence)))), True
        return sequence.room(), True

    def any_person(self, rng: np.random.Generator) -> Pair:
        """A pair with somebody in it: rendered, cut out exactly, or real."""
        real = {kind: share for kind, share in REAL_PEOPLE.items() if kind in self.shards}
        while True:
            if real and rng.random() < 0.45:
                kind = drawn(real, rng)
                pair = at_rest(self.pair(kind, rng))
            else:
                sequence = self.any_sequence(rng)
                pair = sequence.cut_out(int(rng.integers(len(sequence))))
            if (pair.first.matte > 0.5).mean() > 0.02:
                return pair


def drawn(shares: dict[str, float], rng: np.random.Generator) -> str:
    """A name, as often as its share of all."""
    chances = np.array(list(shares.values()))
    return str(rng.choice(list(shares), p=chances / chances.sum()))


def at_rest(pair: Pair) -> Pair:
    """A pair as it is, but two unrelated pictures become the first, standing still."""
    return still(pair.first) if pair.motion is None else pair


def shard_pair(shard: Shard, index: int) -> Pair:
    """Samples 2 ``index`` and 2 ``index`` + 1 of a shard that has motion."""
    motion = shard.motion[index].astype(np.float32)
    return Pair(shard.sample(2 * index), shard.sample(2 * index + 1), motion)


def read_sources(pool: Path, rendered: Path | None, kinds: set[str]) -> Sources:
    """Map what is on disk now; a pool without any shard or sequence of the kinds is refused."""
    shards: dict[str, list[Shard]] = {}
    for folder in shard_folders(pool):
        shard = read_shard(folder)
        if shard.kind in kinds:
            shards.setdefault(shard.kind, []).append(shard)
    folders = sequence_folders(rendered) if rendered is not None else []
    sources = Sources(shards, [read_scene(folder) for folder in folders])
    if not sources.kinds():
        raise SystemExit(f"{pool} holds no shard of {', '.join(sorted(kinds))}: prepare it")
    return sources


def optical_flow(first: Sample, second: Sample) -> np.ndarray:
    """Motion float32 (height, width, 2) between real frames: Kroeger et al., "Fast Optical Flow
    using Dense Inverse Search", ECCV 2016."""
    grey = [cv2.cvtColor(sample.image, cv2.COLOR_BGR2GRAY) for sample in (first, second)]
    return cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(*grey, None)
