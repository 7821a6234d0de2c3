"""What is plugged in and fails never lets anybody in, and never fails in silence."""

from __future__ import annotations

import dataclasses
import gc
import re
import sys
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Callable, Optional

import pytest
from test_store_contract import Passing

import ringfence
from ringfence import (
    ChangeSet,
    CommitOutcome,
    Key,
    KeyRing,
    Loaded,
    Method,
    NextStep,
    RiskAnswer,
    SendOutcome,
    SendResult,
    Status,
)
from ringfence import _callbacks
from ringfence.testing import FixedKeys, ManualClock, RecordingSender, SeededEntropy, World


class Broken(Exception):
    pass


def refusal(status: Status) -> ringfence.RingfenceError:
    return ringfence.errors.class_of[status](status, NextStep.RETRY, 0, "so it says")


class Odd(Passing):
    """A store of which one function does something odd."""

    def __init__(self) -> None:
        super().__init__()
        self.odd: dict[str, Callable[[], Any]] = {}

    def _odd(self, name: str, normal: Callable[[], Any]) -> Any:
        return self.odd[name]() if name in self.odd else normal()

    def load(self, keys: Sequence[Key], deadline_ms: int) -> Sequence[Optional[Loaded]]:
        return self._odd("load", lambda: super(Odd, self).load(keys, deadline_ms))  # type: ignore[no-any-return]

    def commit(self, change: ChangeSet, deadline_ms: int) -> CommitOutcome:
        return self._odd("commit", lambda: super(Odd, self).commit(change, deadline_ms))  # type: ignore[no-any-return]

    def take(self, *arguments: Any) -> Any:
        return self._odd("take", lambda: super(Odd, self).take(*arguments))

    def settle(self, settlements: Any) -> None:
        self._odd("settle", lambda: super(Odd, self).settle(settlements))

    def messages(self, *arguments: Any) -> Any:
        return self._odd("messages", lambda: super(Odd, self).messages(*arguments))

    def given_up(self, *arguments: Any) -> Any:
        return self._odd("given_up", lambda: super(Odd, self).given_up(*arguments))

    def outbox(self, *arguments: Any) -> Any:
        return self._odd("outbox", lambda: super(Odd, self).outbox(*arguments))

    def sweep(self, *arguments: Any) -> Any:
        return self._odd("sweep", lambda: super(Odd, self).sweep(*arguments))


def raising(error: BaseException) -> Callable[[], Any]:
    def odd() -> Any:
        raise error

    return odd


ENTRY = [Loaded({"id": "ann"}, "00000000000000aa")]
LOADS: dict[str, tuple[Callable[[], Any], type[ringfence.RingfenceError], bool]] = {
    "raises": (raising(Broken()), ringfence.StoreUnavailable, True),
    "is unavailable": (raising(refusal(Status.STORE_UNAVAILABLE)), ringfence.StoreUnavailable, False),
    "is corrupt": (raising(refusal(Status.STORE_CORRUPT)), ringfence.StoreCorrupt, False),
    "is another process's": (raising(refusal(Status.WRONG_PROCESS)), ringfence.WrongProcess, False),
    "does not know": (raising(refusal(Status.OUTCOME_UNKNOWN)), ringfence.StoreUnavailable, True),
    "is limited": (raising(refusal(Status.LIMITED)), ringfence.StoreUnavailable, True),
    "gives none": (lambda: None, ringfence.StoreUnavailable, True),
    "gives too few": (lambda: [], ringfence.StoreCorrupt, False),
    "gives too many": (lambda: ENTRY * 9, ringfence.StoreCorrupt, False),
    "gives another record": (lambda: [Loaded({"id": "eve"}, "00000000000000aa")], ringfence.StoreCorrupt, False),
    "gives version 0": (lambda: [Loaded({"id": "ann"}, ringfence.ABSENT)], ringfence.StoreCorrupt, False),
    "gives no record": (lambda: [Loaded({}, "00000000000000aa")], ringfence.StoreCorrupt, False),
    "gives a function": (lambda: [Loaded({"id": print}, "00000000000000aa")], ringfence.StoreUnavailable, True),
    "gives a nul": (lambda: [Loaded({"id": "ann\0"}, "00000000000000aa")], ringfence.StoreCorrupt, False),
    "gives half a character": (
        lambda: [Loaded({"id": "\ud800"}, "00000000000000aa")],
        ringfence.StoreUnavailable,
        True,
    ),
}


@pytest.mark.parametrize("way", LOADS)
def test_a_load_that_fails_is_a_store_that_does_not_answer(way: str, unraisable: list[str]) -> None:
    store = Odd()
    odd, expected, reported = LOADS[way]
    with World(store=store) as w:
        w.add("ann")
        store.odd["load"] = odd
        with pytest.raises(ringfence.RingfenceError) as refused:
            w.service.settings("ann")
        assert type(refused.value) is expected
        assert len(unraisable) == reported
        if reported:
            assert "ringfence store.load" in unraisable[0]
        del store.odd["load"]
        assert w.service.settings("ann").phone.verification


@pytest.mark.parametrize("outcome", [None, 1, True, "COMMITTED", CommitOutcome], ids=str)
def test_a_commit_that_answers_nonsense_is_unknown(outcome: object, unraisable: list[str]) -> None:
    store = Odd()
    with World(store=store) as w:
        store.odd["commit"] = lambda: outcome
        with pytest.raises(ringfence.OutcomeUnknown):
            w.add("ann")
        assert unraisable and "store.commit" in unraisable[0] and "TypeError" in unraisable[0]


@pytest.mark.parametrize("error", [Broken(), refusal(Status.STORE_UNAVAILABLE)], ids=repr)
def test_a_commit_that_raises_is_unknown_and_the_same_request_converges(
    error: BaseException, unraisable: list[str]
) -> None:
    store = Odd()
    with World(store=store) as w:
        w.add("ann")
        flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
        call = ringfence.Call(session=w.call.session, request_id="once")
        store.odd["commit"] = raising(error)
        with pytest.raises(ringfence.OutcomeUnknown):
            flow.prove_identity("x", call)
        assert unraisable and "store.commit" in unraisable[0]
        store.odd.clear()
        assert flow.prove_identity("x", call).tries_left == 4
        assert flow.prove_identity("x", call).tries_left == 4


@pytest.mark.parametrize("name", ["take", "settle"])
def test_an_outbox_that_fails_loses_no_message(name: str, unraisable: list[str]) -> None:
    store = Odd()
    with World(store=store) as w:
        w.add("ann")
        w.service.begin_change_phone("ann", Method.PHONE, w.call)
        store.odd[name] = raising(Broken())
        with pytest.raises(ringfence.RingfenceError):
            w.service.pump()
        assert f"store.{name}" in unraisable[0] and "Broken" in unraisable[0]
        store.odd.clear()
        w.clock.advance(60_000)
        w.code_at(w.phone)


def test_what_only_reads_and_fails_changes_nothing(unraisable: list[str]) -> None:
    store = Odd()
    with World(store=store) as w:
        w.add("ann")
        store.odd.update({name: raising(Broken()) for name in ("messages", "outbox")})
        assert w.service.health().store is Status.STORE_UNAVAILABLE
        with pytest.raises(ringfence.StoreUnavailable):
            w.service.export_account("ann")
        assert len(unraisable) == 2


@pytest.mark.parametrize(
    "result",
    [None, True, "ACCEPTED", 1, SendResult(True), SendResult(SendOutcome.ACCEPTED, "soon"),  # type: ignore[arg-type]
     SendResult(SendOutcome.ACCEPTED, 1 << 64), SendResult(SendOutcome.ACCEPTED, 0, "a\0b"), Broken()],
    ids=str,
)  # fmt: skip
def test_a_sender_that_answers_nonsense_may_have_sent_it_and_is_asked_again(result: Any, unraisable: list[str]) -> None:
    with World() as w:
        w.add("ann")
        w.service.begin_change_phone("ann", Method.PHONE, w.call)
        asked: list[str] = []

        class Sending(RecordingSender):
            def send(self, message: ringfence.OutgoingMessage) -> Any:
                asked.append(message.id)
                if isinstance(result, BaseException):
                    raise result
                return result

        sender = Sending()
        with ringfence.Dispatcher(w.service.store, w.keys, sender, sender, clock=w.clock) as dispatcher:
            assert dispatcher.pump().deferred == 1
            assert "sender.send" in unraisable[0]
            # What it raised is known by its kind alone: its words may have a code in them.
            (message, *_) = w.service.export_account("ann")["messages"]
            assert re.fullmatch(r"raised [A-Z][A-Za-z]+", message["outcome"]), message["outcome"]
            w.clock.advance(10_000)
            assert dispatcher.pump().taken == 1
        assert len(asked) == 2 and asked[0] == asked[1]


def test_what_a_sender_answers_counts() -> None:
    with World() as w:
        w.add("ann")
        answers: list[tuple[SendResult | SendOutcome, str]] = [
            (SendResult(SendOutcome.PERMANENT, reason="no such number"), "given_up"),
            (SendResult(SendOutcome.TEMPORARY, 5000, "later"), "deferred"),
            (SendOutcome.UNKNOWN, "deferred"),
        ]
        for outcome, field in answers:
            w.sender.answer_with(lambda _: outcome)
            w.service.begin_change_phone("ann", Method.PHONE, w.call)
            assert getattr(w.service.pump(), field) == 1
            w.clock.advance(3_600_000)
        messages = w.service.export_account("ann")["messages"]
        assert messages[0]["outcome"] == "no such number"
        health = w.service.dispatcher.health()
        assert health.sms.failures_in_a_row == 3 and health.sms.last_failed_at and not health.email.last_failed_at


def test_an_event_that_was_not_taken_comes_again(unraisable: list[str]) -> None:
    with World() as w:
        w.add("ann")

        def fail(_: object) -> SendResult:
            raise Broken

        w.sender.answer_with(fail)
        w.service.lock_account("ann", "seen")
        w.service.pump()
        assert any("event_sink.deliver" in one and "Broken" in one for one in unraisable)
        (message, *_) = w.service.export_account("ann")["messages"]
        assert message["outcome"] == "raised Broken"
        w.sender.answer_with(None)
        w.clock.advance(60_000)
        w.service.pump()
        (event,) = w.sender.events
        assert (event.name, event.fields, event.account.id, event.attempts) == (
            "account_locked",
            {"reason": "seen"},
            "ann",
            2,
        )


class OddAdvisor(ringfence.RiskAdvisor):
    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[ringfence.RiskQuestion] = []

    def ask(self, question: ringfence.RiskQuestion) -> RiskAnswer:
        self.asked.append(question)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer  # type: ignore[no-any-return]


@pytest.mark.parametrize("answer", [None, True, 1, "CLEAR", Broken()], ids=str)
def test_an_advisor_that_answers_nonsense_does_not_know(answer: object, unraisable: list[str]) -> None:
    with World(risk_advisor=OddAdvisor(answer)) as w:
        w.add("ann")
        with pytest.raises(ringfence.RiskRefused):
            w.service.begin_change_phone("ann", Method.PHONE, w.call)
        assert "risk_advisor.ask" in unraisable[0]


def test_an_advisor_is_asked_about_the_number_and_the_session() -> None:
    advisor = OddAdvisor(RiskAnswer.CLEAR)
    with World(risk_advisor=advisor) as w:
        w.add("ann")
        w.service.begin_change_phone("ann", Method.PHONE, ringfence.Call("s", "x", trace_id="t"))
        assert advisor.asked == [
            ringfence.RiskQuestion(
                ringfence.RiskMoment.BEFORE_SEND,
                ringfence.FlowKind.CHANGE_PHONE,
                ringfence.Account("ann"),
                w.phone,
                "s",
                "x",
                "t",
            )
        ]
        advisor.answer = RiskAnswer.SUSPICIOUS
        with pytest.raises(ringfence.RiskRefused):
            w.service.begin_change_phone("ann", Method.PHONE, w.call)


class Observing(ringfence.Observer):
    def __init__(self) -> None:
        self.seen: list[ringfence.Observation] = []

    def observe(self, observation: ringfence.Observation) -> None:
        self.seen.append(observation)
        if observation.name == "ringfence.calls" and observation.outcome == "account_not_found":
            raise Broken


def test_an_observer_sees_every_call_and_may_fail(unraisable: list[str]) -> None:
    observer = Observing()
    with World(observer=observer) as w:
        w.add("ann")
        w.service.settings("ann", ringfence.Call(trace_id="t1"))
        assert any(
            (one.name, one.subject, one.outcome, one.trace_id, one.value)
            == ("ringfence.calls", "settings", "ok", "t1", 1)
            for one in observer.seen
        )
        with pytest.raises(ringfence.AccountNotFound):
            w.service.settings("bob")
        assert "observer.observe" in unraisable[0] and "Broken" in unraisable[0]


def test_what_is_told_has_every_member_and_is_like_one_that_was_made_by_hand() -> None:
    observer = Observing()
    with World(observer=observer) as w:
        w.add("ann")
        flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
        w.service.lock_account("ann", "seen")
        w.service.pump()
        for told in (flow.view, w.sender.sent[0], w.sender.events[0], observer.seen[0]):
            members = {member.name: getattr(told, member.name) for member in dataclasses.fields(told)}
            assert vars(told) == members
            again = type(told)(**members)
            assert again == told and repr(again) == repr(told)
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(told, next(iter(members)), None)


@pytest.mark.parametrize("given", [None, b"", b"x" * 31, b"x" * 33, "x" * 32, bytearray(32), Broken()], ids=repr)
def test_entropy_that_is_none_fails_the_call(given: Any, unraisable: list[str]) -> None:
    class Odd(ringfence.Entropy):
        def fill(self, size: int) -> bytes:
            if isinstance(given, BaseException):
                raise given
            return given  # type: ignore[no-any-return]

    with World() as w, ringfence.Service("memory:", w.keys, entropy=Odd()) as service:
        with pytest.raises(ringfence.Internal):
            service.register_account(ringfence.Registration("ann", w.phone))
        assert "entropy.fill" in unraisable[0]


@pytest.mark.parametrize("given", [None, 1.5, "now", 1 << 64, Broken()], ids=repr)
def test_a_clock_that_tells_no_time_fails_the_call(given: Any, unraisable: list[str]) -> None:
    class Odd(ringfence.Clock):
        def now_ms(self) -> int:
            if isinstance(given, BaseException):
                raise given
            return given  # type: ignore[no-any-return]

    with World() as w, ringfence.Service("memory:", w.keys, clock=Odd()) as service:
        with pytest.raises(ringfence.RingfenceError):
            service.register_account(ringfence.Registration("ann", w.phone))
        assert "clock.now_ms" in unraisable[0]


@pytest.mark.parametrize(
    "given",
    [None, [], [("k1", b"x" * 31)], [("k1", "x" * 64)], [(1, b"x" * 32)], [("", b"x" * 32)], Broken()],
    ids=repr,
)
def test_keys_that_are_none_are_unusable(given: Any, unraisable: list[str]) -> None:
    class Odd(ringfence.KeySource):
        def read(self) -> Iterable[tuple[str, bytes]]:
            if isinstance(given, BaseException):
                raise given
            return given  # type: ignore[no-any-return]

    with pytest.raises(ringfence.KeyUnusable):
        KeyRing(Odd())
    assert len(unraisable) <= 1


def test_a_key_ring_that_cannot_be_reloaded_stays_as_it_was(unraisable: list[str]) -> None:
    class Source(ringfence.KeySource):
        def __init__(self) -> None:
            self.keys = [("k1", b"x" * 32)]

        def read(self) -> Iterable[tuple[str, bytes]]:
            return self.keys

    source = Source()
    ring = KeyRing(source)
    with ringfence.Service("memory:", ring) as service:
        assert service.health().current_key == "k1"
        source.keys = []
        with pytest.raises(ringfence.KeyUnusable):
            ring.reload()
        assert service.health().current_key == "k1"
        source.keys = [("k2", b"y" * 32), ("k1", b"x" * 32)]
        ring.reload()
        assert (service.health().current_key, service.health().keys) == ("k2", 2)
    ring.close()
    assert unraisable == []


def test_a_backup_is_given_up_when_asking_whether_to_go_on_raises(tmp_path: Path) -> None:
    with ringfence.open_store(f"sqlite:{tmp_path}/a.db") as store:

        def broken(left: int, of: int) -> bool:
            raise Broken

        with pytest.raises(Broken):
            store.back_up(tmp_path / "b.db", pages_per_step=1, go_on=broken)
        with pytest.raises(ringfence.RingfenceError):
            store.back_up(tmp_path / "b.db", pages_per_step=1, go_on=lambda left, of: False)
        seen: list[tuple[int, int]] = []

        def watch(left: int, of: int) -> bool:
            seen.append((left, of))
            return True

        store.back_up(tmp_path / "c.db", pages_per_step=1, go_on=watch)
        assert seen and seen[-1][0] < seen[0][1]
        store.back_up(tmp_path / "d.db")


def test_a_callback_may_call_the_library() -> None:
    class Calling(RecordingSender):
        def send(self, message: ringfence.OutgoingMessage) -> Any:
            seen.append(w.service.settings(message.account).phone.masked)
            with pytest.raises(ringfence.AccountNotFound):
                w.service.settings("nobody")
            return super().send(message)

    seen: list[str] = []
    with World() as w:
        sender = Calling()
        w.add("ann")
        w.service.begin_change_phone("ann", Method.PHONE, w.call)
        with ringfence.Dispatcher(w.service.store, w.keys, sender, "console:", clock=w.clock) as dispatcher:
            assert dispatcher.pump().accepted == 1
    assert seen == ["139****3672"]


def test_a_hook_that_fails_itself_is_survived(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def hook(_: object) -> None:
        raise RuntimeError("the hook")

    monkeypatch.setattr(sys, "unraisablehook", hook)
    with World(risk_advisor=OddAdvisor(Broken("the advisor"))) as w:
        w.add("ann")
        with pytest.raises(ringfence.RiskRefused):
            w.service.begin_change_phone("ann", Method.PHONE, w.call)
    error = capsys.readouterr().err
    assert "the hook" in error


def test_what_the_library_holds_is_kept_and_what_it_has_let_go_is_collected() -> None:
    before = len(_callbacks._held)
    parts: list[Any] = [
        Passing(), RecordingSender(), RecordingSender(), ManualClock(), SeededEntropy(1), Observing(),
        OddAdvisor(RiskAnswer.CLEAR), FixedKeys(),
    ]  # fmt: skip
    references = [weakref.ref(part) for part in parts]
    store, sender, sink, clock, entropy, observer, advisor, source = parts
    ring = KeyRing(source)
    service = ringfence.Service(
        store,
        ring,
        sender=sender,
        event_sink=sink,
        clock=clock,
        entropy=entropy,
        observer=observer,
        risk_advisor=advisor,
    )
    ring.close()  # the service goes on
    del parts, store, sender, sink, clock, entropy, observer, advisor, source, ring
    gc.collect()
    assert all(reference() is not None for reference in references)
    service.register_account(ringfence.Registration("ann", World.phone, phone_proven_at=1_700_000_000_000))
    service.begin_change_phone("ann", Method.PHONE, ringfence.Call(session="s"))
    assert service.pump().accepted == 1
    service.close()
    del service
    gc.collect()
    assert [reference() for reference in references] == [None] * 8
    assert len(_callbacks._held) == before


def test_a_service_that_nobody_refers_to_is_freed() -> None:
    before = len(_callbacks._held)
    World()
    gc.collect()
    assert len(_callbacks._held) == before
