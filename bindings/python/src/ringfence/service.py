"""The service: everything about an account's verification and login addresses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Optional, Union

from . import _native, values
from ._library import ffi, lib
from ._parts import Parts
from .dispatcher import Dispatcher, LoggedEvents, Templates
from .enums import ChangeReason, ChannelKind, Channels, DeliveryReport, Method
from .errors import invalid
from .flow import Flow
from .gateways import HttpGateway, Webhook
from .keys import KeyRing
from .plugins import Clock, Entropy, EventSink, Observer, RiskAdvisor, Sender, Store
from .policy import AnyPolicy, Policy, as_policy, no_policy
from .senders import SmtpSender
from .stores import LibraryStore
from .values import (
    Account,
    AccountId,
    Appeal,
    AuditPage,
    AuditReport,
    Call,
    DispatchCounts,
    FlowView,
    Grant,
    Health,
    ImportReport,
    NoticeReceipt,
    Registration,
    SecuritySettings,
    account_struct,
    call_struct,
)


class Service(_native.Owned):
    """Loads, decides and commits, and replies only when the commit is durable. May be called from any thread; any
    number of services, in any number of processes, may share one store.

    ``store`` is a store or the URL of one: see :class:`LibraryStore`. An account is named by an :class:`Account`, or by
    its id in ``realm``. With a ``sender`` the service has a ``dispatcher``, and ``pump`` hands messages over; without
    an ``event_sink`` the names of events go into the log: see :class:`LoggedEvents`. ``mail``, ``templates`` and what
    stands from ``batch`` to ``options`` are the dispatcher's: see :class:`Dispatcher`. Left out: the default policy,
    the system's clock and entropy, nobody is asked, nobody observes.

    What refuses raises a :class:`RingfenceError`. Besides those named at a method, each may raise ``Busy``,
    ``StoreUnavailable``, ``StoreCorrupt``, ``OutcomeUnknown``, ``WrongProcess``, ``InvalidArgument`` and ``Internal``;
    those about an account ``AccountNotFound``. What is not even of the right type raises ``TypeError``.
    """

    __slots__ = ("_dispatcher", "_own_store", "_store", "realm")

    def __init__(
        self,
        store: Union[Store, str],
        keys: KeyRing,
        *,
        sender: Union[Sender, HttpGateway, SmtpSender, str, None] = None,
        mail: Union[Sender, HttpGateway, SmtpSender, str, None] = None,
        event_sink: Union[EventSink, Webhook, str, None] = None,
        policy: Optional[AnyPolicy] = None,
        clock: Optional[Clock] = None,
        entropy: Optional[Entropy] = None,
        risk_advisor: Optional[RiskAdvisor] = None,
        observer: Optional[Observer] = None,
        realm: str = "",
        templates: Templates = "",
        batch: int = 0,
        share_index: int = 0,
        share_of: int = 0,
        lease_ms: int = 0,
        first_retry_ms: int = 0,
        longest_retry_ms: int = 0,
        options: Optional[Mapping[str, Any]] = None,
    ) -> None:
        if not isinstance(keys, KeyRing):
            raise TypeError(f"keys is a KeyRing, not {type(keys).__name__}")
        numbers = {
            "batch": batch,
            "share_index": share_index,
            "share_of": share_of,
            "lease_ms": lease_ms,
            "first_retry_ms": first_retry_ms,
            "longest_retry_ms": longest_retry_ms,
        }
        others: dict[str, object] = {"event_sink": event_sink, "mail": mail, "templates": templates, "options": options}
        for name, given in {**others, **numbers}.items():
            if sender is None and given not in (None, "", 0):
                raise TypeError(f"{name} is for the dispatcher, which wants a sender, too")
        _native.text(realm, "a realm")
        self.realm = realm
        self._own_store = isinstance(store, str)
        self._store: Store = LibraryStore(store) if isinstance(store, str) else store
        self._dispatcher: Optional[Dispatcher] = None
        in_force = None if policy is None else as_policy(policy)
        try:
            with Parts() as parts:
                struct = {
                    "struct_size": ffi.sizeof("ringfence_service_parts"),
                    "store": parts.store(self._store),
                    "keys": keys._c,
                    "policy": no_policy if in_force is None else in_force._c,
                    "clock": parts.clock(clock),
                    "entropy": parts.entropy(entropy),
                    "risk": parts.risk_advisor(risk_advisor),
                    "observer": parts.observer(observer),
                }
                room = _native.room("service")
                _native.call(lib.ringfence_service_new, _native.new("ringfence_service_parts *", struct), room[0])
            super().__init__(room, keeps=(keys, parts.keeps))
            if sender is not None:
                self._dispatcher = Dispatcher(
                    self._store,
                    keys,
                    sender,
                    LoggedEvents() if event_sink is None else event_sink,
                    clock=clock,
                    entropy=entropy,
                    observer=observer,
                    mail=mail,
                    templates=templates,
                    options=options,
                    **numbers,
                )
        except BaseException:
            self._close_parts()
            raise

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the service and its dispatcher, and the store if it was given by its URL. To close an account is
        :meth:`close_account`."""
        super().close()
        self._close_parts()

    def _close_parts(self) -> None:
        if self._dispatcher is not None:
            self._dispatcher.close()
        if self._own_store and isinstance(self._store, LibraryStore):
            self._store.close()

    @property
    def store(self) -> Store:
        """The store: something must call its ``sweep`` now and then."""
        return self._store

    @property
    def dispatcher(self) -> Dispatcher:
        """What hands messages over."""
        if self._dispatcher is None:
            raise LookupError("the service was made without a sender, so it has no dispatcher")
        return self._dispatcher

    def pump(self) -> DispatchCounts:
        """Hands over everything that is due. In a server a thread does that: ``dispatcher.run``."""
        return self.dispatcher.pump_all()

    # ---- Policy and health

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        room = _native.room("policy")
        _native.call(lib.ringfence_service_policy, self._c, room[0])
        return Policy._of(room)

    def set_policy(self, policy: AnyPolicy) -> None:
        """Puts another policy in force, all of it at once. Refuses with ``InvalidPolicy``."""
        wanted = as_policy(policy)
        _native.call(lib.ringfence_service_set_policy, self._c, wanted._c)

    def health(self) -> Health:
        """How the store, the outbox and the keys do."""
        return values.HEALTH.of(lib.ringfence_service_health, self._c)

    # ---- Accounts

    def register_account(self, registration: Registration, call: Optional[Call] = None) -> SecuritySettings:
        """Sends nothing. Refuses with ``AccountExists``, ``InvalidNumber``, ``InvalidEmail``, ``NumberTypeNotAllowed``,
        ``RegionNotAllowed``, ``AddressAtCapacity``; then nothing is stored."""
        members, _keep = self._registration(registration)
        row = _native.new("ringfence_registration *", members)
        return values.SETTINGS.of(lib.ringfence_service_register_account, self._c, row, call_struct(call))

    def import_accounts(self, rows: Iterable[Registration], call: Optional[Call] = None) -> ImportReport:
        """Brings in existing users; sends nothing. A row whose account is there changes nothing; rows that are refused
        are told in the report, and the others go in. If it fails as a whole, call it again with the same rows: it goes
        on where it stopped. docs/import.md tells more."""
        kept = [self._registration(row) for row in rows]
        array = _native.new("ringfence_registration[]", [members for members, _ in kept])
        report = _native.new("ringfence_import_report *", (ffi.sizeof("ringfence_import_report"),))
        refused = _native.take_text(
            lib.ringfence_service_import_accounts, self._c, array, len(kept), call_struct(call), report
        )
        return ImportReport(
            imported=report.imported,
            present=report.present,
            claims_moved=report.claims_moved,
            refused=tuple(values.read_import_refusal(one) for one in json.loads(refused)),
        )

    def upgrade_account(self, account: AccountId, call: Optional[Call] = None) -> SecuritySettings:
        """Makes a federated account standalone."""
        return self._settings(lib.ringfence_service_upgrade, account, call)

    def set_locale(self, account: AccountId, locale: str, call: Optional[Call] = None) -> SecuritySettings:
        """The language in which the owner is written to from now on, a language tag such as ``zh-Hans-CN``; empty:
        none. There need not be texts in it: the nearest are taken. Refuses with ``AccountClosed``, and with
        ``InvalidArgument`` what is no tag."""
        tag = _native.text(locale, "a locale")
        return self._settings(lib.ringfence_service_set_locale, account, call, tag)

    def settings(self, account: AccountId, call: Optional[Call] = None) -> SecuritySettings:
        """Badges and reasons: what the owner sees."""
        return self._settings(lib.ringfence_service_settings, account, call)

    def resolve_login_phone(
        self, phone: str, region: str = "", call: Optional[Call] = None, *, realm: Optional[str] = None
    ) -> Optional[str]:
        """The id of the account that may log in with a number, or None. A locked account is named, too."""
        input, _keep = values.input_struct(phone, region)
        return values.LOGIN.of(
            lib.ringfence_service_resolve_login_phone, self._c, self._realm(realm), input, call_struct(call)
        )

    def resolve_login_email(
        self, email: str, call: Optional[Call] = None, *, realm: Optional[str] = None
    ) -> Optional[str]:
        """The id of the account that may log in with an email, or None. A locked account is named, too."""
        text = _native.text(email, "an email")
        return values.LOGIN.of(
            lib.ringfence_service_resolve_login_email, self._c, self._realm(realm), text, call_struct(call)
        )

    def lock_account(self, account: AccountId, reason: str, call: Optional[Call] = None) -> SecuritySettings:
        """Locks an account; ``reason`` is the host's own word, 1-64 bytes. Flows begun before are void, everyone is
        told. Refuses with ``AccountClosed``."""
        return self._settings(lib.ringfence_service_lock, account, call, _native.text(reason, "a reason"))

    def unlock_account(self, account: AccountId, call: Optional[Call] = None) -> SecuritySettings:
        """Refuses with ``AccountClosed``."""
        return self._settings(lib.ringfence_service_unlock, account, call)

    def credentials_changed(self, account: AccountId, call: Optional[Call] = None) -> SecuritySettings:
        """The host has changed a password or another credential: flows and grants from before are void."""
        return self._settings(lib.ringfence_service_credentials_changed, account, call)

    def close_account(self, account: AccountId, call: Optional[Call] = None) -> SecuritySettings:
        """Closes an account for good and releases its addresses."""
        return self._settings(lib.ringfence_service_close, account, call)

    def erase_account(self, account: AccountId, call: Optional[Call] = None) -> SecuritySettings:
        """Erases everything personal that is kept of an account. If it fails half-way, call it again."""
        return self._settings(lib.ringfence_service_erase, account, call)

    def export_account(self, account: AccountId, call: Optional[Call] = None) -> dict[str, Any]:
        """Everything that is held about an account: ``account``, ``audit`` and ``messages``. It has full addresses."""
        of, _keep = self._account(account)
        written = _native.take_text(lib.ringfence_service_export_account, self._c, of, call_struct(call))
        return dict(json.loads(written))

    # ---- Audit trail

    def audit(
        self,
        account: AccountId,
        call: Optional[Call] = None,
        *,
        after: int = 0,
        since: int = 0,
        until: int = 0,
        max: int = 0,
    ) -> AuditPage:
        """Entries of the audit trail, the oldest first: those with a number greater than ``after``, not before
        ``since`` and before ``until`` (0: to the end), up to ``max``, 1-1000 (0: 100)."""
        of, _keep = self._account(account)
        query = _native.new(
            "ringfence_audit_query *",
            (
                ffi.sizeof("ringfence_audit_query"),
                _native.number32(max, "max"),
                _native.number64(after, "after"),
                _native.number64(since, "since"),
                _native.number64(until, "until"),
            ),
        )
        entries = _native.new("ringfence_text *")
        next = _native.new("uint64_t *")
        _native.call(lib.ringfence_service_audit, self._c, of, query, call_struct(call), entries, next)
        return AuditPage(tuple(json.loads(_native.owned_text(entries[0]))), next[0])

    def verify_audit(self, account: AccountId, call: Optional[Call] = None) -> AuditReport:
        """Checks the whole audit trail. Refuses with ``KeyMissing`` if the key of an entry is no longer in the ring."""
        of, _keep = self._account(account)
        return values.AUDIT_REPORT.of(lib.ringfence_service_verify_audit, self._c, of, call_struct(call))

    def prune_audit(self, account: AccountId, before: int, call: Optional[Call] = None) -> int:
        """Removes the entries from before a time, and tells how many; what tells of it stays."""
        of, _keep = self._account(account)
        removed = _native.new("int32_t *")
        time = _native.number64(before, "before")
        _native.call(lib.ringfence_service_prune_audit, self._c, of, time, call_struct(call), removed)
        return int(removed[0])

    # ---- Notices

    def set_notice_channels(
        self, account: AccountId, category: str, channels: Channels, call: Optional[Call] = None
    ) -> SecuritySettings:
        """The owner's choice of channels for a category of notices; ``Channels.NONE`` switches it off. Refuses with
        ``InvalidArgument`` what cannot be chosen."""
        wanted = _native.number32(channels, "channels")
        if wanted < 0:
            raise invalid("channels is a set of channels")
        text = _native.text(category, "a category")
        return self._settings(lib.ringfence_service_set_notice_channels, account, call, text, wanted)

    def notify(
        self, account: AccountId, category: str, text: str, idempotency_key: str, call: Optional[Call] = None
    ) -> NoticeReceipt:
        """Tells the owner something of the host's own: ``text`` of 1-1000 bytes in one line. Given again with the same
        ``idempotency_key``, 1-128 bytes, it sends nothing more. Refuses with ``NoMethodAvailable`` where no channel is
        verified."""
        of, _keep = self._account(account)
        return values.RECEIPT.of(
            lib.ringfence_service_notify,
            self._c,
            of,
            _native.text(category, "a category"),
            _native.text(text),
            _native.text(idempotency_key, "an idempotency key"),
            call_struct(call),
        )

    # ---- Appeals: for a person whom no method lets prove identity

    def submit_appeal(self, account: AccountId, submitted_by: str, call: Optional[Call] = None) -> Appeal:
        """Opens an appeal, taken by ``submitted_by``, 1-128 bytes. Refuses with ``AppealPending``."""
        of, _keep = self._account(account)
        by = _native.text(submitted_by, "who submits an appeal")
        appeal = values.APPEAL.of(lib.ringfence_service_submit_appeal, self._c, of, by, call_struct(call))
        assert appeal is not None
        return appeal

    def appeal(self, account: AccountId, call: Optional[Call] = None) -> Optional[Appeal]:
        """The appeal an account has, or its last one; None: it never had one."""
        of, _keep = self._account(account)
        return values.APPEAL.of(lib.ringfence_service_appeal, self._c, of, call_struct(call))

    def decide_appeal(
        self,
        account: AccountId,
        appeal_id: str,
        *,
        approve: bool,
        reviewer: str,
        evidence: str,
        call: Optional[Call] = None,
    ) -> Appeal:
        """A reviewer's decision; ``reviewer`` and ``evidence`` have 1-128 bytes. Approving is ``Limited`` until the
        appeal was held long enough. Refuses with ``AppealNotFound``, ``WrongStep``."""
        of, _keep = self._account(account)
        appeal = values.APPEAL.of(
            lib.ringfence_service_decide_appeal,
            self._c,
            of,
            _native.text(appeal_id, "the id of an appeal"),
            _native.flag(approve, "approve"),
            _native.text(reviewer, "a reviewer"),
            _native.text(evidence, "evidence"),
            call_struct(call),
        )
        assert appeal is not None
        return appeal

    def dispute(self, reference: str, call: Optional[Call] = None) -> SecuritySettings:
        """Somebody who was told of a change says that it was not theirs: the account is locked and an appeal opened.
        Refuses with ``DisputeNotFound``."""
        text = _native.text(reference, "a reference")
        return values.SETTINGS.of(lib.ringfence_service_dispute, self._c, text, call_struct(call))

    def report_delivery(
        self, account: AccountId, message: str, report: DeliveryReport, call: Optional[Call] = None
    ) -> SecuritySettings:
        """What a gateway reports later of a code that it had accepted, by ``Message.id``. If it did not arrive, the flow
        that waits for it has ``not_delivered``, and ``resend`` need not wait; the other limits hold. A report of anything
        else changes nothing; the last one counts."""
        arguments = _native.text(message, "a message"), _native.number32(report, "a report")
        return self._settings(lib.ringfence_service_report_delivery, account, call, *arguments)

    # ---- Flows. Each `begin` refuses with AccountClosed, ManagedElsewhere, AccountLocked; those that send a code also
    # with Limited, RiskRefused; those that prove identity also with MethodUnavailable, NoMethodAvailable,
    # FactorRequired.

    def begin_change_phone(
        self,
        account: AccountId,
        method: Method,
        call: Call,
        reason: ChangeReason = ChangeReason.NUMBER_CHANGED,
    ) -> Flow:
        """Changes the security phone: a code goes to an own channel, then one to the new number."""
        numbers = _native.number32(method, "a method"), _native.number32(reason, "a reason")
        return self._begin(lib.ringfence_service_begin_change_phone, account, call, *numbers)

    def begin_change_email(self, account: AccountId, method: Method, call: Call) -> Flow:
        """Changes the email, or adds the first one."""
        number = _native.number32(method, "a method")
        return self._begin(lib.ringfence_service_begin_change_email, account, call, number)

    def begin_verify_channel(self, account: AccountId, channel: ChannelKind, method: Method, call: Call) -> Flow:
        """Proves the present, unverified address of a channel. Refuses also with ``NothingToProve``."""
        numbers = _native.number32(channel, "a channel"), _native.number32(method, "a method")
        return self._begin(lib.ringfence_service_begin_verify_channel, account, call, *numbers)

    def begin_confirm_operation(self, account: AccountId, operation: str, method: Method, call: Call) -> Flow:
        """Confirms one sensitive operation of the host, e.g. ``vm:deleteInstance``, 1-128 bytes: :meth:`use_grant` then
        takes it."""
        what = _native.text(operation, "an operation"), _native.number32(method, "a method")
        return self._begin(lib.ringfence_service_begin_confirm_operation, account, call, *what)

    def begin_claim_login(self, account: AccountId, channel: ChannelKind, call: Call) -> Flow:
        """Claims the login with an own address that was shared and is no more. Refuses also with ``NothingToProve``."""
        number = _native.number32(channel, "a channel")
        return self._begin(lib.ringfence_service_begin_claim_login, account, call, number)

    def begin_replace_phone(
        self, account: AccountId, call: Call, reason: ChangeReason = ChangeReason.NUMBER_CHANGED
    ) -> Flow:
        """Sets a new phone without proof of identity, because an appeal was approved. Refuses also with
        ``AppealNotFound``."""
        number = _native.number32(reason, "a reason")
        return self._begin(lib.ringfence_service_begin_replace_phone, account, call, number)

    def use_grant(self, flow: Union[Flow, str], operation: str, call: Call) -> Grant:
        """Takes the grant of a confirmed operation, once. Refuses with ``GrantInvalid``."""
        handle = flow._text if isinstance(flow, Flow) else _native.text(flow, "the handle of a flow")
        what = _native.text(operation, "an operation")
        return values.GRANT.of(lib.ringfence_service_use_grant, self._c, handle, what, call_struct(call))

    def flow(self, handle: str) -> Flow:
        """The flow that a handle names, e.g. one that another process has begun. Asks nothing: the first step, or
        ``Flow.refresh``, tells whether there is one."""
        return Flow(self, handle)

    # ---- What the above share

    def _account(self, account: AccountId) -> tuple[Any, Any]:
        if isinstance(account, Account):
            return account._struct()
        return account_struct(self.realm, account)

    def _realm(self, realm: Optional[str]) -> tuple[Any, int]:
        return _native.text(self.realm if realm is None else realm, "a realm")

    def _registration(self, row: Registration) -> tuple[tuple[Any, ...], Any]:
        if not isinstance(row, Registration):
            raise TypeError(f"a row is a Registration, not {type(row).__name__}")
        account, keep = self._account(row.account)
        members = (
            ffi.sizeof("ringfence_registration"),
            _native.number32(row.kind, "Registration.kind"),
            account[0],
            _native.text(row.provider, "Registration.provider"),
            (
                _native.text(row.phone, "Registration.phone"),
                _native.text(row.phone_region, "Registration.phone_region"),
            ),
            _native.text(row.email, "Registration.email"),
            _native.number64(row.phone_proven_at, "Registration.phone_proven_at"),
            _native.number64(row.email_proven_at, "Registration.email_proven_at"),
            _native.text(row.locale, "Registration.locale"),
        )
        return members, keep

    def _settings(self, function: Any, account: AccountId, call: Optional[Call], *arguments: Any) -> SecuritySettings:
        of, _keep = self._account(account)
        return values.SETTINGS.of(function, self._c, of, *arguments, call_struct(call))

    def _begin(self, function: Any, account: AccountId, call: Call, *arguments: Any) -> Flow:
        of, _keep = self._account(account)
        view: FlowView = values.FLOW_VIEW.of(function, self._c, of, *arguments, call_struct(call))
        return Flow(self, view.flow, view)
