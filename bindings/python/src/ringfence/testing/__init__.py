"""For the tests of programs that use ringfence, and of stores.

With pytest there is the fixture ``ringfence_world``, a :class:`World`: a whole host in memory with a clock that moves
only when told and a sender that keeps what it sent.

    def test_the_new_phone_may_log_in(ringfence_world):
        w = ringfence_world
        w.add("ann")
        flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
        flow.prove_identity(w.code_at(w.phone), w.call)
        ...
"""

from .clock import ManualClock
from .contract import check, store_contract
from .entropy import SeededEntropy
from .sender import RecordingSender
from .world import FixedKeys, World

__all__ = ["FixedKeys", "ManualClock", "RecordingSender", "SeededEntropy", "World", "check", "store_contract"]
