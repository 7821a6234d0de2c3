"""A sender for tests."""

from __future__ import annotations

import threading
from typing import Callable, Optional, Union

from ..enums import SendOutcome
from ..plugins import Event, EventSink, OutgoingMessage, Sender, SendResult

Answer = Union[SendResult, SendOutcome]


class RecordingSender(Sender, EventSink):
    """Keeps what was sent and what the host was told, as a phone keeps its messages. May be used from any thread."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._sent: list[OutgoingMessage] = []
        self._events: list[Event] = []
        self._answer: Optional[Callable[[Union[OutgoingMessage, Event]], Answer]] = None

    def send(self, message: OutgoingMessage) -> Answer:
        return self._keep(message, self._sent)

    def deliver(self, event: Event) -> Answer:
        return self._keep(event, self._events)

    def _keep(self, message: object, to: list) -> Answer:  # type: ignore[type-arg]
        answer = self._answer
        result: Answer = SendOutcome.ACCEPTED if answer is None else answer(message)  # type: ignore[arg-type]
        outcome = result if isinstance(result, SendOutcome) else result.outcome
        if outcome is SendOutcome.ACCEPTED:
            with self._mutex:
                to.append(message)
        return result

    def answer_with(self, answer: Optional[Callable[[Union[OutgoingMessage, Event]], Answer]]) -> None:
        """Decides what the next hand-overs lead to; accepted if there is none."""
        self._answer = answer

    @property
    def sent(self) -> list[OutgoingMessage]:
        """The codes and notices that were accepted, in order."""
        with self._mutex:
            return list(self._sent)

    @property
    def events(self) -> list[Event]:
        """The events that were accepted, in order."""
        with self._mutex:
            return list(self._events)

    def last_code(self, address: str) -> Optional[str]:
        """The newest code that reached an address (``+8613912343672``, ``a@example.com``)."""
        for message in reversed(self.sent):
            if message.code and message.destination == address:
                return message.code
        return None

    def clear(self) -> None:
        with self._mutex:
            self._sent.clear()
            self._events.clear()
