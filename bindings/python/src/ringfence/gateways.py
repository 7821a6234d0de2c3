"""Gateways over HTTP, and webhooks: what a dispatcher may be given instead of a sender and an event sink of your own."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence, Union

from . import _native
from ._library import ffi, lib


@dataclass(frozen=True)
class HttpOptions:
    """``allow_http``: it may speak without TLS to another machine, on a network of your own. ``ca_file``: certificates (PEM)
    that are trusted instead of the system's. ``connections``: messages handed over at a time, 1-256; 0: 8.
    ``connect_timeout_ms`` and ``timeout_ms``, the latter of a whole exchange; 0: 10 s and 20 s."""

    allow_http: bool = False
    ca_file: str = ""
    connections: int = 0
    connect_timeout_ms: int = 0
    timeout_ms: int = 0

    def _call(self, function: Any, first: Any, second: Any, out: Any) -> None:
        ca_file = _native.text(self.ca_file, "ca_file")  # which keeps the bytes until the call has ended
        struct = _native.new(
            "ringfence_http_options *",
            {
                "struct_size": ffi.sizeof("ringfence_http_options"),
                "allow_http": _native.flag(self.allow_http, "allow_http"),
                "ca_file": ca_file,
                "connections": _native.number32(self.connections, "connections"),
                "connect_timeout_ms": _native.number64(self.connect_timeout_ms, "connect_timeout_ms"),
                "timeout_ms": _native.number64(self.timeout_ms, "timeout_ms"),
            },
        )
        _native.call(function, first, second, struct, out)


@dataclass(frozen=True)
class HttpGateway:
    """A gateway as a JSON object describes it: docs/delivery.md has the format. ``description`` is the object itself as JSON,
    or the path of a file that has it. ``variables`` are the values of the description's variables; they are not shown.

    What is missing, wrong or not known is refused when a dispatcher is made of it, with ``InvalidArgument`` and a text
    that names it."""

    description: Union[str, "os.PathLike[str]"]
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: HttpOptions = HttpOptions()

    def _make(self) -> tuple[Any, Any]:
        out, owner = _native.room("sender")
        variables = _native.text(json.dumps(dict(self.variables)), "variables") if self.variables else _native.text("")
        if isinstance(self.description, os.PathLike):
            path = _native.text(os.fspath(self.description), "description")
            self.options._call(lib.ringfence_http_sender_open, path, variables, out)
        else:
            description = _native.text(self.description, "description")
            self.options._call(lib.ringfence_http_sender_new, description, variables, out)
        return out, owner


@dataclass(frozen=True)
class Webhook:
    """Posts each event to ``url`` as JSON, signed as Standard Webhooks says, by each of ``keys``: ``whsec_`` and base64, at
    least 24 bytes. docs/delivery.md says what the other side does."""

    url: str
    keys: Sequence[str] = field(repr=False)
    options: HttpOptions = HttpOptions()

    def _make(self) -> tuple[Any, Any]:
        out, owner = _native.room("event_sink")
        url, keys = _native.text(self.url, "url"), _native.text(" ".join(self.keys), "keys")
        self.options._call(lib.ringfence_webhook_event_sink_new, url, keys, out)
        return out, owner
