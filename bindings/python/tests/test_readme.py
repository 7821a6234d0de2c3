"""Each block of Python in README.md under a line `<!-- test: NAME -->` is run as a program, in a folder of its own; so is
that of docs/delivery.md, beside a mail server and a gateway."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import ringfence
from private_mail_server import interpreter

ROOT = Path(__file__).parents[3]
README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
DELIVERY = (ROOT / "docs" / "delivery.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"<!-- test: (\w+) -->\n+```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE))


def test_every_block_of_python_is_run() -> None:
    assert len(BLOCKS) == README.count("```python") >= 4


@pytest.mark.parametrize("name", BLOCKS)
def test_an_example_of_the_readme_runs(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{'test_' if name.endswith('_test') else ''}{name}.py"
    path.write_text(BLOCKS[name], encoding="utf-8")
    program = ["-m", "pytest", "-q", "-p", "no:cacheprovider"] if name.endswith("_test") else []
    if program and "ringfence.testing.plugin" not in _plugins():
        program += ["-p", "ringfence.testing.plugin"]  # from the source tree; installed, pytest finds it by itself
    environment = {**os.environ, "PYTHONPATH": str(Path(ringfence.__file__).parent.parent)}
    runs_and_is_typed([sys.executable, *program, str(path)], path)


def test_the_example_of_delivery_sends_what_it_says(tmp_path: Path) -> None:
    (block,) = re.findall(r"<!-- test: delivery_python -->\n+```python\n(.*?)^```", DELIVERY, re.DOTALL | re.MULTILINE)
    path = tmp_path / "delivery.py"
    path.write_text(block, encoding="utf-8")
    with_gateways = ROOT / "tests" / "readme" / "with_gateways.py"
    runs_and_is_typed([interpreter(), "-B", str(with_gateways), sys.executable, str(path)], path)


def runs_and_is_typed(command: list[str], path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(ringfence.__file__).parent.parent)}
    done = subprocess.run(command, cwd=path.parent, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    strict = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file",
        f"{Path(__file__).parent.parent}/pyproject.toml",
    ]
    checked = subprocess.run([*strict, str(path)], cwd=path.parent, env=environment, capture_output=True, text=True)
    assert checked.stdout.startswith("Success"), checked.stdout


def _plugins() -> set[str]:
    from importlib.metadata import entry_points

    return {one.value for one in entry_points(group="pytest11")}
