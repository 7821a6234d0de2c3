"""with_gateways.py COMMAND...: runs a program of docs/delivery.md, in an empty folder, beside a mail server and a gateway
for text messages that answers as Kannel does, and looks at what came.

The program finds the gateway at SMSBOX, with the password SMSBOX_PASSWORD, and the mail server at MAIL_PORT of this
machine. The first text message is refused, as by a Kannel that has no route yet: the program has to try it again."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

try:
    import aiosmtpd  # noqa: F401
except ImportError:  # whichever Python was asked for need not have it
    if sys.executable == "/usr/bin/python3":
        raise
    os.execv("/usr/bin/python3", ["/usr/bin/python3", "-B", *sys.argv])

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "smtp"))
from mail_server import MailServer, Settings  # noqa: E402

PASSWORD = "kannel-secret"


class Kannel(BaseHTTPRequestHandler):
    asked: list[dict[str, str]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/cgi-bin/sendsms" and self.headers["X-Kannel-Password"] == PASSWORD
        self.asked.append({name: self.headers[f"X-Kannel-{name}"] for name in ("To", "BInfo")})
        status, said = (403, b"Not routable. Do not try again.") if len(self.asked) == 1 else (202, b"0: Accepted for delivery")
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def run(command: list[str], mail_port: int, folder: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Kannel) as gateway:
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
        smsbox = f"http://127.0.0.1:{gateway.server_address[1]}"
        environment = {"SMSBOX": smsbox, "SMSBOX_PASSWORD": PASSWORD, "MAIL_PORT": str(mail_port)}
        try:
            subprocess.run(command, cwd=folder, env={**os.environ, **environment}, check=True, timeout=120)
        finally:
            gateway.shutdown()


async def main() -> None:
    mail = MailServer(Settings())
    port = await mail.listen()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        ready = TESTS.parent / "share" / "senders" / "kannel.json"
        if ready.is_file():  # of a program that has its own copy
            shutil.copy(ready, folder)
        await asyncio.to_thread(run, sys.argv[1:], port, folder)
        spooled = [json.loads(path.read_text("utf-8")) for path in sorted((folder / "spool").glob("*.json"))]

    refused, accepted = Kannel.asked
    assert refused == accepted and accepted["To"] == "+8613912343672", "the same message came again"
    (letter,) = mail.messages
    assert letter["rcpt_tos"] == ["ann@example.com"] and letter["mail_from"] == "no-reply@shop.example"
    assert "Your password was changed." in letter["parts"][0]["content"]
    assert sorted(one["channel"] for one in spooled) == ["email", "phone"], "each has a file"
    assert all("There is a new login, from Paris." in one["text"] for one in spooled)


asyncio.run(main())
