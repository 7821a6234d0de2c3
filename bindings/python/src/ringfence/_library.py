"""Finds the library and its header, and lets cffi read the one header there is.

No struct, no constant and no signature is written down a second time in this package: they are what the header says.

- The header: in the folder that the environment names in ``RINGFENCE_INCLUDE``, else beside this package, else where
  the system has it.
- The library: the file that the environment names in ``RINGFENCE_LIBRARY``, else beside this package, else the
  system's ``libringfence.so.1``. ``RINGFENCE_TESTING_LIBRARY`` names that for tests.
- The ready descriptions of gateways: in the folder that the environment names in ``RINGFENCE_SENDERS``, else beside this
  package, else where the system has them.
"""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from typing import Any

import cffi

_beside = Path(__file__).parent / "_lib"


def _declarations(text: str) -> str:
    """What cffi reads of a header: no preprocessor, no C++, no attribute, no body of a function."""
    text = re.sub(r"^#ifdef __cplusplus\n.*?^#endif.*?\n", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^#(?:.*\\\n)*.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^static inline .*?^}\n", "", text, flags=re.DOTALL | re.MULTILINE)
    return text.replace("RINGFENCE_API ", "")


def header_text(name: str) -> str:
    """The text of a header of the library, e.g. ``ringfence.h``."""
    named = os.environ.get("RINGFENCE_INCLUDE")
    folders = [Path(named)] if named else [_beside, Path("/usr/local/include"), Path("/usr/include")]
    for folder in folders:
        path = folder / name
        if path.is_file():
            return path.read_text(encoding="utf-8")
    places = ", ".join(str(folder) for folder in folders)
    raise ImportError(f"ringfence: there is no {name} in {places}; RINGFENCE_INCLUDE may name its folder")


def ready_descriptions() -> dict[str, Path]:
    """The descriptions of gateways that come with the library, by their names, in the first folder that has any."""
    named = os.environ.get("RINGFENCE_SENDERS")
    share = [Path(f"/usr/{place}/senders") for place in ("local/share/ringfence", "share/ringfence", "share/libringfence1")]
    folders = [Path(named)] if named else [_beside / "senders", *share]
    for folder in folders:
        if found := {path.stem: path for path in folder.glob("*.json")}:
            return found
    places = ", ".join(str(folder) for folder in folders)
    raise FileNotFoundError(f"there are no descriptions of gateways in {places}; RINGFENCE_SENDERS may name their folder")


def _open(ffi: Any, variable: str, name: str) -> Any:
    path = os.environ.get(variable)
    if not path:
        path = str(_beside / name) if (_beside / name).exists() else name
    try:
        return ffi.dlopen(path)
    except OSError as error:
        raise ImportError(f"ringfence: cannot load {path}: {error}; {variable} may name the file") from error


ffi: Any = cffi.FFI()
ffi.cdef(_declarations(header_text("ringfence.h")))
lib: Any = _open(ffi, "RINGFENCE_LIBRARY", "libringfence.so.1")

_testing_lib: Any = None
_testing_mutex = threading.Lock()


def testing_lib() -> Any:
    """The library for tests, loaded when it is first asked for: programs do without it."""
    global _testing_lib
    with _testing_mutex:
        if _testing_lib is None:
            opened = _open(ffi, "RINGFENCE_TESTING_LIBRARY", "libringfence_testing.so.1")
            ffi.cdef(_declarations(header_text("ringfence_testing.h")))
            _testing_lib = opened
        return _testing_lib
