"""Entropy for tests."""

from __future__ import annotations

import itertools

from ..plugins import Entropy


class SeededEntropy(Entropy):
    """Repeats itself: the same number gives the same bytes, and the same as ``SeededEntropy`` of C++. For tests only.
    May be used from any thread."""

    def __init__(self, number: int) -> None:
        self._number = number.to_bytes(8, "little")
        self._drawn = itertools.count(1)

    def fill(self, size: int) -> bytes:
        # Which number and which draw; the library spreads them.
        return (self._number + next(self._drawn).to_bytes(8, "little")).ljust(size, b"\0")[:size]
