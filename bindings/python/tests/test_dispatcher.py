"""A dispatcher with rates, breakers and budgets, and what gateways report later."""

from __future__ import annotations

from typing import Any

import pytest

import ringfence
from ringfence import DeliveryReport, Dispatcher, InvalidArgument, Limited, Method, SendOutcome
from ringfence.testing import World


def dispatcher_of(w: World, options: dict[str, object]) -> Dispatcher:
    return Dispatcher(w.service.store, w.keys, w.sender, w.sender, clock=w.clock, options=options)


def test_what_is_over_a_rate_is_held() -> None:
    with World() as w:
        for account in ("ann", "bob"):
            w.add(account)
            w.service.begin_change_phone(account, Method.PHONE, w.call)
        with dispatcher_of(w, {"sms": {"per_second": 1}}) as slow:
            assert slow.pump().held == 1
            w.clock.advance(2000)
            assert slow.drain(timeout=1).accepted == 1


def test_a_way_out_that_fails_is_broken() -> None:
    with World() as w:
        w.add("ann")
        w.service.begin_change_phone("ann", Method.PHONE, w.call)
        w.sender.answer_with(lambda _: SendOutcome.TEMPORARY)
        with dispatcher_of(w, {"sms": {"failures_to_break": 1}}) as brittle:
            brittle.pump()
            assert brittle.health().sms.broken and not brittle.health().voice.broken


def anything(value: object) -> Any:
    """What a caller without a type checker might pass."""
    return value


@pytest.mark.parametrize(
    ("options", "kind", "why"),
    [
        ({"sms": {"per_second": -1}}, InvalidArgument, "sms.per_second"),
        ({"sms": 7}, InvalidArgument, "sms is not an object"),
        ({"budgets": [{"prefix": "+86"}]}, InvalidArgument, r"budgets\[0\].windows is missing"),
        ({"fax": {}}, InvalidArgument, "options: they have a member that is not known"),
        ({"sms": {"a_second": 20}}, InvalidArgument, "options: sms has a member that is not known"),
        ({"conversion": {"least": 1}}, InvalidArgument, "options: conversion has a member that is not known"),
        ({"idle_ms": 500}, ValueError, r"no idle_ms here: .* run\(stop, idle=seconds\)"),
        ('{"sms": {}}', TypeError, "options is a mapping, e.g. .*, not str"),
        ({"sms": {"per_second": {20}}}, TypeError, "options cannot be written as JSON"),
    ],
)
def test_options_that_are_none_are_refused_by_name(options: object, kind: type[Exception], why: str) -> None:
    with World() as w:
        with pytest.raises(kind, match=why):
            dispatcher_of(w, anything(options))


def test_a_service_gives_its_dispatcher_what_it_is_given_for_it() -> None:
    with World() as w, ringfence.Service(
        w.service.store,
        w.keys,
        sender=w.sender,
        clock=w.clock,
        batch=2,
        share_index=0,
        share_of=1,
        lease_ms=1000,
        first_retry_ms=50_000,
        longest_retry_ms=60_000,
        options={"sms": {"per_second": 1}},
    ) as service:
        for account in ("ann", "bob", "cat"):
            w.add(account, email="")
            w.service.begin_change_phone(account, Method.PHONE, w.call)
        done = service.dispatcher.pump()
        assert (done.taken, done.accepted, done.held) == (2, 1, 1), "batch and options"
        w.clock.advance(2000)
        w.sender.answer_with(lambda _: SendOutcome.TEMPORARY)
        assert service.dispatcher.pump().deferred == 1
        w.sender.answer_with(None)
        w.clock.advance(10_000)
        assert service.pump().accepted == 1
        assert service.pump().taken == 0, "first_retry_ms: the second try is later than by default"
        w.clock.advance(50_000)
        assert service.pump().accepted == 1


@pytest.mark.parametrize(
    ("name", "wrong", "kind"),
    [
        ("batch", "2", TypeError),
        ("share_of", 17, InvalidArgument),
        ("share_index", 1, InvalidArgument),
        ("lease_ms", 0.5, TypeError),
        ("first_retry_ms", "1", TypeError),
        ("longest_retry_ms", None, TypeError),
        ("options", {"fax": {}}, InvalidArgument),
    ],
)
def test_what_a_service_is_given_for_its_dispatcher_is_refused_by_name(
    name: str, wrong: object, kind: type[Exception]
) -> None:
    with World() as w:
        with pytest.raises(kind, match=name.split("_")[0]):
            ringfence.Service("memory:", w.keys, sender="console:", **{name: anything(wrong)})


def test_what_is_for_a_dispatcher_wants_a_sender() -> None:
    given: dict[str, Any] = {"batch": 1, "share_of": 1, "lease_ms": 1000, "options": {"sms": {}}, "templates": "{}"}
    with World() as w:
        for name, value in given.items():
            with pytest.raises(TypeError, match=f"{name} is for the dispatcher, which wants a sender, too"):
                ringfence.Service("memory:", w.keys, **{name: value})


def test_a_code_that_did_not_arrive_may_be_sent_again_at_once() -> None:
    with World() as w:
        w.add("ann")
        flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
        w.service.pump()
        with pytest.raises(Limited):
            flow.resend(w.call)
        w.service.report_delivery("ann", w.sender.sent[-1].id, DeliveryReport.FAILED)
        assert flow.refresh(w.call).not_delivered
        flow.resend(w.call)
        assert not flow.view.not_delivered
        with pytest.raises(InvalidArgument, match="hexadecimal"):
            w.service.report_delivery("ann", "7", DeliveryReport.FAILED)
