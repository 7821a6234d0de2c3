"""Ctrl-C, and whatever else is to end a program or a task, surfaces and loses nothing."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

import cffi
import pytest
from dict_store import DictStore
from test_store_contract import Passing

import ringfence
from ringfence import KeyRing, Method, Registration, _callbacks, _native
from ringfence._library import ffi, lib
from ringfence.testing import ManualClock, RecordingSender, SeededEntropy, World, check


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Ctrl-C is heard here even if who runs the tests has it ignored, as a shell does for what runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Interrupting:
    """Raises when one of its functions is called, once."""

    armed: Optional[BaseException] = None

    def pull(self) -> None:
        armed, self.armed = self.armed, None
        if armed is not None:
            raise armed


def interrupting(kind: type, name: str) -> Any:
    """An object of this kind that raises in one function."""
    normal: Callable[..., Any] = getattr(kind, name)

    def function(self: Any, *arguments: Any) -> Any:
        self.pull()
        return normal(self, *arguments)

    return type(kind.__name__, (Interrupting, kind), {name: function})()


class Quiet(ringfence.Observer, ringfence.RiskAdvisor):
    def observe(self, observation: ringfence.Observation) -> None:
        pass

    def ask(self, question: ringfence.RiskQuestion) -> ringfence.RiskAnswer:
        return ringfence.RiskAnswer.CLEAR


def pump(w: World) -> object:
    return w.service.pump()


def settings(w: World) -> object:
    return w.service.settings("ann")


def lock(w: World) -> object:
    return w.service.lock_account("ann", "seen")


def export(w: World) -> object:
    return w.service.export_account("ann")


def health(w: World) -> object:
    return w.service.health()


def begin(w: World) -> object:
    return w.service.begin_change_phone("ann", Method.PHONE, w.call)


PLUGGED: dict[str, tuple[str, type, Callable[[World], object]]] = {
    "load": ("store", Passing, settings),
    "commit": ("store", Passing, lock),
    "take": ("store", Passing, pump),
    "settle": ("store", Passing, pump),
    "messages": ("store", Passing, export),
    "outbox": ("store", Passing, health),
    "observe": ("observer", Quiet, settings),
    "ask": ("risk_advisor", Quiet, begin),
}
ENDS = [KeyboardInterrupt(), SystemExit(3), GeneratorExit()]


@pytest.mark.parametrize("end", ENDS, ids=repr)
@pytest.mark.parametrize("name", PLUGGED)
def test_what_is_to_end_the_program_is_raised_by_the_call(name: str, end: BaseException) -> None:
    where, kind, work = PLUGGED[name]
    part = interrupting(kind, name)
    with World(**{where: part}) as w:
        w.add("ann")
        w.service.begin_change_phone("ann", Method.PHONE, w.call)
        part.armed = end
        with pytest.raises(BaseException) as raised:
            work(w)
        assert raised.value is end
        assert raised.traceback[-1].name == "pull"
        w.clock.advance(3_600_000)
        w.service.settings("ann")  # once


@pytest.mark.parametrize("name", ["send", "deliver"])
def test_an_interrupted_hand_over_is_raised_and_made_again(name: str) -> None:
    sender = interrupting(RecordingSender, name)
    with World() as w, ringfence.Dispatcher(w.service.store, w.keys, sender, sender, clock=w.clock) as dispatcher:
        w.add("ann")
        w.service.lock_account("ann", "seen")
        sender.armed = KeyboardInterrupt()
        with pytest.raises(KeyboardInterrupt):
            dispatcher.pump_all()
        w.clock.advance(60_000)
        dispatcher.pump_all()
        assert sender.events and sender.sent


def test_an_interrupted_clock_entropy_or_key_source_is_raised() -> None:
    clock, entropy = interrupting(ManualClock, "now_ms"), interrupting_entropy()
    with World() as w, ringfence.Service("memory:", w.keys, clock=clock, entropy=entropy) as service:
        service.register_account(Registration("ann", w.phone))
        for part in (clock, entropy):
            part.armed = KeyboardInterrupt()
            with pytest.raises(KeyboardInterrupt):
                service.credentials_changed("ann")
        service.credentials_changed("ann")

    class Source(Interrupting, ringfence.KeySource):
        def read(self) -> Iterable[tuple[str, bytes]]:
            self.pull()
            return [("k1", b"x" * 32)]

    source = Source()
    source.armed = KeyboardInterrupt()
    before = len(_callbacks._held)
    with pytest.raises(KeyboardInterrupt):
        KeyRing(source)
    gc.collect()
    assert len(_callbacks._held) == before
    with pytest.raises(ringfence.InvalidPolicy):  # nothing is left for the next call
        ringfence.Policy('{"code_digits": 1}')


def interrupting_entropy() -> Any:
    class Entropy(Interrupting, ringfence.Entropy):
        def fill(self, size: int) -> bytes:
            self.pull()
            return bytes(range(size))

    return Entropy()


def test_an_interrupted_commit_is_unknown_and_the_same_request_converges() -> None:
    store = interrupting(Passing, "commit")
    with World(store=store) as w:
        w.add("ann")
        flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
        call = ringfence.Call(session=w.call.session, request_id="once")
        store.armed = KeyboardInterrupt()
        with pytest.raises(KeyboardInterrupt):
            flow.prove_identity("x", call)
        assert flow.prove_identity("x", call).tries_left == 4
        assert flow.prove_identity("x", call).tries_left == 4


def test_a_backup_is_interrupted(tmp_path: Path) -> None:
    def stop(left: int, of: int) -> bool:
        raise KeyboardInterrupt

    with ringfence.open_store(f"sqlite:{tmp_path}/a.db") as store, pytest.raises(KeyboardInterrupt):
        store.back_up(tmp_path / "b.db", pages_per_step=1, go_on=stop)


def test_the_second_interrupt_of_a_call_is_told() -> None:
    class Ending(ringfence.Observer):
        seen = 0

        def observe(self, observation: ringfence.Observation) -> None:
            self.seen += 1
            raise SystemExit(self.seen)

    told: list[Any] = []
    observer = Ending()
    with World() as w, ringfence.Service("memory:", w.keys, observer=observer) as service:
        hook, sys.unraisablehook = sys.unraisablehook, told.append
        try:
            with pytest.raises(SystemExit) as raised:
                service.register_account(Registration("ann", w.phone))
        finally:
            sys.unraisablehook = hook
    assert raised.value.code == 1
    assert [one.exc_value.code for one in told] == list(range(2, observer.seen + 1))


def test_an_interrupt_belongs_to_the_call_of_its_own_thread() -> None:
    sender = interrupting(RecordingSender, "send")
    raised: list[BaseException] = []
    with World() as w, ringfence.Dispatcher(w.service.store, w.keys, sender, sender, clock=w.clock) as dispatcher:
        w.add("ann")
        w.service.begin_change_phone("ann", Method.PHONE, w.call)
        sender.armed = SystemExit()

        def work() -> None:
            try:
                dispatcher.pump()
            except SystemExit as end:
                raised.append(end)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(raised) == 1


def test_a_thread_that_is_not_of_python_has_no_call_to_raise_it(unraisable: list[str]) -> None:
    class Ending(DictStore):
        def take(self, *arguments: Any) -> Any:
            if threading.current_thread() is not threading.main_thread():
                raise SystemExit
            return super().take(*arguments)

    with pytest.raises(AssertionError):
        check("TwoTakersNeverGetOneMessage", Ending)
    assert unraisable and "store.take" in unraisable[0] and "SystemExit" in unraisable[0]


@pytest.mark.parametrize("where", ["make", "load"])
def test_a_check_of_the_contract_is_interrupted(where: str) -> None:
    def make() -> Passing:
        store: Passing = interrupting(Passing, "load")
        setattr(store, "armed", KeyboardInterrupt())
        if where == "make":
            raise KeyboardInterrupt
        return store

    with pytest.raises(KeyboardInterrupt):
        check("AnOldTagConflicts", make)


# ---- Signals that come while no code of Python runs


@pytest.fixture
def signalling(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ringfence.Entropy]]:
    """Entropy that is no Python, but the C library's own `raise`: in place of `fill`, or of `destroy`."""
    c = cffi.FFI()
    c.cdef("int raise(int);")
    library = c.dlopen(None)
    function = int(c.cast("uintptr_t", c.addressof(library, "raise")))
    types = {name: field.type for name, field in ffi.typeof("ringfence_entropy_callbacks").fields}
    kept: list[Any] = [library]
    fill = ffi.callback(types["fill"], lambda *_: 0)

    def entropy(member: str) -> ringfence.Entropy:
        members = {"struct_size": ffi.sizeof("ringfence_entropy_callbacks"), "fill": fill,
                   "context": ffi.cast("void *", int(signal.SIGINT)),
                   member: ffi.cast(types[member], function)}  # fmt: skip
        kept.append(_native.new("ringfence_entropy_callbacks *", members))

        def plug(_: object) -> Any:
            room = _native.room("entropy")
            _native.call(lib.ringfence_entropy_from_callbacks, kept[-1], room[0])
            return room

        monkeypatch.setattr(_callbacks, "plug_entropy", plug)
        return SeededEntropy(1)

    yield entropy


def test_a_signal_that_was_there_before_the_callback_began_surfaces(
    signalling: Callable[[str], ringfence.Entropy]
) -> None:
    with World() as w, ringfence.Service(DictStore(), w.keys, entropy=signalling("fill")) as service:
        with pytest.raises(KeyboardInterrupt):
            service.register_account(Registration("ann", w.phone))


@pytest.mark.parametrize("way", ["close", "forget", "collect"])
def test_a_signal_that_comes_while_something_is_freed_surfaces_and_nothing_is_lost(
    way: str, signalling: Callable[[str], ringfence.Entropy]
) -> None:
    with World() as w:
        before = len(_callbacks._held)
        parts: dict[str, Any] = {"clock": ManualClock(), "observer": Quiet(), "risk_advisor": Quiet()}
        kept = [ringfence.Service(DictStore(), w.keys, entropy=signalling("destroy"), **parts)]
        if way == "collect":
            parts["clock"].service = kept[0]
        parts.clear()
        with pytest.raises(KeyboardInterrupt):
            if way == "close":
                kept[0].close()
            kept.clear()
            gc.collect()
            for _ in range(3):
                pass  # where the interpreter looks for signals
        assert len(_callbacks._held) == before


# ---- Circles


def test_what_is_plugged_in_may_refer_to_its_service_and_is_collected(tmp_path: Path) -> None:
    before = len(_callbacks._held)
    url = f"sqlite:{tmp_path}/a.db"

    class Source(ringfence.KeySource):
        def read(self) -> Iterable[tuple[str, bytes]]:
            return [("k1", b"x" * 32)]

    def parts() -> list[Any]:
        return [Source(), RecordingSender(), ManualClock(), interrupting_entropy(), Quiet(), Quiet(), Passing()]

    def circle(store: Any, made: list[Any]) -> None:
        source, sender, clock, entropy, advisor, observer, _ = made
        service = ringfence.Service(store, KeyRing(source), sender=sender, event_sink=sender, clock=clock,
                                    entropy=entropy, risk_advisor=advisor, observer=observer)  # fmt: skip
        for part in made:
            part.service = service
        service.register_account(Registration("ann", World.phone, phone_proven_at=1_700_000_000_000))
        gc.collect()
        service.begin_change_phone("ann", Method.PHONE, ringfence.Call(session="s"))
        assert service.pump().accepted == 1

    for own in (True, False):
        made = parts()
        circle(made[-1] if own else url, made)
        references = [weakref.ref(part) for part in made]
        del made
        gc.collect()
        assert [reference() for reference in references] == [None] * 7
        assert len(_callbacks._held) == before
    ringfence.open_store(url).close()  # nobody has it open


_AT_EXIT = """
import atexit, sys

@atexit.register  # before the package is imported, and so called after its own
def after():
    ringfence.open_store(sys.argv[1])
    print("free")

import ringfence
store = ringfence.open_store(sys.argv[1])
"""


def test_what_is_open_when_the_program_ends_is_freed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _AT_EXIT, f"sqlite:{tmp_path}/a.db"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "free\n", "")
