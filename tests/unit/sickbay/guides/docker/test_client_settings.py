"""What docker's client is told by a settings file, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.docker import client_settings
from sickbay.guides.docker.client_settings import judgment


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / ".env"


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
