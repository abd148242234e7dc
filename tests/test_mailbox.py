"""The slot between threads: latest wins, or nothing is lost; errors travel through it."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livedepth.mailbox import Mailbox


def test_the_latest_item_wins_and_the_others_are_counted() -> None:
    box: Mailbox[int] = Mailbox(latest=True)
    assert box.put(1) is None
    assert box.put(2) == 1
    assert box.put(3) == 2
    assert box.take(0) == 3
    assert box.dropped == 2


@settings(max_examples=40, deadline=None)
@given(st.lists(st.booleans(), max_size=60), st.integers(1, 4))
def test_latest_is_a_queue_that_loses_its_oldest(puts: list[bool], capacity: int) -> None:
    box: Mailbox[int] = Mailbox(capacity, latest=True)
    model: list[int] = []
    for number, is_put in enumerate(puts):
        if is_put:
            box.put(number)
            model = [*model, number][-capacity:]
        elif model:
            assert box.take(0) == model.pop(0)
        else:
            with pytest.raises(TimeoutError):
                box.take(0)


def test_a_full_mailbox_makes_the_producer_wait_and_loses_nothing() -> None:
    box: Mailbox[int] = Mailbox(2, latest=False)

    def produce() -> None:
        for number in range(500):
            box.put(number)
        box.close()

    thread = threading.Thread(target=produce)
    thread.start()
    assert list(iter(lambda: box.take(5), None)) == list(range(500))
    thread.join()
    assert box.dropped == 0


def test_nothing_in_time() -> None:
    with pytest.raises(TimeoutError, match=r"within 0\.01 s"):
        Mailbox[int](latest=True).take(0.01)


def test_what_waits_can_be_taken_after_closing() -> None:
    box: Mailbox[int] = Mailbox(3, latest=False)
    box.put(1)
    box.put(2)
    box.close()
    assert box.put(3) is None
    assert [box.take(0), box.take(0), box.take(0), box.take(0)] == [1, 2, None, None]


def test_an_error_comes_after_the_last_item_at_every_call() -> None:
    box: Mailbox[int] = Mailbox(2, latest=False)
    box.put(1)
    box.close(OSError("broken"))
    box.close()
    assert box.take(0) == 1
    for _ in range(2):
        with pytest.raises(OSError, match="broken"):
            box.take(0)


@pytest.mark.parametrize("latest", [True, False])
def test_closing_wakes_both_threads(latest: bool) -> None:
    taking: Mailbox[int] = Mailbox(latest=latest)
    putting: Mailbox[int] = Mailbox(latest=False)
    putting.put(1)
    taken: list[int | None] = []
    threads = [
        threading.Thread(target=lambda: taken.append(taking.take())),
        threading.Thread(target=putting.put, args=(2,)),
    ]
    for thread in threads:
        thread.start()
    taking.close()
    putting.close()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    assert taken == [None]


def test_clearing_makes_room() -> None:
    box: Mailbox[int] = Mailbox(latest=False)
    box.put(1)
    thread = threading.Thread(target=box.put, args=(2,))
    thread.start()
    box.clear()
    assert box.take(5) == 2
    thread.join()
