"""How a program ends that has not stopped its threads, and what may be copied."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from dataclasses import asdict

import pytest

from ringfence import Account, Call, Method, Registration
from ringfence.testing import World

_PROGRAM = """
import sys, threading, time
import ringfence
from ringfence.testing import FixedKeys, ManualClock, RecordingSender

class Watching(ringfence.Observer):
    def observe(self, observation):
        sum(range(500))

parts = {"clock": {"clock": ManualClock()}, "observer": {"observer": Watching()}, "nothing": {}}[sys.argv[1]]
keys = ringfence.KeyRing(FixedKeys())
service = ringfence.Service("memory:", keys, sender=RecordingSender(), event_sink=RecordingSender(), **parts)
service.register_account(ringfence.Registration("ann", "+8613912343672"))

def forever(work):
    while True:
        work()

for work in [service.dispatcher.pump, lambda: service.settings("ann")] * 3:
    threading.Thread(target=forever, args=(work,), daemon=True).start()
time.sleep(0.3)
"""


@pytest.mark.parametrize("part", ["clock", "observer", "nothing"])
def test_a_program_ends_well_while_its_daemon_threads_are_in_calls(part: str) -> None:
    for _ in range(3):
        ended = subprocess.run([sys.executable, "-c", _PROGRAM, part], capture_output=True, text=True, timeout=60)
        assert ended.returncode == 0, ended.stderr
        assert "FATAL" not in ended.stderr


def test_what_was_passed_to_a_call_can_be_copied_like_what_was_not() -> None:
    with World() as world:
        ann = Account("ann")
        world.service.register_account(Registration(ann, World.phone, phone_proven_at=world.clock.now_ms()))
        settings = world.service.settings(ann, world.call)
        assert asdict(ann) == {"id": "ann", "realm": ""}
        assert asdict(settings)["account"] == {"id": "ann", "realm": ""}
        assert asdict(world.call)["session"] == "session-1"
        for value in (ann, settings, world.call):
            assert copy.deepcopy(value) == value
            assert pickle.loads(pickle.dumps(value)) == value
        assert world.service.settings(copy.copy(ann), copy.copy(world.call)) == settings


def test_a_registration_shows_no_address_when_it_is_printed() -> None:
    shown = repr(Registration("ann", World.phone, email=World.email))
    assert World.phone not in shown and World.email not in shown


def test_a_text_that_is_no_unicode_leaves_nothing_in_the_chain_of_exceptions() -> None:
    with World() as world:
        world.service.register_account(Registration("ann", World.phone, phone_proven_at=world.clock.now_ms()))
        flow = world.service.begin_change_phone("ann", Method.PHONE, world.call)
        with pytest.raises(Exception) as refused:
            flow.prove_identity("671288\ud800", world.call)
        assert refused.value.__context__ is None and refused.value.__cause__ is None


def test_a_call_says_how_long_it_may_take() -> None:
    assert asdict(Call(session="s", timeout=2))["timeout"] == 2
