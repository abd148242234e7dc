from __future__ import annotations

from livedepth.audience import Audience


def test_gone_after_the_grace_period() -> None:
    audience = Audience(100.0)
    assert not audience.gone(False, 104.9, 5.0)
    assert audience.gone(False, 105.0, 5.0)


def test_a_look_begins_the_grace_anew() -> None:
    audience = Audience(0.0)
    assert not audience.gone(True, 9.0, 5.0)
    assert not audience.gone(False, 13.0, 5.0)
    assert audience.gone(False, 14.0, 5.0)
    assert not audience.gone(True, 14.1, 5.0)


def test_no_grace_means_never() -> None:
    assert not Audience(0.0).gone(False, 1e9, 0.0)
