"""A PostgreSQL server of its own for a test: on a socket in a temporary folder, where nobody else is. It ends with the
test. Whatever does not work raises, with the server's log."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Optional


def _programs() -> Path:
    folders = []
    try:
        asked = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True)
        folders.append(Path(asked.stdout.strip()))
    except FileNotFoundError:
        pass
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError("no PostgreSQL server is installed: the test needs Debian's package postgresql")


def _server_user() -> Optional[pwd.struct_passwd]:
    """It refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    raise RuntimeError("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")


class PrivatePostgres:
    """A context manager; ``host`` is the folder of its socket, ``user`` its superuser."""

    user = "postgres"

    def __enter__(self) -> PrivatePostgres:
        self._programs = _programs()
        # Short, since the path of a socket is; and where its user may go.
        self.host = tempfile.mkdtemp(prefix="ringfence-python-", dir="/tmp")
        self._as: list[str] = []
        user = _server_user()
        if user is not None:
            os.chown(self.host, user.pw_uid, user.pw_gid)
            self._as = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        try:
            self._run("initdb", "-D", f"{self.host}/data", "-U", self.user, "--auth=trust", "--encoding=UTF8",
                      "--locale=C.UTF-8", "--no-sync")  # fmt: skip
            options = f"-c listen_addresses= -c unix_socket_directories={self.host} -c fsync=off"
            self._run("pg_ctl", "-D", f"{self.host}/data", "-l", f"{self.host}/log", "-w", "-o", options, "start")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if Path(self.host, "data/postmaster.pid").exists():
            self._run("pg_ctl", "-D", f"{self.host}/data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.host, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{self.user}@/{database}?host={self.host}"

    def _run(self, program: str, *arguments: str) -> None:
        # The output goes to a file: the server keeps what it is given open.
        with open(Path(self.host, "output"), "a+b") as output:
            command = [*self._as, str(self._programs / program), *arguments]
            done = subprocess.run(command, cwd=self.host, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        if done.returncode:
            texts = [Path(self.host, name) for name in ("output", "log")]
            raise RuntimeError("\n".join(text.read_text() for text in texts if text.exists()))
