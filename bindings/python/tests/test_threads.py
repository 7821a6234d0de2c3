"""Calls from many threads, and from another process."""

from __future__ import annotations

import atexit
import os
import threading
import traceback
from typing import Any, Callable

import pytest
from dict_store import DictStore

import ringfence
from ringfence import Method, OutgoingMessage, Registration, SendOutcome
from ringfence.testing import RecordingSender, World


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Does the work in threads at once; raises what the first one raised."""
    raised: list[BaseException] = []
    start = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            start.wait(60)
            work(number)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


def test_the_gil_is_released_so_that_all_are_in_calls_at_once() -> None:
    # Each call ends only when all of them have got into the library: with the GIL held the first would wait forever.
    count = 8
    meeting = threading.Barrier(count, timeout=60)

    class Meeting(RecordingSender):
        def send(self, message: OutgoingMessage) -> Any:
            meeting.wait()
            return super().send(message)

    sender = Meeting()
    with World() as w:
        for number in range(count):
            w.add(f"user-{number}", f"+4477009{number:05}", "")
            w.service.begin_change_phone(f"user-{number}", Method.PHONE, w.call)
        dispatcher = ringfence.Dispatcher(w.service.store, w.keys, sender, sender, clock=w.clock, batch=1)
        in_threads(count, lambda _: assert_accepted(dispatcher.pump()))
        dispatcher.close()
    assert len(sender.sent) == count and not meeting.broken


def assert_accepted(counts: ringfence.DispatchCounts) -> None:
    assert counts.accepted == 1


@pytest.mark.parametrize("store", ["memory:", DictStore], ids=["memory", "python"])
def test_two_that_race_for_a_fresh_number_both_complete_and_one_gets_the_login(store: Any) -> None:
    for _ in range(5):
        with World(store=store if isinstance(store, str) else store()) as w:
            flows = []
            for number in range(4):
                w.add(f"user-{number}", f"+4477009{number:05}", "")
                call = ringfence.Call(session="s", source=str(number))
                flow = w.service.begin_change_phone(f"user-{number}", Method.PHONE, call)
                flow.prove_identity(w.code_at(f"+4477009{number:05}"), call)
                flow.set_target(w.new_phone, "", call)
                flows.append((flow, w.code_at(w.new_phone), call))
            won = []

            def prove(number: int) -> None:
                flow, code, call = flows[number]
                changed = flow.prove_target(code, call).changed
                assert changed is not None and changed.usable_for_verification
                if changed.usable_for_login:
                    won.append(f"user-{number}")

            in_threads(4, prove)
            assert len(won) == 1 and w.service.resolve_login_phone(w.new_phone) == won[0]


def test_objects_are_closed_while_others_use_them() -> None:
    for _ in range(30):
        w = World(store=DictStore())
        w.add("ann")

        def use(number: int) -> None:
            if number == 0:
                w.close()
                return
            for _ in range(50):
                try:
                    w.service.settings("ann")
                except ringfence.InvalidArgument:
                    return

        in_threads(4, use)


def test_a_dispatcher_runs_in_a_thread_until_it_is_told_to_stop() -> None:
    stop = threading.Event()
    sent = threading.Event()

    class Telling(RecordingSender):
        def send(self, message: OutgoingMessage) -> SendOutcome:
            sent.set()
            return SendOutcome.ACCEPTED

    sender = Telling()
    with World() as w, ringfence.Dispatcher(w.service.store, w.keys, sender, sender, clock=w.clock) as dispatcher:
        thread = threading.Thread(target=dispatcher.run, args=(stop, 0.001))
        thread.start()
        w.add("ann")
        w.service.begin_change_phone("ann", Method.PHONE, w.call)
        assert sent.wait(60)
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def in_child(work: Callable[[], None]) -> str:
    """What work raises in a forked child; empty if nothing."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        told = ""
        try:
            work()
        except BaseException:
            told = traceback.format_exc()
        os.write(write, told.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        told = pipe.read()
    assert os.waitpid(pid, 0)[1] == 0
    return told


def test_after_a_fork_what_the_parent_made_is_refused_and_the_child_makes_its_own() -> None:
    with World() as w:
        w.add("ann")
        flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)

        def child() -> None:
            uses: list[Callable[[], object]] = [
                lambda: w.service.settings("ann"),
                lambda: flow.refresh(w.call),
                lambda: w.service.pump(),
                lambda: w.keys.reload(),
                lambda: w.service.policy,
                lambda: ringfence.Service("memory:", w.keys),
            ]
            for use in uses:
                with pytest.raises(ringfence.WrongProcess):
                    use()
            w.close()  # the parent's go on
            with World() as mine:
                mine.add("bob")
                assert mine.service.settings("bob").phone.verification

        assert in_child(child) == ""
        assert flow.prove_identity(w.code_at(w.phone), w.call).accepted


def test_a_child_that_ends_as_a_program_does_ends_without_a_crash() -> None:
    with World() as w:
        w.add("ann")
        pid = os.fork()
        if pid == 0:
            try:
                atexit._run_exitfuncs()  # frees what is left
            finally:
                os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        assert w.service.register_account(Registration("bob", w.new_phone))
