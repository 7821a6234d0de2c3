"""A store written in Python keeps the whole contract, and so do those of the library through the same binding."""

from __future__ import annotations

from pathlib import Path
from typing import Optional, Sequence

import pytest
from dict_store import DictStore

import ringfence
from ringfence import ChangeSet, CommitOutcome, Key, LibraryStore, Loaded, Store
from ringfence.testing import World, check, store_contract

LINES = store_contract()


def test_the_contract_has_lines() -> None:
    assert len(LINES) > 40 and "TwoTakersNeverGetOneMessage" in LINES and len(set(LINES)) == len(LINES)


@pytest.mark.parametrize("line", LINES)
def test_a_store_written_in_python_keeps_the_contract(line: str) -> None:
    check(line, DictStore)


class Passing(Store):
    """In front of another store, as a decorator is."""

    def __init__(self, store: Optional[Store] = None) -> None:
        self.store = store or DictStore()

    def load(self, keys: Sequence[Key], deadline_ms: int) -> Sequence[Optional[Loaded]]:
        return self.store.load(keys, deadline_ms)

    def commit(self, change: ChangeSet, deadline_ms: int) -> CommitOutcome:
        return self.store.commit(change, deadline_ms)

    def take(self, now: int, lease_ms: int, max: int, share_index: int, share_of: int) -> Sequence[ringfence.Message]:
        return self.store.take(now, lease_ms, max, share_index, share_of)

    def settle(self, settlements: Sequence[ringfence.Settlement]) -> None:
        self.store.settle(settlements)

    def messages(self, account: ringfence.Account, max: int, deadline_ms: int) -> Sequence[ringfence.Message]:
        return self.store.messages(account, max, deadline_ms)

    def given_up(self, after: ringfence.MessagePlace, max: int, deadline_ms: int) -> Sequence[ringfence.Message]:
        return self.store.given_up(after, max, deadline_ms)

    def outbox(self, now: int, deadline_ms: int) -> ringfence.OutboxState:
        return self.store.outbox(now, deadline_ms)

    def sweep(self, now: int, settled_before: int, max: int) -> int:
        return self.store.sweep(now, settled_before, max)


@pytest.mark.parametrize("line", ["KeepsEveryKindOfRecordAsItWasPut", "ADeferredMessageComesAgainWhenItWasToldTo"])
def test_a_second_handle_is_a_second_store_on_the_same_records(line: str) -> None:
    def again(first: Passing) -> Passing:
        return Passing(first.store)

    check(line, Passing, another=again, reopen=again)


@pytest.mark.parametrize("line", LINES)
def test_a_store_of_the_library_in_front_of_which_python_stands_keeps_the_contract(line: str) -> None:
    # A decimal, a text or a number that does not survive both ways through Python would be seen here.
    opened: list[LibraryStore] = []

    def make() -> Passing:
        opened.append(ringfence.open_store("memory:"))
        return Passing(opened[-1])

    try:
        check(line, make)
    finally:
        for store in opened:
            store.close()


@pytest.mark.parametrize("line", ["WhatWasCommittedIsThereAfterReopening", "TheOutboxIsAsItWasAfterReopening"])
def test_what_a_store_has_kept_is_there_when_it_is_opened_again(line: str, tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path}/kept.db"
    check(line, lambda: ringfence.open_store(url), reopen=lambda _: ringfence.open_store(url))


class Forgetful(Passing):
    """Commits without looking."""

    def commit(self, change: ChangeSet, deadline_ms: int) -> CommitOutcome:
        return super().commit(ChangeSet(change.id, (), (), (), change.messages), deadline_ms)


def test_a_store_that_breaks_a_line_is_told_so() -> None:
    with pytest.raises(AssertionError, match="AnOldTagConflicts does not hold:"):
        check("AnOldTagConflicts", Forgetful)


def test_a_store_that_cannot_be_opened_is_told_so() -> None:
    def make() -> Store:
        raise RuntimeError("there is no disk")

    with pytest.raises(AssertionError, match="there is no disk"):
        check("AnOldTagConflicts", make)


def test_a_line_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError):
        check("NoSuchLine", DictStore)


def test_a_whole_flow_runs_on_a_store_written_in_python() -> None:
    store = DictStore()
    with World(store=store) as w:
        w.add("ann")
        flow = w.service.begin_change_phone("ann", ringfence.Method.PHONE, w.call)
        assert flow.prove_identity(w.code_at(w.phone), w.call).accepted
        flow.set_target(w.new_phone, "", w.call)
        assert flow.prove_target(w.code_at(w.new_phone), w.call).accepted
        assert w.service.resolve_login_phone(w.new_phone) == "ann"
        assert [event.name for event in w.sender.events] == []
        w.service.pump()
        assert {event.name for event in w.sender.events} == {"phone_changed", "end_sessions"}
        assert w.service.store is store
        assert w.service.store.sweep(w.clock.now_ms(), w.clock.now_ms() + 1, 1000) > 0
