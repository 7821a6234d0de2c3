"""What a change of a phone costs from Python, in memory: begin, prove identity, set the target, prove it, with a
dispatcher that hands the codes over. A day passes between two flows, so that no limit is met.

    bench.py [FLOWS]    prints microseconds a flow
    bench.py --serve    reads how many flows, a line each time, and answers how many nanoseconds they took
"""

from __future__ import annotations

import statistics
import sys
import time

import ringfence
from ringfence import Event, Method, OutgoingMessage, SendOutcome
from ringfence.testing import FixedKeys, ManualClock

DAY_MS = 24 * 60 * 60 * 1000


class Phone(ringfence.Sender, ringfence.EventSink):
    """Remembers the last code."""

    code = ""

    def send(self, message: OutgoingMessage) -> SendOutcome:
        self.code = message.code or self.code
        return SendOutcome.ACCEPTED

    def deliver(self, event: Event) -> SendOutcome:
        return SendOutcome.ACCEPTED


class Mover:
    """An account that moves between two numbers."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.phone = Phone()
        keys = ringfence.KeyRing(FixedKeys())
        self.rf = ringfence.Service("memory:", keys, sender=self.phone, event_sink=self.phone, clock=self.clock)
        self.numbers = ["+8613912343672", "+447700900123"]
        self.call = ringfence.Call(session="session", source="192.0.2.1")
        self.rf.register_account(ringfence.Registration("ann", self.numbers[0], phone_proven_at=self.clock.now_ms()))

    def move(self) -> None:
        rf, call, phone = self.rf, self.call, self.phone
        flow = rf.begin_change_phone("ann", Method.PHONE, call)
        rf.pump()
        flow.prove_identity(phone.code, call)
        flow.set_target(self.numbers[1], "", call)
        rf.pump()
        if not flow.prove_target(phone.code, call).changed:
            raise RuntimeError("the flow did not end")
        self.numbers.reverse()
        self.clock.advance(DAY_MS)

    def nanoseconds(self, flows: int) -> int:
        began = time.perf_counter_ns()
        for _ in range(flows):
            self.move()
        return time.perf_counter_ns() - began


def main() -> None:
    mover = Mover()
    if sys.argv[1:] == ["--serve"]:
        for line in sys.stdin:
            print(mover.nanoseconds(int(line)), flush=True)
        return
    flows = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    mover.nanoseconds(100)
    rounds = [mover.nanoseconds(flows // 10) / (flows // 10) / 1000 for _ in range(10)]
    print(f"{statistics.median(rounds):.0f} us a flow (median of 10 rounds; the fastest {min(rounds):.0f})")


if __name__ == "__main__":
    main()
