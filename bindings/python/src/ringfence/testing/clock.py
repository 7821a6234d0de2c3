"""A clock for tests."""

from __future__ import annotations

import threading

from ..plugins import Clock


class ManualClock(Clock):
    """Moves only when told. May be used from any thread."""

    def __init__(self, now: int = 1_800_000_000_000) -> None:
        self._mutex = threading.Lock()
        self._now = now

    def now_ms(self) -> int:
        return self._now

    def pause(self, duration_ms: int) -> None:
        """Does not wait."""

    def advance(self, duration_ms: int) -> None:
        with self._mutex:
            self._now += duration_ms

    def set(self, now: int) -> None:
        with self._mutex:
            self._now = now
