"""Times are milliseconds since 1970-01-01T00:00:00Z, and 0 is none: as in the C interface."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Optional

_epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)


def as_datetime(time_ms: int) -> Optional[datetime]:
    """A time of the library, in UTC; of 0 there is none."""
    return _epoch + timedelta(milliseconds=time_ms) if time_ms else None


def as_ms(time: datetime) -> int:
    """A time for the library. It must say its zone."""
    if time.tzinfo is None:
        raise ValueError("a time without a zone could be any of 24")
    return (time - _epoch) // timedelta(milliseconds=1)
