"""Contact sheets: rendered sequences side by side, colour over depth over matte."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rendering.sequence import Sequence, read_sequence

Picture = NDArray[np.uint8]


def depth_picture(depth: NDArray[np.floating]) -> Picture:
    """Inverse depth in colours, near is warm: uint8 (height, width, 3) BGR."""
    disparity = 1.0 / np.maximum(depth.astype(np.float32), 0.1)
    low, high = np.percentile(disparity, [1, 99])
    level = np.clip((disparity - low) / max(float(high - low), 1e-6), 0, 1)
    return cv2.applyColorMap(np.rint(level * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)


def motion_picture(motion: NDArray[np.floating]) -> Picture:
    """Motion as hue by direction and value by speed, 8 pixels a frame being full."""
    flow = motion.astype(np.float32)
    speed, angle = cv2.cartToPolar(flow[..., 0], flow[..., 1])
    value = np.clip(speed / 8 * 255, 0, 255)
    parts = np.stack([angle * 90 / np.pi, np.full_like(value, 200), value], axis=-1)
    return cv2.cvtColor(parts.astype(np.uint8), cv2.COLOR_HSV2BGR)


def fitted(picture: Picture, width: int, height: int) -> Picture:
    """A picture scaled into a tile with grey around it."""
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    tile = np.full((height, width, 3), 60, np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    tile[top : top + size[1], left : left + size[0]] = small
    return tile


def sequence_tile(sequence: Sequence, name: str, width: int = 320, room: bool = False) -> Picture:
    """One sequence: its first frame, depth and matte below one another, motion or room as well."""
    height = width * 9 // 16
    matte = cv2.cvtColor(np.ascontiguousarray(sequence.matte[0]), cv2.COLOR_GRAY2BGR)
    parts = [np.ascontiguousarray(sequence.colour[0]), depth_picture(sequence.depth[0]), matte]
    if room:
        parts += [motion_picture(sequence.motion[0]), np.ascontiguousarray(sequence.room_colour)]
    tile = np.concatenate([fitted(part, width, height) for part in parts])
    text = (5, 14)
    cv2.putText(tile, name, text, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(tile, name, text, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA)
    return tile


def contact_sheet(folders: list[Path], columns: int = 4, room: bool = False) -> Picture:
    """Every sequence's tile in rows."""
    tiles = []
    for folder in folders:
        sequence = read_sequence(folder)
        name = f"{sequence.description['seed']} {sequence.description['light']}"
        tiles.append(sequence_tile(sequence, name, room=room))
    while len(tiles) % columns:
        tiles.append(np.full_like(tiles[0], 60))
    rows = [np.concatenate(tiles[i : i + columns], axis=1) for i in range(0, len(tiles), columns)]
    return np.concatenate(rows)
