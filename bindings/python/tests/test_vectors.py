"""The stories of tests/vectors, which every language tells alike: see tests/vectors/README.md.

Each is told twice: by the service, and by steps that a host drives against the store by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Callable, Optional, Union

import pytest

import ringfence
from ringfence import (
    Account,
    AccountKind,
    Appeal,
    Call,
    ChangeReason,
    ChannelKind,
    Channels,
    CommitOutcome,
    DeliveryReport,
    Event,
    FlowView,
    KeyRing,
    OutgoingMessage,
    Policy,
    Registration,
    Route,
    SendOutcome,
    Service,
    Step,
    Store,
)
from ringfence.records import keys_from_json, loaded_to_json, to_json
from ringfence.testing import ManualClock, SeededEntropy

FOLDER = Path(__file__).parents[3] / "tests" / "vectors"
STORIES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


class Keys(ringfence.KeySource):
    def __init__(self, text: str) -> None:
        self.text = text

    def read(self) -> Iterable[tuple[str, bytes]]:
        for line in self.text.splitlines():
            id, digits = line.split()
            yield id, bytes.fromhex(digits)


class Everybody(ringfence.Sender, ringfence.EventSink):
    """Accepts everything and keeps it in the order in which it came."""

    def __init__(self) -> None:
        self.came: list[dict[str, Any]] = []

    def send(self, message: OutgoingMessage) -> SendOutcome:
        self.came.append(told(message))
        return SendOutcome.ACCEPTED

    def deliver(self, event: Event) -> SendOutcome:
        rest = {"channel": None, "code": "", "destination": "", "kind": "event", "lifetime_ms": 0, "locale": "",
                "role": "identity", "route": "text", "text": "", "subject": "", "html": ""}  # fmt: skip
        self.came.append({**told(event), **rest, "purpose": event.name})
        del self.came[-1]["name"]
        return SendOutcome.ACCEPTED


def told(value: Any) -> Any:
    """A value as the vectors have it: the members of the C structs."""
    if isinstance(value, Channels):
        return [name for name, bit in (("phone", Channels.PHONE), ("email", Channels.EMAIL)) if value & bit]
    if isinstance(value, IntEnum):
        return value.label  # type: ignore[attr-defined]
    if isinstance(value, FlowView):
        return flow_told(value)
    if isinstance(value, ringfence.SecuritySettings):
        return {"realm": value.account.realm, "id": value.account.id, **members(value, without="account")}
    if isinstance(value, ringfence.ChannelSettings):
        badges = {name: getattr(value, name) for name in ("verification", "login", "notices")}
        flat = {name: badge.usable for name, badge in badges.items()}
        return {**members(value), **flat, **{f"{name}_reason": told(badge.reason) for name, badge in badges.items()}}
    if isinstance(value, ringfence.ImportReport):
        refused = [
            {"index": one.index, "status": told(one.error.status), "next": told(one.error.next)}
            for one in value.refused
        ]
        return {**members(value), "refused": refused}
    if is_dataclass(value):
        return members(value)
    if isinstance(value, (list, tuple)):
        return [told(one) for one in value]
    return value


def members(value: Any, without: str = "") -> dict[str, Any]:
    names = [field.name for field in fields(value) if not field.name.startswith("_") and field.name != without]
    return {name: told(getattr(value, name)) for name in names}


def flow_told(view: FlowView) -> dict[str, Any]:
    changed = view.changed or ringfence.Change(False, False, "", False)
    granted = view.granted or ringfence.Grant("", 0)
    return {
        **members(view),
        "changed": view.changed is not None,
        "usable_for_verification": changed.usable_for_verification,
        "usable_for_login": changed.usable_for_login,
        "check_email": changed.check_email,
        "changed_to": changed.masked,
        "granted": view.granted is not None,
        "grant_expires_at": granted.expires_at,
        "operation": granted.operation,
    }


def registration(row: dict[str, Any]) -> Registration:
    given = {name: value for name, value in row.items() if name not in ("step", "id", "realm")}
    if "kind" in given:
        given["kind"] = AccountKind[given["kind"].upper()]
    return Registration(Account(row["id"], row.get("realm", "")), **given)


NO_APPEAL = {"decided_at": 0, "evidence": "", "held_until": 0, "id": "", "open_until": 0, "reviewer": "",
             "state": "submitted", "submitted_at": 0, "submitted_by": ""}  # fmt: skip


def appeal_told(found: Optional[Appeal]) -> Any:
    return found or NO_APPEAL


def login_told(found: Optional[str]) -> dict[str, Any]:
    return {"found": found is not None, "account": found or ""}


@dataclass(frozen=True)
class Host:
    """The service of a story, and what it shares with the steps: so both draw the same bytes and see the same time."""

    service: Service
    store: Store
    keys: KeyRing
    policy: Policy
    clock: ManualClock
    entropy: SeededEntropy


def by_service(host: Host, command: dict[str, Any], call: Any) -> Any:
    """What a command gives, by the method that a program would call."""
    rf = host.service
    step = command["step"]
    of = Account(command["id"], command.get("realm", "")) if "id" in command else Account("")
    if step == "pump":
        return rf.dispatcher.pump()
    if step == "register_account":
        return rf.register_account(registration(command), call)
    if step == "import_accounts":
        return rf.import_accounts([registration(row) for row in command["rows"]], call)
    if step in ("upgrade", "unlock", "close", "erase"):
        return getattr(rf, f"{step}_account")(of, call)
    if step in ("settings", "credentials_changed", "verify_audit"):
        return getattr(rf, step)(of, call)
    if step == "set_locale":
        return rf.set_locale(of, command["locale"], call)
    if step == "report_delivery":
        return rf.report_delivery(of, command["message"], DeliveryReport[command["report"].upper()], call)
    if step == "lock":
        return rf.lock_account(of, command["reason"], call)
    if step == "prune_audit":
        return rf.prune_audit(of, command["before"], call)
    if step == "resolve_login_phone":
        region, realm = command.get("region", ""), command.get("realm", "")
        return login_told(rf.resolve_login_phone(command["phone"], region, call, realm=realm))
    if step == "resolve_login_email":
        return login_told(rf.resolve_login_email(command["email"], call, realm=command.get("realm", "")))
    if step == "set_notice_channels":
        wanted = Channels.NONE
        for name in command["channels"]:
            wanted |= Channels[name.upper()]
        return rf.set_notice_channels(of, command["category"], wanted, call)
    if step == "notify":
        return rf.notify(of, command["category"], command["text"], command["idempotency_key"], call)
    if step == "submit_appeal":
        return rf.submit_appeal(of, command["submitted_by"], call)
    if step == "appeal":
        return appeal_told(rf.appeal(of, call))
    if step == "decide_appeal":
        return rf.decide_appeal(of, command["appeal"], approve=command.get("approve", False),
                                reviewer=command["reviewer"], evidence=command["evidence"], call=call)  # fmt: skip
    if step == "dispute":
        return rf.dispute(command["reference"], call)
    if step == "use_grant":
        return rf.use_grant(command["flow"], command["operation"], call)
    if step.startswith("begin_"):
        return begin(rf, step, of, command, call).view
    return go_on(rf.flow(command["flow"]), step, command, call)


def begin(rf: Service, step: str, of: Account, command: dict[str, Any], call: Call) -> ringfence.Flow:
    method = ChannelKind[command.get("method", "phone").upper()]
    reason = ChangeReason[command.get("reason", "number_changed").upper()]
    channel = ChannelKind[command.get("channel", "phone").upper()]
    if step == "begin_change_phone":
        return rf.begin_change_phone(of, method, call, reason)
    if step == "begin_change_email":
        return rf.begin_change_email(of, method, call)
    if step == "begin_verify_channel":
        return rf.begin_verify_channel(of, channel, method, call)
    if step == "begin_confirm_operation":
        return rf.begin_confirm_operation(of, command["operation"], method, call)
    if step == "begin_claim_login":
        return rf.begin_claim_login(of, channel, call)
    assert step == "begin_replace_phone"
    return rf.begin_replace_phone(of, call, reason)


def go_on(flow: ringfence.Flow, step: str, command: dict[str, Any], call: Call) -> FlowView:
    if step == "prove_identity":
        return flow.prove_identity(command["code"], call)
    if step == "set_target":
        return flow.set_target(command["target"], command.get("region", ""), call)
    if step == "prove_target":
        accept = command.get("accept_verification_only", True)
        return flow.prove_target(command["code"], call, accept_verification_only=accept)
    if step == "resend":
        return flow.resend(call, Route[command.get("route", "text").upper()])
    if step == "view":
        return flow.refresh(call)
    assert step in ("confirm_target", "cancel")
    return getattr(flow, step)(call)  # type: ignore[no-any-return]


# What capi/ABI.md has no step of: the service does it, in both ways.
NO_STEPS = ("pump", "import_accounts", "erase", "verify_audit", "prune_audit")


def by_steps(host: Host, command: dict[str, Any], call: Any) -> Any:
    """What a command gives, by a host that loads and commits by itself. It is given to the step as the story has it."""
    if command["step"] in NO_STEPS:
        return by_service(host, command, call)
    with Step(command, call, host.policy) as step:
        while keys := step.needs():
            step.add(host.store.load(keys, 0))
        change = step.decide(host.keys, host.clock.now_ms(), host.entropy.fill(32))
        outcome = host.store.commit(change, 0) if change else CommitOutcome.COMMITTED
        assert outcome is CommitOutcome.COMMITTED
        return concluded(step, command, outcome)


def concluded(step: Step, command: dict[str, Any], outcome: CommitOutcome) -> Any:
    name = command["step"]
    if name == "use_grant":
        return step.conclude_grant(outcome)
    if name == "notify":
        return step.conclude_receipt(outcome)
    if name in ("resolve_login_phone", "resolve_login_email"):
        return login_told(step.conclude_login(outcome))
    if name in ("appeal", "submit_appeal", "decide_appeal"):
        return appeal_told(step.conclude_appeal(outcome))
    if name.startswith("begin_") or "flow" in command:
        return step.conclude_flow(outcome)
    return step.conclude_settings(outcome)


Way = Callable[[Host, dict[str, Any], Any], Any]


def what_came(way: Way, host: Host, step: dict[str, Any], people: Everybody) -> dict[str, Any]:
    call: Union[Call, None] = None
    if "call" in step:
        given = dict(step["call"])
        deadline_ms = given.pop("deadline_ms", None)
        call = Call(**given, timeout=deadline_ms / 1000 if deadline_ms else None)
    people.came.clear()
    try:
        reply = told(way(host, step["command"], call))
    except ringfence.RingfenceError as e:
        return {"status": e.status.label, "next": e.next.label, "retry_at": e.retry_at, "link": e.link}
    came = {"status": "ok", "reply": reply}
    return {**came, "messages": people.came} if step["command"]["step"] == "pump" else came


def test_there_are_stories() -> None:
    assert len(STORIES) >= 6


@pytest.mark.parametrize("way", [by_service, by_steps], ids=["by_service", "by_steps"])
@pytest.mark.parametrize("name", STORIES)
def test_a_story_is_told_alike(name: str, way: Way) -> None:
    story = STORIES[name]
    clock, entropy, people = ManualClock(), SeededEntropy(story["entropy"]), Everybody()
    store, keys, policy = ringfence.open_store("memory:"), KeyRing(Keys(story["keys"])), Policy(story["policy"])
    with Service(
        store, keys, sender=people, event_sink=people, policy=policy, clock=clock, entropy=entropy
    ) as rf:
        host = Host(rf, store, keys, policy, clock, entropy)
        for number, step in enumerate(story["steps"]):
            clock.set(step["at"])
            assert to_json(what_came(way, host, step, people)) == to_json(step["expect"]), (number, step["command"])
    there = store.load(keys_from_json(story["records"]["keys"]), 0)
    assert loaded_to_json(there) == story["records"]["loaded"]
