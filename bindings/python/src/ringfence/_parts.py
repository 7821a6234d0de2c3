"""The handles of what a service or a dispatcher works with, until it is made: from then on it keeps the objects."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Callable, Optional, TypeVar, Union

from . import _callbacks, _native
from ._library import ffi, lib
from .gateways import HttpGateway, Webhook
from .plugins import Clock, Entropy, EventSink, Observer, RiskAdvisor, Sender, Store
from .senders import SmtpSender
from .stores import LibraryStore

_T = TypeVar("_T")


class Parts(ExitStack):
    """Frees the handles that it made when it ends."""

    def __init__(self) -> None:
        super().__init__()
        self.keeps: list[object] = []
        """What was plugged in: whoever is made of it keeps it."""

    def _plugged(self, part: Optional[_T], kind: str, plug: Callable[[_T], Any]) -> Any:
        if part is None:
            return ffi.new(f"ringfence_{kind} *")[0]
        self.keeps.append(part)
        return self._freed(*plug(part))

    def _freed(self, out: Any, owner: Any) -> Any:
        self.callback(_native.release, owner)
        return out[0]

    def _opened(self, url: str, kind: str) -> Any:
        out, owner = _native.room(kind)
        _native.call(getattr(lib, f"ringfence_{kind}_open"), _native.text(url), out)
        return self._freed(out, owner)

    def store(self, store: Store) -> Any:
        if isinstance(store, LibraryStore):
            return store._c
        return self._plugged(store, "store", _callbacks.plug_store)

    def sender(self, sender: Union[Sender, HttpGateway, SmtpSender, str], clock: Any, what: str = "sender") -> Any:
        """``clock`` is a handle: what :meth:`clock` gave."""
        if isinstance(sender, str):
            return self._opened(sender, "sender")
        if isinstance(sender, HttpGateway):
            return self._freed(*sender._make())
        if isinstance(sender, SmtpSender):
            struct = sender._struct(clock)  # which keeps the bytes until the call has ended
            out, owner = _native.room("sender")
            _native.call(lib.ringfence_smtp_sender_new, _native.new("ringfence_smtp_options *", struct), out)
            return self._freed(out, owner)
        if not isinstance(sender, Sender):
            kinds = "a Sender of yours, an HttpGateway(...), an SmtpSender(...), or a text such as \"spool:FOLDER\""
            raise TypeError(f"{what} is {kinds}, not {type(sender).__name__}")
        return self._plugged(sender, "sender", _callbacks.plug_sender)

    def mail(self, mail: Union[Sender, HttpGateway, SmtpSender, str, None], clock: Any) -> Any:
        return ffi.new("ringfence_sender *")[0] if mail is None else self.sender(mail, clock, "mail")

    def event_sink(self, sink: Union[EventSink, Webhook, str]) -> Any:
        if isinstance(sink, str):
            return self._opened(sink, "event_sink")
        if isinstance(sink, Webhook):
            return self._freed(*sink._make())
        if not isinstance(sink, EventSink):
            kinds = 'an EventSink of yours, a Webhook(...), or "console:"'
            raise TypeError(f"event_sink is {kinds}, not {type(sink).__name__}")
        return self._plugged(sink, "event_sink", _callbacks.plug_event_sink)

    def clock(self, clock: Optional[Clock]) -> Any:
        return self._plugged(clock, "clock", _callbacks.plug_clock)

    def entropy(self, entropy: Optional[Entropy]) -> Any:
        return self._plugged(entropy, "entropy", _callbacks.plug_entropy)

    def risk_advisor(self, advisor: Optional[RiskAdvisor]) -> Any:
        return self._plugged(advisor, "risk_advisor", _callbacks.plug_risk_advisor)

    def observer(self, observer: Optional[Observer]) -> Any:
        return self._plugged(observer, "observer", _callbacks.plug_observer)
