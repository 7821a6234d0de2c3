"""Gateways over HTTP, and webhooks: what a dispatcher may be given instead of a sender and an event sink of your own."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence, Union

from . import _native
from ._library import ffi, lib, ready_descriptions
from .errors import invalid


@dataclass(frozen=True)
class HttpOptions:
    """``allow_http``: it may speak without TLS to another machine, on a network of your own. ``ca_file``: certificates (PEM)
    that are trusted instead of the system's. ``connections``: messages handed over at a time, 1-256; 0: 8.
    ``connect_timeout_ms``: for name, connection and TLS, and again for waiting until a connection is free; 0: 10 s.
    ``timeout_ms``: for a whole exchange, up to 10 minutes; 0: 20 s. Keep the two together below two thirds of the
    dispatcher's ``lease_ms``, or a message may go twice."""

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


def _options(options: object) -> None:
    if not isinstance(options, HttpOptions):
        raise TypeError(f"options is HttpOptions(...), not {type(options).__name__}")


@dataclass(frozen=True)
class HttpGateway:
    """A gateway as a JSON object describes it: docs/delivery.md has the format. ``description`` is the object itself as JSON,
    or the ``pathlib.Path`` of a file that has it; :meth:`ready` takes one that comes with ringfence. ``variables`` are the
    values of the description's variables, all of them ``str``; they are not shown.

    What is missing, wrong or not known is refused when a dispatcher is made of it, with ``InvalidArgument`` and a text
    that names it; what is not even of the right type at once, with ``TypeError``."""

    description: Union[str, "os.PathLike[str]"]
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: HttpOptions = HttpOptions()

    def __post_init__(self) -> None:
        if isinstance(self.description, str):
            if not self.description.lstrip().startswith("{"):
                raise invalid("description is no JSON object; if it is the path of a file, give a pathlib.Path")
        elif not isinstance(self.description, os.PathLike):
            raise TypeError(f"description is a str of JSON or a pathlib.Path, not {type(self.description).__name__}")
        if not isinstance(self.variables, Mapping):
            raise TypeError(f"variables is a mapping of texts by name, not {type(self.variables).__name__}")
        for name, value in self.variables.items():
            _native.utf8(name, "a name in variables")
            if not isinstance(value, str):
                raise TypeError(f"variables[{name!r}] is a str, not {type(value).__name__}: write it as a text")
        _options(self.options)

    @classmethod
    def ready(cls, name: str, variables: Mapping[str, str], options: HttpOptions = HttpOptions()) -> HttpGateway:
        """A gateway whose description comes with ringfence: ``"kannel"``, ``"twilio"``, ``"aliyun"`` or ``"webhook"``.
        docs/delivery.md says which variables each has. A name that is none is refused with ``InvalidArgument``."""
        _native.utf8(name, "the name of a description")
        there = ready_descriptions()
        if name not in there:
            raise invalid(f"there is no ready description of this name; there is: {', '.join(sorted(there))}")
        return cls(there[name], variables, options)

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

    def __post_init__(self) -> None:
        if isinstance(self.keys, (str, bytes)) or not isinstance(self.keys, Sequence):
            raise TypeError(f"keys is a list of texts, not {type(self.keys).__name__}: write [key], also for one")
        for at, key in enumerate(self.keys):
            # The library takes them as one text, with a space between.
            if " " in _native.utf8(key, f"keys[{at}]").decode() or not key:
                raise invalid(f"keys[{at}] is empty or has a space: each key is a text of its own")
        _options(self.options)

    def _make(self) -> tuple[Any, Any]:
        out, owner = _native.room("event_sink")
        url, keys = _native.text(self.url, "url"), _native.text(" ".join(self.keys), "keys")
        self.options._call(lib.ringfence_webhook_event_sink_new, url, keys, out)
        return out, owner
