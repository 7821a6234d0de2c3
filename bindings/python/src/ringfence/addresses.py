"""Reading addresses as a person writes them."""

from __future__ import annotations

from typing import Optional

from . import _native, values
from ._library import lib
from .policy import AnyPolicy, as_policy, no_policy


def parse_phone(text: str, region: str = "", policy: Optional[AnyPolicy] = None) -> values.Address:
    """Reads a number. ``region`` is the country in which it was typed, e.g. ``CN``; the policy says which numbers are
    taken. Refuses with ``InvalidNumber``, ``NumberTypeNotAllowed``, ``RegionNotAllowed``."""
    input, _keep = values.input_struct(text, region)
    if policy is None:
        return values.ADDRESS.of(lib.ringfence_phone_parse, no_policy, input)
    asked = as_policy(policy)
    return values.ADDRESS.of(lib.ringfence_phone_parse, asked._c, input)


def parse_email(text: str) -> values.Address:
    """Reads an email. Refuses with ``InvalidEmail``."""
    return values.ADDRESS.of(lib.ringfence_email_parse, _native.text(text, "an email"))
