"""Mail servers for the tests: aiosmtpd on the loopback address, good ones and such as misbehave.

Prints the port on which it takes orders, one JSON object a line, each answered by one:

  {"do": "listen", ...}            a mail server; see Settings. Answers {"port": n}
  {"do": "report", "port": n}      what came: {"connections": n, "open": n, "messages": [...]}
  {"do": "hang_up", "port": n}     closes its connections, and goes on
  {"do": "close", "port": n}       ends it: nobody listens there any more

It ends when the connection of the first who gave it orders ends.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Settings:
    tls: str = "none"  # none, starttls or implicit
    certificate: str = ""
    key: str = ""
    user: str = ""  # who has to log in; empty: nobody
    password: str = ""
    smtputf8: bool = True
    auth: bool = True  # whether a login is offered
    starttls: bool = True  # whether it is offered
    queued: str = "250 2.0.0 Ok: queued as 4XqTest1"
    # By step (GREETING EHLO STARTTLS AUTH MAIL RCPT DATA MIDWAY CONTENT QUIT): a reply, or `drop`
    # (a reset), `close` (an end), `hang` (silence), `garbage`. MIDWAY is after 354, CONTENT after
    # the dot.
    at: dict[str, str] = field(default_factory=dict)
    skip: int = 0  # how often it behaves before
    times: int = 1_000_000  # how often it does not; then it behaves again


class MailServer:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.context: ssl.SSLContext | None = None
        if settings.certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(settings.certificate, settings.key)
        self.connections = 0
        self.messages: list[dict[str, Any]] = []
        self.open: set[Conversation] = set()
        self.asked = 0  # how often it could misbehave
        self.listener: asyncio.Server | None = None

    async def listen(self) -> int:
        implicit = self.settings.tls == "implicit"
        self.listener = await asyncio.get_running_loop().create_server(
            lambda: Conversation(self), "127.0.0.1", 0, ssl=self.context if implicit else None
        )
        port: int = self.listener.sockets[0].getsockname()[1]
        return port

    def misbehaviour(self, step: str) -> str:
        how = self.settings.at.get(step, "")
        if how:
            self.asked += 1
            if not 0 < self.asked - self.settings.skip <= self.settings.times:
                return ""
        return how

    def close(self) -> None:
        assert self.listener
        self.listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        for conversation in list(self.open):
            if conversation.transport:
                conversation.transport.close()

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        good = (
            isinstance(data, LoginPassword)
            and data.login.decode() == self.settings.user
            and data.password.decode() == self.settings.password
        )
        return AuthResult(success=good, handled=False, auth_data=data)

    async def handle_DATA(self, server: Conversation, session: Session, envelope: Envelope) -> str:
        if how := self.misbehaviour("CONTENT"):
            await server.misbehave(how)
            return "250 too late"  # nobody hears it
        self.messages.append(read(session, envelope, server.encrypted))
        return self.settings.queued


def read(session: Session, envelope: Envelope, tls: bool) -> dict[str, Any]:
    raw = envelope.original_content or b""
    # As any mail program would.
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    defects = [str(d) for part in message.walk() for d in part.defects]
    defects += [str(d) for value in message.values() for d in getattr(value, "defects", [])]
    parts = [
        {
            "type": part.get_content_type(),
            "charset": part.get_content_charset(),
            "encoding": part["Content-Transfer-Encoding"],
            "content": part.get_content().replace("\r\n", "\n"),
        }
        for part in message.walk()
        if not part.is_multipart()
    ]
    date = message["Date"].datetime if message["Date"] else None
    return {
        "mail_from": envelope.mail_from,
        "rcpt_tos": envelope.rcpt_tos,
        "options": envelope.mail_options,
        "helo": session.host_name,
        "user": (getattr(session, "login_data", None) or b"").decode(),
        "tls": tls or session.ssl is not None,
        "names": list(message.keys()),
        "headers": {name: str(value) for name, value in message.items()},
        "from": [[one.display_name, one.addr_spec] for one in message["From"].addresses],
        "date_ms": int(date.timestamp() * 1000) if date else None,
        "type": message.get_content_type(),
        "parts": parts,
        "defects": defects,
        "longest_line": max((len(line) for line in raw.split(b"\r\n")), default=0),
        "bare_line_breaks": raw.replace(b"\r\n", b"").count(b"\n") + raw.replace(b"\r\n", b"").count(b"\r"),
        "ascii": raw.isascii(),
        "raw": raw.decode(),
    }


class Conversation(SMTP):
    """One connection."""

    def __init__(self, server: MailServer) -> None:
        settings = server.settings
        self.mail_server = server
        self.encrypted = settings.tls == "implicit"
        starttls = settings.tls == "starttls" and settings.starttls
        super().__init__(
            server,
            hostname="mail.test",
            ident="ESMTP",
            enable_SMTPUTF8=settings.smtputf8,
            tls_context=server.context if starttls else None,
            require_starttls=starttls,
            auth_required=bool(settings.user),
            auth_require_tls=settings.tls == "starttls",
            auth_exclude_mechanism=None if settings.auth else ["PLAIN", "LOGIN"],
            authenticator=server.authenticate,
            loop=asyncio.get_running_loop(),
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self not in self.mail_server.open:  # it comes again after STARTTLS
            self.mail_server.open.add(self)
            self.mail_server.connections += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.mail_server.open.discard(self)
        super().connection_lost(error)

    async def misbehave(self, how: str) -> None:
        transport = self.transport
        if how == "drop":
            transport.abort()
        elif how == "close":
            transport.close()
        elif how == "garbage":
            await self.push("this is no mail server")
        elif how != "hang":
            for line in how.split("\n"):
                await self.push(line)
            if how.startswith("421"):
                transport.close()
            return
        await asyncio.Event().wait()  # until the connection ends

    async def _handle_client(self) -> None:
        if how := self.mail_server.misbehaviour("GREETING"):
            await self.misbehave(how)
        else:
            await super()._handle_client()

    async def step(self, name: str, go_on: Any, argument: str) -> None:
        if how := self.mail_server.misbehaviour(name):
            await self.misbehave(how)
        else:
            await go_on(argument)

    async def smtp_EHLO(self, arg: str) -> None:
        await self.step("EHLO", super().smtp_EHLO, arg)

    async def smtp_HELO(self, arg: str) -> None:
        await self.step("EHLO", super().smtp_HELO, arg)

    async def smtp_STARTTLS(self, arg: str) -> None:
        await self.step("STARTTLS", super().smtp_STARTTLS, arg)

    async def smtp_AUTH(self, arg: str) -> None:
        await self.step("AUTH", super().smtp_AUTH, arg)

    async def smtp_MAIL(self, arg: str) -> None:
        await self.step("MAIL", super().smtp_MAIL, arg)

    async def smtp_RCPT(self, arg: str) -> None:
        await self.step("RCPT", super().smtp_RCPT, arg)

    async def smtp_DATA(self, arg: str) -> None:
        if how := self.mail_server.misbehaviour("MIDWAY"):
            await self.push("354 go on")
            await self._reader.readexactly(100)
            await self.misbehave(how)
        else:
            await self.step("DATA", super().smtp_DATA, arg)

    async def smtp_QUIT(self, arg: str) -> None:
        await self.step("QUIT", super().smtp_QUIT, arg)


servers: dict[int, MailServer] = {}


async def obey(order: dict[str, Any]) -> dict[str, Any]:
    what = order.pop("do")
    if what == "listen":
        server = MailServer(Settings(**order))
        port = await server.listen()
        servers[port] = server
        return {"port": port}
    server = servers[order["port"]]
    if what == "hang_up":
        server.hang_up()
    elif what == "close":
        server.close()
    return {
        "connections": server.connections,
        "open": len(server.open),
        "messages": server.messages,
    }


async def main() -> None:
    done = asyncio.Event()

    async def take_orders(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(json.dumps(await obey(json.loads(line))).encode() + b"\n")
            await writer.drain()
        done.set()

    orders = await asyncio.start_server(take_orders, "127.0.0.1", 0)
    print(orders.sockets[0].getsockname()[1], flush=True)
    await done.wait()


if __name__ == "__main__":
    asyncio.run(main())
