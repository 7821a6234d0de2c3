"""Senders that the library has itself: codes go out by mail, or as files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Callable

import pytest
from private_mail_server import PrivateMailServer

import ringfence
from ringfence import Dispatcher, Method, SmtpSender, SmtpTls
from ringfence.testing import RecordingSender, World


def code_in(mail: Any) -> str:
    found = re.search(r"\d{6}", mail["parts"][0]["content"])
    assert found
    return found.group()


def change_email(w: World, dispatcher: Dispatcher, code_at: Callable[[str], str]) -> None:
    w.add("ann")
    flow = w.service.begin_change_email("ann", Method.EMAIL, w.call)
    dispatcher.pump_all()
    assert flow.prove_identity(code_at(w.email), w.call).accepted
    flow.set_target("new@example.org", "", w.call)
    dispatcher.pump_all()
    assert flow.prove_target(code_at("new@example.org"), w.call).changed


def test_an_email_is_changed_with_the_codes_that_a_mail_server_received() -> None:
    with PrivateMailServer(user="shop", password="s3cret") as server, World() as w:
        sender = SmtpSender(
            "127.0.0.1",
            "no-reply@shop.example",
            from_name="京东云",
            user="shop",
            password="s3cret",
            tls=SmtpTls.NONE,
            port=server.port,
            envelope_from="bounces@shop.example",
            reply_to="help@shop.example",
            helo="client.test",
            max_connections=1,
            connect_timeout_ms=5_000,
            timeout_ms=10_000,
        )

        def mail_to(address: str) -> dict[str, Any]:
            return [mail for mail in server.messages() if mail["rcpt_tos"] == [address]][-1]

        with Dispatcher(w.service.store, w.keys, sender, w.sender, clock=w.clock, entropy=w.entropy) as dispatcher:
            change_email(w, dispatcher, lambda address: code_in(mail_to(address)))
        mail = mail_to("new@example.org")
        assert mail["from"] == [["京东云", "no-reply@shop.example"]]
        assert mail["mail_from"] == "bounces@shop.example"
        assert mail["headers"]["Reply-To"] == "help@shop.example"
        assert mail["helo"] == "client.test"
        assert mail["user"] == "shop"
        assert mail["date_ms"] == w.clock.now_ms() // 1000 * 1000


def test_mail_goes_its_own_way_and_the_rest_to_the_sender() -> None:
    with PrivateMailServer() as server, World() as w:
        for number in range(50):  # each is made of its own texts, which are gone by then
            mail = SmtpSender("127.0.0.1", f"no-reply-{number}@shop.example", tls=SmtpTls.NONE, port=server.port)
            phone = RecordingSender()
            with Dispatcher(w.service.store, w.keys, phone, w.sender, mail=mail, clock=w.clock) as dispatcher:
                assert dispatcher.pump().taken == 0
        with Dispatcher(w.service.store, w.keys, phone, w.sender, mail=mail, clock=w.clock) as dispatcher:
            w.add("ann")
            flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
            assert dispatcher.pump_all().accepted == 1
            assert flow.prove_identity(phone.last_code(w.phone) or "", w.call).accepted
            flow = w.service.begin_change_email("ann", Method.EMAIL, w.call)
            dispatcher.pump_all()
            (received,) = [one for one in server.messages() if one["rcpt_tos"] == [w.email]]
            assert received["mail_from"] == "no-reply-49@shop.example"
            assert flow.prove_identity(code_in(received), w.call).accepted


def test_an_email_is_changed_with_the_codes_from_a_spool_folder(tmp_path: Path) -> None:
    def code_at(address: str) -> str:
        files = [json.loads(path.read_text("utf-8")) for path in tmp_path.glob("*.json")]
        for path in tmp_path.iterdir():
            path.unlink()
        return str(next(file["code"] for file in files if file["to"] == address))

    with World() as w:
        with Dispatcher(
            w.service.store, w.keys, f"spool:{tmp_path}", w.sender, clock=w.clock, entropy=w.entropy
        ) as dispatcher:
            change_email(w, dispatcher, code_at)


@pytest.mark.parametrize(
    "sender, what",
    [
        (SmtpSender("", "a@example.com"), "SMTP option host: "),
        (SmtpSender("mail.example.com", "nobody"), "SMTP option from: "),
        (SmtpSender("mail.example.com", "a@example.com", from_name="a\nb"), "SMTP option from_name: "),
        (SmtpSender("mail.example.com", "a@example.com", envelope_from="a"), "SMTP option envelope_from: "),
        (SmtpSender("mail.example.com", "a@example.com", reply_to="a\r\nb@example.com"), "SMTP option reply_to: "),
        (SmtpSender("mail.example.com", "a@example.com", helo="a b"), "SMTP option helo: "),
        (SmtpSender("mail.example.com", "a@example.com", user="shop"), "SMTP option password: "),
        (SmtpSender("mail.example.com", "a@example.com", password="s3cret"), "SMTP option user: "),
        (SmtpSender("mail.example.com", "a@example.com", port=-1), "SMTP option port: "),
        (SmtpSender("mail.example.com", "a@example.com", ca_file="/nowhere"), "SMTP option ca_file: "),
        (SmtpSender("mail.example.com", "a@example.com", tls=SmtpTls.NONE), "SMTP option tls: "),
        (SmtpSender("mail.example.com", "a@example.com", max_connections=-1), "SMTP option max_connections: "),
        (SmtpSender("mail.example.com", "a@example.com", connect_timeout_ms=-1), "SMTP option connect_timeout_ms: "),
        (SmtpSender("mail.example.com", "a@example.com", timeout_ms=-1), "SMTP option timeout_ms: "),
        ("spool:/nowhere", "spool folder /nowhere: "),
        ("pigeon:", "console:, spool:FOLDER"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(sender: Any, what: str) -> None:
    with World() as w:
        with pytest.raises(ringfence.InvalidArgument, match=what):
            Dispatcher(w.service.store, w.keys, sender, w.sender)
        # Said by whoever knows that nobody listens on the way.
        plain = SmtpSender("mail.example.com", "a@example.com", tls=SmtpTls.NONE, plain_beyond_loopback=True)
        Dispatcher(w.service.store, w.keys, plain, w.sender).close()


def test_a_password_is_not_shown() -> None:
    assert "s3cret" not in repr(SmtpSender("mail.example.com", "a@example.com", user="shop", password="s3cret"))
