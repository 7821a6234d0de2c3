"""What a call is told and what it tells: plain, frozen values.

Times are milliseconds since 1970, 0 is none; :func:`ringfence.as_datetime` makes a ``datetime`` of one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Optional, Union

from . import _native
from ._library import ffi
from .enums import (
    AccountKind,
    AccountStatus,
    AppealState,
    Assurance,
    AuditFault,
    ChannelKind,
    Channels,
    ChannelState,
    FlowKind,
    FlowStep,
    NextStep,
    Reason,
    SmsAlphabet,
    Status,
    Verdict,
    reading,
)
from .errors import RingfenceError, class_of, invalid

_account = ffi.typeof("ringfence_account *")
_call = ffi.typeof("ringfence_call *")
_input = ffi.typeof("ringfence_address_input *")


@dataclass(frozen=True)
class Account:
    """Which account: the host's id of 1-128 bytes, in a realm (tenant) of 0-128 bytes."""

    id: str
    realm: str = ""

    # What the library reads, made when it is first passed, with what keeps its texts. No field: it is not to be copied.
    def _struct(self) -> tuple[Any, Any]:
        kept: Optional[tuple[Any, Any]] = self.__dict__.get("_kept")
        if kept is None:
            kept = account_struct(self.realm, self.id)
            object.__setattr__(self, "_kept", kept)
        return kept

    def __reduce__(self) -> tuple[Any, ...]:
        return Account, (self.id, self.realm)


AccountId = Union[str, Account]
"""An account, or its id in the realm of the service."""


def account_struct(realm: str, id: str) -> tuple[Any, tuple[Any, ...]]:
    """A pointer to a ``ringfence_account``, and what keeps its texts."""
    of = _native.text(realm, "a realm"), _native.text(id, "the id of an account")
    return _native.new(_account, of), of


def input_struct(text: str, region: str) -> tuple[Any, tuple[Any, ...]]:
    """A pointer to a ``ringfence_address_input``, and what keeps its texts."""
    of = _native.text(text, "an address"), _native.text(region, "a region")
    return _native.new(_input, of), of


@dataclass(frozen=True)
class Call:
    """Who calls. It may be used for any number of calls, from any thread.

    All texts are opaque to ringfence. ``session`` is the host's session, to which flows belong; ``source`` where the
    call comes from, e.g. an IP prefix, by which sends are limited; the same step asked again with the same
    ``request_id`` gets the reply it got; ``trace_id`` is passed on to what is plugged in, for its logs;
    ``attested_factor`` is a factor that the host has just checked in this session, e.g. ``passkey``; ``timeout`` is how
    long the call may wait in all, in seconds, and None is as long as it takes.
    """

    session: str = field(default="", repr=False)
    source: str = field(default="", repr=False)
    request_id: str = ""
    trace_id: str = ""
    attested_factor: str = ""
    timeout: Optional[float] = None

    # What the library reads, with what keeps its texts. No fields: they are not to be copied.
    def __post_init__(self) -> None:
        texts = tuple(
            _native.text(getattr(self, name), f"Call.{name}")
            for name in ("session", "source", "request_id", "trace_id", "attested_factor")
        )
        struct = (ffi.sizeof("ringfence_call"), *texts, _deadline_ms(self.timeout))
        object.__setattr__(self, "_c", _native.new(_call, struct))
        object.__setattr__(self, "_texts", texts)

    def __reduce__(self) -> tuple[Any, ...]:
        mine = self.session, self.source, self.request_id, self.trace_id, self.attested_factor, self.timeout
        return Call, mine


def call_struct(call: Optional[Call]) -> Any:
    """A pointer to the struct of a call, which the call keeps; of none, NULL."""
    if call is None:
        return ffi.NULL
    if not isinstance(call, Call):
        raise TypeError(f"a call is a Call, not {type(call).__name__}")
    return call.__dict__["_c"]


def _deadline_ms(timeout: Optional[float]) -> int:
    if timeout is None:
        return 0
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"Call.timeout is a number of seconds, not {type(timeout).__name__}")
    # 0 would be "as long as it takes", the opposite of what was asked for.
    if not 0 < timeout < 1e12:
        raise invalid("Call.timeout is a number of seconds above 0; None for no limit")
    return math.ceil(timeout * 1000)


@dataclass(frozen=True)
class Address:
    """An address in its one stored form."""

    kind: ChannelKind
    text: str
    """``+8613912343672``, ``lin@example.com``"""
    masked: str
    """``139****3672``, ``l*****n@example.com``"""
    country_code: int
    """Of a number, e.g. 86; of an email 0."""


def _read_address(c: Any) -> Address:
    return Address(ChannelKind(c.kind), _native.chars(c.text), _native.chars(c.masked), c.country_code)


@dataclass(frozen=True)
class SmsSize:
    """How large a text message is on the way to a telephone, which is how it is paid for."""

    alphabet: SmsAlphabet
    units: int
    """Septets, or units of UTF-16."""
    segments: int
    """Parts in which it travels."""


def _read_sms_size(c: Any) -> SmsSize:
    return SmsSize(SmsAlphabet(c.alphabet), c.units, c.segments)


@dataclass(frozen=True)
class Registration:
    """An account as the host registers or imports it. The phone is required, the rest of the addresses is not.

    ``phone_region`` is the country in which the number was typed, e.g. ``CN``; ``phone_proven_at`` is when the host saw
    the number proven, 0: it is unverified; ``provider`` is the identity provider of a federated account; ``locale`` is
    what its owner reads, a language tag such as ``zh-Hans-CN``.
    """

    account: AccountId
    phone: str = field(repr=False)
    phone_region: str = ""
    phone_proven_at: int = 0
    email: str = field(default="", repr=False)
    email_proven_at: int = 0
    kind: AccountKind = AccountKind.STANDALONE
    provider: str = ""
    locale: str = ""


@dataclass(frozen=True)
class ImportRefusal:
    """A row that was not imported. ``error`` says why; it is not raised."""

    index: int
    error: RingfenceError


@dataclass(frozen=True)
class ImportReport:
    imported: int
    present: int
    """Accounts that were there already, and stay as they are."""
    claims_moved: int
    """How often an account lost a login claim to one with an earlier proof."""
    refused: tuple[ImportRefusal, ...]


def read_import_refusal(row: dict[str, Any]) -> ImportRefusal:
    try:
        status, next = Status[row["status"].upper()], NextStep[row["next"].upper()]
    except KeyError:  # of a newer library
        status, next = Status.INTERNAL, NextStep.FIX_INPUT
    return ImportRefusal(row["index"], class_of[status](status, next, 0, row["text"]))


@dataclass(frozen=True)
class Badge:
    """Whether a channel serves for something; else why not. True if it does."""

    usable: bool
    reason: Reason

    def __bool__(self) -> bool:
        return self.usable


@dataclass(frozen=True)
class ChannelSettings:
    """A channel as its owner sees it."""

    kind: ChannelKind
    state: ChannelState
    masked: str
    """Empty if absent."""
    verification: Badge
    login: Badge
    notices: Badge
    assurance: Assurance
    tries_left: int
    """Wrong codes until the account is locked."""
    limited_until: int
    """If set, no code is sent to it before then."""


@dataclass(frozen=True)
class NoticeSettings:
    """One category of notices."""

    category: str
    chosen: Channels
    """By the owner, or by default."""
    channels: Channels
    """Where a notice would go now."""
    mandatory: bool
    """It cannot be switched off."""
    choosable: bool


@dataclass(frozen=True)
class SecuritySettings:
    """What the owner sees of an account."""

    account: Account
    kind: AccountKind
    status: AccountStatus
    managed_at: str
    """Of a federated account: the link the policy has for its provider."""
    phone: ChannelSettings
    email: ChannelSettings
    notices: tuple[NoticeSettings, ...]
    locale: str = ""
    """What the owner reads, e.g. ``zh-Hans-CN``; empty: not known."""

    @property
    def channels(self) -> tuple[ChannelSettings, ...]:
        return self.phone, self.email


def _read_channel(c: Any) -> ChannelSettings:
    return ChannelSettings(
        kind=ChannelKind(c.kind),
        state=ChannelState(c.state),
        masked=_native.chars(c.masked),
        verification=Badge(bool(c.verification), Reason(c.verification_reason)),
        login=Badge(bool(c.login), Reason(c.login_reason)),
        notices=Badge(bool(c.notices), Reason(c.notices_reason)),
        assurance=Assurance(c.assurance),
        tries_left=c.tries_left,
        limited_until=c.limited_until,
    )


def _read_settings(c: Any) -> SecuritySettings:
    notices = tuple(
        NoticeSettings(
            category=_native.chars(one.category),
            chosen=Channels(one.chosen),
            channels=Channels(one.channels),
            mandatory=bool(one.mandatory),
            choosable=bool(one.choosable),
        )
        for one in c.notices[0 : c.notice_count]
    )
    return SecuritySettings(
        account=Account(_native.chars(c.id), _native.chars(c.realm)),
        kind=AccountKind(c.kind),
        status=AccountStatus(c.status),
        managed_at=_native.chars(c.managed_at),
        phone=_read_channel(c.phone),
        email=_read_channel(c.email),
        notices=notices,
        locale=_native.chars(c.locale),
    )


@dataclass(frozen=True)
class Change:
    """What a change of an address led to."""

    usable_for_verification: bool
    usable_for_login: bool
    """Not if another account is associated with the address."""
    masked: str
    """The new address."""
    check_email: bool
    """The person changed: the email may still be the predecessor's."""


@dataclass(frozen=True)
class Grant:
    """A confirmed operation."""

    operation: str
    expires_at: int


@dataclass(frozen=True)
class FlowView:
    """A flow as its owner may see it, and the verdict of the call that returned it."""

    flow: str
    """Names the flow in later calls: see ``Service.flow``. Not a secret."""
    kind: FlowKind
    channel: ChannelKind
    """Whose address is set or proven."""
    step: FlowStep
    """What it waits for."""
    verdict: Verdict
    tries_left: int
    """With the live code."""
    repeated: bool
    """This reply was given before; nothing happened now."""
    verification_only: bool
    """In ``CONFIRM_TARGET``: the proven address would not serve for login."""
    sent_to: str
    """Masked: where this step's code went; empty if none was sent."""
    code_expires_at: int
    limited_until: int
    """If set: after too many wrong codes none is taken before then."""
    resend_at: int
    """From when on a code may be sent again."""
    not_delivered: bool
    """The gateway has reported that the code did not arrive: ``resend`` need not wait."""
    expires_at: int
    """When the flow ends by itself."""
    changed: Optional[Change]
    """Done: what it led to."""
    granted: Optional[Grant]
    """Done: ``Service.use_grant`` takes the grant."""

    @property
    def accepted(self) -> bool:
        """Whether the code was right."""
        return self.verdict is Verdict.ACCEPTED


_flow_kind, _channel_kind = reading(FlowKind), reading(ChannelKind)
_flow_step, _verdict = reading(FlowStep), reading(Verdict)


def _read_flow_view(c: Any) -> FlowView:
    changed = None
    if c.changed:
        changed = Change(
            bool(c.usable_for_verification), bool(c.usable_for_login), _native.chars(c.changed_to), bool(c.check_email)
        )
    return _native.made(
        FlowView,
        flow=_native.chars(c.flow),
        kind=_flow_kind(c.kind),
        channel=_channel_kind(c.channel),
        step=_flow_step(c.step),
        verdict=_verdict(c.verdict),
        tries_left=c.tries_left,
        repeated=bool(c.repeated),
        verification_only=bool(c.verification_only),
        sent_to=_native.chars(c.sent_to),
        code_expires_at=c.code_expires_at,
        limited_until=c.limited_until,
        resend_at=c.resend_at,
        not_delivered=bool(c.not_delivered),
        expires_at=c.expires_at,
        changed=changed,
        granted=Grant(_native.chars(c.operation), c.grant_expires_at) if c.granted else None,
    )


def _read_grant(c: Any) -> Grant:
    return Grant(_native.chars(c.operation), c.expires_at)


@dataclass(frozen=True)
class Appeal:
    """What a person whom no method lets prove identity asks for."""

    id: str
    state: AppealState
    submitted_by: str
    submitted_at: int
    held_until: int
    """Not approved before."""
    reviewer: str
    evidence: str
    decided_at: int
    open_until: int
    """Approved: the phone may be replaced until then."""


def _read_appeal(c: Any) -> Optional[Appeal]:
    id = _native.chars(c.id)
    if not id:
        return None
    return Appeal(
        id=id,
        state=AppealState(c.state),
        submitted_by=_native.chars(c.submitted_by),
        submitted_at=c.submitted_at,
        held_until=c.held_until,
        reviewer=_native.chars(c.reviewer),
        evidence=_native.chars(c.evidence),
        decided_at=c.decided_at,
        open_until=c.open_until,
    )


@dataclass(frozen=True)
class NoticeReceipt:
    """Where a notice goes."""

    sent_to: Channels
    """None of them: the owner has switched the category off."""
    phone: str
    """Masked, as is the email; empty if it does not go there."""
    email: str
    repeated: bool
    """It was given before; nothing happened now."""


def _read_receipt(c: Any) -> NoticeReceipt:
    return NoticeReceipt(Channels(c.sent_to), _native.chars(c.phone), _native.chars(c.email), bool(c.repeated))


def _read_login(c: Any) -> Optional[str]:
    return _native.chars(c.account) if c.found else None


@dataclass(frozen=True)
class AuditPage:
    """Entries of an audit trail, the oldest first; each is an object as docs/events.md tells."""

    entries: tuple[dict[str, Any], ...]
    next: int
    """Unless 0: go on after this number."""


@dataclass(frozen=True)
class AuditReport:
    """What a check of a whole audit trail found."""

    fault: AuditFault
    at: int
    """The number of the first entry that does not hold."""
    checked: int
    """Entries that hold."""
    head: int
    """The number of the newest entry. Keep it and its MAC elsewhere to notice a trail that was put back."""
    head_mac: str
    anchor: int
    """The number of the last entry that was pruned."""
    anchor_mac: str

    @property
    def intact(self) -> bool:
        return self.fault is AuditFault.INTACT


def _read_audit_report(c: Any) -> AuditReport:
    return AuditReport(
        fault=AuditFault(c.fault),
        at=c.at,
        checked=c.checked,
        head=c.head,
        head_mac=_native.chars(c.head_mac),
        anchor=c.anchor,
        anchor_mac=_native.chars(c.anchor_mac),
    )


@dataclass(frozen=True)
class Health:
    """How the store, the outbox and the keys do."""

    store: Status
    """``OK`` if the store answered; else why it did not."""
    store_ms: int
    due: int
    """Messages whose time has come; counted up to 1000."""
    oldest_due_at: int
    outbox_age_ms: int
    """How long the longest waiting message has been due."""
    keys: int
    current_key: str
    """The id of the key that makes new codes."""


def _read_health(c: Any) -> Health:
    return Health(
        store=Status(c.store),
        store_ms=c.store_ms,
        due=c.due,
        oldest_due_at=c.oldest_due_at,
        outbox_age_ms=c.outbox_age_ms,
        keys=c.keys,
        current_key=_native.chars(c.current_key),
    )


@dataclass(frozen=True)
class DispatchCounts:
    """What pumping did."""

    taken: int = 0
    """0: nothing was due."""
    accepted: int = 0
    given_up: int = 0
    superseded: int = 0
    deferred: int = 0
    """To be tried again."""
    held: int = 0
    """Not handed over yet: its way out is full or broken, or a budget is spent."""

    def __add__(self, other: DispatchCounts) -> DispatchCounts:
        return DispatchCounts(
            self.taken + other.taken,
            self.accepted + other.accepted,
            self.given_up + other.given_up,
            self.superseded + other.superseded,
            self.deferred + other.deferred,
            self.held + other.held,
        )


def _read_counts(c: Any) -> DispatchCounts:
    return DispatchCounts(c.taken, c.accepted, c.given_up, c.superseded, c.deferred, c.held)


@dataclass(frozen=True)
class RouteHealth:
    """How the last hand-overs of one way out went."""

    last_accepted_at: int
    last_failed_at: int
    failures_in_a_row: int
    broken: bool
    """Too many failed in a row, and nothing is handed over for a while."""


@dataclass(frozen=True)
class DeliveryHealth:
    sms: RouteHealth
    voice: RouteHealth
    email: RouteHealth
    events: RouteHealth


def _read_delivery_health(c: Any) -> DeliveryHealth:
    def route(of: Any) -> RouteHealth:
        return RouteHealth(of.last_accepted_at, of.last_failed_at, of.failures_in_a_row, bool(of.broken))

    return DeliveryHealth(route(c.sms), route(c.voice), route(c.email), route(c.events))


# How each reply is read.
ADDRESS = _native.Reply("ringfence_address", _read_address)
SMS_SIZE = _native.Reply("ringfence_sms_size", _read_sms_size)
SETTINGS = _native.Reply("ringfence_settings", _read_settings)
FLOW_VIEW = _native.Reply("ringfence_flow_view", _read_flow_view)
GRANT = _native.Reply("ringfence_grant", _read_grant)
APPEAL = _native.Reply("ringfence_appeal", _read_appeal)
RECEIPT = _native.Reply("ringfence_notice_receipt", _read_receipt)
LOGIN = _native.Reply("ringfence_login", _read_login)
AUDIT_REPORT = _native.Reply("ringfence_audit_report", _read_audit_report)
HEALTH = _native.Reply("ringfence_health", _read_health)
COUNTS = _native.Reply("ringfence_dispatch_counts", _read_counts)
DELIVERY_HEALTH = _native.Reply("ringfence_delivery_health", _read_delivery_health)
