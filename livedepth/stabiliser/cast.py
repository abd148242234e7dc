"""Who of the people in the picture is the subject, who is with it, and who only passes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from livedepth.frame import Map
from livedepth.stabiliser.following import Follower, Track
from livedepth.stabiliser.people import Labels, find_people
from livedepth.stabiliser.subject import NOBODY, Subject, covering

_PIXELS = 4000
"""People are told apart on about so many samples; finer would only cost time."""
_LEAST_AREA = 0.01
_ADVANTAGE, _PATIENCE = 1.3, 2.0
_SETTLED = 1.5
_COMPANY_AREA = 0.3
_COMPANY_NEAR, _COMPANY_FAR = 0.15, 0.22
_BEHIND_NEAR, _BEHIND_FAR = 0.15, 0.22
_NEARER = 0.1
_HAND, _SMALL, _LARGE = 0.25, 0.6, 0.8
_CERTAIN = 0.3
_FADE = 0.25
_WHOLE = 0.999


@dataclass(slots=True, eq=False)
class Role:
    """What is held of one track.

    ahead: seconds for which it has outweighed the subject. company: whether it is in focus with
    the subject. trusted: was in focus once, and is never taken out of the matte. passing: whether
    it only passes; doubt: seconds for which the maps have said otherwise. shown: its share of
    the matte, 0..1.
    """

    ahead: float = 0.0
    company: bool = False
    trusted: bool = False
    passing: bool = False
    doubt: float = 0.0
    shown: float = 1.0


class Cast:
    """Decides for whom the picture is focused, with patience in both directions.

    The subject stays the subject until someone outweighs it for two seconds or it has been gone
    for one. Others of its depth and size who have settled keep it company and are sharp with it.
    Who is smaller and clearly farther, or smaller and on the move, only passes and leaves the
    matte softly. What is nearer than the subject stays in the matte, and so does what is no larger
    than a hand and at its depth or first seen beside it, since hands come loose from their person.
    Whoever was in focus once stays too.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everybody; the weightiest in the next map is the subject at once."""
        self._follower = Follower()
        self._roles: dict[int, Role] = {}
        self._subject: Track | None = None
        self._opening = True

    def update(self, disparity: Map, matte: Map, elapsed: float) -> tuple[Subject, Map]:
        """The subject of one map, and the matte without those who pass.

        disparity, matte: float32 (height, width) in 0..1. elapsed: seconds since the map before.
        The matte returned is ``matte`` itself where nobody passes.
        """
        step = max(1, round(math.sqrt(matte.size / _PIXELS)))
        coarse = matte[::step, ::step]
        labels, people = find_people(disparity[::step, ::step], coarse)
        owners = self._follower.update(labels, people, coarse > 0.5, elapsed)
        tracks = self._follower.tracks
        if self._opening:
            # Whoever is there when the scene opens did not walk in.
            for track in tracks.values():
                track.settled = _SETTLED
        self._roles = {known: self._roles.get(known) or Role() for known in tracks}
        self._choose(elapsed)
        if self._subject is not None:
            self._roles[self._subject.identity].trusted = True
            for track in tracks.values():
                self._judge(self._subject, track, self._roles[track.identity], elapsed)
        self._opening = False
        return self._focus(), self._without_passers(owners, matte)

    def _choose(self, elapsed: float) -> None:
        tracks = self._follower.tracks
        seen = [t for t in tracks.values() if t.missing == 0.0 and t.person.area >= _LEAST_AREA]
        weightiest = max(seen, key=lambda track: track.person.weight, default=None)
        held = self._subject
        if held is None or held.identity not in tracks:
            self._subject = weightiest
            return
        for track in tracks.values():
            role = self._roles[track.identity]
            outweighs = track in seen and track.person.weight > _ADVANTAGE * held.person.weight
            role.ahead = role.ahead + elapsed if outweighs else 0.0
        ready = [track for track in seen if self._roles[track.identity].ahead >= _PATIENCE]
        self._subject = max(ready, key=lambda track: track.person.weight, default=held)

    def _judge(self, subject: Track, track: Track, role: Role, elapsed: float) -> None:
        behind = subject.person.disparity - track.person.disparity
        share = track.person.area / subject.person.area
        settled = track.settled >= _SETTLED or role.company
        reach = _COMPANY_FAR if role.company else _COMPANY_NEAR
        role.company = settled and abs(behind) <= reach and share >= _COMPANY_AREA
        role.trusted |= role.company
        far = behind > (_BEHIND_NEAR if role.passing else _BEHIND_FAR)
        small = share < (_LARGE if role.passing else _SMALL)
        a_hand = share <= _HAND
        on_the_move = not settled and behind > -_NEARER and not a_hand
        known = role.trusted or (track.loosened and a_hand)
        passing = small and (far or on_the_move) and not known
        role.doubt = role.doubt + elapsed if passing != role.passing else 0.0
        newcomer = track.fresh and not track.loosened
        if newcomer or role.doubt >= _CERTAIN:
            role.passing, role.doubt = passing, 0.0
        wanted = 0.0 if role.passing and not role.trusted else 1.0
        pull = 1.0 if newcomer else -math.expm1(-elapsed / _FADE)
        role.shown += pull * (wanted - role.shown)

    def _focus(self) -> Subject:
        if self._subject is None:
            return NOBODY
        subject = self._subject.person
        tracks = self._follower.tracks.values()
        sharp = [track.person for track in tracks if self._roles[track.identity].company]
        low = min([subject.low, *(person.low for person in sharp)])
        high = max([subject.high, *(person.high for person in sharp)])
        return covering(subject.disparity, low, high)

    def _without_passers(self, owners: Labels, matte: Map) -> Map:
        if all(role.shown > _WHOLE for role in self._roles.values()):
            return matte
        shown = np.ones(max(self._roles) + 1, np.float32)
        for identity, role in self._roles.items():
            shown[identity] = role.shown
        wide = cv2.resize(shown[owners], matte.shape[::-1], interpolation=cv2.INTER_LINEAR)
        return np.asarray(matte * wide, np.float32)
