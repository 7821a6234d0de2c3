"""Messages leave over HTTP, and events over a signed webhook, to a server of the test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
import ringfence
from ringfence import HttpGateway, HttpOptions, Method, Webhook
from ringfence.testing import World

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_KEY = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
DESCRIPTION = json.dumps(
    {
        "variables": {"gateway": None, "token": None},
        "carries": ["sms"],
        "url": "{gateway}/send",
        "headers": {"Idempotency-Key": "{id}"},
        "auth": {"bearer": "{token}"},
        "json": {"to": "{to}", "code": "{code}", "text": "{text}"},
        "reply": {"accepted": {"status": 200}},
    }
)


class Inbox(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def codes(self) -> dict[str, str]:
        messages = [json.loads(body) for path, _, body in self.got if path == "/send"]
        return {message["to"]: message["code"] for message in messages if message["code"]}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Inbox)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def gateway(inbox: Inbox, **options: Any) -> HttpGateway:
    return HttpGateway(DESCRIPTION, {"gateway": inbox.url, "token": "token-mark"}, HttpOptions(**options))


def test_a_phone_is_changed_by_codes_that_leave_over_http(inbox: Inbox) -> None:
    with World() as w, ringfence.Dispatcher(
        w.service.store, w.keys, gateway(inbox), Webhook(inbox.url + "/hook", [KEY, OTHER_KEY]), clock=w.clock
    ) as dispatcher:
        w.add("ann")
        flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
        dispatcher.pump_all()
        (old,) = inbox.codes()
        assert flow.prove_identity(inbox.codes()[old], w.call).accepted
        flow.set_target("+447700900123", "", w.call)
        dispatcher.pump_all()
        assert flow.prove_target(inbox.codes()["+447700900123"], w.call).changed
        dispatcher.pump_all()

    sent = [headers for path, headers, _ in inbox.got if path == "/send"]
    assert {headers["authorization"] for headers in sent} == {"Bearer token-mark"}
    assert len({headers["idempotency-key"] for headers in sent}) == len(sent)
    events = [(headers, body) for path, headers, body in inbox.got if path == "/hook"]
    assert {json.loads(body)["type"] for _, body in events} >= {"phone_changed", "end_sessions"}
    for headers, body in events:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = [
            "v1," + base64.b64encode(hmac.new(base64.b64decode(key[6:]), signed, hashlib.sha256).digest()).decode()
            for key in (KEY, OTHER_KEY)
        ]
        assert headers["webhook-signature"].split(" ") == expected


def test_a_description_may_be_in_a_file(inbox: Inbox, tmp_path: Path) -> None:
    path = tmp_path / "gateway.json"
    path.write_text(DESCRIPTION, encoding="utf-8")
    options = HttpOptions(connections=2, connect_timeout_ms=5000, timeout_ms=20_000)
    sender = HttpGateway(path, {"gateway": inbox.url, "token": "t"}, options)
    with World() as w, ringfence.Dispatcher(w.service.store, w.keys, sender, "console:", clock=w.clock) as dispatcher:
        w.add("ann")
        w.service.begin_change_phone("ann", Method.PHONE, w.call)
        assert dispatcher.pump().accepted == 1
    assert len(inbox.got) == 1


@pytest.mark.parametrize(
    ("sender", "events", "why"),
    [
        (HttpGateway("{"), "console:", "breaks off as JSON"),
        (HttpGateway(DESCRIPTION, {"gateway": "http://127.0.0.1:1"}), "console:", "variables.token is missing"),
        (HttpGateway(DESCRIPTION, {"gateway": "http://a.example", "token": "token-mark"}), "console:", "url must begin"),
        (HttpGateway(Path("/nonexistent/file")), "console:", "cannot be read"),
        (HttpGateway(DESCRIPTION, options=HttpOptions(timeout_ms=-1)), "console:", "an option is out of its bounds"),
        ("console:", Webhook("https://a.example/", []), "it has no key"),
        ("console:", Webhook("http://a.example/", [KEY]), "url must begin with https://"),
        ("console:", Webhook("https://a.example/", [KEY], HttpOptions(ca_file="/nonexistent")), "certificates"),
    ],
)
def test_what_cannot_work_is_refused_by_name(sender: Any, events: Any, why: str) -> None:
    with World() as w:
        with pytest.raises(ringfence.InvalidArgument) as refused:
            ringfence.Dispatcher(w.service.store, w.keys, sender, events)
    assert why in str(refused.value)
    assert "mark" not in str(refused.value)


def anything(value: object) -> Any:
    """What a caller without a type checker might pass."""
    return value


@pytest.mark.parametrize(
    ("make", "kind", "why"),
    [
        (lambda: HttpGateway("kannel.json"), ValueError, "description is no JSON object; .* give a pathlib.Path"),
        (lambda: HttpGateway(anything(b"{}")), TypeError, "description is a str of JSON or a pathlib.Path, not bytes"),
        (lambda: HttpGateway("{}", anything(["a"])), TypeError, "variables is a mapping of texts by name, not list"),
        (lambda: HttpGateway("{}", anything({"port": 13013})), TypeError, r"variables\['port'\] is a str, not int"),
        (lambda: HttpGateway("{}", anything({"key": None})), TypeError, r"variables\['key'\] is a str, not NoneType"),
        (lambda: HttpGateway("{}", anything({7: "a"})), TypeError, "a name in variables is a str, not int"),
        (lambda: HttpGateway("{}", {}, anything({})), TypeError, r"options is HttpOptions\(...\), not dict"),
        (lambda: HttpOptions(**anything({"timeout": 1})), TypeError, "timeout"),
        (lambda: HttpGateway.ready("pigeon", {}), ValueError, "there is: aliyun, kannel, twilio, webhook"),
        (lambda: HttpGateway.ready(anything(Path("kannel")), {}), TypeError, "the name of a description is a str"),
        (lambda: Webhook("https://a.example/", KEY), TypeError, r"keys is a list of texts, not str: write \[key\]"),
        (lambda: Webhook("https://a.example/", anything({KEY})), TypeError, "keys is a list of texts, not set"),
        (lambda: Webhook("https://a.example/", anything([KEY.encode()])), TypeError, r"keys\[0\] is a str, not bytes"),
        (lambda: Webhook("https://a.example/", [KEY, ""]), ValueError, r"keys\[1\] is empty or has a space"),
        (lambda: Webhook("https://a.example/", [f"{KEY} {KEY}"]), ValueError, r"keys\[0\] is empty or has a space"),
        (lambda: Webhook("https://a.example/", [KEY], anything({})), TypeError, "options is HttpOptions"),
    ],
)
def test_what_is_of_another_kind_is_refused_at_once_by_its_name(
    make: Callable[[], object], kind: type[Exception], why: str
) -> None:
    with pytest.raises(kind, match=why) as refused:
        make()
    assert "whsec" not in str(refused.value)


def test_a_gateway_is_made_of_a_ready_description(inbox: Inbox) -> None:
    with World() as w:
        for name, variables in {
            "kannel": {"smsbox": inbox.url, "user": "u", "password": "p", "from": "13013"},
            "twilio": {"api": inbox.url, "account_sid": "AC1", "user": "u", "password": "p", "from": "+15017122661"},
            "aliyun": {"api": inbox.url, "access_key_id": "i", "access_key_secret": "s", "sign_name": "s", "code_template": "t"},
            "webhook": {"url": inbox.url + "/send", "key": KEY},
        }.items():
            ready = HttpGateway.ready(name, variables)
            with ringfence.Dispatcher(w.service.store, w.keys, ready, w.sender, clock=w.clock) as dispatcher:
                if name == "webhook":
                    w.add("ann")
                    w.service.begin_change_phone("ann", Method.PHONE, w.call)
                    assert dispatcher.pump().accepted == 1
    assert len(inbox.got) == 1


def test_the_folder_of_ready_descriptions_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGFENCE_SENDERS", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="RINGFENCE_SENDERS may name their folder"):
        HttpGateway.ready("mine", {})
    (tmp_path / "mine.json").write_text(DESCRIPTION, encoding="utf-8")
    assert HttpGateway.ready("mine", {}).description == tmp_path / "mine.json"


def test_secrets_are_not_shown() -> None:
    assert "mark" not in repr(HttpGateway("{}", {"token": "token-mark"}))
    assert "whsec" not in repr(Webhook("https://a.example/", [KEY]))
