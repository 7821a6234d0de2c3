"""What the package has for the tests of others."""

from __future__ import annotations

import ringfence
from ringfence import Method
from ringfence.testing import ManualClock, RecordingSender, SeededEntropy, World


def test_seeded_entropy_is_that_of_cpp() -> None:
    # include/ringfence/testing/seeded_entropy.h: the number and the draw, in eight bytes each, the least first.
    entropy = SeededEntropy(0x0123456789ABCDEF)
    assert entropy.fill(32).hex() == "efcdab8967452301" + "0100000000000000" + "00" * 16
    assert entropy.fill(32).hex() == "efcdab8967452301" + "0200000000000000" + "00" * 16


def test_two_worlds_of_one_seed_are_alike_and_of_two_are_not() -> None:
    def story(seed: int) -> list[str]:
        with World(seed=seed) as w:
            w.add("ann")
            flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
            return [flow.handle, w.code_at(w.phone), w.sender.sent[0].id]

    assert story(1) == story(1) != story(2)


def test_the_clock_moves_only_when_told() -> None:
    clock = ManualClock(5)
    clock.pause(1_000_000)
    assert clock.now_ms() == 5
    clock.advance(3)
    assert clock.now_ms() == 8
    clock.set(1)
    assert clock.now_ms() == 1


def test_the_sender_keeps_what_it_accepted(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    w.sender.answer_with(lambda _: ringfence.SendResult(ringfence.SendOutcome.TEMPORARY))
    w.service.begin_change_phone("ann", Method.PHONE, w.call)
    w.service.pump()
    assert w.sender.sent == [] and w.sender.last_code(w.phone) is None
    w.sender.answer_with(None)
    w.clock.advance(10_000)
    code = w.code_at(w.phone)
    (message,) = w.sender.sent
    assert message.code == code and code in message.text and message.attempts == 2
    assert message.purpose == "change_phone" and message.role is ringfence.Role.IDENTITY
    assert code not in repr(message) and w.phone not in repr(message)
    w.sender.clear()
    assert w.sender.sent == [] and isinstance(w.sender, RecordingSender)
