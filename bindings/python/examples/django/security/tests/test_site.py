"""The site, as a person with a browser and a phone meets it."""

import itertools
import re
from typing import Any

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client, TestCase, override_settings
from ringfence.testing import RecordingSender
from security import host

PHONES = RecordingSender()


def phones() -> RecordingSender:
    """The gateway of these tests: the phones of everybody."""
    return PHONES


# No number is used by two tests: the limits of a number are those of all accounts.
numbers = (f"+4477009{number:05}" for number in itertools.count(1))


@override_settings(RINGFENCE_SENDER="security.tests.test_site.phones")
class SiteTest(TestCase):
    @classmethod
    def tearDownClass(cls) -> None:
        host.close()  # its connections, or the database could not be removed
        super().tearDownClass()

    def setUp(self) -> None:
        self.number = next(numbers)
        self.name = f"person-{self.number}"
        call_command("add_person", self.name, "secret", self.number, "")
        self.browser = self.log_in()

    def log_in(self) -> Client:
        browser = Client(REMOTE_ADDR=self.number)
        self.assertTrue(browser.login(username=self.name, password="secret"))
        return browser

    def code(self, number: str) -> str:
        host.service().pump()
        code = PHONES.last_code(number)
        assert code is not None
        return code

    def post(self, path: str, browser: Any = None, **fields: str) -> HttpResponse:
        return (browser or self.browser).post(path, fields, follow=True)  # type: ignore[no-any-return]

    def begin(self) -> HttpResponse:
        return self.post("/security/phone/begin/", method="phone")

    def targeted(self, number: str) -> None:
        self.begin()
        self.post("/security/phone/", code=self.code(self.number))
        page = self.post("/security/phone/", number=number, region="")
        self.assertContains(page, "the new number.")

    def test_the_settings_show_each_channel_and_its_badges(self) -> None:
        page = self.browser.get("/security/")
        self.assertContains(page, "Change the phone: send a code to")
        self.assertContains(page, "not usable: absent")
        self.assertNotContains(page, self.number)

    def test_the_phone_is_changed_in_four_pages_and_other_sessions_end(self) -> None:
        elsewhere = self.log_in()
        new = next(numbers)
        self.targeted(new)
        self.assertContains(self.post("/security/phone/", code=self.code(new)), "You may log in with it.")
        self.assertEqual(host.service().resolve_login_phone(new), str(User.objects.get(username=self.name).pk))
        self.assertIsNone(host.service().resolve_login_phone(self.number))
        host.service().pump()
        told = [one.purpose for one in PHONES.sent if one.destination == self.number]
        self.assertIn("phone_changed", told)
        self.assertEqual(self.browser.get("/security/").status_code, 200)
        self.assertEqual(elsewhere.get("/security/").status_code, 302)

    def test_a_wrong_code_shows_the_tries_that_are_left(self) -> None:
        self.begin()
        code = self.code(self.number)
        page = self.post("/security/phone/", code=code[:-1] + str((int(code[-1]) + 1) % 10))
        self.assertContains(page, "4 tries left")
        self.assertContains(self.post("/security/phone/", code=code), "Which is the new number?")

    def test_a_form_that_is_sent_twice_is_charged_once(self) -> None:
        page = self.begin()
        (once,) = set(re.findall(r'name="request_id" value="(\w+)"', page.content.decode()))
        for _ in range(2):
            page = self.post("/security/phone/", code="x", request_id=once)
            self.assertContains(page, "4 tries left")

    def test_a_number_that_another_account_has_is_taken_only_when_confirmed(self) -> None:
        taken = next(numbers)
        call_command("add_person", f"person-{taken}", "secret", taken, "")
        self.targeted(taken)
        self.assertContains(self.post("/security/phone/", code=self.code(taken)), "but not for login. Go on?")
        self.assertContains(self.post("/security/phone/", request_id="a"), "It serves for verification only.")

    def test_what_is_no_number_is_said_and_the_person_may_correct_it(self) -> None:
        self.begin()
        self.post("/security/phone/", code=self.code(self.number))
        page = self.post("/security/phone/", number="12", region="CN")
        self.assertContains(page, "That is not a telephone number.")
        self.assertContains(page, "Which is the new number?")
        page = self.post("/security/phone/", number=self.number, region="")
        self.assertContains(page, "That is your present number.")

    def test_another_code_is_not_sent_too_soon(self) -> None:
        self.begin()
        self.assertContains(self.post("/security/phone/resend/"), "Too many or too soon. Come back at")

    def test_a_flow_that_is_cancelled_or_replaced_is_begun_again(self) -> None:
        self.begin()
        self.assertContains(self.post("/security/phone/cancel/"), "Security settings")
        self.assertRedirects(self.browser.get("/security/phone/"), "/security/")

    def test_the_flow_of_one_browser_is_not_gone_on_with_in_another(self) -> None:
        self.begin()
        thief = self.log_in()
        session = thief.session
        session["flow"] = self.browser.session["flow"]
        session.save()
        page = self.post("/security/phone/", thief, code=self.code(self.number))
        self.assertContains(page, "Please begin again.")
        self.assertContains(self.browser.get("/security/phone/"), "Prove who you are")

    def test_nobody_comes_in_without_a_login_or_a_token(self) -> None:
        for path in ("/security/", "/security/phone/"):
            self.assertEqual(Client().get(path).status_code, 302)
        forged = Client(enforce_csrf_checks=True)
        forged.login(username=self.name, password="secret")
        for path in ("begin", "resend", "cancel"):
            self.assertEqual(forged.post(f"/security/phone/{path}/").status_code, 403)

    def test_it_is_one_database_and_no_session_key_is_in_ringfences_part(self) -> None:
        self.begin()
        key = self.browser.session.session_key
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), string_agg(record::text, '') FROM ringfence.account")
            count, records = cursor.fetchone()
        self.assertGreater(count, 0)
        self.assertNotIn(key, records)
