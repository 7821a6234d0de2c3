"""The package, its examples and these tests are typed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import ringfence

HERE = Path(__file__).parent


def mypy(*arguments: str) -> str:
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file",
        str(HERE.parent / "pyproject.toml"),
        f"--cache-dir={os.devnull}",  # what an earlier tree was told says nothing of this one
        *arguments,
    ]
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_the_package_is_typed_strictly() -> None:
    assert (Path(ringfence.__file__).parent / "py.typed").is_file()
    assert mypy("src/ringfence", "bench.py", "examples/dict_store.py").startswith("Success")


def test_the_tests_are_typed_strictly() -> None:
    assert mypy(*(f"tests/{path.name}" for path in sorted(HERE.glob("*.py")))).startswith("Success")


def test_who_passes_what_is_not_meant_is_told(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import ringfence\n"
        "from ringfence import aio\n"
        "async def use(rf: ringfence.Service, later: aio.Service, call: ringfence.Call) -> None:\n"
        "    rf.begin_change_phone('ann', 'phone', call)\n"
        "    rf.settings('ann').phone.verified\n"
        "    (await later.begin_change_phone('ann', ringfence.Method.PHONE, call)).view.changed.masked\n"
        "    await later.settings(7)\n"
        "class Mine(ringfence.Sender):\n"
        "    def send(self, message: str) -> None: ...\n"
    )
    told = mypy(str(wrong))
    for line in (4, 5, 6, 7, 9):
        assert f"wrong.py:{line}: error" in told, told
