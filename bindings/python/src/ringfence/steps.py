"""Steps: for hosts that load and commit by themselves, e.g. inside a transaction of their own.

    step = Step(command, call)
    while keys := step.needs():
        step.add(...)                      # what was loaded for the keys, in their order
    change = step.decide(keys=ring, now=now, seed=secrets.token_bytes(32))
    outcome = ...                          # commit the change, all of it or nothing
    view = step.conclude_flow(outcome)     # only now is anything revealed

On a conflict begin again with a new step.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Optional, Union

from . import _native, records, values
from ._library import ffi, lib
from .enums import CommitOutcome, FlowKind, RiskAnswer, RiskMoment
from .keys import KeyRing
from .plugins import RiskQuestion
from .policy import AnyPolicy, as_policy, no_policy
from .records import ChangeSet, Key, Loaded
from .values import Account, Call, call_struct


class Step(_native.Owned):
    """One run of a step. ``command`` has a member ``step`` and one for each argument: see capi/ABI.md. The policy says
    which numbers are taken; left out, it is the default one."""

    __slots__ = ("_policy",)

    def __init__(
        self,
        command: Union[str, Mapping[str, Any]],
        call: Optional[Call] = None,
        policy: Optional[AnyPolicy] = None,
    ) -> None:
        written = command if isinstance(command, str) else records.to_json(dict(command))
        self._policy = None if policy is None else as_policy(policy)
        room = _native.room("step")
        text = _native.text(written, "a command")
        _native.call(lib.ringfence_step_new, self._policy_handle(), text, call_struct(call), room[0])
        super().__init__(room)

    def _policy_handle(self) -> Any:
        return no_policy if self._policy is None else self._policy._c

    def __enter__(self) -> Step:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def needs(self) -> list[Key]:
        """The keys still to be loaded; when there are none it can decide."""
        return records.keys_from_json(_native.take_text(lib.ringfence_step_needs, self._c))

    def add(self, loaded: Sequence[Optional[Loaded]]) -> None:
        """What was loaded for the keys that were needed, in their order."""
        _native.call(lib.ringfence_step_add, self._c, _native.text(records.loaded_to_json(loaded)))

    def question(self) -> Optional[RiskQuestion]:
        """What to ask a risk advisor, if anything."""
        written = _native.take_text(lib.ringfence_step_question, self._c)
        if not written:
            return None
        asked = json.loads(written)
        return RiskQuestion(
            moment=RiskMoment[asked["moment"].upper()],
            flow=FlowKind[asked["flow"].upper()],
            account=Account(asked["account"], asked["realm"]),
            number=asked["number"],
            session=asked["session"],
            source=asked["source"],
            trace_id=asked["trace_id"],
        )

    def decide(self, keys: KeyRing, now: int, seed: bytes, risk: Optional[RiskAnswer] = None) -> Optional[ChangeSet]:
        """Decides. ``seed`` is 32 fresh random bytes for every decision; ``risk`` is what the advisor answered, None:
        there is nobody to ask. None: there is nothing to be committed; conclude with ``CommitOutcome.COMMITTED``."""
        if not isinstance(seed, bytes) or len(seed) != 32:
            raise TypeError("a seed is 32 bytes")
        context = _native.new(
            "ringfence_step_context *",
            {
                "struct_size": ffi.sizeof("ringfence_step_context"),
                "risk": -1 if risk is None else _native.number32(risk, "the risk"),
                "policy": self._policy_handle(),
                "keys": keys._c,
                "now": _native.number64(now, "now"),
                "seed": seed,
            },
        )
        written = _native.take_text(lib.ringfence_step_decide, self._c, context)
        return ChangeSet.from_json(written) if written else None

    # The reply, now that the commit has ended: as the service replies or refuses. Which of these it is the step
    # decides; another one is refused with InvalidArgument.

    def conclude_flow(self, outcome: CommitOutcome) -> values.FlowView:
        return values.FLOW_VIEW.of(lib.ringfence_step_conclude_flow, self._c, _outcome(outcome))

    def conclude_settings(self, outcome: CommitOutcome) -> values.SecuritySettings:
        return values.SETTINGS.of(lib.ringfence_step_conclude_settings, self._c, _outcome(outcome))

    def conclude_grant(self, outcome: CommitOutcome) -> values.Grant:
        return values.GRANT.of(lib.ringfence_step_conclude_grant, self._c, _outcome(outcome))

    def conclude_appeal(self, outcome: CommitOutcome) -> Optional[values.Appeal]:
        return values.APPEAL.of(lib.ringfence_step_conclude_appeal, self._c, _outcome(outcome))

    def conclude_receipt(self, outcome: CommitOutcome) -> values.NoticeReceipt:
        return values.RECEIPT.of(lib.ringfence_step_conclude_receipt, self._c, _outcome(outcome))

    def conclude_login(self, outcome: CommitOutcome) -> Optional[str]:
        return values.LOGIN.of(lib.ringfence_step_conclude_login, self._c, _outcome(outcome))


def _outcome(outcome: CommitOutcome) -> int:
    return _native.number32(outcome, "an outcome")
