"""The contract of stores as tests, for whoever writes one.

@pytest.mark.parametrize("line", store_contract())
def test_my_store_keeps_the_contract(line):
    check(line, MyStore)
"""

from __future__ import annotations

import threading
import traceback
from typing import Any, Callable, Optional, TypeVar

from .. import _callbacks, _native
from .._library import ffi, testing_lib
from ..plugins import Store
from ..stores import detached_handle

_S = TypeVar("_S", bound=Store)


def store_contract() -> list[str]:
    """The name of every line, e.g. ``TwoTakersNeverGetOneMessage``."""
    lib = testing_lib()
    lines = range(lib.ringfence_testing_store_contract_lines())
    return [ffi.string(lib.ringfence_testing_store_contract_line(line)).decode() for line in lines]


def check(
    name: str,
    make_store: Callable[[], _S],
    *,
    another: Optional[Callable[[_S], Store]] = None,
    reopen: Optional[Callable[[_S], _S]] = None,
) -> None:
    """Puts one line of the contract to a store; raises ``AssertionError`` with what does not hold.

    ``make_store`` makes a store with nothing in it. ``another`` makes a second one on the same records, as another
    process would have it; without, threads share the one. ``reopen`` opens what a store has kept, after it was closed;
    without, it keeps nothing. A store of the library that these give is closed by the check. One check runs at a time.
    """
    lib = testing_lib()
    line = store_contract().index(name)
    mutex = threading.Lock()
    said: list[str] = []
    opened: list[_S] = []
    kept: list[Store] = []

    def say(what: str) -> None:
        with mutex:
            said.append(what)

    def giving(make: Callable[[], Store]) -> Callable[[Any, Any], int]:
        def give(_: Any, out: Any) -> int:
            try:
                kept.append(make())
                out[0] = detached_handle(kept[-1])
                return 0
            except Exception:
                say(traceback.format_exc())
                return 1

        return give

    def open_first() -> Store:
        opened.append(make_store())
        return opened[-1]

    def open_again() -> Store:
        assert reopen is not None
        opened.append(reopen(opened[-1]))
        return opened[-1]

    def open_another() -> Store:
        assert another is not None
        return another(opened[-1])

    def failed(_: Any, what: Any) -> None:
        say(bytes(ffi.buffer(what.data, what.size)).decode(errors="replace"))

    struct = "ringfence_store_under_test"
    types = {name: field.type for name, field in ffi.typeof(struct).fields}

    def opening(name: str, make: Callable[[], Store]) -> Any:
        return ffi.callback(types[name], giving(make), error=1, onerror=_callbacks.failing(f"contract.{name}"))

    functions = {"open": opening("open", open_first), "failed": ffi.callback(types["failed"], failed)}
    if another is not None:
        functions["another"] = opening("another", open_another)
    if reopen is not None:
        functions["reopen"] = opening("reopen", open_again)
    tested = _native.new(struct + " *", {"struct_size": ffi.sizeof(struct), **functions})
    holds = _native.enter(lib.ringfence_testing_store_contract_check, line, tested)
    if holds != 1 or said:
        raise AssertionError(f"{name} does not hold:\n" + "\n".join(said))
