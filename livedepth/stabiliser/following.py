"""Following people from map to map, whatever pieces the matte comes in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count

import cv2
import numpy as np
from numpy.typing import NDArray

from livedepth.stabiliser.people import Labels, Person

_FORGOTTEN = 1.0
_SAME_PLACE, _SAME_DEPTH = 0.3, 0.3
_PART_DEPTH, _PART_AREA = 0.15, 0.35
_GAP = 3
_REAPPEARING = 4.0
_STRAY = 0.06

Mask = NDArray[np.bool_]


@dataclass(slots=True, eq=False)
class Track:
    """One person over time.

    missing: seconds since it was last seen. settled: seconds for which it has kept its place,
    which is that of ``anchor``. loosened: whether it was first seen over or beside somebody,
    as a hand is, rather than by itself. fresh: whether it was found in this very map.
    """

    identity: int
    person: Person
    loosened: bool = False
    missing: float = 0.0
    settled: float = 0.0
    fresh: bool = True
    anchor: Person = field(init=False)

    def __post_init__(self) -> None:
        self.anchor = self.person

    def see(self, person: Person, elapsed: float) -> None:
        """Note where the person is now, ``elapsed`` seconds after the map before."""
        self.person, self.missing = person, 0.0
        stray = max(abs(person.x - self.anchor.x), abs(person.y - self.anchor.y))
        if stray > _STRAY:
            self.anchor, self.settled = person, 0.0
        else:
            self.settled += elapsed


class Follower:
    """Keeps an identity for everyone who overlaps with themselves in the map before.

    tracks: by identity; whoever is missing for a second is forgotten.
    """

    def __init__(self) -> None:
        self.tracks: dict[int, Track] = {}
        self._memory: Labels = np.zeros((0, 0), np.int32)
        self._identities = count(1)

    def update(self, labels: Labels, people: list[Person], present: Mask, elapsed: float) -> Labels:
        """Give every person a track; return the identity that owns each pixel, 0 for nobody's.

        labels, people: of find_people. present: bool (height, width), where the matte is.
        """
        if self._memory.shape != labels.shape:
            self._memory = np.zeros(labels.shape, np.int32)
            self.tracks.clear()
        for track in self.tracks.values():
            track.fresh = False
        owners = np.zeros_like(labels)
        found: dict[int, Person] = {}
        for index in sorted(range(len(people)), key=lambda index: -people[index].area):
            region = labels == index + 1
            track, person = self._track_of(people[index], region & present, owners, found)
            found[track.identity] = person
            owners[region] = track.identity
        self._note(found, elapsed)
        absent = [track.identity for track in self.tracks.values() if track.missing > 0.0]
        kept = np.isin(self._memory, absent) if absent else False
        self._memory = np.where(present, owners, np.where(kept, self._memory, 0))
        return owners

    def _track_of(
        self, person: Person, region: Mask, owners: Labels, found: dict[int, Person]
    ) -> tuple[Track, Person]:
        track = self._overlapped(person, region)
        if track is not None and track.identity not in found:
            return track, person
        candidates = found if track is None else {track.identity: found[track.identity]}
        loosened = track is not None
        for identity, whole in candidates.items():
            if not _is_close(region, owners == identity):
                continue
            small = person.area < _PART_AREA * whole.area
            if (small or track is not None) and _is_part(person, whole):
                return self.tracks[identity], _joined(whole, person)
            loosened = True
        hidden = self._hidden(person, found) if loosened else None
        if hidden is not None:
            return hidden, person
        track = Track(next(self._identities), person, loosened)
        self.tracks[track.identity] = track
        return track, person

    def _overlapped(self, person: Person, region: Mask) -> Track | None:
        """The track in whose former place this person is, at about its depth."""
        shared = np.bincount(self._memory[region])
        if shared.size < 2:
            return None
        identity = int(np.argmax(shared[1:])) + 1
        track = self.tracks.get(identity)
        if track is None or abs(track.person.disparity - person.disparity) > _SAME_DEPTH:
            return None
        smaller = min(person.area, track.person.area) * region.size
        return track if shared[identity] >= _SAME_PLACE * smaller else None

    def _hidden(self, person: Person, found: dict[int, Person]) -> Track | None:
        """Who went out of sight at about this depth and may come out from behind another."""
        for identity, track in self.tracks.items():
            out_of_sight = identity not in found and track.missing > 0.0
            alike = abs(track.person.disparity - person.disparity) < _PART_DEPTH
            if out_of_sight and alike and person.area < _REAPPEARING * track.person.area:
                return track
        return None

    def _note(self, found: dict[int, Person], elapsed: float) -> None:
        for identity, track in list(self.tracks.items()):
            if identity in found:
                track.see(found[identity], elapsed)
                continue
            track.missing += elapsed
            if track.missing > _FORGOTTEN:
                del self.tracks[identity]


def _is_part(person: Person, whole: Person) -> bool:
    """Whether a loose piece is a head, hand or held thing by its depth and size."""
    nearer = person.disparity - whole.disparity
    small = person.area < _PART_AREA * whole.area
    return abs(nearer) < _PART_DEPTH or (nearer > 0.0 and small)


def _is_close(piece: Mask, whole: Mask) -> bool:
    """Whether at most a few pixels lie between the two."""
    square = np.ones((2 * _GAP + 1, 2 * _GAP + 1), np.uint8)
    return bool((cv2.dilate(piece.astype(np.uint8), square) > 0)[whole].any())


def _joined(whole: Person, part: Person) -> Person:
    return replace(
        whole,
        area=whole.area + part.area,
        low=min(whole.low, part.low),
        high=max(whole.high, part.high),
    )
