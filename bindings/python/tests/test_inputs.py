"""What cannot be meant is refused before anything is done, and never crashes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Callable

import pytest

import ringfence
from ringfence import Call, Channels, InvalidArgument, Method, Registration
from ringfence.testing import World
from ringfence.values import call_struct


def anything(value: object) -> Any:
    """What a caller without a type checker might pass."""
    return value


TEXTS: dict[str, Callable[[World, Any], object]] = {
    "the id of an account": lambda w, text: w.service.settings(text),
    "a realm": lambda w, text: ringfence.Service("memory:", w.keys, realm=text).settings("ann"),
    "Call.session": lambda w, text: w.service.settings("ann", Call(session=text)),
    "Call.request_id": lambda w, text: w.service.settings("ann", Call(request_id=text)),
    "a handle": lambda w, text: w.service.flow(text).refresh(w.call),
    "an operation": lambda w, text: w.service.begin_confirm_operation("ann", text, Method.PHONE, w.call),
    "a category": lambda w, text: w.service.notify("ann", text, "hello", "key"),
    "a notice": lambda w, text: w.service.notify("ann", "security", text, "key"),
    "a reason": lambda w, text: w.service.lock_account("ann", text),
    "a policy": lambda w, text: w.service.set_policy(text),
    "a URL": lambda w, text: ringfence.open_store(text),
    "a locale": lambda w, text: w.service.set_locale("ann", text),
    "templates": lambda w, text: ringfence.Service("memory:", w.keys, sender="console:", templates=text),
    "a provider": lambda w, text: w.service.register_account(Registration("cat", w.phone, provider=text)),
}


@pytest.mark.parametrize("where", TEXTS)
@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 270_000_000], ids=["nul", "surrogate", "long"])
def test_a_text_that_is_none_is_refused(ringfence_world: World, where: str, text: str) -> None:
    ringfence_world.add("ann")
    with pytest.raises(InvalidArgument):
        TEXTS[where](ringfence_world, text)


@pytest.mark.parametrize("where", TEXTS)
@pytest.mark.parametrize("value", [None, 7, b"ann", ["ann"]], ids=["none", "int", "bytes", "list"])
def test_a_text_of_another_type_is_a_type_error(ringfence_world: World, where: str, value: object) -> None:
    ringfence_world.add("ann")
    if where in ("a policy", "templates") and value == ["ann"]:
        pytest.raises((TypeError, ValueError), TEXTS[where], ringfence_world, value)
        return
    with pytest.raises(TypeError):
        TEXTS[where](ringfence_world, value)


def test_a_code_that_is_no_code_is_a_wrong_one_and_one_with_a_nul_is_none(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
    for code in ("", "abc", "１２３４５６", "9" * 1000):
        assert not flow.prove_identity(code, w.call).accepted
    with pytest.raises(InvalidArgument):
        flow.prove_identity("123\x00456", w.call)
    with pytest.raises(TypeError):
        flow.prove_identity(anything(123456), w.call)
    assert flow.refresh(w.call).tries_left == 1


def test_a_call_is_a_call(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    for value in ("session", {"session": "x"}, 3):
        with pytest.raises(TypeError):
            w.service.settings("ann", anything(value))
    with pytest.raises(InvalidArgument):
        w.service.begin_change_phone("ann", Method.PHONE, Call())  # a flow needs a session


@pytest.mark.parametrize("timeout", [0, -1, math.nan, math.inf, 1e300])
def test_a_timeout_that_is_none_is_refused(timeout: float) -> None:
    with pytest.raises(InvalidArgument):
        Call(timeout=timeout)


def test_a_timeout_is_a_number_and_never_rounded_to_no_limit() -> None:
    with pytest.raises(TypeError):
        Call(timeout=anything("2"))
    with pytest.raises(TypeError):
        Call(timeout=anything(True))
    assert call_struct(Call(timeout=0.0000001)).deadline_ms == 1
    assert call_struct(Call(timeout=2)).deadline_ms == 2000
    assert call_struct(Call()).deadline_ms == 0


@pytest.mark.parametrize("method", [2, -1, 1 << 31, 1 << 70, -(1 << 70)])
def test_a_number_that_is_no_enumerator_is_refused(ringfence_world: World, method: int) -> None:
    ringfence_world.add("ann")
    with pytest.raises(InvalidArgument):
        ringfence_world.service.begin_change_phone("ann", anything(method), ringfence_world.call)


def test_numbers_and_flags_are_not_guessed(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    for method in ("PHONE", 0.0, True, None):
        with pytest.raises(TypeError):
            w.service.begin_change_phone("ann", anything(method), w.call)
    flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
    for flag in (1, None, "no"):
        with pytest.raises(TypeError):
            flow.prove_target("1", w.call, accept_verification_only=anything(flag))
        with pytest.raises(TypeError):
            w.service.decide_appeal("ann", "00", approve=anything(flag), reviewer="r", evidence="e")
    for channels in (Channels(0), Channels.PHONE):
        with pytest.raises(InvalidArgument):
            w.service.set_notice_channels("ann", "security", channels)
    for number in (4, -1):
        with pytest.raises(InvalidArgument):
            w.service.set_notice_channels("ann", "monitoring_alarm", anything(number))
    with pytest.raises(InvalidArgument):
        w.service.prune_audit("ann", 1 << 64)
    with pytest.raises(InvalidArgument):
        w.service.audit("ann", max=1001)


def test_parts_are_of_their_type(ringfence_world: World) -> None:
    w = ringfence_world
    for keys in (None, "accounts.key", object()):
        with pytest.raises(TypeError):
            ringfence.Service("memory:", anything(keys))
    for name in ("clock", "entropy", "risk_advisor", "observer"):
        with pytest.raises(TypeError):
            ringfence.Service("memory:", w.keys, **{name: anything(object())})
    with pytest.raises(TypeError):
        ringfence.Service(anything(object()), w.keys)
    for name in ("sender", "mail"):
        for no_sender in (print, Path("kannel.json"), ringfence.HttpGateway, ringfence.Webhook("https://a.example/", [])):
            with pytest.raises(TypeError, match=rf"^{name} is a Sender of yours, an HttpGateway\(...\), .*, not "):
                ringfence.Service("memory:", w.keys, **{"sender": w.sender, name: anything(no_sender)})
    with pytest.raises(TypeError, match=r"^event_sink is an EventSink of yours, a Webhook\(...\), .*, not HttpGateway"):
        ringfence.Service("memory:", w.keys, sender=w.sender, event_sink=anything(ringfence.HttpGateway("{}")))
    with pytest.raises(TypeError):
        ringfence.Service("memory:", w.keys, event_sink=w.sender)
    with pytest.raises(InvalidArgument):
        ringfence.Service("memory:", w.keys, sender="pigeon:")


def test_what_was_closed_is_refused_and_closing_twice_does_nothing() -> None:
    w = World()
    w.add("ann")
    flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
    dispatcher = w.service.dispatcher
    w.close()
    w.close()
    with pytest.raises(InvalidArgument):
        w.service.settings("ann")
    with pytest.raises(InvalidArgument):
        flow.refresh(w.call)
    with pytest.raises(InvalidArgument):
        dispatcher.pump()
    with pytest.raises(InvalidArgument):
        w.keys.reload()
    policy = ringfence.Policy()
    policy.close()
    with pytest.raises(InvalidArgument):
        policy.to_json()


def test_a_service_without_a_sender_has_no_dispatcher(ringfence_world: World) -> None:
    with ringfence.Service("memory:", ringfence_world.keys) as service:
        with pytest.raises(LookupError):
            service.pump()
