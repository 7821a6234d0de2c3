"""PostgreSQL: a whole flow, and the site of Django."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Iterator

import pytest
from private_postgres import PrivatePostgres

import ringfence
from ringfence import KeyRing, Method
from ringfence.testing import World

SITE = Path(__file__).parent.parent / "examples" / "django"


@pytest.fixture(scope="module")
def postgres() -> Iterator[PrivatePostgres]:
    with PrivatePostgres() as server:
        yield server


def test_the_tables_are_made_once_and_a_flow_runs(postgres: PrivatePostgres) -> None:
    with pytest.raises(ringfence.StoreOlder):
        ringfence.open_store(postgres.url())
    ringfence.migrate_store(postgres.url())
    ringfence.migrate_store(postgres.url())
    with World(store=postgres.url()) as w:
        w.add("ann")
        flow = w.service.begin_change_phone("ann", Method.PHONE, w.call)
        assert flow.prove_identity(w.code_at(w.phone), w.call).accepted
        flow.set_target(w.new_phone, "", w.call)
        changed = flow.prove_target(w.code_at(w.new_phone), w.call).changed
        assert changed and changed.usable_for_login


@pytest.fixture
def environment(postgres: PrivatePostgres, tmp_path: Path) -> dict[str, str]:
    """Of the site: its database and its keys."""
    KeyRing.create_file(tmp_path / "accounts.key")
    return {
        **os.environ,
        "PYTHONPATH": str(Path(ringfence.__file__).parent.parent),
        "DATABASE_NAME": "postgres",
        "DATABASE_USER": postgres.user,
        "DATABASE_HOST": postgres.host,
        "RINGFENCE_KEYS": str(tmp_path / "accounts.key"),
    }


def test_the_site_of_django_passes_its_tests(environment: dict[str, str]) -> None:
    command = [sys.executable, "-W", "error::DeprecationWarning:security", "manage.py", "test", "--noinput"]
    done = subprocess.run(command, cwd=SITE, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Ran 11 tests" in done.stderr, done.stderr


def test_the_process_of_the_site_that_sends_sends_and_ends_when_it_is_told(
    environment: dict[str, str], postgres: PrivatePostgres
) -> None:
    for command in (["migrate", "-v0"], ["add_person", "ann", "secret", "139 1234 3673", "CN"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=SITE, env=environment, check=True)
    sending = subprocess.Popen(
        [sys.executable, "manage.py", "ringfence_send"], cwd=SITE, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        keys = KeyRing.from_file(environment["RINGFENCE_KEYS"])
        with ringfence.Service(postgres.url(), keys) as rf:
            person = rf.resolve_login_phone("+8613912343673")
            assert person is not None
            rf.notify(person, "monitoring_alarm", "The disk is full.", "alarm-1")
        assert sending.stdout is not None
        assert sending.stdout.readline() == "to +8613912343673: The disk is full.\n"
        sending.send_signal(signal.SIGTERM)
        assert sending.wait(60) == 0
    finally:
        sending.kill()
        sending.communicate()
