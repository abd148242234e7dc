"""Scores on what is kept out of training, for the curves: unseen clips and unseen renders."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from rendering.sequence import read_sequence, sequence_folders

from training.measured import Truth
from training.scores import correlation, depth_scores, edge_error, overlap
from training.shards import Sample, read_shard, shard_folders

FARTHEST = 10.0
"""Metres beyond which no depth is scored: windows."""

NATIVE = (320, 192)

COLUMNS = ("correlation", "overlap", "person_error", "person_delta", "room_delta", "iou", "edge")

Map = NDArray[np.float32]


def network_size(shape: tuple[int, ...], area: float = 1.0) -> tuple[int, int]:
    """The multiple-of-32 size (width, height) nearest to a picture's aspect, and to ``area`` times
    192x320 pixels."""
    height, width = shape[:2]
    scale = (area * NATIVE[0] * NATIVE[1] / (width * height)) ** 0.5
    return (max(32, round(width * scale / 32) * 32), max(32, round(height * scale / 32) * 32))


def rendered_truths(folder: Path | None, frames: tuple[int, ...]) -> list[tuple[Truth, Map]]:
    """Some frames of every sequence below a folder: the picture with its metres, and its matte."""
    truths = []
    for place in sequence_folders(folder) if folder is not None else []:
        sequence = read_sequence(place)
        for index in frames:
            matte = sequence.matte[index].astype(np.float32) / 255.0
            depth = sequence.depth[index].astype(np.float32)
            truths.append((Truth(place.name, np.array(sequence.colour[index]), depth), matte))
    return truths


def person_scores(prediction: Map, depth: Map, matte: Map) -> tuple[float, float] | None:
    """AbsRel and delta1 within the people, aligned over the whole picture; None without anybody."""
    valid, people = depth < FARTHEST, (matte > 0.5) & (depth < FARTHEST)
    if people.mean() < 0.01:
        return None
    return depth_scores(prediction, depth, valid, people)


class Validation:
    """The kept-out pictures, read once."""

    def __init__(self, clips: Path, rendered: Path | None) -> None:
        self.clips: list[Sample] = []
        folders = shard_folders(clips)
        if folders:
            shard = read_shard(folders[0])
            self.clips = [shard.sample(i) for i in range(0, len(shard), max(1, len(shard) // 24))]
        self.rendered = rendered_truths(rendered, (0, 2))

    @torch.no_grad()
    def __call__(self, network: torch.nn.Module) -> list[float]:
        """Means of ``COLUMNS``; not-a-number for what there are no pictures of."""
        network.eval()
        device = next(network.parameters()).device

        def run(image: NDArray[np.uint8]) -> list[Map]:
            blob = cv2.dnn.blobFromImage(image, 1 / 255.0, network_size(image.shape), swapRB=True)
            maps = network(torch.from_numpy(blob).to(device))
            size = image.shape[1::-1]
            return [cv2.resize(m[0, 0].float().cpu().numpy(), size) for m in maps]

        scores: dict[str, list[float]] = {name: [] for name in COLUMNS}
        for sample in self.clips:
            disparity, matte = run(np.array(sample.image))
            scores["correlation"].append(correlation(disparity, sample.disparity))
            scores["overlap"].append(overlap(matte, sample.matte))
        for truth, people in self.rendered:
            disparity, matte = run(truth.image)
            person = person_scores(disparity, truth.depth, people)
            if person is not None:
                scores["person_error"].append(person[0])
                scores["person_delta"].append(person[1])
                scores["edge"].append(edge_error(matte, people))
            room = truth.depth < FARTHEST
            scores["room_delta"].append(depth_scores(disparity, truth.depth, room)[1])
            scores["iou"].append(overlap(matte, people))
        return [float(np.mean(values)) if values else float("nan") for values in scores.values()]
