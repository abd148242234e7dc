"""Turning bones: rotations, forward kinematics and the two-bone reach of an arm.

Everything is plain NumPy in world-aligned axes (Z up, a body faces -Y): a bone's turn is given in
the axes of the rest pose and carries its children with it. Angles are radians.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def unit(vector: Array) -> Array:
    """A vector (..., 3) at length one; a zero vector stays zero."""
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    return vector / np.maximum(length, 1e-12)


def rotation(vector: Array) -> Array:
    """Rotation matrices (..., 3, 3) of rotation vectors (..., 3), by Rodrigues' formula."""
    vector = np.asarray(vector, float)
    angle = np.linalg.norm(vector, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(unit(vector), -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).reshape(*x.shape, 3, 3)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def rotation_vector(matrix: Array) -> Array:
    """The rotation vector (..., 3) of matrices (..., 3, 3); angles stay below half a turn."""
    axis = np.stack(
        [
            matrix[..., 2, 1] - matrix[..., 1, 2],
            matrix[..., 0, 2] - matrix[..., 2, 0],
            matrix[..., 1, 0] - matrix[..., 0, 1],
        ],
        -1,
    )
    trace = np.trace(matrix, axis1=-2, axis2=-1)
    angle = np.arctan2(np.linalg.norm(axis, axis=-1), trace - 1)
    return unit(axis) * angle[..., None]


def frame(first: Array, second: Array) -> Array:
    """A frame (..., 3, 3) of unit columns: along ``first``, then near ``second``, then across."""
    x = unit(first)
    z = unit(np.cross(x, second))
    return np.stack([x, np.cross(z, x), z], -1)


def align(source: Array, target: Array) -> Array:
    """The smallest rotation (..., 3, 3) that takes one direction to another."""
    source, target = unit(source), unit(target)
    axis = np.cross(source, target)
    sine = np.linalg.norm(axis, axis=-1)
    angle = np.arctan2(sine, (source * target).sum(-1))
    return rotation(unit(axis) * angle[..., None])


def swing_twist(matrix: Array, axis: Array) -> tuple[Array, Array]:
    """Split rotations (..., 3, 3) into swing @ twist, the twist an angle (...) about ``axis``."""
    axis = unit(axis)
    swing = align(np.broadcast_to(axis, (*matrix.shape[:-2], 3)), matrix @ axis)
    rest = np.swapaxes(swing, -1, -2) @ matrix
    return swing, (rotation_vector(rest) * axis).sum(-1)


def reach(
    shoulder: Array, wrist: Array, pole: Array, upper: float, lower: float
) -> tuple[Array, Array]:
    """Elbow and wrist (..., 3) of an arm that reaches for ``wrist``; the elbow points to ``pole``.

    The law of cosines places the elbow; a target out of reach is drawn in to 97 % of the arm, one
    too near is pushed out to the most bent elbow (30 degrees between the bones).
    """
    nearest = np.sqrt(upper**2 + lower**2 - 2 * upper * lower * np.cos(np.radians(30)))
    direction = unit(wrist - shoulder)
    distance = np.linalg.norm(wrist - shoulder, axis=-1, keepdims=True)
    distance = np.clip(distance, nearest, 0.97 * (upper + lower))
    along = (upper**2 - lower**2 + distance**2) / (2 * distance)
    aside = np.sqrt(np.maximum(upper**2 - along**2, 0))
    outward = unit(pole - (pole * direction).sum(-1, keepdims=True) * direction)
    return shoulder + along * direction + aside * outward, shoulder + distance * direction


def forward_kinematics(
    heads: Array, parents: NDArray[np.int64], turns: Array
) -> tuple[Array, Array]:
    """World turns (frames, bones, 3, 3) and shifts (frames, bones, 3): x -> turn @ x + shift.

    heads: (bones, 3) where the bones turn in the rest pose. parents: (bones,), each before its
    children, -1 for the root. turns: (frames, bones, 3, 3) of each bone against its parent.
    """
    world, shift = np.empty_like(turns), np.empty((*turns.shape[:2], 3))
    for bone, parent in enumerate(parents):
        if parent < 0:
            world[:, bone] = turns[:, bone]
            at = np.broadcast_to(heads[bone], (len(turns), 3))
        else:
            world[:, bone] = world[:, parent] @ turns[:, bone]
            at = world[:, parent] @ heads[bone] + shift[:, parent]
        shift[:, bone] = at - world[:, bone] @ heads[bone]
    return world, shift
