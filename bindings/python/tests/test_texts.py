"""What people read: their language, the words of the host, and how large a text message is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import ringfence
from ringfence import InvalidArgument, Method, Registration, SmsAlphabet, SmsSize
from ringfence.testing import World


@pytest.fixture
def w(ringfence_world: World) -> Iterator[World]:
    yield ringfence_world


def test_an_account_has_a_language(w: World) -> None:
    row = Registration("ann", w.phone, phone_proven_at=w.clock.now_ms(), locale="zh-hans-cn")
    assert w.service.register_account(row).locale == "zh-Hans-CN"
    assert w.service.set_locale("ann", "ja").locale == "ja"
    with pytest.raises(InvalidArgument, match="BCP 47"):
        w.service.set_locale("ann", "ja_JP")
    assert w.service.settings("ann").locale == "ja"
    assert w.service.set_locale("ann", "").locale == ""
    report = w.service.import_accounts([Registration("bob", w.new_phone, locale="?"), Registration("cid", w.new_phone)])
    assert report.imported == 1
    assert [one.index for one in report.refused] == [0]


def test_people_read_their_language(w: World) -> None:
    w.add("ann")
    w.service.set_locale("ann", "es-MX")
    w.service.begin_change_phone("ann", Method.PHONE, w.call)
    w.service.pump()
    sms = w.sender.sent[-1]
    assert sms.locale == "es"
    assert "tu clave para cambiar" in sms.text
    assert sms.subject == sms.html == ""
    w.service.begin_change_email("ann", Method.EMAIL, w.call)
    w.service.pump()
    mail = w.sender.sent[-1]
    assert mail.subject == "Tu código para cambiar el correo de tu cuenta"
    assert f">{mail.code}</strong>" in mail.html
    assert mail.code not in repr(mail)


def test_the_words_may_be_the_hosts(w: World) -> None:
    w.add("ann")
    words = {"host": "example.com", "locales": {"en": {"actions": {"change_phone.identity": "swap phones"}}}}
    sender = type(w.sender)()
    with ringfence.Dispatcher(
        w.service.store, w.keys, sender, sender, clock=w.clock, entropy=w.entropy, templates=words
    ) as dispatcher:
        w.service.begin_change_phone("ann", Method.PHONE, w.call)
        dispatcher.pump_all()
    sms = sender.sent[-1]
    assert "your code to swap phones" in sms.text
    assert sms.text.endswith(f"\n@example.com #{sms.code}")


@pytest.mark.parametrize(
    "words, why",
    [
        ("{", "break off at byte"),
        ({"host": "Example.com"}, "host must be a domain"),
        ({"locales": {"en": {"texts": {"code": {"sms": "{code} {action}"}}}}}, r"texts\.code\.sms must have \{lifetime\}"),
    ],
)
def test_words_that_are_wrong_are_refused_by_their_place(w: World, words: Any, why: str) -> None:
    with pytest.raises(InvalidArgument, match=why):
        ringfence.Service("memory:", w.keys, sender="console:", templates=words)


def test_a_text_message_is_measured() -> None:
    assert ringfence.measure_sms("A price of 5 €") == SmsSize(SmsAlphabet.GSM7, 15, 1)
    assert ringfence.measure_sms("码" * 71) == SmsSize(SmsAlphabet.UCS2, 71, 2)
