"""How large a text message is."""

from __future__ import annotations

from . import _native, values
from ._library import lib


def measure_sms(text: str) -> values.SmsSize:
    """Measures a text message. It has 160 septets of the alphabet of GSM, of which ``^{}\\[~]|`` and the euro sign take
    two, or 70 units of UTF-16; where it travels in several parts, 153 or 67 in each."""
    return values.SMS_SIZE.of(lib.ringfence_sms_measure, _native.text(text, "a text message"))
