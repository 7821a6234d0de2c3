"""Every refusal is an exception of its own that says what to do next."""

# What refuses stands in a tuple after what leads to it.
# mypy: disable-error-code="func-returns-value"

from __future__ import annotations

import pickle
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Callable

import pytest

import ringfence
from ringfence import (
    AccountKind,
    Call,
    ChannelKind,
    KeyRing,
    Method,
    NextStep,
    Registration,
    Status,
)
from ringfence.errors import class_of
from ringfence.testing import World


def test_every_status_has_the_exception_of_its_name() -> None:
    for status in Status:
        if status is Status.OK:
            continue
        name = "".join(word.capitalize() for word in status.label.split("_"))
        assert class_of[status].__name__ == name
        assert getattr(ringfence, name) is class_of[status]
        assert issubclass(class_of[status], ringfence.RingfenceError)
        assert class_of[status].__doc__


def test_a_status_of_a_newer_library_is_told_by_what_comes_next() -> None:
    unknown = Status(4711)
    assert unknown == 4711 and unknown.name == "UNKNOWN_4711" and unknown.label == "?"
    error = ringfence.RingfenceError(unknown, NextStep.WAIT, 5, "words")
    assert (error.status, error.next, str(error)) == (4711, NextStep.WAIT, "unknown_4711: words")


def test_limited_says_when_to_come_back(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
    with pytest.raises(ringfence.Limited) as refused:
        flow.resend(w.call)
    assert refused.value.status is Status.LIMITED
    assert refused.value.next is NextStep.WAIT
    assert refused.value.retry_at == w.clock.now_ms() + 60_000
    assert refused.value.retry_time == datetime(2027, 1, 15, 8, 1, tzinfo=timezone.utc)
    w.clock.set(refused.value.retry_at)
    flow.resend(w.call)


def test_managed_elsewhere_says_where() -> None:
    policy = {"provider_links": {"jd": "https://id.example.com/security"}}
    with World(policy=policy) as w:
        row = Registration("ann", w.phone, kind=AccountKind.FEDERATED, provider="jd")
        assert w.service.register_account(row).managed_at == policy["provider_links"]["jd"]
        with pytest.raises(ringfence.ManagedElsewhere) as refused:
            w.service.begin_change_phone("ann", Method.PHONE, w.call)
        assert refused.value.link == policy["provider_links"]["jd"]
        assert refused.value.next is NextStep.CONTACT_SUPPORT


def test_an_exception_survives_being_pickled() -> None:
    error = ringfence.Limited(Status.LIMITED, NextStep.WAIT, 7, "too soon", "https://x.example")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is ringfence.Limited
    assert (copy.status, copy.next, copy.retry_at, copy.text, copy.link) == error.args


def test_nothing_personal_is_in_what_a_call_or_a_message_shows_of_itself() -> None:
    shown = repr(Call(session="secret-session", source="192.0.2.1", trace_id="t"))
    assert "secret" not in shown and "192" not in shown and "trace_id='t'" in shown


REFUSALS: dict[str, Callable[[World], object]] = {
    "AccountNotFound": lambda w: w.service.settings("nobody"),
    "AccountExists": lambda w: w.add("ann"),
    "InvalidNumber": lambda w: w.add("cat", "12"),
    "InvalidEmail": lambda w: w.add("cat", email="@"),
    "NumberTypeNotAllowed": lambda w: w.add("cat", "+44 909 8790000"),
    "RegionNotAllowed": lambda w: (
        w.service.set_policy({"phone_numbers": {"allowed_regions": ["CN"]}}),
        w.add("cat", w.new_phone),
    ),
    "AccountLocked": lambda w: (w.service.lock_account("ann", "seen"), begin(w)),
    "AccountClosed": lambda w: (w.service.close_account("ann"), begin(w)),
    "MethodUnavailable": lambda w: w.service.begin_change_phone("bob", Method.EMAIL, w.call),
    "NoMethodAvailable": lambda w: w.service.begin_change_phone("eve", Method.PHONE, w.call),
    "SameAddress": lambda w: proven(w).set_target(w.phone, "", w.call),
    "FlowExpired": lambda w: (f := proven(w), w.clock.advance(3_600_000), f.set_target(w.new_phone, "", w.call)),
    "FlowNotFound": lambda w: w.service.flow("616e6e.00").refresh(w.call),
    "WrongStep": lambda w: begin(w).set_target(w.new_phone, "", w.call),
    "SessionMismatch": lambda w: begin(w).refresh(Call(session="other")),
    "Limited": lambda w: begin(w).resend(w.call),
    "AddressAtCapacity": lambda w: (w.service.set_policy({"max_accounts_per_address": 1}), w.add("cat")),
    "NothingToProve": lambda w: w.service.begin_verify_channel("ann", ChannelKind.PHONE, Method.PHONE, w.call),
    "AppealPending": lambda w: [w.service.submit_appeal("ann", "desk") for _ in range(2)],
    "AppealNotFound": lambda w: w.service.decide_appeal(
        "ann", "00", approve=True, reviewer="r", evidence="e", call=w.call
    ),
    "DisputeNotFound": lambda w: w.service.dispute("00"),
    "FactorRequired": lambda w: (
        w.service.set_policy({"identity_assurance": "proof_and_factor"}),
        begin(w),
    ),
    "GrantInvalid": lambda w: w.service.use_grant(begin(w), "pay", w.call),
    "InvalidArgument": lambda w: w.service.lock_account("ann", "x" * 65),
    "InvalidPolicy": lambda w: w.service.set_policy({"code_digits": 3}),
}


def begin(w: World) -> ringfence.Flow:
    return w.service.begin_change_phone("ann", Method.PHONE, w.call)


def proven(w: World) -> ringfence.Flow:
    flow = begin(w)
    flow.prove_identity(w.code_at(w.phone), w.call)
    return flow


@pytest.mark.parametrize("name", REFUSALS)
def test_each_refusal_raises_its_exception(ringfence_world: World, name: str) -> None:
    w = ringfence_world
    w.add("ann")
    w.add("bob", "+447700900555", "")
    w.service.register_account(Registration("eve", "+447700900556"))
    with pytest.raises(getattr(ringfence, name)) as refused:
        REFUSALS[name](w)
    assert refused.value.text
    for personal in ("1391234", "lion", "'ann'"):
        assert personal not in str(refused.value)


def test_stores_and_keys_that_cannot_be_opened_are_refused(tmp_path: Path) -> None:
    (tmp_path / "foreign.db").write_text("no database" * 100)
    with pytest.raises(ringfence.StoreForeign):
        ringfence.open_store(f"sqlite:{tmp_path}/foreign.db")
    with ringfence.open_store(f"sqlite:{tmp_path}/mine.db"):
        with pytest.raises(ringfence.StoreInUse):
            ringfence.open_store(f"sqlite:{tmp_path}/mine.db")
    with pytest.raises(ringfence.InvalidArgument):
        ringfence.open_store("mysql:")
    with pytest.raises(ringfence.StoreUnavailable):
        ringfence.open_store(f"postgresql://nobody@/nothing?host={tmp_path}")
    with pytest.raises(ringfence.KeyUnusable):
        KeyRing.from_file(tmp_path / "none.key")
    KeyRing.create_file(tmp_path / "some.key")
    with pytest.raises(ringfence.KeyUnusable):
        KeyRing.create_file(tmp_path / "some.key")


def test_a_code_of_a_key_that_is_gone_is_refused_and_not_judged(tmp_path: Path) -> None:
    path = tmp_path / "accounts.key"
    KeyRing.create_file(path)
    ring = KeyRing.from_file(path)
    with World() as w:
        service = ringfence.Service("memory:", ring, sender=w.sender, event_sink=w.sender)
        service.register_account(Registration("ann", w.phone, phone_proven_at=1_700_000_000_000))
        flow = service.begin_change_phone("ann", Method.PHONE, w.call)
        path.write_text("other " + "ab" * 32 + "\n")
        ring.reload()
        assert service.health().current_key == "other"
        with pytest.raises(ringfence.KeyMissing):
            flow.prove_identity("123456", w.call)
        service.close()


def test_a_time_is_a_time_in_utc() -> None:
    assert ringfence.as_datetime(0) is None
    at = ringfence.as_datetime(1_700_000_000_123)
    assert at is not None and at.utcoffset() == timedelta(0)
    assert ringfence.as_ms(at) == 1_700_000_000_123
    with pytest.raises(ValueError):
        ringfence.as_ms(datetime(2020, 1, 1))
