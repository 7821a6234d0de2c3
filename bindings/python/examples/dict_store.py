"""A store of one's own: two dicts and a lock. It passes the whole contract: see tests/test_store_contract.py.

It forgets everything when the program ends, so it is a pattern and no more: where a real store would begin a
transaction, this one takes its lock.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable, Sequence
from typing import Any, Optional

from ringfence import (
    ABSENT,
    Account,
    ChangeSet,
    CommitOutcome,
    Key,
    Loaded,
    Message,
    MessagePlace,
    OutboxState,
    Settlement,
    Store,
)

LONGEST_DEFERRAL_MS = 2 * 24 * 60 * 60 * 1000
MOST_COUNTED = 1000


class DictStore(Store):
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: dict[Key, Loaded] = {}
        self._outbox: dict[str, Message] = {}  # by id, in the order of appending

    def load(self, keys: Sequence[Key], deadline_ms: int) -> list[Optional[Loaded]]:
        with self._lock:
            return [self._records.get(key) for key in keys]

    def commit(self, change: ChangeSet, deadline_ms: int) -> CommitOutcome:
        if not change.well_formed:
            return CommitOutcome.UNAVAILABLE
        with self._lock:
            for expect in change.expects:
                there = self._records.get(expect.key)
                if (there.version if there else ABSENT) != expect.version:
                    return CommitOutcome.CONFLICT
            if any(message["id"] in self._outbox for message in change.messages):
                return CommitOutcome.UNAVAILABLE
            for key in change.erases:
                self._records.pop(key, None)
            for put in change.puts:
                self._records[put.key] = Loaded(put.record, put.version)
            if change.forget_messages_of:
                for message in self._of(change.forget_messages_of):
                    del self._outbox[message["id"]]
            for message in change.messages:
                self._outbox[message["id"]] = message
        return CommitOutcome.COMMITTED

    def take(self, now: int, lease_ms: int, max: int, share_index: int, share_of: int) -> list[Message]:
        if not (1 <= share_of <= 16 and 0 <= share_index < share_of):
            return []
        with self._lock:
            due = [
                message
                for message in self._pending()
                if (_due_at(message) <= now or _due_at(message) > now + LONGEST_DEFERRAL_MS)
                and int(message["id"][0], 16) % share_of == share_index
            ]
            # The longest due first, then the first created; sorting keeps the order of appending. One that is dated
            # by a wrong clock comes after those that are due.
            due.sort(key=lambda message: (_due_at(message), message.get("created_at", 0)))
            taken = []
            for message in due[: max if max > 0 else 0]:
                message["attempts"] = message.get("attempts", 0) + 1
                message["due_at"] = now + lease_ms
                taken.append(copy.deepcopy(message))
            return taken

    def settle(self, settlements: Sequence[Settlement]) -> None:
        with self._lock:
            for one in settlements:
                message = self._outbox.get(one.id)
                if message is None or _account(message) != one.account:
                    continue
                if not _is_pending(message) and not (_was_given_up(message) and one.state == "pending"):
                    continue
                if message.get("attempts", 0) != one.attempts:
                    continue  # too late: somebody else has it now
                message["outcome"] = one.outcome
                message["state"] = one.state
                if one.state == "pending":
                    message["due_at"] = one.due_at

    def messages(self, account: Account, max: int, deadline_ms: int) -> list[Message]:
        with self._lock:
            found = sorted(self._of(account), key=lambda message: int(message.get("created_at", 0)))
            return copy.deepcopy(found[: max if max > 0 else 0])

    def given_up(self, after: MessagePlace, max: int, deadline_ms: int) -> list[Message]:
        with self._lock:
            found = [one for one in self._outbox.values() if _was_given_up(one) and MessagePlace.of(one) > after]
            found.sort(key=MessagePlace.of)
            return copy.deepcopy(found[: max if max > 0 else 0])

    def outbox(self, now: int, deadline_ms: int) -> OutboxState:
        with self._lock:
            due = [_due_at(message) for message in self._pending() if _due_at(message) <= now]
        return OutboxState(min(len(due), MOST_COUNTED), min(due, default=0))

    def sweep(self, now: int, settled_before: int, max: int) -> int:
        with self._lock:
            ended = [
                message["id"]
                for message in self._outbox.values()
                if not _is_pending(message) and message.get("created_at", 0) < settled_before
            ][: max if max > 0 else 0]
            for id in ended:
                del self._outbox[id]
            left = max - len(ended)
            forgotten = [key for key, loaded in self._records.items() if 0 < loaded.record.get("forget_at", 0) <= now][
                : left if left > 0 else 0
            ]
            for key in forgotten:
                del self._records[key]
            return len(ended) + len(forgotten)

    def _pending(self) -> Iterable[Message]:
        return (message for message in self._outbox.values() if _is_pending(message))

    def _of(self, account: Account) -> list[Message]:
        return [message for message in self._outbox.values() if _account(message) == account]


# What has its default is left out of a message.


def _account(message: Message) -> Account:
    return Account(message["account"], message.get("realm", ""))


def _is_pending(message: Message) -> bool:
    return bool(message.get("state", "pending") == "pending")


def _was_given_up(message: Message) -> bool:
    return bool(message.get("state") == "given_up")


def _due_at(message: Message) -> int:
    due_at: Any = message.get("due_at", 0)
    return int(due_at)
