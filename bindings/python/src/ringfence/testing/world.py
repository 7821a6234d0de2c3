"""A whole host in memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Optional, Union

from ..keys import KeyRing
from ..plugins import KeySource, Observer, RiskAdvisor, Store
from ..policy import AnyPolicy
from ..service import Service
from ..values import AccountId, Call, Registration, SecuritySettings
from .clock import ManualClock
from .entropy import SeededEntropy
from .sender import RecordingSender


class FixedKeys(KeySource):
    """One key that everybody knows: for tests only."""

    def read(self) -> Iterable[tuple[str, bytes]]:
        return [("k1", b"\x5a" * 32)]


class World:
    """A service with a clock that moves only when told, a sender that keeps what it sent, entropy that repeats itself,
    and a key that everybody knows.

    ``call`` is a call of one session. Use it as a context manager, or close it.
    """

    phone = "+8613912343672"
    email = "lion@example.com"
    new_phone = "+447700900123"

    def __init__(
        self,
        *,
        store: Union[Store, str] = "memory:",
        policy: Optional[AnyPolicy] = None,
        risk_advisor: Optional[RiskAdvisor] = None,
        observer: Optional[Observer] = None,
        seed: int = 1,
    ) -> None:
        self.clock = ManualClock()
        self.entropy = SeededEntropy(seed)
        self.sender = RecordingSender()
        self.keys = KeyRing(FixedKeys())
        self.service = Service(
            store,
            self.keys,
            sender=self.sender,
            event_sink=self.sender,
            policy=policy,
            clock=self.clock,
            entropy=self.entropy,
            risk_advisor=risk_advisor,
            observer=observer,
        )
        self.call = Call(session="session-1", source="192.0.2.1")

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.service.close()
        self.keys.close()

    def add(self, account: AccountId, phone: str = phone, email: str = email) -> SecuritySettings:
        """An account with a verified phone and, unless it is empty, a verified email."""
        now = self.clock.now_ms()
        return self.service.register_account(
            Registration(account, phone, phone_proven_at=now, email=email, email_proven_at=now if email else 0)
        )

    def code_at(self, address: str) -> str:
        """Everything due is sent; the newest code that reached the address."""
        self.service.pump()
        code = self.sender.last_code(address)
        if code is None:
            raise AssertionError(f"no code reached {address}")
        return code

    @staticmethod
    def wrong(code: str) -> str:
        """A code of the same length that is certainly another one."""
        return code[:-1] + str((int(code[-1]) + 1) % 10)
