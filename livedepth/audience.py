"""Whether anybody has been watching lately."""

from __future__ import annotations


class Audience:
    """Grants a grace period after the last look, so that a short absence changes nothing."""

    def __init__(self, now: float) -> None:
        """now: monotonic seconds; the grace begins here."""
        self._seen = now

    def gone(self, watched: bool, now: float, grace: float) -> bool:
        """Whether nobody has watched for ``grace`` seconds; 0 seconds of grace never end.

        watched: whether anybody does at ``now``, monotonic seconds.
        """
        if watched:
            self._seen = now
        return grace > 0.0 and now - self._seen >= grace
