"""The tests want the package on the path (PYTHONPATH=src, or installed) and say so themselves if it is not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Iterator

import pytest
from ringfence.testing.plugin import ringfence_world

__all__ = ["ringfence_world"]

sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))


@pytest.fixture(autouse=True)
def _nothing_fails_in_silence(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    told: list[str] = []

    def hook(args: "sys.UnraisableHookArgs") -> None:
        told.append(f"{args.err_msg}: {args.exc_type.__name__}: {args.exc_value}")

    monkeypatch.setattr(sys, "unraisablehook", hook)
    yield told
    if "unraisable" not in request.fixturenames:
        assert told == []


@pytest.fixture
def unraisable(_nothing_fails_in_silence: list[str]) -> list[str]:
    """What was told to the unraisable hook. A test that does not ask for it fails if anything was."""
    return _nothing_fails_in_silence
