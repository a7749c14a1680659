"""What the engine's client prints is an answer; whatever keeps it from one is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.engine_client import ask_engine, engine_says


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the client's program: it tells its arguments and one variable, and fails when it is told to."""
    program = tmp_path / "docker"
    program.write_text('#!/bin/sh\necho "$1 $2 $PLACE"\necho trouble >&2\ntest "$1" != fail\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("PLACE", "here")
    return program


def test_what_it_prints_is_the_answer(client: Path) -> None:
    assert engine_says("version", "a b") == "version a b here"
    assert (
        ask_engine("version", environment={"PLACE": "there", "PATH": str(client.parent)}).stdout == "version  there\n"
    )


@pytest.mark.usefixtures("client")
def test_a_failure_is_told_with_its_own_words() -> None:
    assert ask_engine("fail").returncode == 1
    with pytest.raises(OSError, match=r"^trouble$"):
        engine_says("fail")


def test_without_a_client_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(FileNotFoundError):
        ask_engine("version")


def test_a_client_that_does_not_end_is_an_error_like_others(client: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client.write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr("sickbay.guides.engine_client._SECONDS", 0.01)
    with pytest.raises(OSError, match="did not answer"):
        engine_says("version")
