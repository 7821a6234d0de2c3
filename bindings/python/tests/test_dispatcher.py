"""A dispatcher with rates, breakers and budgets, and what gateways report later."""

from __future__ import annotations

import pytest

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


def test_options_that_are_none_are_refused_by_name() -> None:
    with World() as w:
        with pytest.raises(InvalidArgument, match="sms.per_second"):
            dispatcher_of(w, {"sms": {"per_second": -1}})
        with pytest.raises(InvalidArgument, match="not known"):
            dispatcher_of(w, {"fax": {}})


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
