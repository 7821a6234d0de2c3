"""What pytest finds: see :mod:`ringfence.testing`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .world import World


@pytest.fixture
def ringfence_world() -> Iterator[World]:
    """A whole host in memory."""
    with World() as world:
        yield world
