"""What passes the boundary: texts, structs, handles and refusals."""

from __future__ import annotations

import atexit
import os
import time
import weakref
from threading import current_thread, get_ident
from typing import Any, Callable, Generic, TypeVar

import _cffi_backend

from ._library import ffi, lib
from .enums import NextStep, Status
from .errors import RingfenceError, class_of, invalid

_chars = ffi.typeof("char[]")
_error = ffi.typeof("ringfence_error *")
_error_init = (ffi.sizeof("ringfence_error"),)
_text_out = ffi.typeof("ringfence_text *")
_T = TypeVar("_T")

# cffi's own functions in C, which those of `ffi` only wrap: they are called many times in each flow.
_from_buffer: Any = _cffi_backend.from_buffer
_new: Any = _cffi_backend.newp
_string: Any = _cffi_backend.string
_unpack: Any = _cffi_backend.unpack
from_handle: Any = _cffi_backend.from_handle
_gc: Any = _cffi_backend.gcp
release: Any = _cffi_backend.release
new = ffi.new


def utf8(value: str, what: str = "a text") -> bytes:
    """The bytes of a text. Refuses what is no text, and what is no Unicode."""
    if not isinstance(value, str):
        raise TypeError(f"{what} is a str, not {type(value).__name__}")
    try:
        return value.encode()
    except UnicodeEncodeError:
        pass
    # Outside of the handler: what failed to be encoded may be a code, and must not be kept in the chain of exceptions.
    raise invalid(f"{what} is not Unicode")


def text(value: str, what: str = "a text") -> tuple[Any, int]:
    """A text for the library, which reads it during the call only. cffi makes a ``ringfence_string`` of the pair, and
    its pointer keeps the bytes."""
    data = utf8(value, what)
    return _from_buffer(_chars, data), len(data)


def number(value: int, what: str) -> int:
    """A whole number; an enumerator is one, too, but neither True nor 1.0."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} is an int, not {type(value).__name__}")
    return value


def flag(value: bool, what: str) -> int:
    """True or False, and nothing that is only like them."""
    if not isinstance(value, bool):
        raise TypeError(f"{what} is a bool, not {type(value).__name__}")
    return int(value)


def number64(value: int, what: str) -> int:
    """A whole number that fits into 64 bits with a sign."""
    if not -(1 << 63) <= number(value, what) < 1 << 63:
        raise invalid(f"{what} is too large")
    return value


def number32(value: int, what: str) -> int:
    """A whole number that fits into 32 bits with a sign."""
    if not -(1 << 31) <= number(value, what) < 1 << 31:
        raise invalid(f"{what} is too large")
    return value


def read(of: Any) -> str:
    """A ``ringfence_string`` that the library gives."""
    size = of.size
    return _unpack(of.data, size).decode() if size else ""  # type: ignore[no-any-return]


def chars(of: Any) -> str:
    """A text inside a struct, up to its NUL."""
    return _string(of).decode()  # type: ignore[no-any-return]


def refusal(error: Any, status: int) -> RingfenceError:
    """The exception for a call that was refused."""
    return class_of.get(status, RingfenceError)(
        Status(status), NextStep(error.next), error.retry_at, chars(error.text), chars(error.link)
    )


# Which threads are in a call, and how deep. Python ends the threads that want the GIL while the program ends, and a
# thread that is ended inside a callback takes the whole process with it: so the program waits for those that are there,
# and lets no other one in.
_inside: dict[int, int] = {}
_ending = False
_longest_wait_s = 10.0

# What frees the handles that are open.
_open: weakref.WeakSet[Any] = weakref.WeakSet()


@atexit.register
def _end() -> None:
    global _ending
    _ending = True
    until = time.monotonic() + _longest_wait_s
    while set(_inside) - {get_ident()} and time.monotonic() < until:
        time.sleep(0.005)
    for owner in list(_open):
        release(owner)


def _in_child() -> None:
    # Of the threads of the parent, a child has only the one that forked.
    for thread in set(_inside) - {get_ident()}:
        del _inside[thread]


os.register_at_fork(after_in_child=_in_child)

# What a callback raised to end the program or the task, by its thread, until the call that it ran in has returned.
_interrupts: dict[int, BaseException] = {}


def surfaces(error: BaseException) -> bool:
    """Whether what a callback raised will be raised by the call of the same thread: so are ``KeyboardInterrupt``,
    ``SystemExit`` and whatever else is no ``Exception``, the first one of a call."""
    thread = get_ident()
    if isinstance(error, Exception) or thread not in _inside or thread in _interrupts:
        return False
    _interrupts[thread] = error
    return True


def enter(function: Any, *arguments: Any) -> Any:
    """Calls a function of the library, which releases the GIL meanwhile, and raises what interrupted its callbacks."""
    thread = get_ident()
    depth = _inside.get(thread, 0)
    if _ending and depth == 0 and current_thread().daemon:
        raise RuntimeError("the program is ending: stop the threads that use ringfence, and join them, before it does")
    try:
        _inside[thread] = depth + 1
        return function(*arguments)
    finally:
        if depth:
            _inside[thread] = depth
        else:
            del _inside[thread]
        if thread in _interrupts:
            raise _interrupts.pop(thread)


def call(function: Any, *arguments: Any) -> None:
    """Calls a function of the library, and raises what it refuses.

    The struct for the refusal is made for each call: a thread may be in several at once, through callbacks.
    """
    error = _new(_error, _error_init)
    status = enter(function, *arguments, error)
    if status:
        raise refusal(error, status)


def made(kind: type[_T], /, **members: Any) -> _T:
    """A frozen dataclass with all of these members, as its ``__init__`` makes it. That sets them one by one, by calls
    that take several times as long."""
    value = object.__new__(kind)
    value.__dict__.update(members)
    return value


class Reply(Generic[_T]):
    """A struct that a function fills, and what Python makes of it."""

    __slots__ = ("_type", "_init", "_read")

    def __init__(self, struct: str, read: Callable[[Any], _T]) -> None:
        self._type = ffi.typeof(struct + " *")
        self._init = (ffi.sizeof(struct),)
        self._read = read

    def of(self, function: Any, *arguments: Any) -> _T:
        """Calls the function and reads what it has filled."""
        out = _new(self._type, self._init)
        call(function, *arguments, out)
        return self._read(out)


def take_text(function: Any, *arguments: Any) -> str:
    """Calls a function that gives a ``ringfence_text``."""
    out = _new(_text_out)
    call(function, *arguments, out)
    return owned_text(out[0])


def owned_text(given: Any) -> str:
    """The content of a ``ringfence_text``, which is freed."""
    try:
        return read(lib.ringfence_text_get(given))
    finally:
        lib.ringfence_text_free(given)


def room(kind: str) -> tuple[Any, Any]:
    """Where a function of the library puts a handle, and what frees the handle: when nobody refers to it any more, when
    it is released, and at the end of the program. There is no moment in between at which a signal could lose the
    handle, and freeing runs no code of Python, which a signal could interrupt."""
    out = new(f"ringfence_{kind} *")
    owner = _gc(out[0], getattr(lib, f"ringfence_{kind}_free"))
    _open.add(owner)
    return out, owner


class Owned:
    """An object of the library. ``close`` ends it; so do the end of a ``with``, the garbage collector and the end of
    the program. In a forked child nothing is ended: it belongs to the parent."""

    __slots__ = ("_c", "_keeps", "_owner", "__weakref__")

    def __init__(self, room: tuple[Any, Any], keeps: object = None) -> None:
        """``keeps`` is what the object works with, and must live as long."""
        out, self._owner = room
        self._c = out[0]
        self._keeps = keeps

    def close(self) -> None:
        """Ends the object. Calls that are under way in other threads end as they would have; calls made from now on
        are refused with :class:`InvalidArgument`. Closing twice does nothing."""
        release(self._owner)

    def _detach(self) -> Any:
        """The handle, which somebody else frees."""
        _gc(self._owner, None)
        return self._c
