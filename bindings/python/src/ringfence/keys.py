"""The keys that codes are derived from. They never enter a store, and there is no default key."""

from __future__ import annotations

import os
from typing import Any, Union

from . import _callbacks, _native
from ._library import lib
from .plugins import KeySource

Path = Union[str, "os.PathLike[str]"]


class KeyRing(_native.Owned):
    """The keys of a running service, and where to get them again."""

    __slots__ = ()

    def __init__(self, source: KeySource) -> None:
        """Asks a source for the keys. Refuses with ``KeyUnusable``."""
        super().__init__(_callbacks.plug_key_source(source), keeps=source)

    @classmethod
    def from_file(cls, path: Path) -> KeyRing:
        """Reads a key file: one key a line, its id, a space, and 64 hexadecimal digits; the first one makes new codes.
        Refuses with ``KeyUnusable`` a file that is missing or malformed, that others than its owner may read or write,
        or that is no regular file of this user."""
        room = _native.room("key_ring")
        _native.call(lib.ringfence_key_ring_from_file, _path(path), room[0])
        ring = cls.__new__(cls)
        _native.Owned.__init__(ring, room)
        return ring

    @staticmethod
    def create_file(path: Path) -> None:
        """Makes a key file with one fresh random key, mode 0600: whole, or not at all. Never overwrites: refuses with
        ``KeyUnusable``."""
        _native.call(lib.ringfence_key_file_create, _path(path))

    def reload(self) -> None:
        """Asks the file or the source again. If that fails the keys stay as they were."""
        _native.call(lib.ringfence_key_ring_reload, self._c)


def _path(path: Path) -> tuple[Any, int]:
    return _native.text(os.fspath(path), "a path")
