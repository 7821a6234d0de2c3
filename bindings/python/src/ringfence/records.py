"""What passes between the library and a store: keys, records, change sets, messages. capi/ABI.md has their members.

A record and a message are JSON objects. A store keeps them as they are; it looks into them only for what it needs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from .values import Account

Record = dict[str, Any]
"""The members of a record: those that have their default are left out."""
Message = dict[str, Any]
"""The members of a message of the outbox: ``id``, ``realm``, ``account``, ``state``, ``due_at``, ``attempts``, ..."""

ABSENT = "0" * 16
"""The version of a record that is not there."""


def to_json(value: Any) -> str:
    """Compact JSON, its members sorted: the same value always gives the same text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True)
class Key:
    """Names a record. ``text`` is JSON, and the same for the same key: a store may use it as its own key."""

    text: str

    @property
    def kind(self) -> str:
        """``account``, ``address_entry``, ``source`` or ``audit_entry``."""
        (kind,) = json.loads(self.text)
        return str(kind)

    @property
    def fields(self) -> dict[str, Any]:
        """What the key is made of, by name."""
        (fields,) = json.loads(self.text).values()
        return dict(fields)

    @classmethod
    def of_account(cls, account: Account) -> Key:
        """The key of an account's record."""
        fields = {"id": account.id}
        if account.realm:
            fields["realm"] = account.realm
        return cls(to_json({"account": fields}))

    def _value(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Loaded:
    """A record that is there, and its version: 16 hexadecimal digits."""

    record: Record
    version: str


@dataclass(frozen=True)
class Expect:
    """The version that must be stored; ``ABSENT``: there must be no record."""

    key: Key
    version: str


@dataclass(frozen=True)
class Put:
    """A record to be stored, and the version it gets."""

    key: Key
    record: Record
    version: str


@dataclass(frozen=True)
class ChangeSet:
    """One atomic change: all of it happens, or nothing."""

    id: str
    expects: tuple[Expect, ...]
    puts: tuple[Put, ...]
    erases: tuple[Key, ...]
    messages: tuple[Message, ...] = field(repr=False)
    """Appended to the outbox in this order."""
    forget_messages_of: Optional[Account] = None
    """Before that, every message of this account is removed from the outbox."""

    @property
    def well_formed(self) -> bool:
        """Whether it keeps the rules that a store relies on. One that does not must not be applied."""
        expected = [one.key for one in self.expects]
        written = [*(one.key for one in self.puts), *self.erases]
        ids = [one["id"] for one in self.messages]
        return (
            all(one.version != ABSENT for one in self.puts)
            and len(set(expected)) == len(expected)
            and len(set(written)) == len(written)
            and len(set(ids)) == len(ids)
            and set(written) <= set(expected)
        )

    def to_json(self) -> str:
        change: dict[str, Any] = {
            "id": self.id,
            "expects": [{"key": one.key._value(), "version": one.version} for one in self.expects],
            "puts": [{"key": one.key._value(), "record": one.record, "version": one.version} for one in self.puts],
            "erases": [one._value() for one in self.erases],
            "messages": list(self.messages),
        }
        if self.forget_messages_of is not None:
            of = self.forget_messages_of
            change["forget_messages_of"] = {"account": of.id, "realm": of.realm}
        return to_json(change)

    @classmethod
    def from_json(cls, text: str) -> ChangeSet:
        change = json.loads(text)
        of = change.get("forget_messages_of")
        return cls(
            id=change["id"],
            expects=tuple(Expect(_key(one["key"]), one["version"]) for one in change["expects"]),
            puts=tuple(Put(_key(one["key"]), one["record"], one["version"]) for one in change["puts"]),
            erases=tuple(_key(one) for one in change["erases"]),
            messages=tuple(change["messages"]),
            forget_messages_of=Account(of["account"], of["realm"]) if of else None,
        )


@dataclass(frozen=True)
class Settlement:
    """How a message that was taken ended, or that it did not end yet. It counts only while the message is pending with
    the same number of attempts; one that says ``pending`` also if it was given up with the same number, so that it is
    tried again."""

    id: str
    account: Account
    attempts: int
    state: str
    """``pending``, ``accepted``, ``given_up`` or ``superseded``"""
    due_at: int
    """If still pending: when to try again."""
    outcome: str


@dataclass(frozen=True, order=True)
class MessagePlace:
    """Where a message stands among others: the one created first comes first, and of those created at one moment the
    one with the smaller id. The default is before all of them."""

    created_at: int = 0
    id: str = ""

    @classmethod
    def of(cls, message: Message) -> MessagePlace:
        """The place of a message."""
        return cls(message.get("created_at", 0), message["id"])


@dataclass(frozen=True)
class NotRetried:
    """A message that is not tried again, and why: ``too_late``, its ``expires_at`` has come; ``not_given_up``, it is
    not a message that was given up."""

    id: str
    reason: str


@dataclass(frozen=True)
class OutboxState:
    """What waits in the outbox: how many are due, counted up to 1000, and since when the longest waiting one is."""

    due: int
    oldest_due_at: int


def _key(value: Any) -> Key:
    return Key(to_json(value))


def keys_from_json(text: str) -> list[Key]:
    return [_key(one) for one in json.loads(text)]


def keys_to_json(keys: Iterable[Key]) -> str:
    return "[" + ",".join(one.text for one in keys) + "]"


def loaded_from_json(text: str) -> list[Optional[Loaded]]:
    return [None if one is None else Loaded(one["record"], one["version"]) for one in json.loads(text)]


def loaded_to_json(loaded: Iterable[Optional[Loaded]]) -> str:
    return to_json([None if one is None else {"record": one.record, "version": one.version} for one in loaded])


def settlements_from_json(text: str) -> list[Settlement]:
    return [
        Settlement(
            id=one["id"],
            account=Account(one["account"], one["realm"]),
            attempts=one["attempts"],
            state=one["state"],
            due_at=one["due_at"],
            outcome=one["outcome"],
        )
        for one in json.loads(text)
    ]


def settlements_to_json(settlements: Iterable[Settlement]) -> str:
    return to_json(
        [
            {
                "id": one.id,
                "account": one.account.id,
                "realm": one.account.realm,
                "attempts": one.attempts,
                "state": one.state,
                "due_at": one.due_at,
                "outcome": one.outcome,
            }
            for one in settlements
        ]
    )


def messages_to_json(messages: Sequence[Message]) -> str:
    return to_json(list(messages))


def outbox_to_json(state: OutboxState) -> str:
    return to_json({"due": state.due, "oldest_due_at": state.oldest_due_at})


def outbox_from_json(text: str) -> OutboxState:
    return OutboxState(**json.loads(text))
