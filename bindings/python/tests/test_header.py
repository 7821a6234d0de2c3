"""Nothing of the header is missing from the package, and nothing in it is written down twice."""

from __future__ import annotations

import re
from enum import IntEnum
from pathlib import Path

import ringfence
from ringfence import enums
from ringfence._library import ffi, header_text, lib

PACKAGE = Path(ringfence.__file__).parent
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py")))
# Freeing is written once for all kinds, and so is opening what is only a part of something else.
BY_KIND = {
    f"ringfence_{kind}_{verb}"
    for kind, verbs in {
        "policy": ("free",),
        "key_ring": ("free",),
        "store": ("free",),
        "service": ("free",),
        "dispatcher": ("free",),
        "step": ("free",),
        "sender": ("open", "free"),
        "event_sink": ("open", "free"),
        "clock": ("free",),
        "entropy": ("free",),
        "risk_advisor": ("free",),
        "observer": ("free",),
    }.items()
    for verb in verbs
}


def declared(header: str) -> set[str]:
    return set(re.findall(r"^RINGFENCE_API [^;(]*?(ringfence_\w+)\(", header_text(header), re.MULTILINE))


def test_every_function_of_the_headers_is_used() -> None:
    functions = declared("ringfence.h") | declared("ringfence_testing.h")
    assert len(functions) > 120
    used = set(re.findall(r"(?<!\w)_?lib\.(ringfence_\w+)", SOURCES))
    loop = {"ringfence_dispatcher_run", "ringfence_dispatcher_stop"}  # Python's own ends at a signal
    assert functions - used == BY_KIND | loop
    assert used <= functions
    for name in ("_{kind}_free", "_{kind}_open"):
        assert name in SOURCES


def test_every_function_is_in_the_library() -> None:
    for name in declared("ringfence.h"):
        assert getattr(lib, name)


def test_every_enumerator_of_the_header_is_a_member() -> None:
    constants = set(re.findall(r"\b(RINGFENCE_[A-Z0-9_]+)\b *= *\d+", header_text("ringfence.h")))
    used = re.findall(r"_lib\.(RINGFENCE_[A-Z0-9_]+)", SOURCES)
    assert constants == set(used)


def test_every_member_has_the_name_that_the_library_gives_it() -> None:
    for kind in vars(enums).values():
        if isinstance(kind, type) and issubclass(kind, IntEnum) and kind in enums._names:
            for member in kind:
                assert member.label == member.name.lower(), (kind, member)  # type: ignore[attr-defined]


def test_no_struct_is_declared_in_the_package() -> None:
    assert not re.search(r"typedef|struct \{|cdef\(\s*[\"']", SOURCES)


def test_every_struct_of_callbacks_is_plugged_whole() -> None:
    text = (PACKAGE / "_callbacks.py").read_text(encoding="utf-8")
    for name in re.findall(r"^} (ringfence_\w+_callbacks);", header_text("ringfence.h"), re.MULTILINE):
        members = [member for member, _ in ffi.typeof(name).fields]
        assert members[:3] == ["struct_size", "context", "destroy"]
        for member in members[3:]:
            assert f'"{member}": ' in text, (name, member)


def test_every_field_of_a_reply_is_read() -> None:
    text = (PACKAGE / "values.py").read_text(encoding="utf-8") + (PACKAGE / "service.py").read_text(encoding="utf-8")
    replies = ("address sms_size settings channel notice_settings flow_view grant appeal notice_receipt login audit_report "
               "health "
               "dispatch_counts route_health delivery_health import_report").split()  # fmt: skip
    for name in replies:
        for member, _ in ffi.typeof(f"ringfence_{name}").fields:
            if member in ("struct_size", "reserved"):
                continue
            if (name, member) == ("import_report", "refused"):
                continue  # how many rows there are in the list of them
            assert re.search(rf"\b(c|of|one|report)\.{member}\b", text), (name, member)


def test_everything_public_is_exported_and_documented() -> None:
    for name in ringfence.__all__:
        value = getattr(ringfence, name)
        if isinstance(value, type) and value.__module__.startswith("ringfence") and not issubclass(value, IntEnum):
            assert value.__doc__, name
