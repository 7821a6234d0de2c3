"""How the library calls what is plugged in.

There is one C function for each method, made once, of the type that the header says. Its context says which Python
object is meant.
"""

from __future__ import annotations

import json
import weakref
from contextlib import contextmanager
from typing import Any, Callable, Iterator, Optional

from . import _native, records
from ._library import ffi, lib
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
    Status,
    reading,
)
from .errors import RingfenceError
from .plugins import (
    Clock,
    Entropy,
    Event,
    EventSink,
    KeySource,
    Observation,
    Observer,
    OutgoingMessage,
    RiskAdvisor,
    RiskQuestion,
    Sender,
    SendResult,
    Store,
)
from .values import Account

# The contexts that the library has, until it says that it needs them no more. A context only refers to the object: who
# has the service, the dispatcher or the key ring keeps that, so that a sender may refer to its service, and the garbage
# collector sees the circle.
_held: set[Any] = set()

from_handle = _native.from_handle


def failing(name: str) -> Callable[..., None]:
    """What a callback does with what was raised in it: nothing is raised through C, and nothing is silent. What is to
    end the program or the task is raised by the call that the callback ran in, if it runs in one of its own thread. All
    else goes to ``sys.unraisablehook``."""

    def raising(error: Any) -> None:
        raise from_handle(error)

    raising.__qualname__ = f"ringfence {name}"  # What the hook shows.
    # What cffi does with an exception for which there is no such function.
    tell = ffi.callback("void(void *)", raising)

    def failed(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
        error = error.with_traceback(traceback)
        if not _native.surfaces(error):
            tell(ffi.new_handle(error))

    return failed


def _function(struct: str, member: str, failed: Any = None) -> Callable[[Callable[..., Any]], Any]:
    """Makes a C function of a Python one, which gets the object instead of the context. If it raises anything the
    library gets `failed`."""
    wanted = dict(ffi.typeof(struct).fields)[member].type
    error = {} if failed is None else {"error": failed}
    onerror = failing(f"{struct.removeprefix('ringfence_').removesuffix('_callbacks')}.{member}")

    def decorate(function: Callable[..., Any]) -> Any:
        def called(context: Any, *arguments: Any) -> Any:
            part = from_handle(context)()
            if part is None:
                raise ReferenceError("what was plugged in has been collected")
            return function(part, *arguments)

        return ffi.callback(wanted, called, onerror=onerror, **error)

    return decorate


# No code of Python, which a signal could interrupt.
_destroy = ffi.callback("void(void *)", _held.discard)


def _plug(make: Any, kind: str, struct: str, implementation: object, functions: dict[str, Any]) -> Any:
    """A handle of the library's for an object of Python, which the caller keeps: see `_native.room`."""
    context = ffi.new_handle(weakref.ref(implementation))
    members = {"struct_size": ffi.sizeof(struct), "context": context, "destroy": _destroy, **functions}
    out, owner = _native.room(kind)
    _held.add(context)
    try:
        _native.call(make, _native.new(struct + " *", members), out)
    finally:
        if not out.id:
            _held.discard(context)  # Refused, it is not destroyed.
    return out, owner


def _expect(kind: type, value: Any, what: str) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{what} is a {kind.__name__}, not {type(value).__name__}")
    return value


def _write(out: Any, text: str) -> None:
    status = lib.ringfence_out_write(out, _native.text(text))
    if status:
        raise RingfenceError(Status(status), text="the answer has a NUL in it, or is too long")


def _account(c: Any) -> Account:
    return Account(_native.read(c.id), _native.read(c.realm))


# ---- Stores

_store = "ringfence_store_callbacks"
_refusals = {
    int(one) for one in (Status.STORE_UNAVAILABLE, Status.STORE_CORRUPT, Status.WRONG_PROCESS, Status.OUTCOME_UNKNOWN)
}


def _answer(member: str, failed: Status) -> Callable[[Callable[..., Optional[str]]], Any]:
    """A function that answers with a text, or refuses."""

    def decorate(function: Callable[..., Optional[str]]) -> Any:
        def answered(store: Store, *arguments: Any) -> int:
            out = arguments[-1]
            try:
                text = function(store, *arguments[:-1])
            except RingfenceError as error:
                if error.status not in _refusals or (member == "load" and error.status == Status.OUTCOME_UNKNOWN):
                    raise
                _write(out, error.text.replace("\0", ""))
                return int(error.status)
            if text is not None:
                _write(out, text)
            return int(Status.OK)

        return _function(_store, member, int(failed))(answered)

    return decorate


@_answer("load", Status.STORE_UNAVAILABLE)
def _store_load(store: Store, keys: Any, deadline_ms: int) -> str:
    return records.loaded_to_json(store.load(records.keys_from_json(_native.read(keys)), deadline_ms))


@_function(_store, "commit", int(CommitOutcome.UNKNOWN))
def _store_commit(store: Store, change: Any, deadline_ms: int) -> int:
    outcome = store.commit(records.ChangeSet.from_json(_native.read(change)), deadline_ms)
    return int(_expect(CommitOutcome, outcome, "what Store.commit answers"))


@_answer("take", Status.OUTCOME_UNKNOWN)
def _store_take(store: Store, now: int, lease_ms: int, max: int, share_index: int, share_of: int) -> str:
    return records.messages_to_json(store.take(now, lease_ms, max, share_index, share_of))


@_answer("settle", Status.OUTCOME_UNKNOWN)
def _store_settle(store: Store, settlements: Any) -> None:
    store.settle(records.settlements_from_json(_native.read(settlements)))


@_answer("messages", Status.STORE_UNAVAILABLE)
def _store_messages(store: Store, account: Any, max: int, deadline_ms: int) -> str:
    return records.messages_to_json(store.messages(_account(account), max, deadline_ms))


@_answer("given_up", Status.STORE_UNAVAILABLE)
def _store_given_up(store: Store, created_at: int, id: Any, max: int, deadline_ms: int) -> str:
    after = records.MessagePlace(created_at, _native.read(id))
    return records.messages_to_json(store.given_up(after, max, deadline_ms))


@_answer("outbox", Status.STORE_UNAVAILABLE)
def _store_outbox(store: Store, now: int, deadline_ms: int) -> str:
    return records.outbox_to_json(store.outbox(now, deadline_ms))


@_answer("sweep", Status.OUTCOME_UNKNOWN)
def _store_sweep(store: Store, now: int, settled_before: int, max: int) -> str:
    return str(_native.number(store.sweep(now, settled_before, max), "what Store.sweep answers"))


def plug_store(store: Store) -> Any:
    functions = {
        "load": _store_load,
        "commit": _store_commit,
        "take": _store_take,
        "settle": _store_settle,
        "messages": _store_messages,
        "given_up": _store_given_up,
        "outbox": _store_outbox,
        "sweep": _store_sweep,
    }
    return _plug(lib.ringfence_store_from_callbacks, "store", _store, _expect(Store, store, "a store"), functions)


# ---- Senders and event sinks

_message_kind, _channel_kind = reading(MessageKind), reading(ChannelKind)
_route, _role = reading(Route), reading(Role)
_fields = json.JSONDecoder().decode


def _sent(result: Any, retry_after_ms: Any, reason: Any) -> int:
    if isinstance(result, SendOutcome):
        return int(result)
    told = _expect(SendResult, result, "how a hand-over ended")
    # All of it is looked at before any of it counts.
    outcome = int(_expect(SendOutcome, told.outcome, "SendResult.outcome"))
    wait = _native.number64(told.retry_after_ms, "SendResult.retry_after_ms")
    if told.reason:
        _write(reason, told.reason)
    retry_after_ms[0] = wait
    return outcome


def _hand_over(send: Callable[[Any], Any], what: Any, retry_after_ms: Any, reason: Any) -> int:
    try:
        return _sent(send(what), retry_after_ms, reason)
    except Exception as error:
        # Its words may have an address in them, or a code.
        _write(reason, f"raised {type(error).__name__}")
        raise


@_function("ringfence_sender_callbacks", "send", int(SendOutcome.UNKNOWN))
def _sender_send(sender: Sender, c: Any, retry_after_ms: Any, reason: Any) -> int:
    read = _native.read
    message = _native.made(
        OutgoingMessage,
        id=read(c.id),
        kind=_message_kind(c.kind),
        purpose=read(c.purpose),
        account=_account(c.account),
        channel=_channel_kind(c.channel),
        destination=read(c.destination),
        route=_route(c.route),
        role=_role(c.role),
        locale=read(c.locale),
        code=read(c.code),
        text=read(c.text),
        fields=_fields(read(c.fields)),
        attempts=c.attempts,
        lifetime_ms=c.lifetime_ms,
        created_at=c.created_at,
        trace_id=read(c.trace_id),
        subject=read(c.subject),
        html=read(c.html),
    )
    return _hand_over(sender.send, message, retry_after_ms, reason)


def plug_sender(sender: Sender) -> Any:
    functions = {"send": _sender_send}
    make = lib.ringfence_sender_from_callbacks
    return _plug(make, "sender", "ringfence_sender_callbacks", _expect(Sender, sender, "a sender"), functions)


@_function("ringfence_event_sink_callbacks", "deliver", int(SendOutcome.UNKNOWN))
def _event_sink_deliver(sink: EventSink, c: Any, retry_after_ms: Any, reason: Any) -> int:
    event = _native.made(
        Event,
        id=_native.read(c.id),
        name=_native.read(c.purpose),
        account=_account(c.account),
        fields=_fields(_native.read(c.fields)),
        attempts=c.attempts,
        created_at=c.created_at,
        trace_id=_native.read(c.trace_id),
    )
    return _hand_over(sink.deliver, event, retry_after_ms, reason)


def plug_event_sink(sink: EventSink) -> Any:
    functions = {"deliver": _event_sink_deliver}
    make = lib.ringfence_event_sink_from_callbacks
    implementation = _expect(EventSink, sink, "an event sink")
    return _plug(make, "event_sink", "ringfence_event_sink_callbacks", implementation, functions)


# ---- Clock, entropy, risk, observer, keys

_observation_kind = reading(ObservationKind)


@_function("ringfence_clock_callbacks", "now_ms", 0)
def _clock_now_ms(clock: Clock) -> int:
    return clock.now_ms()  # cffi refuses what is no whole number of 64 bits


@_function("ringfence_clock_callbacks", "pause")
def _clock_pause(clock: Clock, duration_ms: int) -> None:
    clock.pause(duration_ms)


def plug_clock(clock: Clock) -> Any:
    functions = {"now_ms": _clock_now_ms, "pause": _clock_pause}
    make = lib.ringfence_clock_from_callbacks
    return _plug(make, "clock", "ringfence_clock_callbacks", _expect(Clock, clock, "a clock"), functions)


@_function("ringfence_entropy_callbacks", "fill", int(Status.INTERNAL))
def _entropy_fill(entropy: Entropy, to: Any, size: int) -> int:
    given = _expect(bytes, entropy.fill(size), "what Entropy.fill answers")
    if len(given) != size:
        raise ValueError(f"Entropy.fill gave {len(given)} bytes, not {size}")
    ffi.memmove(to, given, size)
    return int(Status.OK)


def plug_entropy(entropy: Entropy) -> Any:
    functions = {"fill": _entropy_fill}
    make = lib.ringfence_entropy_from_callbacks
    return _plug(make, "entropy", "ringfence_entropy_callbacks", _expect(Entropy, entropy, "an entropy"), functions)


@_function("ringfence_risk_advisor_callbacks", "ask", int(RiskAnswer.UNKNOWN))
def _risk_advisor_ask(advisor: RiskAdvisor, c: Any) -> int:
    question = RiskQuestion(
        moment=RiskMoment(c.moment),
        flow=FlowKind(c.flow),
        account=_account(c.account),
        number=_native.read(c.number),
        session=_native.read(c.session),
        source=_native.read(c.source),
        trace_id=_native.read(c.trace_id),
    )
    return int(_expect(RiskAnswer, advisor.ask(question), "what RiskAdvisor.ask answers"))


def plug_risk_advisor(advisor: RiskAdvisor) -> Any:
    functions = {"ask": _risk_advisor_ask}
    make = lib.ringfence_risk_advisor_from_callbacks
    implementation = _expect(RiskAdvisor, advisor, "a risk advisor")
    return _plug(make, "risk_advisor", "ringfence_risk_advisor_callbacks", implementation, functions)


@_function("ringfence_observer_callbacks", "observe")
def _observer_observe(observer: Observer, c: Any) -> None:
    observation = _native.made(
        Observation,
        kind=_observation_kind(c.kind),
        name=_native.read(c.name),
        value=c.value,
        subject=_native.read(c.subject),
        outcome=_native.read(c.outcome),
        trace_id=_native.read(c.trace_id),
    )
    observer.observe(observation)


def plug_observer(observer: Observer) -> Any:
    functions = {"observe": _observer_observe}
    make = lib.ringfence_observer_from_callbacks
    implementation = _expect(Observer, observer, "an observer")
    return _plug(make, "observer", "ringfence_observer_callbacks", implementation, functions)


@_function("ringfence_key_source", "read", int(Status.KEY_UNUSABLE))
def _key_source_read(source: KeySource, out: Any) -> int:
    lines = []
    for id, key in source.read():
        lines.append(f"{_expect(str, id, 'the id of a key')} {_expect(bytes, key, 'a key').hex()}\n")
    _write(out, "".join(lines))
    return int(Status.OK)


def plug_key_source(source: KeySource) -> Any:
    implementation = _expect(KeySource, source, "a key source")
    make = lib.ringfence_key_ring_from_callbacks
    return _plug(make, "key_ring", "ringfence_key_source", implementation, {"read": _key_source_read})


@contextmanager
def going_on(go_on: Optional[Callable[[int, int], bool]]) -> Iterator[tuple[Any, Any]]:
    """The function and the context by which a backup asks whether to go on. What `go_on` raises gives the backup up
    and is raised when it has ended."""
    if go_on is None:
        yield ffi.NULL, ffi.NULL
        return
    asked = go_on
    raised: list[BaseException] = []

    def called(_: Any, left: int, of: int) -> int:
        return 1 if asked(left, of) else 0

    def failed(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
        raised.append(error.with_traceback(traceback))

    function = ffi.callback(dict(ffi.typeof("ringfence_backup").fields)["go_on"].type, called, error=0, onerror=failed)
    try:
        yield function, ffi.NULL
    finally:
        if raised:
            raise raised[0]
