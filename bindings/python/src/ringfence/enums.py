"""The enumerations of the library. Their values are the header's.

A newer library may have more values than this package knows: they come as members named ``UNKNOWN_<number>``.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Any, Callable, Optional, TypeVar

from ._library import ffi as _ffi
from ._library import lib as _lib

_E = TypeVar("_E", bound="_Open")


class _Open(IntEnum):
    @classmethod
    def _missing_(cls: type[_E], value: object) -> Optional[_E]:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member

    @property
    def label(self) -> str:
        """The stable name that the library has for it, in lower case; ``?`` of one that it does not know."""
        named = _names.get(type(self))
        return str(_ffi.string(named(self)).decode()) if named else self.name.lower()


class _Members(dict[int, _E]):
    """The members of an enumeration by their values; made when it is asked for what it does not know."""

    def __init__(self, kind: type[_E]) -> None:
        super().__init__((int(member), member) for member in kind)
        self._kind = kind

    def __missing__(self, value: int) -> _E:
        return self._kind(value)


def reading(kind: type[_E]) -> Callable[[int], _E]:
    """What makes a member of a number that the library gives: as calling the enumeration does, which takes long."""
    return _Members(kind).__getitem__


class Status(_Open):
    """Why a call was refused. Each has an exception of its own: see :mod:`ringfence.errors`."""

    OK = _lib.RINGFENCE_OK
    METHOD_UNAVAILABLE = _lib.RINGFENCE_METHOD_UNAVAILABLE
    NO_METHOD_AVAILABLE = _lib.RINGFENCE_NO_METHOD_AVAILABLE
    SAME_ADDRESS = _lib.RINGFENCE_SAME_ADDRESS
    INVALID_NUMBER = _lib.RINGFENCE_INVALID_NUMBER
    INVALID_EMAIL = _lib.RINGFENCE_INVALID_EMAIL
    NUMBER_TYPE_NOT_ALLOWED = _lib.RINGFENCE_NUMBER_TYPE_NOT_ALLOWED
    REGION_NOT_ALLOWED = _lib.RINGFENCE_REGION_NOT_ALLOWED
    MANAGED_ELSEWHERE = _lib.RINGFENCE_MANAGED_ELSEWHERE
    ACCOUNT_LOCKED = _lib.RINGFENCE_ACCOUNT_LOCKED
    ACCOUNT_CLOSED = _lib.RINGFENCE_ACCOUNT_CLOSED
    ACCOUNT_NOT_FOUND = _lib.RINGFENCE_ACCOUNT_NOT_FOUND
    ACCOUNT_EXISTS = _lib.RINGFENCE_ACCOUNT_EXISTS
    FLOW_EXPIRED = _lib.RINGFENCE_FLOW_EXPIRED
    FLOW_NOT_FOUND = _lib.RINGFENCE_FLOW_NOT_FOUND
    WRONG_STEP = _lib.RINGFENCE_WRONG_STEP
    SESSION_MISMATCH = _lib.RINGFENCE_SESSION_MISMATCH
    LIMITED = _lib.RINGFENCE_LIMITED
    ADDRESS_AT_CAPACITY = _lib.RINGFENCE_ADDRESS_AT_CAPACITY
    NOTHING_TO_PROVE = _lib.RINGFENCE_NOTHING_TO_PROVE
    APPEAL_PENDING = _lib.RINGFENCE_APPEAL_PENDING
    APPEAL_NOT_FOUND = _lib.RINGFENCE_APPEAL_NOT_FOUND
    DISPUTE_NOT_FOUND = _lib.RINGFENCE_DISPUTE_NOT_FOUND
    FACTOR_REQUIRED = _lib.RINGFENCE_FACTOR_REQUIRED
    RISK_REFUSED = _lib.RINGFENCE_RISK_REFUSED
    GRANT_INVALID = _lib.RINGFENCE_GRANT_INVALID
    BUSY = _lib.RINGFENCE_BUSY
    STORE_UNAVAILABLE = _lib.RINGFENCE_STORE_UNAVAILABLE
    OUTCOME_UNKNOWN = _lib.RINGFENCE_OUTCOME_UNKNOWN
    KEY_MISSING = _lib.RINGFENCE_KEY_MISSING
    INVALID_ARGUMENT = _lib.RINGFENCE_INVALID_ARGUMENT
    INVALID_POLICY = _lib.RINGFENCE_INVALID_POLICY
    KEY_UNUSABLE = _lib.RINGFENCE_KEY_UNUSABLE
    STORE_IN_USE = _lib.RINGFENCE_STORE_IN_USE
    STORE_OLDER = _lib.RINGFENCE_STORE_OLDER
    STORE_NEWER = _lib.RINGFENCE_STORE_NEWER
    STORE_FOREIGN = _lib.RINGFENCE_STORE_FOREIGN
    STORE_CORRUPT = _lib.RINGFENCE_STORE_CORRUPT
    WRONG_PROCESS = _lib.RINGFENCE_WRONG_PROCESS
    INTERNAL = _lib.RINGFENCE_INTERNAL


class NextStep(_Open):
    """What the caller does after a refusal."""

    FIX_INPUT = _lib.RINGFENCE_NEXT_FIX_INPUT
    WAIT = _lib.RINGFENCE_NEXT_WAIT
    RESTART_FLOW = _lib.RINGFENCE_NEXT_RESTART_FLOW
    RETRY = _lib.RINGFENCE_NEXT_RETRY
    CONTACT_SUPPORT = _lib.RINGFENCE_NEXT_CONTACT_SUPPORT
    FIX_SETUP = _lib.RINGFENCE_NEXT_FIX_SETUP


class ChannelKind(_Open):
    """A channel of an account."""

    PHONE = _lib.RINGFENCE_PHONE
    EMAIL = _lib.RINGFENCE_EMAIL


Method = ChannelKind
"""By which channel identity is proven: the methods are the kinds of channel."""


class Channels(IntFlag):
    """A set of channels."""

    NONE = 0
    PHONE = 1 << _lib.RINGFENCE_PHONE
    EMAIL = 1 << _lib.RINGFENCE_EMAIL


class ChannelState(_Open):
    ABSENT = _lib.RINGFENCE_CHANNEL_ABSENT
    UNVERIFIED = _lib.RINGFENCE_CHANNEL_UNVERIFIED
    VERIFIED = _lib.RINGFENCE_CHANNEL_VERIFIED


class Reason(_Open):
    """Why a badge is missing."""

    NONE = _lib.RINGFENCE_REASON_NONE
    ABSENT = _lib.RINGFENCE_REASON_ABSENT
    UNVERIFIED = _lib.RINGFENCE_REASON_UNVERIFIED
    SHARED_WITH_OTHER_ACCOUNTS = _lib.RINGFENCE_REASON_SHARED_WITH_OTHER_ACCOUNTS
    ACCOUNT_LOCKED = _lib.RINGFENCE_REASON_ACCOUNT_LOCKED
    ACCOUNT_CLOSED = _lib.RINGFENCE_REASON_ACCOUNT_CLOSED
    DISABLED_BY_POLICY = _lib.RINGFENCE_REASON_DISABLED_BY_POLICY


class Assurance(_Open):
    """What a proof by a channel is worth."""

    RESTRICTED = _lib.RINGFENCE_ASSURANCE_RESTRICTED
    RECOVERY_ONLY = _lib.RINGFENCE_ASSURANCE_RECOVERY_ONLY


class AccountKind(_Open):
    STANDALONE = _lib.RINGFENCE_ACCOUNT_STANDALONE
    FEDERATED = _lib.RINGFENCE_ACCOUNT_FEDERATED


class AccountStatus(_Open):
    ACTIVE = _lib.RINGFENCE_STATUS_ACTIVE
    LOCKED = _lib.RINGFENCE_STATUS_LOCKED
    CLOSED = _lib.RINGFENCE_STATUS_CLOSED


class FlowKind(_Open):
    CHANGE_PHONE = _lib.RINGFENCE_FLOW_CHANGE_PHONE
    CHANGE_EMAIL = _lib.RINGFENCE_FLOW_CHANGE_EMAIL
    VERIFY_CHANNEL = _lib.RINGFENCE_FLOW_VERIFY_CHANNEL
    CONFIRM_OPERATION = _lib.RINGFENCE_FLOW_CONFIRM_OPERATION
    CLAIM_LOGIN = _lib.RINGFENCE_FLOW_CLAIM_LOGIN
    REPLACE_PHONE = _lib.RINGFENCE_FLOW_REPLACE_PHONE


class FlowStep(_Open):
    """What a flow waits for."""

    PROVE_IDENTITY = _lib.RINGFENCE_STEP_PROVE_IDENTITY
    SET_TARGET = _lib.RINGFENCE_STEP_SET_TARGET
    PROVE_TARGET = _lib.RINGFENCE_STEP_PROVE_TARGET
    CONFIRM_TARGET = _lib.RINGFENCE_STEP_CONFIRM_TARGET
    DONE = _lib.RINGFENCE_STEP_DONE
    FAILED = _lib.RINGFENCE_STEP_FAILED
    CANCELLED = _lib.RINGFENCE_STEP_CANCELLED


class Verdict(_Open):
    """What became of a code that was presented."""

    REJECTED = _lib.RINGFENCE_VERDICT_REJECTED
    ACCEPTED = _lib.RINGFENCE_VERDICT_ACCEPTED
    NO_LIVE_CODE = _lib.RINGFENCE_VERDICT_NO_LIVE_CODE
    NOT_ASKED = _lib.RINGFENCE_VERDICT_NOT_ASKED


class ChangeReason(_Open):
    """Why a phone is changed. When the person changed, all grants are void and the email is doubted."""

    NUMBER_CHANGED = _lib.RINGFENCE_NUMBER_CHANGED
    PERSON_CHANGED = _lib.RINGFENCE_PERSON_CHANGED


class DeliveryReport(_Open):
    """What a gateway reports of a message that it had accepted."""

    DELIVERED = _lib.RINGFENCE_DELIVERY_DELIVERED
    FAILED = _lib.RINGFENCE_DELIVERY_FAILED


class SmtpTls(_Open):
    """How the connection to a mail server is encrypted. Certificates are always checked."""

    STARTTLS = _lib.RINGFENCE_SMTP_STARTTLS
    """Before anything else is said; a server that does not offer it gets no mail."""
    IMPLICIT = _lib.RINGFENCE_SMTP_IMPLICIT
    """From the first byte."""
    NONE = _lib.RINGFENCE_SMTP_NONE
    """In the clear, to a server on this machine."""


class Route(_Open):
    """How a code reaches a phone."""

    TEXT = _lib.RINGFENCE_ROUTE_TEXT
    VOICE = _lib.RINGFENCE_ROUTE_VOICE


class AppealState(_Open):
    SUBMITTED = _lib.RINGFENCE_APPEAL_SUBMITTED
    APPROVED = _lib.RINGFENCE_APPEAL_APPROVED
    REJECTED = _lib.RINGFENCE_APPEAL_REJECTED
    USED = _lib.RINGFENCE_APPEAL_USED


class AuditFault(_Open):
    """What is wrong with an audit trail."""

    INTACT = _lib.RINGFENCE_AUDIT_INTACT
    REMOVED = _lib.RINGFENCE_AUDIT_REMOVED
    CHANGED = _lib.RINGFENCE_AUDIT_CHANGED
    ADDED = _lib.RINGFENCE_AUDIT_ADDED


class MessageKind(_Open):
    CODE = _lib.RINGFENCE_MESSAGE_CODE
    NOTICE = _lib.RINGFENCE_MESSAGE_NOTICE
    EVENT = _lib.RINGFENCE_MESSAGE_EVENT


class Role(_Open):
    """What a code proves."""

    IDENTITY = _lib.RINGFENCE_ROLE_IDENTITY
    TARGET = _lib.RINGFENCE_ROLE_TARGET


class CommitOutcome(_Open):
    """How a commit ended."""

    UNKNOWN = _lib.RINGFENCE_COMMIT_UNKNOWN
    COMMITTED = _lib.RINGFENCE_COMMIT_COMMITTED
    CONFLICT = _lib.RINGFENCE_COMMIT_CONFLICT
    UNAVAILABLE = _lib.RINGFENCE_COMMIT_UNAVAILABLE


class SendOutcome(_Open):
    """How the hand-over of a message ended."""

    UNKNOWN = _lib.RINGFENCE_SEND_UNKNOWN
    ACCEPTED = _lib.RINGFENCE_SEND_ACCEPTED
    TEMPORARY = _lib.RINGFENCE_SEND_TEMPORARY
    PERMANENT = _lib.RINGFENCE_SEND_PERMANENT
    UNREACHABLE = _lib.RINGFENCE_SEND_UNREACHABLE
    """May go later. It is about this recipient alone, e.g. a mailbox that is full: what goes to others is not held up."""


class RiskAnswer(_Open):
    UNKNOWN = _lib.RINGFENCE_RISK_UNKNOWN
    CLEAR = _lib.RINGFENCE_RISK_CLEAR
    SUSPICIOUS = _lib.RINGFENCE_RISK_SUSPICIOUS


class RiskMoment(_Open):
    BEFORE_SEND = _lib.RINGFENCE_RISK_BEFORE_SEND
    BEFORE_EFFECT = _lib.RINGFENCE_RISK_BEFORE_EFFECT


class ObservationKind(_Open):
    COUNTER = _lib.RINGFENCE_OBSERVATION_COUNTER
    TIMING = _lib.RINGFENCE_OBSERVATION_TIMING
    EVENT = _lib.RINGFENCE_OBSERVATION_EVENT


class SmsAlphabet(_Open):
    """In which characters a network carries a text message."""

    GSM7 = _lib.RINGFENCE_SMS_GSM7
    UCS2 = _lib.RINGFENCE_SMS_UCS2


_names: dict[type, Any] = {
    Status: _lib.ringfence_status_name,
    NextStep: _lib.ringfence_next_name,
    ChannelKind: _lib.ringfence_channel_kind_name,
    ChannelState: _lib.ringfence_channel_state_name,
    Reason: _lib.ringfence_reason_name,
    Assurance: _lib.ringfence_assurance_name,
    AccountKind: _lib.ringfence_account_kind_name,
    AccountStatus: _lib.ringfence_account_status_name,
    FlowKind: _lib.ringfence_flow_kind_name,
    FlowStep: _lib.ringfence_flow_step_name,
    Verdict: _lib.ringfence_verdict_name,
    ChangeReason: _lib.ringfence_change_reason_name,
    DeliveryReport: _lib.ringfence_delivery_report_name,
    Route: _lib.ringfence_route_name,
    AppealState: _lib.ringfence_appeal_state_name,
    AuditFault: _lib.ringfence_audit_fault_name,
    MessageKind: _lib.ringfence_message_kind_name,
    Role: _lib.ringfence_role_name,
    RiskAnswer: _lib.ringfence_risk_answer_name,
    RiskMoment: _lib.ringfence_risk_moment_name,
    ObservationKind: _lib.ringfence_observation_kind_name,
    SmsAlphabet: _lib.ringfence_sms_alphabet_name,
}
