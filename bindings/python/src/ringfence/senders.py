"""Senders that the library has itself. Give them to a ``Service`` or a ``Dispatcher`` as its ``sender``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import _native
from ._library import ffi
from .enums import SmtpTls


@dataclass(frozen=True)
class SmtpSender:
    """Sends mail through a mail server that relays; messages to telephones are refused for good.

    A mail that is sent again because its outcome was lost has the same ``Message-ID``. docs/delivery.md tells what
    becomes of a mail. What is missing or not of its form is refused with ``InvalidArgument``, by its name, when the
    dispatcher is made; the server is not asked before the first mail. ``clock`` of the dispatcher dates the mails.
    """

    host: str
    """A name or an IP address."""
    from_address: str
    """Message ids have its domain."""
    from_name: str = ""
    """What stands before the address; up to 128 bytes."""
    user: str = ""
    """For SASL's PLAIN or LOGIN, with the password; without both nobody logs in."""
    password: str = field(default="", repr=False)
    tls: SmtpTls = SmtpTls.STARTTLS
    port: int = 0
    """0: 587 with STARTTLS, 465 with implicit TLS, 25 with none."""
    ca_file: str = ""
    """Certificates (PEM) that are trusted instead of the system's."""
    envelope_from: str = ""
    """Where mail that cannot be delivered is sent back to; empty: ``from_address``."""
    reply_to: str = ""
    """Empty: answers go to ``from_address``."""
    helo: str = ""
    """What this machine is called; empty: what the system calls it."""
    plain_beyond_loopback: bool = False
    """Whether ``SmtpTls.NONE`` may go to another machine, where it can be read on the way."""
    max_connections: int = 0
    """At a time, 1-256; 0: 4."""
    connect_timeout_ms: int = 0
    """Until the server is ready for a mail, and again for a free connection, up to 10 minutes; 0: 10 s."""
    timeout_ms: int = 0
    """For a whole mail, from the name on, up to 10 minutes; 0: 20 s. As long once more if the server refuses and does
    not answer the goodbye. Keep this and ``connect_timeout_ms`` together below two thirds of the dispatcher's
    ``lease_ms``, or a mail may go twice."""

    def _struct(self, clock: Any) -> dict[str, Any]:
        texts = {
            "host": self.host,
            "ca_file": self.ca_file,
            "user": self.user,
            "password": self.password,
            "from": self.from_address,
            "from_name": self.from_name,
            "envelope_from": self.envelope_from,
            "reply_to": self.reply_to,
            "helo": self.helo,
        }
        return {
            "struct_size": ffi.sizeof("ringfence_smtp_options"),
            "tls": _native.number32(self.tls, "tls"),
            "port": _native.number32(self.port, "port"),
            "plain_beyond_loopback": _native.flag(self.plain_beyond_loopback, "plain_beyond_loopback"),
            "max_connections": _native.number32(self.max_connections, "max_connections"),
            "clock": clock,
            "connect_timeout_ms": _native.number64(self.connect_timeout_ms, "connect_timeout_ms"),
            "timeout_ms": _native.number64(self.timeout_ms, "timeout_ms"),
            **{name: _native.text(value, name) for name, value in texts.items()},
        }
