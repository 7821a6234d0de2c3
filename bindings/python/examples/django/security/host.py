"""The service of this process."""

import os
import threading
from typing import Optional
from urllib.parse import quote, urlencode

import ringfence
from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

from .events import Sessions

_lock = threading.Lock()
_service: Optional[ringfence.Service] = None
_process = 0


def store_url(using: str = "default") -> str:
    """The database that Django uses, as a URL of PostgreSQL."""
    database = connections[using].settings_dict
    user, password = quote(database["USER"], safe=""), quote(database["PASSWORD"], safe="")
    who = f"{user}:{password}@" if password else f"{user}@" if user else ""
    where = {name.lower(): str(database[name]) for name in ("HOST", "PORT") if database[name]}
    return f"postgresql://{who}/{quote(database['NAME'], safe='')}?{urlencode(where)}"


def service() -> ringfence.Service:
    """The service of this process, made when it is first asked for. One that was made before a fork is the parent's."""
    global _service, _process
    with _lock:
        if _service is None or _process != os.getpid():
            _service = ringfence.Service(
                store_url(),
                keys=ringfence.KeyRing.from_file(settings.RINGFENCE_KEYS),
                sender=import_string(settings.RINGFENCE_SENDER)(),
                event_sink=Sessions(),
            )
            _process = os.getpid()
        return _service


def close() -> None:
    """Ends the service, and its connections: tests do, before their database is removed."""
    global _service
    with _lock:
        if _service is not None:
            _service.close()
        _service = None
