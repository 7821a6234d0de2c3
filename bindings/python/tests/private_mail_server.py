"""A mail server of its own for a test, on the loopback address, without TLS: that of the library's own tests. It runs in
an interpreter that has aiosmtpd, which need not be the one that has everything else."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parents[3] / "tests" / "smtp" / "mail_server.py"


def interpreter() -> str:
    """A Python that has aiosmtpd."""
    for python in (os.environ.get("PYTHON") or sys.executable, "python3", "/usr/bin/python3"):
        try:
            if subprocess.run([python, "-c", "import aiosmtpd"], capture_output=True).returncode == 0:
                return python
        except FileNotFoundError:
            pass
    raise RuntimeError("no python3 here has aiosmtpd; PYTHON names another one")


class PrivateMailServer:
    """A context manager. ``settings`` are those of mail_server.py."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings

    def __enter__(self) -> PrivateMailServer:
        self._process = subprocess.Popen([interpreter(), "-B", SCRIPT], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self._socket = socket.create_connection(("127.0.0.1", int(self._process.stdout.readline())))
        self._orders = self._socket.makefile("rw")
        self.port: int = self._order("listen", **self._settings)["port"]
        return self

    def __exit__(self, *_: object) -> None:
        self._orders.close()
        self._socket.close()
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()

    def messages(self) -> list[dict[str, Any]]:
        """What it received so far."""
        received: list[dict[str, Any]] = self._order("report", port=self.port)["messages"]
        return received

    def _order(self, what: str, **arguments: Any) -> dict[str, Any]:
        self._orders.write(json.dumps({"do": what, **arguments}) + "\n")
        self._orders.flush()
        answer: dict[str, Any] = json.loads(self._orders.readline())
        return answer
