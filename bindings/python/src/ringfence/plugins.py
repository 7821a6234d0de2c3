"""What a host may plug in: derive from these classes.

The methods may be called from any thread that calls ringfence, several at once, and may call ringfence. An exception
that comes out of one is given to ``sys.unraisablehook`` and counts as the method's failure, which never lets anybody
in: each method says what follows.

What is no ``Exception``, such as the ``KeyboardInterrupt`` of Ctrl-C and ``SystemExit``, counts as a failure, too, and is
raised by the call that the method was called in, when that has ended. What the call did has happened: with a
``request_id`` it may be made again.

Who is made of such objects keeps them; they may refer to it in turn.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Optional, Union

from .enums import (
    ChannelKind,
    CommitOutcome,
    FlowKind,
    MessageKind,
    ObservationKind,
    RiskAnswer,
    RiskMoment,
    Role,
    Route,
    SendOutcome,
)
from .records import ChangeSet, Key, Loaded, Message, MessagePlace, OutboxState, Settlement
from .values import Account


class Store(ABC):
    """Where records and the outbox live. ``ringfence.testing`` puts the whole contract to a store of yours.

    ``deadline_ms`` is how long a call may wait; 0 is as long as it takes. To refuse, raise ``StoreUnavailable``,
    ``StoreCorrupt``, ``WrongProcess`` or, but from ``load``, ``OutcomeUnknown``. Any other exception counts as
    ``StoreUnavailable`` from what only reads, and else as ``OutcomeUnknown``; whatever ``commit`` raises counts as
    ``CommitOutcome.UNKNOWN``.
    """

    @abstractmethod
    def load(self, keys: Sequence[Key], deadline_ms: int) -> Sequence[Optional[Loaded]]:
        """One entry for each key, in their order, all as they are at one moment."""

    @abstractmethod
    def commit(self, change: ChangeSet, deadline_ms: int) -> CommitOutcome:
        """Checks every expectation and applies the change set, in one atomic step. One that is not ``well_formed``, or
        has a message whose id is taken, is ``UNAVAILABLE``."""

    @abstractmethod
    def take(self, now: int, lease_ms: int, max: int, share_index: int, share_of: int) -> Sequence[Message]:
        """Up to ``max`` pending messages of the share that are due, leased durably until ``now + lease_ms``."""

    @abstractmethod
    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Settles the messages that are pending with the same number of attempts, and passes over the others. One that is
        to be ``pending`` may have been given up with that number: then it is tried again."""

    @abstractmethod
    def messages(self, account: Account, max: int, deadline_ms: int) -> Sequence[Message]:
        """Up to ``max`` messages of an account, the first created first."""

    @abstractmethod
    def given_up(self, after: MessagePlace, max: int, deadline_ms: int) -> Sequence[Message]:
        """Up to ``max`` messages of all accounts that were given up, in the order of their places, those after
        ``after``."""

    @abstractmethod
    def outbox(self, now: int, deadline_ms: int) -> OutboxState:
        """What waits in the outbox."""

    @abstractmethod
    def sweep(self, now: int, settled_before: int, max: int) -> int:
        """Removes up to ``max`` things that say nothing any more, and tells how many: messages that ended and were
        created before ``settled_before``, records whose ``forget_at`` has come. Call it now and then, and again until
        it removes less than ``max``."""


@dataclass(frozen=True)
class OutgoingMessage:
    """A message about to be handed over. What is secret or personal is not in its ``repr``."""

    id: str
    """The idempotency key: every repeat carries it."""
    kind: MessageKind
    purpose: str
    """Of a code the kind of the flow; else the name, e.g. ``phone_changed``."""
    account: Account = field(repr=False)
    channel: ChannelKind
    destination: str = field(repr=False)
    """The number in E.164, or the email."""
    route: Route
    role: Role
    """Of a code: what it proves."""
    locale: str
    """Of the text, BCP 47, e.g. ``en``"""
    code: str = field(repr=False)
    """Empty for a notice. A secret."""
    text: str = field(repr=False)
    """What the person reads; holds the code."""
    fields: dict[str, str] = field(repr=False)
    """What it tells, by name."""
    attempts: int
    """1, 2, ..."""
    lifetime_ms: int
    """How long the code will be valid from now."""
    created_at: int
    trace_id: str
    """Of the call that made it."""
    subject: str = field(default="", repr=False)
    """Of a mail."""
    html: str = field(default="", repr=False)
    """Of a mail: the text once more, as an HTML document; holds the code."""


@dataclass(frozen=True)
class Event:
    """Something the host is told of. docs/events.md has every name and its fields."""

    id: str
    """The same each time it is delivered."""
    name: str
    """E.g. ``phone_changed``"""
    account: Account = field(repr=False)
    fields: dict[str, str]
    attempts: int
    created_at: int
    trace_id: str


@dataclass(frozen=True)
class SendResult:
    """How a hand-over ended. ``retry_after_ms``: if it may go later, the least time to wait. ``reason``: why it was not
    sent or, when accepted, what the gateway calls the message in its delivery reports. It is stored with the message,
    as its ``outcome``: no address, no code."""

    outcome: SendOutcome
    retry_after_ms: int = 0
    reason: str = ""


class Sender(ABC):
    """What hands messages to people: an SMS gateway, a mail server."""

    @abstractmethod
    def send(self, message: OutgoingMessage) -> Union[SendResult, SendOutcome]:
        """Hands a message over. Failing, or answering anything else, counts as ``UNKNOWN``: it may have been sent, and
        is tried again with the same id. Of what it raises, the kind stays with the message as its outcome."""


class EventSink(ABC):
    """What tells the host of what happened."""

    @abstractmethod
    def deliver(self, event: Event) -> Union[SendResult, SendOutcome]:
        """Takes an event, possibly more than once. Failing counts as ``UNKNOWN``: it comes again. Of what
        it raises, the kind stays with the message as its outcome."""


class Clock(ABC):
    """Where the time comes from."""

    @abstractmethod
    def now_ms(self) -> int:
        """The time of day, in milliseconds since 1970. It may jump. Failing, the call that wanted it fails."""

    def pause(self, duration_ms: int) -> None:
        """Waits about this long, at most a second."""
        time.sleep(min(max(duration_ms, 0), 1000) / 1000)


class Entropy(ABC):
    """Where randomness comes from."""

    @abstractmethod
    def fill(self, size: int) -> bytes:
        """As many unpredictable bytes. Failing, or giving another number of them, the call that wanted them fails."""


@dataclass(frozen=True)
class RiskQuestion:
    """What a risk advisor is asked."""

    moment: RiskMoment
    flow: FlowKind
    account: Account = field(repr=False)
    number: str = field(repr=False)
    """In E.164: where a code goes, or the phone that proved identity; may be empty."""
    session: str = field(repr=False)
    source: str = field(repr=False)
    trace_id: str


class RiskAdvisor(ABC):
    """Whether something speaks against a person: a SIM that was swapped a moment ago, a session that behaves oddly."""

    @abstractmethod
    def ask(self, question: RiskQuestion) -> RiskAnswer:
        """Failing, or answering anything else, counts as ``UNKNOWN``."""


@dataclass(frozen=True)
class Observation:
    """What the library does, for metrics and logs; no address, code, key or account id is in it."""

    kind: ObservationKind
    name: str
    """E.g. ``ringfence.calls``"""
    value: int
    """How many more, or milliseconds."""
    subject: str
    outcome: str
    trace_id: str


class Observer(ABC):
    """Who is told what the library does."""

    @abstractmethod
    def observe(self, observation: Observation) -> None:
        """Should be quick. Nothing follows when it fails."""


class KeySource(ABC):
    """Where a host keeps its keys, e.g. a secret manager."""

    @abstractmethod
    def read(self) -> Iterable[tuple[str, bytes]]:
        """The id of each key and its 32 bytes; the first one makes new codes. Never called twice at once; must not
        reload the ring. Failing counts as ``KeyUnusable``."""
