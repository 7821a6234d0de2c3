"""The change of a phone, as a program of one's own would write it."""

from __future__ import annotations

from pathlib import Path

import pytest

import ringfence
from ringfence import ChannelState, FlowKind, FlowStep, KeyRing, Method, Reason, Verdict
from ringfence.testing import RecordingSender, World


class Gateway(RecordingSender):
    """A phone that a person reads."""


def test_it_reads_as_the_issue_says(tmp_path: Path) -> None:
    keys = tmp_path / "accounts.key"
    KeyRing.create_file(keys)
    gateway = Gateway()
    tried: list[int] = []

    class Ui:
        """A person who mistypes each code once."""

        def __init__(self) -> None:
            self.at = "+8613912343672"
            self.mistype = True

        def code(self) -> str:
            rf.pump()
            code = gateway.last_code(self.at) or ""
            self.mistype = not self.mistype
            return code if self.mistype else World.wrong(code)

        def number(self) -> str:
            self.at = "+8613800138000"
            return "138 0013 8000"

        def tries(self, left: int) -> None:
            tried.append(left)

    ui = Ui()
    with ringfence.Service(f"sqlite:{tmp_path}/accounts.db", keys=KeyRing.from_file(keys), sender=gateway) as rf:
        rf.register_account(ringfence.Registration("ann", "139 1234 3672", "CN", phone_proven_at=1_700_000_000_000))

        def change_phone(user_id: str, session: str, ip: str) -> bool:
            call = ringfence.Call(session=session, source=ip, timeout=2)
            flow = rf.begin_change_phone(user_id, Method.PHONE, call)
            while not (v := flow.prove_identity(ui.code(), call)).accepted:
                ui.tries(v.tries_left)
            flow.set_target(ui.number(), "CN", call)
            while not (v := flow.prove_target(ui.code(), call)).accepted:
                ui.tries(v.tries_left)
            assert v.changed
            return v.changed.usable_for_login

        assert change_phone("ann", "browser-7", "192.0.2.1")
        assert tried == [4, 4]
        with pytest.raises(ringfence.Limited) as refused:
            for _ in range(6):  # a person is sent five codes in ten minutes
                rf.begin_change_phone("ann", Method.PHONE, ringfence.Call(session="s", source="192.0.2.1"))
        assert refused.value.retry_at > 1_700_000_000_000


def test_every_part_of_the_view_is_told_at_each_step(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    now = w.clock.now_ms()
    flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
    assert flow.view == ringfence.FlowView(
        flow=flow.handle,
        kind=FlowKind.CHANGE_PHONE,
        channel=ringfence.ChannelKind.PHONE,
        step=FlowStep.PROVE_IDENTITY,
        verdict=Verdict.NOT_ASKED,
        tries_left=5,
        repeated=False,
        verification_only=False,
        sent_to="139****3672",
        code_expires_at=now + 300_000,
        limited_until=0,
        resend_at=now + 60_000,
        not_delivered=False,
        expires_at=now + 900_000,
        changed=None,
        granted=None,
    )
    code = w.code_at(w.phone)
    view = flow.prove_identity(w.wrong(code), w.call)
    assert (view.verdict, view.accepted, view.tries_left) == (Verdict.REJECTED, False, 4)
    view = flow.prove_identity(f" {code[:3]}-{code[3:]} ", w.call)
    assert view.accepted and view.step is FlowStep.SET_TARGET
    assert flow.view == view
    assert flow.set_target(w.new_phone, "", w.call).step is FlowStep.PROVE_TARGET
    done = flow.prove_target(w.code_at(w.new_phone), w.call)
    assert done.step is FlowStep.DONE
    assert done.changed == ringfence.Change(
        usable_for_verification=True, usable_for_login=True, masked="77****0123", check_email=False
    )
    again = flow.prove_target("000000", w.call)
    assert again.repeated and again.changed == done.changed


def test_a_shared_number_serves_for_verification_only(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    w.add("bob", w.new_phone, "")
    flow = w.service.begin_change_phone("ann", Method.EMAIL, w.call)
    flow.prove_identity(w.code_at(w.email), w.call)
    flow.set_target(w.new_phone, "", w.call)
    view = flow.prove_target(w.code_at(w.new_phone), w.call, accept_verification_only=False)
    assert view.accepted and view.step is FlowStep.CONFIRM_TARGET and view.verification_only
    done = flow.confirm_target(w.call)
    assert done.changed and not done.changed.usable_for_login
    phone = w.service.settings("ann").phone
    assert phone.state is ChannelState.VERIFIED and phone.verification and not phone.login
    assert phone.login.reason is Reason.SHARED_WITH_OTHER_ACCOUNTS
    assert w.service.resolve_login_phone(w.new_phone) == "bob"


def test_a_flow_is_resumed_from_the_text_of_its_handle(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    handle = w.service.begin_change_phone("ann", Method.PHONE, w.call).handle
    flow = w.service.flow(str(handle))
    with pytest.raises(LookupError, match="call refresh"):
        flow.view
    assert flow.refresh(w.call).step is FlowStep.PROVE_IDENTITY
    assert flow.prove_identity(w.code_at(w.phone), w.call).accepted
    assert flow.cancel(w.call).step is FlowStep.CANCELLED


def test_a_code_is_sent_again_by_a_call(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
    first = w.code_at(w.phone)
    w.clock.advance(60_000)
    flow.resend(w.call, ringfence.Route.VOICE)
    second = w.code_at(w.phone)
    assert w.sender.sent[-1].route is ringfence.Route.VOICE
    assert first != second and not flow.prove_identity(first, w.call).accepted
    assert flow.prove_identity(second, w.call).accepted


def test_the_same_request_gets_the_reply_it_got(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    call = ringfence.Call(session="s", source="x", request_id="r1")
    first = w.service.begin_change_phone("ann", Method.PHONE, call)
    again = w.service.begin_change_phone("ann", Method.PHONE, call)
    assert again.handle == first.handle and again.view.repeated and not first.view.repeated


def test_two_realms_are_two_worlds(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    w.add(ringfence.Account("ann", realm="eu"), "+447700900999", "")
    assert w.service.settings("ann").phone.masked == "139****3672"
    assert w.service.settings(ringfence.Account("ann", "eu")).account == ringfence.Account("ann", "eu")
    with ringfence.Service("memory:", w.keys, realm="eu") as eu:
        eu.register_account(ringfence.Registration("ann", w.phone, phone_proven_at=1_700_000_000_000))
        assert eu.settings(ringfence.Account("ann", "eu")) == eu.settings("ann")
        assert eu.resolve_login_phone(w.phone) == "ann"
        assert eu.resolve_login_phone(w.phone, realm="") is None
