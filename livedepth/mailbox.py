"""Hands items from one thread to another: the latest only, or every one."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """A bounded queue between a producing and a taking thread.

    latest: when it is full, the oldest item makes room, so the producer never waits; otherwise
    the producer waits until there is room and nothing is lost.
    """

    def __init__(self, capacity: int = 1, *, latest: bool) -> None:
        self._capacity = capacity
        self._latest = latest
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._error: BaseException | None = None
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """How many items made room for newer ones."""
        with self._changed:
            return self._dropped

    def put(self, item: T) -> T | None:
        """Leave ``item`` for the taking thread; return the item that had to make room, if any.

        An item put into a closed mailbox is discarded.
        """
        displaced = None
        with self._changed:
            if not self._latest:
                self._changed.wait_for(lambda: self._closed or len(self._items) < self._capacity)
            if not self._closed:
                if len(self._items) == self._capacity:
                    displaced = self._items.popleft()
                    self._dropped += 1
                self._items.append(item)
                self._changed.notify_all()
        return displaced

    def take(self, timeout: float | None = None) -> T | None:
        """Return the next item, or None once the mailbox is closed and empty.

        timeout: seconds to wait; None waits as long as it takes. Raises TimeoutError when nothing
        came in time, and once it is empty the error it was closed with, at every call.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._closed or self._items, timeout):
                raise TimeoutError(f"nothing arrived within {timeout:g} s")
            if self._items:
                item = self._items.popleft()
                self._changed.notify_all()
                return item
            if self._error is not None:
                raise self._error
            return None

    def close(self, error: BaseException | None = None) -> None:
        """Let both threads go on; items left here can still be taken.

        error: raised on the taking thread after the last item. A second call changes nothing.
        """
        with self._changed:
            if not self._closed:
                self._closed = True
                self._error = error
                self._changed.notify_all()

    def clear(self) -> None:
        """Discard what is waiting."""
        with self._changed:
            self._items.clear()
            self._changed.notify_all()
