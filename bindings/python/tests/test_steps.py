"""A host that loads and commits by itself."""

from __future__ import annotations

from typing import Optional

import pytest
from dict_store import DictStore

import ringfence
from ringfence import ChangeSet, CommitOutcome, FlowKind, FlowStep, Method, RiskAnswer, RiskMoment, Step
from ringfence.testing import World


def decided(w: World, store: ringfence.Store, step: Step, risk: Optional[RiskAnswer] = None) -> Optional[ChangeSet]:
    while keys := step.needs():
        step.add(store.load(keys, 0))
    return step.decide(w.keys, w.clock.now_ms(), w.entropy.fill(32), risk)


def committed(w: World, store: ringfence.Store, step: Step) -> CommitOutcome:
    change = decided(w, store, step)
    return store.commit(change, 0) if change else CommitOutcome.COMMITTED


def test_a_step_is_driven_by_hand_and_reveals_nothing_before_the_commit() -> None:
    store = DictStore()
    with World(store=store) as w:
        w.add("ann")
        with Step({"step": "begin_change_phone", "id": "ann", "method": "phone"}, w.call) as step:
            assert {key.kind for key in step.needs()} == {"account", "source"}
            with pytest.raises(ringfence.InvalidArgument):
                step.decide(w.keys, w.clock.now_ms(), b"x" * 32)
            change = decided(w, store, step)
            assert change is not None and ChangeSet.from_json(change.to_json()) == change
            with pytest.raises(ringfence.InvalidArgument):
                step.conclude_settings(CommitOutcome.COMMITTED)
            assert store.commit(change, 0) is CommitOutcome.COMMITTED
            view = step.conclude_flow(CommitOutcome.COMMITTED)
        assert view.step is FlowStep.PROVE_IDENTITY
        assert w.service.flow(view.flow).prove_identity(w.code_at(w.phone), w.call).accepted


def test_what_was_not_committed_is_refused() -> None:
    with World(store=DictStore()) as w:
        w.add("ann")
        for outcome, error in (
            (CommitOutcome.UNAVAILABLE, ringfence.StoreUnavailable),
            (CommitOutcome.UNKNOWN, ringfence.OutcomeUnknown),
            (CommitOutcome.CONFLICT, ringfence.Busy),
        ):
            step = Step({"step": "credentials_changed", "id": "ann"})
            decided(w, w.service.store, step)
            with pytest.raises(error):
                step.conclude_settings(outcome)


def test_each_kind_of_reply_is_concluded() -> None:
    store = DictStore()
    with World(store=store) as w:
        w.add("ann")

        def run(**command: object) -> tuple[Step, CommitOutcome]:
            step = Step(command, w.call)
            return step, committed(w, store, step)

        step, outcome = run(step="settings", id="ann")
        assert step.conclude_settings(outcome) == w.service.settings("ann")
        step, outcome = run(step="resolve_login_phone", phone=w.phone)
        assert step.conclude_login(outcome) == "ann"
        step, outcome = run(step="appeal", id="ann")
        assert step.conclude_appeal(outcome) is None
        step, outcome = run(step="notify", id="ann", category="security", text="Hello.", idempotency_key="k")
        assert step.conclude_receipt(outcome).phone == "139****3672"
        flow = w.service.begin_confirm_operation("ann", "pay", Method.PHONE, w.call)
        flow.prove_identity(w.code_at(w.phone), w.call)
        step, outcome = run(step="use_grant", flow=flow.handle, operation="pay")
        assert step.conclude_grant(outcome).operation == "pay"


def test_a_step_says_what_to_ask_a_risk_advisor() -> None:
    store = DictStore()
    with World(store=store) as w:
        w.add("ann")
        step = Step('{"step":"begin_change_phone","id":"ann","method":"phone"}', w.call)
        while keys := step.needs():
            step.add(store.load(keys, 0))
        assert step.question() == ringfence.RiskQuestion(
            RiskMoment.BEFORE_SEND,
            FlowKind.CHANGE_PHONE,
            ringfence.Account("ann"),
            w.phone,
            "session-1",
            "192.0.2.1",
            "",
        )
        step.decide(w.keys, w.clock.now_ms(), b"x" * 32, RiskAnswer.SUSPICIOUS)
        with pytest.raises(ringfence.RiskRefused):
            step.conclude_flow(CommitOutcome.COMMITTED)
        quiet = Step({"step": "settings", "id": "ann"})
        while keys := quiet.needs():
            quiet.add(store.load(keys, 0))
        assert quiet.question() is None


def test_a_command_that_is_none_is_refused() -> None:
    for command in ("", "[]", '{"step":"fly"}', '{"step":"settings","id":"a","wings":2}'):
        with pytest.raises(ringfence.InvalidArgument):
            Step(command)
    with World() as w:
        step = Step({"step": "settings", "id": "a"})
        with pytest.raises(TypeError):
            step.decide(w.keys, 1, b"short")
        step.close()
        with pytest.raises(ringfence.InvalidArgument):
            step.needs()
