"""Gateways for the tests, on the loopback address.

Each checks what it is sent as the documentation of the real one says, with code of its own, and
writes one line of JSON for each request to its log.

    gateways.py SETTINGS    a JSON file: port, log, secrets; and certificate and key, for TLS
"""

import base64
import datetime
import hashlib
import hmac
import json
import random
import re
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

with open(sys.argv[1], encoding="utf-8") as settings_file:
    SETTINGS = json.load(settings_file)
LOG = open(SETTINGS["log"], "a", encoding="utf-8")
LOCK = threading.Lock()
RANDOM = random.Random(SETTINGS.get("seed", 1))
SEEN_NONCES = set()
PROCESSED = set()


def note(**what):
    with LOCK:
        LOG.write(json.dumps(what) + "\n")
        LOG.flush()


if "verify" in SETTINGS:  # the source of a function
    NAMESPACE = {}
    exec(SETTINGS["verify"], NAMESPACE)  # pylint: disable=exec-used
    VERIFY = NAMESPACE["verify"]


class Refused(Exception):
    """A request that is not as the documentation says."""

    def __init__(self, status, body):
        super().__init__(body)
        self.status = status
        self.body = body


def must(good, status, body):
    if not good:
        raise Refused(status, body)


def acs3_signature(secret, method, path, pairs, headers):
    def canonical(text):
        return urllib.parse.quote(urllib.parse.unquote(text), safe="-_.~")

    request = "\n".join(
        [
            method,
            path,
            "&".join(f"{canonical(name)}={canonical(value)}" for name, value in sorted(pairs)),
            "".join(f"{name}:{headers[name]}\n" for name in sorted(headers)),
            ";".join(sorted(headers)),
            headers["x-acs-content-sha256"],
        ]
    )
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
    return hmac.new(secret.encode(), to_sign.encode(), "sha256").hexdigest()


# The example with fixed values that the documentation gives.
assert (
    acs3_signature(
        "YourAccessKeySecret",
        "POST",
        "/",
        [["ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"], ["RegionId", "cn-shanghai"]],
        {
            "host": "ecs.cn-shanghai.aliyuncs.com",
            "x-acs-action": "RunInstances",
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
            "x-acs-date": "2023-10-26T10:22:32Z",
            "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
            "x-acs-version": "2014-05-26",
        },
    )
    == "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
)


class Gateway(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass

    def answer(self, status, body, headers=()):
        body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} So", "Content-Type: application/json", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def reset(self):
        """Ends the connection as a machine does that has lost it."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        # The TLS layer would say goodbye.
        socket.socket(fileno=self.connection.detach()).close()

    def do_GET(self):
        self.do_POST()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        path, _, query = self.path.partition("?")
        try:
            if path.startswith("/2010-04-01/"):
                self.twilio(path, body)
            elif self.headers.get("x-acs-action"):
                self.aliyun(path, query, body)
            elif path == "/hook":
                self.answer(200, {"received": self.webhook(body)})
            elif path == "/chaos":
                self.chaos(body)
            else:
                raise Refused(404, {"error": "no such path"})
        except Refused as refused:
            note(path=path, refused=refused.status, why=refused.body)
            self.answer(refused.status, refused.body)

    # https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
    def twilio(self, path, body):
        sid = SETTINGS["twilio"]["account_sid"]
        expected = base64.b64encode(f"{sid}:{SETTINGS['twilio']['token']}".encode()).decode()
        must(
            self.headers.get("Authorization") == "Basic " + expected,
            401,
            {"code": 20003, "message": "Authenticate", "status": 401},
        )
        must(path == f"/2010-04-01/Accounts/{sid}/Messages.json", 404, {"code": 20404, "status": 404})
        must(self.command == "POST", 405, {"code": 20004, "status": 405})
        must(
            self.headers.get("Content-Type") == "application/x-www-form-urlencoded",
            415,
            {"code": 20001, "status": 415},
        )
        form = urllib.parse.parse_qs(body.decode("ascii"), strict_parsing=True, encoding="utf-8", errors="strict")
        must(all(len(values) == 1 for values in form.values()), 400, {"code": 20001, "status": 400})
        form = {name: values[0] for name, values in form.items()}
        must(set(form) - {"StatusCallback"} == {"To", "From", "Body"}, 400, {"code": 21604, "status": 400})
        if "StatusCallback" in form:
            callback = urllib.parse.urlsplit(form["StatusCallback"])
            must(callback.scheme in ("http", "https") and callback.netloc, 400, {"code": 21609, "status": 400})
        must(len(form["Body"]) <= 1600, 400, {"code": 21617, "status": 400})
        must(
            re.fullmatch(r"\+[1-9][0-9]{1,14}", form["To"]) and form["To"] != SETTINGS["twilio"]["invalid_to"],
            400,
            {"code": 21211, "message": f"The 'To' number {form['To']} is not a valid phone number.", "status": 400},
        )
        must(
            form["To"] != SETTINGS["twilio"]["busy_to"],
            429,
            {"code": 20429, "message": "Too Many Requests", "status": 429},
        )
        must(
            form["To"] != SETTINGS["twilio"]["region_to"],
            403,
            {"code": 21408, "message": "Permission to send an SMS has not been enabled", "status": 403},
        )
        number = "SM" + hashlib.md5(self.headers["Idempotency-Key"].encode()).hexdigest()
        note(gateway="twilio", form=form, key=self.headers["Idempotency-Key"], sid=number)
        self.answer(
            201,
            {"sid": number, "account_sid": sid, "to": form["To"], "from": form["From"], "body": form["Body"],
             "status": "queued", "error_code": None, "error_message": None},
        )

    # https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature and SendSms
    def aliyun(self, path, query, body):
        settings = SETTINGS["aliyun"]
        authorization = re.fullmatch(
            r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([a-z0-9;-]+),Signature=([0-9a-f]{64})",
            self.headers.get("Authorization", ""),
        )
        must(authorization, 400, {"Code": "MissingAuthorization"})
        key, signed, signature = authorization.groups()
        must(key == settings["access_key_id"], 404, {"Code": "InvalidAccessKeyId.NotFound"})
        names = signed.split(";")
        must(names == sorted(names) and "host" in names, 400, {"Code": "SignedHeaders"})
        for name in self.headers:
            if name.lower().startswith("x-acs-") or name.lower() == "content-type":
                must(name.lower() in names, 400, {"Code": "NotSigned." + name})
        must(
            self.headers["x-acs-content-sha256"] == hashlib.sha256(body).hexdigest(),
            400,
            {"Code": "ContentSha256"},
        )
        pairs = [pair.split("=") for pair in query.split("&")]

        headers = {name: self.headers[name].strip() for name in names}
        expected = acs3_signature(settings["access_key_secret"], self.command, path, pairs, headers)
        must(hmac.compare_digest(expected, signature), 400, {"Code": "SignatureDoesNotMatch"})
        date = datetime.datetime.strptime(self.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ")
        age = abs((datetime.datetime.utcnow() - date).total_seconds())
        must(age < 15 * 60, 400, {"Code": "InvalidTimeStamp.Expired"})
        nonce = self.headers["x-acs-signature-nonce"]
        must(nonce not in SEEN_NONCES, 400, {"Code": "SignatureNonceUsed"})
        SEEN_NONCES.add(nonce)
        must(self.headers["x-acs-action"] == "SendSms", 404, {"Code": "InvalidAction.NotFound"})
        must(self.headers["x-acs-version"] == "2017-05-25", 404, {"Code": "InvalidVersion"})

        given = {n: urllib.parse.unquote(v) for n, v in pairs}
        must(set(given) <= {"PhoneNumbers", "SignName", "TemplateCode", "TemplateParam", "OutId"}, 400,
             {"Code": "InvalidParameter"})

        def business(good, code):
            must(good, 200, {"Code": code, "Message": "for " + given["PhoneNumbers"], "RequestId": "R-1"})

        business(re.fullmatch(r"[1-9][0-9]{6,14}", given["PhoneNumbers"]), "isv.MOBILE_NUMBER_ILLEGAL")
        business(given["PhoneNumbers"] != settings["illegal"], "isv.MOBILE_NUMBER_ILLEGAL")
        business(given["PhoneNumbers"] != settings["flooded"], "isv.BUSINESS_LIMIT_CONTROL")
        business(given["SignName"] == settings["sign_name"], "isv.SMS_SIGNATURE_ILLEGAL")
        business(given["TemplateCode"] in settings["templates"], "isv.SMS_TEMPLATE_ILLEGAL")
        parameters = json.loads(given["TemplateParam"])
        business(set(parameters) == {"code", "minutes"} and parameters["code"].isdigit(), "isv.TEMPLATE_MISSING_PARAMETERS")
        note(gateway="aliyun", given=given, parameters=parameters, nonce=nonce)
        self.answer(200, {"Code": "OK", "Message": "OK", "BizId": "900619746936498440^0", "RequestId": "R-1"})

    # https://www.standardwebhooks.com; by the example of docs/delivery.md, or without a look at the
    # time where the test has a time of its own.
    def webhook(self, body):
        identifier = self.headers.get("webhook-id", "")
        timestamp = self.headers.get("webhook-timestamp", "")
        if "verify" in SETTINGS:
            must(VERIFY(self.headers, body, SETTINGS["webhook_key"]), 401, {"error": "not verified"})
        else:
            signed = f"{identifier}.{timestamp}.".encode() + body
            key = base64.b64decode(SETTINGS["webhook_key"].removeprefix("whsec_"))
            expected = "v1," + base64.b64encode(hmac.new(key, signed, "sha256").digest()).decode()
            given = self.headers.get("webhook-signature", "").split(" ")
            must(any(hmac.compare_digest(expected, one) for one in given), 401, {"error": "wrong signature"})
        content = json.loads(body)
        must(content["data"]["id"] == identifier, 400, {"error": "another id"})
        with LOCK:
            new = identifier not in PROCESSED
            PROCESSED.add(identifier)
        note(gateway="webhook", id=identifier, at=int(timestamp), new=new, type=content["type"],
             content=content if SETTINGS.get("keep") else None)
        return new

    # Everything that goes wrong between machines, drawn by a seed.
    def chaos(self, body):
        with LOCK:
            drawn = RANDOM.random()
        identifier = self.headers.get("webhook-id", "")
        at = int(self.headers.get("webhook-timestamp", "0"))

        def event(what, **more):
            note(chaos=what, id=identifier, at=at, **more)

        for share, what in SETTINGS["chaos"]:
            if drawn < share:
                break
            drawn -= share
        else:
            what = "good"
        # Some fail after the message has been taken: the repeat must be known by its id.
        before, _, late = what.partition(" ")
        if late or what == "good":
            self.webhook(body)
        if what != "good":
            event(what, **({"wait": 7} if what == "429" else {}))
        if before == "good":
            self.answer(200, {"ok": True})
        elif before == "429":
            self.answer(429, {"error": "slow down"}, [("Retry-After", "7")])
        elif before in ("500", "503", "410", "404"):
            self.answer(int(before), "<html>no</html>")
        elif before == "reset":
            self.reset()
        elif before == "stall":
            time.sleep(30)
            self.reset()
        elif before == "garbage":
            self.wfile.write(bytes(RANDOM.randrange(256) for _ in range(200)))
            self.close_connection = True
        elif before == "half":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\"")
            self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client that went away is what the tests are about."""

    def get_request(self):
        request, address = super().get_request()
        if "certificate" in SETTINGS:
            request.settimeout(60)
            request = CONTEXT.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        return request, address


if "certificate" in SETTINGS:
    CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CONTEXT.load_cert_chain(SETTINGS["certificate"], SETTINGS["key"])
Server(("127.0.0.1", SETTINGS["port"]), Gateway).serve_forever()
