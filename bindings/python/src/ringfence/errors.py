"""Refusals: one exception for each status, all of them a :class:`RingfenceError`.

A wrong code is no refusal: it is a verdict. What is in an exception may be logged: no address, no code, no key and no
account id is in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Optional

from .enums import NextStep, Status
from .times import as_datetime


class RingfenceError(Exception):
    """A call was refused. Of a status that this package does not know it is the exception itself."""

    def __init__(
        self,
        status: Status,
        next: NextStep = NextStep.FIX_SETUP,
        retry_at: int = 0,
        text: str = "",
        link: str = "",
    ) -> None:
        # All of it is in `args`, so that the exception can be pickled: it may come from another process.
        super().__init__(status, next, retry_at, text, link)
        self.status = status
        self.next = next
        """What to do now; goes for statuses, too, that are not known yet."""
        self.retry_at = retry_at
        """If limited: when the same call may succeed, in milliseconds since 1970; else 0."""
        self.text = text
        """For who develops or operates; not for the account's owner."""
        self.link = link
        """If managed elsewhere: where, if the policy has a link."""

    @property
    def retry_time(self) -> Optional[datetime]:
        """``retry_at`` as a time, in UTC."""
        return as_datetime(self.retry_at)

    def __str__(self) -> str:
        return f"{self.status.name.lower()}: {self.text}"


class MethodUnavailable(RingfenceError):
    """The chosen method cannot prove identity now; another one can."""


class NoMethodAvailable(RingfenceError):
    """No method can prove identity: the way on is an appeal."""


class SameAddress(RingfenceError):
    """The new address is the present one."""


class InvalidNumber(RingfenceError):
    """Not a telephone number that exists worldwide in one form."""


class InvalidEmail(RingfenceError):
    """Not an email address."""


class NumberTypeNotAllowed(RingfenceError):
    """The policy refuses numbers of this type, e.g. premium rate."""


class RegionNotAllowed(RingfenceError):
    """The policy refuses numbers of this region or prefix."""


class ManagedElsewhere(RingfenceError):
    """A federated account: it is changed where ``link`` points."""


class AccountLocked(RingfenceError):
    """The account is locked."""


class AccountClosed(RingfenceError):
    """The account is closed."""


class AccountNotFound(RingfenceError):
    """There is no such account."""


class AccountExists(RingfenceError):
    """There is such an account already."""


class FlowExpired(RingfenceError):
    """The flow took too long; begin another one."""


class FlowNotFound(RingfenceError):
    """The flow was never begun, replaced by a newer one, cancelled, or voided by a change."""


class WrongStep(RingfenceError):
    """The flow, or the appeal, waits for something else."""


class SessionMismatch(RingfenceError):
    """The flow belongs to another session of the host."""


class Limited(RingfenceError):
    """Too many or too soon; ``retry_at`` says when it is allowed."""


class AddressAtCapacity(RingfenceError):
    """The address is verified for as many accounts as the policy allows."""


class NothingToProve(RingfenceError):
    """The channel has no address, or what was to be proven or claimed is so already."""


class AppealPending(RingfenceError):
    """The account has an appeal that waits for its decision."""


class AppealNotFound(RingfenceError):
    """There is no such appeal."""


class DisputeNotFound(RingfenceError):
    """There is no change that this reference disputes, or it is too late."""


class FactorRequired(RingfenceError):
    """The policy asks for a factor that the host attests."""


class RiskRefused(RingfenceError):
    """What the risk advisor answered forbids it."""


class GrantInvalid(RingfenceError):
    """There is no such grant: it is for another operation or session, was used, or is too old."""


class Busy(RingfenceError):
    """Other calls kept changing the same records, or the deadline has passed."""


class StoreUnavailable(RingfenceError):
    """The store does not answer. Nothing was changed."""


class OutcomeUnknown(RingfenceError):
    """It may or may not have happened: repeat it with the same request id."""


class KeyMissing(RingfenceError):
    """The key that made a code is not in the key ring."""


class InvalidArgument(RingfenceError, ValueError):
    """What was passed cannot be meant: a text with a NUL, one that is too long, an object that was closed."""


class InvalidPolicy(RingfenceError, ValueError):
    """The policy has settings that do not work; the text names every one."""


class KeyUnusable(RingfenceError):
    """The keys are missing, malformed, readable by others, or there already."""


class StoreInUse(RingfenceError):
    """Another process, or another store in this one, has the database open."""


class StoreOlder(RingfenceError):
    """The database lacks ringfence's tables, or they are older than it needs: migrate."""


class StoreNewer(RingfenceError):
    """The database was written by a newer ringfence."""


class StoreForeign(RingfenceError):
    """The file is not a database of ringfence."""


class StoreCorrupt(RingfenceError):
    """The database holds a record that cannot be read."""


class WrongProcess(RingfenceError):
    """An object was used in a forked child: make another one there."""


class Internal(RingfenceError):
    """A defect of ringfence or of what was plugged in; nothing was changed."""


def _by_status() -> dict[int, type[RingfenceError]]:
    classes = {one.__name__: one for one in RingfenceError.__subclasses__()}
    named = {status: status.name.title().replace("_", "") for status in Status if status is not Status.OK}
    return {int(status): classes[name] for status, name in named.items()}


class_of = _by_status()
"""The exception of each status."""


def invalid(text: str) -> InvalidArgument:
    """What this package refuses by itself, as the library would."""
    return InvalidArgument(Status.INVALID_ARGUMENT, NextStep.FIX_INPUT, 0, text)
