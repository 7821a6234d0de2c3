"""What there is besides the change of a phone."""

from __future__ import annotations

from pathlib import Path

import pytest

import ringfence
from ringfence import (
    AccountKind,
    AccountStatus,
    AppealState,
    Assurance,
    AuditFault,
    Badge,
    Call,
    ChangeReason,
    ChannelKind,
    Channels,
    ChannelState,
    FlowStep,
    KeyRing,
    Method,
    Reason,
    Registration,
    Status,
)
from ringfence.testing import World


def test_the_settings_tell_each_badge_and_why_it_is_missing(ringfence_world: World) -> None:
    w = ringfence_world
    row = Registration("ann", "139 1234 3672", "CN", email="lion@example.com")
    settings = w.service.register_account(row)
    unverified = Badge(False, Reason.UNVERIFIED)
    assert settings == ringfence.SecuritySettings(
        account=ringfence.Account("ann"),
        kind=AccountKind.STANDALONE,
        status=AccountStatus.ACTIVE,
        managed_at="",
        phone=ringfence.ChannelSettings(
            ChannelKind.PHONE, ChannelState.UNVERIFIED, "139****3672", unverified, unverified, unverified,
            Assurance.RESTRICTED, settings.phone.tries_left, 0,
        ),
        email=ringfence.ChannelSettings(
            ChannelKind.EMAIL, ChannelState.UNVERIFIED, "l*****n@example.com", unverified, unverified, unverified,
            Assurance.RECOVERY_ONLY, settings.email.tries_left, 0,
        ),
        notices=settings.notices,
    )  # fmt: skip
    assert settings.phone.tries_left == 100 and settings.channels == (settings.phone, settings.email)
    categories = {one.category: one for one in settings.notices}
    assert set(categories) == {"security", "resource_expiry", "resource_release", "monitoring_alarm"}
    assert categories["security"].mandatory and not categories["security"].choosable
    assert categories["monitoring_alarm"].chosen == Channels.PHONE
    assert categories["monitoring_alarm"].channels == Channels.NONE


def test_the_settings_tell_until_when_no_code_is_sent(ringfence_world: World) -> None:
    w = ringfence_world
    w.service.set_policy({"sends_to_own_channels": [{"count": 1, "span_ms": 600_000}]})
    settings = w.add("ann")
    assert settings.phone.limited_until == settings.email.limited_until == 0
    sent_at = w.clock.now_ms()
    flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
    w.clock.advance(60_000)
    settings = w.service.settings("ann")
    assert settings.phone.limited_until == settings.email.limited_until == sent_at + 600_000
    with pytest.raises(ringfence.Limited) as limited:
        flow.resend(w.call)
    assert limited.value.retry_at == settings.phone.limited_until


def test_a_channel_is_verified_and_an_email_changed(ringfence_world: World) -> None:
    w = ringfence_world
    w.service.register_account(Registration("ann", w.phone))
    flow = w.service.begin_verify_channel("ann", ChannelKind.PHONE, Method.PHONE, w.call)
    assert flow.prove_target(w.code_at(w.phone), w.call).step is FlowStep.DONE
    flow = w.service.begin_change_email("ann", Method.PHONE, w.call)
    w.clock.advance(60_000)
    flow.prove_identity(w.code_at(w.phone), w.call)
    flow.set_target("cat@example.com", "", w.call)
    assert flow.prove_target(w.code_at("cat@example.com"), w.call).changed
    assert w.service.resolve_login_email("cat@Example.COM") == "ann"
    assert w.service.resolve_login_email("dog@example.com") is None


def test_an_operation_is_confirmed_and_its_grant_taken_once(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    flow = w.service.begin_confirm_operation("ann", "vm:deleteInstance", Method.PHONE, w.call)
    view = flow.prove_identity(w.code_at(w.phone), w.call)
    grant = ringfence.Grant("vm:deleteInstance", w.clock.now_ms() + 300_000)
    assert view.granted == grant
    assert w.service.use_grant(flow, "vm:deleteInstance", w.call) == grant
    with pytest.raises(ringfence.GrantInvalid):
        w.service.use_grant(flow.handle, "vm:deleteInstance", w.call)


def test_the_login_of_a_number_that_is_shared_no_more_is_claimed(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    w.add("bob", email="")
    assert w.service.settings("bob").phone.login.reason is Reason.SHARED_WITH_OTHER_ACCOUNTS
    w.service.close_account("ann")
    flow = w.service.begin_claim_login("bob", ChannelKind.PHONE, w.call)
    assert flow.prove_target(w.code_at(w.phone), w.call).changed
    assert w.service.resolve_login_phone("139 1234 3672", "CN") == "bob"


def test_users_are_imported_and_what_is_wrong_is_told_by_row(ringfence_world: World) -> None:
    w = ringfence_world
    now = w.clock.now_ms()
    rows = [Registration(f"user-{i}", f"+4477009{i:05}", phone_proven_at=now - i) for i in range(300)]
    rows[7] = Registration("user-7", "12")
    rows.append(Registration("user-300", rows[3].phone, phone_proven_at=now - 1000))
    report = w.service.import_accounts(iter(rows))
    assert (report.imported, report.present, report.claims_moved) == (300, 0, 1)
    (refused,) = report.refused
    assert refused.index == 7 and isinstance(refused.error, ringfence.InvalidNumber)
    again = w.service.import_accounts(rows)
    assert (again.imported, again.present) == (0, 300)
    assert w.service.resolve_login_phone(rows[3].phone) == "user-300"
    assert w.service.import_accounts([]) == ringfence.ImportReport(0, 0, 0, ())


def test_a_federated_account_becomes_standalone(ringfence_world: World) -> None:
    w = ringfence_world
    row = Registration("ann", w.phone, kind=AccountKind.FEDERATED, provider="jd", phone_proven_at=w.clock.now_ms())
    assert w.service.register_account(row).kind is AccountKind.FEDERATED
    assert w.service.upgrade_account("ann").kind is AccountKind.STANDALONE


def test_an_account_is_locked_unlocked_and_closed(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    assert w.service.lock_account("ann", "seen").status is AccountStatus.LOCKED
    assert w.service.unlock_account("ann").status is AccountStatus.ACTIVE
    flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
    w.service.credentials_changed("ann")
    with pytest.raises(ringfence.FlowNotFound):
        flow.refresh(w.call)
    assert w.service.close_account("ann").status is AccountStatus.CLOSED
    w.service.pump()
    assert {event.name for event in w.sender.events} == {"account_locked", "account_unlocked", "account_closed"}


def test_everything_is_exported_and_everything_personal_erased(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    exported = w.service.export_account("ann")
    assert set(exported) == {"account", "audit", "messages"}
    assert exported["account"]["phone"]["address"]["phone"] == w.phone
    w.service.erase_account("ann")
    assert w.phone not in str(w.service.export_account("ann"))
    assert w.service.verify_audit("ann").intact


def test_the_audit_trail_is_read_in_pages_checked_and_pruned(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    for _ in range(5):
        w.clock.advance(1000)
        w.service.credentials_changed("ann", Call(trace_id="t"))
    page = w.service.audit("ann", max=4)
    assert [entry["event"] for entry in page.entries] == ["registered"] + ["credentials_changed"] * 3
    rest = w.service.audit("ann", after=page.next)
    assert len(rest.entries) == 2 and rest.next == 0 and rest.entries[0]["trace_id"] == "t"
    start = w.clock.now_ms()
    assert len(w.service.audit("ann", since=start).entries) == 1
    assert len(w.service.audit("ann", until=start).entries) == 5
    report = w.service.verify_audit("ann")
    assert (report.fault, report.checked, report.head) == (AuditFault.INTACT, 6, 6) and len(report.head_mac) == 32
    assert w.service.prune_audit("ann", start) == 5
    report = w.service.verify_audit("ann")
    assert report.intact and report.anchor == 5 and len(report.anchor_mac) == 32


def test_notices_go_where_the_owner_wants_them_and_once(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    settings = w.service.set_notice_channels("ann", "resource_expiry", Channels.EMAIL)
    assert {one.category: one.channels for one in settings.notices}["resource_expiry"] == Channels.EMAIL
    receipt = w.service.notify("ann", "resource_expiry", "Your machine ends tomorrow.", "vm-7")
    assert receipt == ringfence.NoticeReceipt(Channels.EMAIL, "", "l*****n@example.com", False)
    assert w.service.notify("ann", "resource_expiry", "Your machine ends tomorrow.", "vm-7").repeated
    w.service.pump()
    mine = [one for one in w.sender.sent if one.purpose == "resource_expiry"]
    assert len(mine) == 1 and "Your machine ends tomorrow." in mine[0].text and mine[0].destination == w.email
    both = Channels.PHONE | Channels.EMAIL
    assert w.service.notify("ann", "security", "Look out.", "s-1").sent_to == both


def test_an_appeal_is_held_and_decided_and_the_phone_replaced(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann", email="")
    assert w.service.appeal("ann") is None
    appeal = w.service.submit_appeal("ann", "desk-3")
    assert appeal.state is AppealState.SUBMITTED and appeal.held_until == w.clock.now_ms() + 86_400_000
    with pytest.raises(ringfence.Limited) as refused:
        w.service.decide_appeal("ann", appeal.id, approve=True, reviewer="r", evidence="passport")
    assert refused.value.retry_at == appeal.held_until
    w.clock.set(appeal.held_until)
    decided = w.service.decide_appeal("ann", appeal.id, approve=True, reviewer="r", evidence="passport")
    assert (decided.state, decided.reviewer, decided.evidence) == (AppealState.APPROVED, "r", "passport")
    assert w.service.appeal("ann") == decided
    flow = w.service.begin_replace_phone("ann", w.call, ChangeReason.PERSON_CHANGED)
    flow.set_target(w.new_phone, "", w.call)
    changed = flow.prove_target(w.code_at(w.new_phone), w.call).changed
    assert changed is not None and changed.masked
    after = w.service.appeal("ann")
    assert after is not None and after.state is AppealState.USED


def test_a_change_that_was_not_the_owners_is_disputed() -> None:
    with World(policy={"dispute_ms": 3 * 86_400_000}) as w:
        w.add("ann")
        flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
        flow.prove_identity(w.code_at(w.phone), w.call)
        flow.set_target(w.new_phone, "", w.call)
        flow.prove_target(w.code_at(w.new_phone), w.call)
        w.service.pump()
        (told,) = [one for one in w.sender.sent if one.purpose == "phone_changed" and one.destination == w.phone]
        assert w.service.dispute(told.fields["dispute"]).status is AccountStatus.LOCKED
        appeal = w.service.appeal("ann")
        assert appeal is not None and appeal.state is AppealState.SUBMITTED


def test_the_policy_is_read_and_replaced_while_the_service_runs(ringfence_world: World) -> None:
    w = ringfence_world
    assert w.service.policy.to_dict()["code_digits"] == 6
    w.service.set_policy({"code_digits": 8})
    assert w.service.policy.to_dict()["code_digits"] == 8
    w.service.set_policy('{"code_digits": 9}')
    w.service.set_policy(w.service.policy)
    assert w.service.policy.to_dict()["code_digits"] == 9
    with pytest.raises(ringfence.InvalidPolicy, match="code_digits"):
        ringfence.Policy({"code_digits": 60})


def test_addresses_are_read_as_people_write_them() -> None:
    phone = ringfence.parse_phone("139 1234 3672", "CN")
    assert phone == ringfence.Address(ChannelKind.PHONE, "+8613912343672", "139****3672", 86)
    with pytest.raises(ringfence.RegionNotAllowed):
        ringfence.parse_phone("139 1234 3672", "CN", {"phone_numbers": {"denied_regions": ["CN"]}})
    email = ringfence.parse_email("Lion@Example.com")
    assert (email.kind, email.country_code, email.masked) == (ChannelKind.EMAIL, 0, "L*****n@example.com")


def test_health_is_told(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    w.service.begin_change_phone("ann", Method.PHONE, w.call)
    w.clock.advance(500)
    health = w.service.health()
    assert (health.store, health.due, health.outbox_age_ms, health.keys) == (Status.OK, 1, 500, 1)
    counts = w.service.pump()
    assert counts == ringfence.DispatchCounts(taken=1, accepted=1)
    assert w.service.dispatcher.health().sms.last_accepted_at == w.clock.now_ms()


def test_the_stores_of_the_library_tell_of_themselves(tmp_path: Path, ringfence_world: World) -> None:
    w = ringfence_world
    url = f"sqlite:{tmp_path}/a.db"
    ringfence.migrate_store(url)  # there is nothing to do
    with ringfence.open_store(url) as store:
        with ringfence.Service(store, w.keys, clock=w.clock) as service:
            service.register_account(Registration("ann", w.phone, phone_proven_at=w.clock.now_ms()))
            service.begin_change_phone("ann", Method.PHONE, w.call)
            assert service.store is store
        store.health()
        store.integrity_check()
        (there, absent) = store.load([ringfence.Key.of_account(ringfence.Account("ann")),
                                      ringfence.Key.of_account(ringfence.Account("ann", "eu"))])  # fmt: skip
        assert there is not None and there.record["id"] == "ann" and absent is None
        (message,) = store.take(w.clock.now_ms(), 1000, 5)
        assert store.outbox(w.clock.now_ms()) == ringfence.OutboxState(0, 0)
        ann = ringfence.Account("ann")
        store.settle([ringfence.Settlement(message["id"], ann, 1, "accepted", 0, "fine")])
        assert [one["outcome"] for one in store.messages(ann, 9)] == ["fine"]
        assert store.sweep(w.clock.now_ms(), w.clock.now_ms() + 1, 10) == 1
        store.back_up(tmp_path / "b.db")
    with ringfence.Service(f"sqlite:{tmp_path}/b.db", w.keys) as service:
        assert service.settings("ann").phone.verification
    with ringfence.open_store("memory:") as memory, pytest.raises(ringfence.InvalidArgument):
        memory.health()


def test_a_key_file_is_made_and_read(tmp_path: Path, ringfence_world: World) -> None:
    KeyRing.create_file(tmp_path / "accounts.key")
    assert (tmp_path / "accounts.key").stat().st_mode & 0o777 == 0o600
    with ringfence.Service("memory:", KeyRing.from_file(str(tmp_path / "accounts.key"))) as service:
        assert service.health().keys == 1
    (tmp_path / "accounts.key").chmod(0o644)
    with pytest.raises(ringfence.KeyUnusable):
        KeyRing.from_file(tmp_path / "accounts.key")
