"""Policies: every setting is in docs/policy.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Union

from . import _native
from ._library import ffi, lib


class Policy(_native.Owned):
    """The settings of a service. Made from JSON, or from a mapping that could be written as JSON; what is left out has
    its default. Refuses with ``InvalidPolicy``, which names every problem."""

    __slots__ = ()

    def __init__(self, settings: Union[str, Mapping[str, Any]] = "") -> None:
        written = settings if isinstance(settings, str) else json.dumps(dict(settings))
        room = _native.room("policy")
        _native.call(lib.ringfence_policy_new, _native.text(written, "a policy"), room[0])
        super().__init__(room)

    @classmethod
    def _of(cls, room: tuple[Any, Any]) -> Policy:
        policy = cls.__new__(cls)
        _native.Owned.__init__(policy, room)
        return policy

    def to_json(self) -> str:
        """The whole policy, defaults too."""
        return _native.take_text(lib.ringfence_policy_json, self._c)

    def to_dict(self) -> dict[str, Any]:
        """The whole policy, defaults too."""
        return dict(json.loads(self.to_json()))


AnyPolicy = Union[Policy, str, Mapping[str, Any]]
"""A policy, or what one is made from."""

no_policy = ffi.new("ringfence_policy *")[0]


def as_policy(policy: AnyPolicy) -> Policy:
    return policy if isinstance(policy, Policy) else Policy(policy)
