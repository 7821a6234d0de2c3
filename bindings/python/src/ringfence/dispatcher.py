"""Takes messages from the outbox and hands them over."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Optional, Union

from . import _native, records, values
from ._library import ffi, lib
from ._parts import Parts
from .enums import SendOutcome
from .errors import InvalidArgument, RingfenceError, WrongProcess, invalid
from .gateways import HttpGateway, Webhook
from .keys import KeyRing
from .plugins import Clock, Entropy, Event, EventSink, Observer, Sender, Store
from .records import Message, MessagePlace, NotRetried
from .senders import SmtpSender

Templates = Union[str, Mapping[str, Any]]
"""What people read, as JSON or what could be written as JSON: docs/texts.md."""

_log = logging.getLogger("ringfence.events")


class LoggedEvents(EventSink):
    """An event sink for a host that has nothing to do when something happens: it writes the event's name into the log
    ``ringfence.events``. It takes ``end_sessions``, too: a host that has sessions wants a sink of its own."""

    def deliver(self, event: Event) -> SendOutcome:
        _log.info("%s (%s)", event.name, event.id)
        return SendOutcome.ACCEPTED


def _written(options: Optional[Mapping[str, Any]]) -> str:
    if options is None:
        return ""
    if not isinstance(options, Mapping):
        raise TypeError(f'options is a mapping, e.g. {{"sms": {{"per_second": 20}}}}, not {type(options).__name__}')
    if "idle_ms" in options:  # it is for the library's own loop
        raise invalid("options has no idle_ms here: say how long to wait where you run it, run(stop, idle=seconds)")
    try:
        return json.dumps(dict(options))
    except TypeError as error:
        raise TypeError(f"options cannot be written as JSON: {error}") from None


class Dispatcher(_native.Owned):
    """Hands over what the commits have put into the outbox. Any number of dispatchers may share one store.

    ``sender`` takes codes and notices, but those to emails go to ``mail``, if there is one. Both may also be an
    ``HttpGateway``, an ``SmtpSender``, or ``"spool:FOLDER"``, which writes one JSON file a
    message, codes included, for a program that sends it on; ``event_sink`` a ``Webhook``; and all ``"console:"``, which
    prints to standard output, codes included: for development. ``batch``: messages taken at once, 1-1000; 0: 32.
    ``share_index`` and ``share_of``: which part of the
    outbox is its own, of up to 16; 0 of 0: all of it. ``lease_ms``: longer than a batch takes, and half as long again as
    a sender may take for one message; 0: a minute.
    ``first_retry_ms`` doubles with every attempt up to ``longest_retry_ms``; 0: 2 s and 15 minutes. ``options``: how much
    goes through each way out, when one that fails rests, and what may be spent, e.g. ``{"sms": {"per_second": 20},
    "budgets": [{"prefix": "+86", "windows": [{"count": 1000, "span_ms": 3600000}]}]}``; ``capi/ABI.md`` has all of them,
    but ``idle_ms`` is ``idle`` of :meth:`run`. ``templates``: what
    people read, put over what is built in; as JSON, or a mapping that could be written as JSON. docs/texts.md has its
    members; wrong ones are refused with ``InvalidArgument``, which names the first few problems by their place.
    """

    __slots__ = ()

    def __init__(
        self,
        store: Store,
        keys: KeyRing,
        sender: Union[Sender, HttpGateway, SmtpSender, str],
        event_sink: Union[EventSink, Webhook, str],
        *,
        clock: Optional[Clock] = None,
        entropy: Optional[Entropy] = None,
        observer: Optional[Observer] = None,
        mail: Union[Sender, HttpGateway, SmtpSender, str, None] = None,
        batch: int = 0,
        share_index: int = 0,
        share_of: int = 0,
        lease_ms: int = 0,
        first_retry_ms: int = 0,
        longest_retry_ms: int = 0,
        options: Optional[Mapping[str, Any]] = None,
        templates: Templates = "",
    ) -> None:
        text = _native.text(_written(options), "options")
        written = templates if isinstance(templates, str) else json.dumps(dict(templates))
        words = _native.text(written, "templates")
        with Parts() as parts:
            time = parts.clock(clock)
            struct = {
                "struct_size": ffi.sizeof("ringfence_dispatcher_parts"),
                "batch": _native.number32(batch, "batch"),
                "store": parts.store(store),
                "keys": keys._c,
                "sender": parts.sender(sender, time),
                "events": parts.event_sink(event_sink),
                "clock": time,
                "entropy": parts.entropy(entropy),
                "observer": parts.observer(observer),
                "share_index": _native.number32(share_index, "share_index"),
                "share_of": _native.number32(share_of, "share_of"),
                "lease_ms": _native.number64(lease_ms, "lease_ms"),
                "first_retry_ms": _native.number64(first_retry_ms, "first_retry_ms"),
                "longest_retry_ms": _native.number64(longest_retry_ms, "longest_retry_ms"),
                "options": text,
                "templates": words,
                "mail": parts.mail(mail, time),
            }
            room = _native.room("dispatcher")
            _native.call(lib.ringfence_dispatcher_new, _native.new("ringfence_dispatcher_parts *", struct), room[0])
        super().__init__(room, keeps=(keys, parts.keeps))

    def __enter__(self) -> Dispatcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def pump(self) -> values.DispatchCounts:
        """Takes one batch of due messages and handles each."""
        return values.COUNTS.of(lib.ringfence_dispatcher_pump, self._c)

    def pump_all(self) -> values.DispatchCounts:
        """Pumps until nothing is due."""
        counts = done = self.pump()
        while done.taken:
            done = self.pump()
            counts += done
        return counts

    def drain(self, timeout: float) -> values.DispatchCounts:
        """Pumps until nothing is due any more, at most for so many seconds: before a shutdown, say."""
        at_most = _native.number64(int(timeout * 1000), "timeout")
        return values.COUNTS.of(lib.ringfence_dispatcher_drain, self._c, at_most)

    def run(self, stop: threading.Event, idle: float = 0.2) -> None:
        """Pumps until ``stop`` is set, for a thread of yours; when nothing is due it waits ``idle`` seconds. A refusal,
        e.g. because the store is away, is written into the log ``ringfence``, and it goes on; when the dispatcher is
        closed it raises ``InvalidArgument``."""
        while not stop.is_set():
            try:
                busy = self.pump().taken > 0
            except (InvalidArgument, WrongProcess):
                raise  # it was closed, or is another process's: that does not pass
            except RingfenceError as error:
                logging.getLogger("ringfence").warning("the dispatcher goes on after: %s", error)
                busy = False
            if not busy:
                stop.wait(idle)

    def given_up(self, after: MessagePlace = MessagePlace(), max: int = 100) -> list[Message]:
        """Up to ``max``, 1-1000, messages of all accounts and shares that were given up, the first created first;
        ``outcome`` says why. For the next ones give it the ``MessagePlace.of`` the last one. They have addresses in
        them."""
        if not isinstance(after, MessagePlace):
            raise TypeError(f"after is a MessagePlace, e.g. MessagePlace.of(message), not {type(after).__name__}")
        created_at, id = _native.number64(after.created_at, "after.created_at"), _native.text(after.id, "after.id")
        most = _native.number32(max, "max")
        return list(json.loads(_native.take_text(lib.ringfence_dispatcher_given_up, self._c, created_at, id, most)))

    def retry(self, messages: Iterable[Message]) -> list[NotRetried]:
        """Makes messages due now that were given up, as ``given_up`` has listed them. They keep their id, the
        idempotency key. A code that was replaced meanwhile is not sent again: it ends as superseded. Of a list that is
        old, what is given up no more, or was tried and given up again, stays as it is.

        Returns those of which the list itself says that they cannot be tried again, and why: ``too_late``, it has
        expired; ``not_given_up``, it is not a message that was given up. What was swept since, or taken up by somebody
        else, is not returned: the store passes over it. If it fails, some may be due; call it again with the same
        list."""
        listed = [] if isinstance(messages, Mapping) else list(messages)
        if isinstance(messages, Mapping) or not all(isinstance(one, Mapping) for one in listed):
            raise TypeError("messages is a list of messages, as given_up has listed them")
        chosen = _native.text(records.messages_to_json(listed))
        told = json.loads(_native.take_text(lib.ringfence_dispatcher_retry, self._c, chosen))
        return [NotRetried(one["id"], one["reason"]) for one in told]

    def health(self) -> values.DeliveryHealth:
        """How the last hand-overs went."""
        return values.DELIVERY_HEALTH.of(lib.ringfence_dispatcher_health, self._c)
