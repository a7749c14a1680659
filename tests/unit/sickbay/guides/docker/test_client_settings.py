"""Lines of a settings file: changed, and brought back to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.docker import client_settings
from sickbay.guides.docker.client_settings import judgment


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / ".env"


@pytest.mark.parametrize(
    "before",
    [
        "DOCKER_HOST=tcp://old:1\n",
        "A=1\nDOCKER_HOST=tcp://old:1\nB=2\n",
        "A=1\nDOCKER_HOST=tcp://old:1",
        "A=1\r\nexport DOCKER_HOST=tcp://old:1\r\nB=2\r\n",
        "A=1\n",
        "A=1",
        "",
    ],
)
def test_a_changed_value_comes_back_to_the_byte(settings: Path, before: str) -> None:
    settings.write_bytes(before.encode())
    assert client_settings.set_value(str(settings), "DOCKER_HOST", "tcp://new:2") == 0
    assert client_settings.read(str(settings))["DOCKER_HOST"] == "tcp://new:2"
    assert client_settings.take_back(str(settings), "DOCKER_HOST", "tcp://new:2") == 0
    assert settings.read_bytes() == before.encode()


def test_a_line_that_is_left_out_comes_back_to_the_byte(settings: Path) -> None:
    before = b"A=1\nDOCKER_CONTEXT=staging\n"
    settings.write_bytes(before)
    assert client_settings.leave_out(str(settings), "DOCKER_CONTEXT") == 0
    assert client_settings.read(str(settings)) == {"A": "1"}
    assert client_settings.take_back(str(settings), "DOCKER_CONTEXT") == 0
    assert settings.read_bytes() == before


def test_what_was_changed_since_is_not_overwritten(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings.write_text("DOCKER_HOST=tcp://old:1\n", encoding="utf-8")
    client_settings.set_value(str(settings), "DOCKER_HOST", "tcp://new:2")
    changed = settings.read_text(encoding="utf-8").replace("new", "newer")
    settings.write_text(changed, encoding="utf-8")
    assert client_settings.take_back(str(settings), "DOCKER_HOST", "tcp://new:2") == 1
    assert settings.read_text(encoding="utf-8") == changed
    assert "changed since" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["A=1\nA=2\n", "# before: A=1\nA=2\n"])
def test_a_setting_that_stands_twice_or_was_changed_before_is_refused(settings: Path, content: str) -> None:
    settings.write_text(content, encoding="utf-8")
    assert client_settings.set_value(str(settings), "A", "3") == 1
    assert settings.read_text(encoding="utf-8") == content


def test_owner_and_mode_stay(settings: Path) -> None:
    settings.write_text("A=1\n", encoding="utf-8")
    settings.chmod(0o640)
    inode = settings.stat().st_ino
    client_settings.set_value(str(settings), "A", "2")
    assert (settings.stat().st_mode & 0o777, settings.stat().st_ino) == (0o640, inode)


@pytest.mark.parametrize(("content", "code", "shown"), [("A='x y'\n", 0, "x y\n"), ("B=1\n", 1, ""), (None, 2, "")])
def test_a_setting_is_shown_missing_or_its_file_is(
    settings: Path, content: str | None, code: int, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        settings.write_text(content, encoding="utf-8")
    assert client_settings.show(str(settings), "A") == code
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("Cannot connect to the Docker daemon at tcp://127.0.0.1:9. Is the docker daemon running?", "silent"),
        ('error during connect: Get "http://tcp:2375/x": dial tcp: lookup tcp: no such host', "malformed"),
        ("unable to resolve docker endpoint: Invalid bind address format: foo://x", "malformed"),
        ('unable to resolve docker endpoint: context "staging" does not exist', "context-absent"),
        ("tls: first record does not look like a TLS handshake", "other-protocol"),
        ("open certs/ca.pem: no such file or directory", "certificate-missing"),
        ("x509: certificate signed by unknown authority", "certificate-invalid"),
        ("client version 1.99 is too new. Maximum supported API version is 1.41", "api-version"),
        ("Cannot connect to the Docker daemon at unix:///none.sock.", "no-daemon"),
        ("something else", "else"),
    ],
)
def test_what_the_client_says_has_a_word(said: str, word: str) -> None:
    assert judgment(said) == word
