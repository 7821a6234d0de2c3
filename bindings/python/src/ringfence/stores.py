"""The stores that come with the library."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, Callable, Optional, Union

from . import _callbacks, _native, records
from ._library import ffi, lib
from .enums import CommitOutcome
from .plugins import Store
from .records import ChangeSet, Key, Loaded, Message, MessagePlace, OutboxState, Settlement
from .values import Account


class LibraryStore(Store, _native.Owned):
    """A store of the library, by its URL::

        memory:            in memory; it forgets everything when it is closed
        sqlite:PATH        a database of SQLite, made if it is not there; for one process
        postgresql://...   PostgreSQL; migrate_store has made the tables

    Refuses with ``InvalidArgument`` what is none of these, with ``StoreInUse``, ``StoreForeign``, ``StoreNewer``,
    ``StoreOlder``, ``StoreCorrupt``, ``StoreUnavailable`` what cannot be opened. A service keeps what it works with:
    the store may be closed at once.
    """

    def __init__(self, url: str) -> None:
        room = _native.room("store")
        _native.call(lib.ringfence_store_open, _native.text(url, "the URL of a store"), room[0])
        _native.Owned.__init__(self, room)

    def __enter__(self) -> LibraryStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def load(self, keys: Sequence[Key], deadline_ms: int = 0) -> list[Optional[Loaded]]:
        asked = _native.text(records.keys_to_json(keys))
        deadline = _native.number64(deadline_ms, "deadline_ms")
        return records.loaded_from_json(_native.take_text(lib.ringfence_store_load, self._c, asked, deadline))

    def commit(self, change: ChangeSet, deadline_ms: int = 0) -> CommitOutcome:
        """Refuses only what is no change set."""
        out = _native.new("int32_t *")
        written = _native.text(change.to_json())
        deadline = _native.number64(deadline_ms, "deadline_ms")
        _native.call(lib.ringfence_store_commit, self._c, written, deadline, out)
        return CommitOutcome(out[0])

    def take(self, now: int, lease_ms: int, max: int, share_index: int = 0, share_of: int = 1) -> list[Message]:
        numbers = (
            _native.number64(now, "now"),
            _native.number64(lease_ms, "lease_ms"),
            _native.number32(max, "max"),
            _native.number32(share_index, "share_index"),
            _native.number32(share_of, "share_of"),
        )
        return list(json.loads(_native.take_text(lib.ringfence_store_take, self._c, *numbers)))

    def settle(self, settlements: Sequence[Settlement]) -> None:
        written = _native.text(records.settlements_to_json(settlements))
        _native.call(lib.ringfence_store_settle, self._c, written)

    def messages(self, account: Account, max: int, deadline_ms: int = 0) -> list[Message]:
        of, _keep = account._struct()
        numbers = _native.number32(max, "max"), _native.number64(deadline_ms, "deadline_ms")
        return list(json.loads(_native.take_text(lib.ringfence_store_messages, self._c, of, *numbers)))

    def given_up(self, after: MessagePlace = MessagePlace(), max: int = 100, deadline_ms: int = 0) -> list[Message]:
        created_at, id = _native.number64(after.created_at, "after.created_at"), _native.text(after.id, "after.id")
        numbers = _native.number32(max, "max"), _native.number64(deadline_ms, "deadline_ms")
        return list(json.loads(_native.take_text(lib.ringfence_store_given_up, self._c, created_at, id, *numbers)))

    def outbox(self, now: int, deadline_ms: int = 0) -> OutboxState:
        numbers = _native.number64(now, "now"), _native.number64(deadline_ms, "deadline_ms")
        return records.outbox_from_json(_native.take_text(lib.ringfence_store_outbox, self._c, *numbers))

    def sweep(self, now: int, settled_before: int, max: int) -> int:
        out = _native.new("int32_t *")
        numbers = (
            _native.number64(now, "now"),
            _native.number64(settled_before, "settled_before"),
            _native.number32(max, "max"),
        )
        _native.call(lib.ringfence_store_sweep, self._c, *numbers, out)
        return int(out[0])

    # Of SQLite only; refused with InvalidArgument of other stores.

    def health(self) -> None:
        """Raises why the last write failed, if it did."""
        _native.call(lib.ringfence_store_health, self._c)

    def integrity_check(self) -> None:
        """Reads everything. Refuses with ``StoreCorrupt``, and says what to do."""
        _native.call(lib.ringfence_store_integrity_check, self._c)

    def back_up(
        self,
        path: Union[str, "os.PathLike[str]"],
        *,
        pages_per_step: int = 0,
        go_on: Optional[Callable[[int, int], bool]] = None,
    ) -> None:
        """Copies the database to a new file while it is in use. ``pages_per_step``: pages of 4 KiB, copied at once; 0:
        as many as is usual. ``go_on`` is called between the steps with how many pages are left of how many; False gives
        the backup up, and so does an exception, which is raised."""
        to = _native.text(os.fspath(path), "a path")
        pages = _native.number32(pages_per_step, "pages_per_step")
        with _callbacks.going_on(go_on) as (function, context):
            how = _native.new("ringfence_backup *", (ffi.sizeof("ringfence_backup"), pages, context, function))
            _native.call(lib.ringfence_store_back_up, self._c, to, how)


def open_store(url: str) -> LibraryStore:
    """Opens a store of the library: see :class:`LibraryStore`."""
    return LibraryStore(url)


def migrate_store(url: str) -> None:
    """Makes the tables of ringfence in PostgreSQL, or brings them up to date, with a role that may do that. Of any
    other store it does nothing: it is up to date when it is open."""
    _native.call(lib.ringfence_store_migrate, _native.text(url, "the URL of a store"))


def detached_handle(store: Store) -> Any:
    """A handle that the caller frees, and until then keeps the store."""
    owned = store if isinstance(store, LibraryStore) else _native.Owned(_callbacks.plug_store(store))
    return owned._detach()
