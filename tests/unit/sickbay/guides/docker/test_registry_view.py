"""References, logins, and the trust of one registry, as far as no registry is asked."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from sickbay.guides.docker import registry_view
from sickbay.guides.docker.registry_view import _held_login, _trouble, reference_parts


@pytest.mark.parametrize(
    ("reference", "registry", "repository", "tag"),
    [
        ("busybox", None, "busybox", None),
        ("team/app:1.0", None, "team/app", "1.0"),
        ("127.0.0.1:5000/lab/busybox:1", "127.0.0.1:5000", "lab/busybox", "1"),
        ("localhost/app", "localhost", "app", None),
        ("registry.example/team/my_app:v1.2-rc", "registry.example", "team/my_app", "v1.2-rc"),
        ("host:5000/a/b/c", "host:5000", "a/b/c", None),
    ],
)
def test_a_reference_is_read_as_the_engine_reads_it(
    reference: str, registry: str | None, repository: str, tag: str | None
) -> None:
    parts = reference_parts(reference)
    assert parts is not None
    assert (parts["registry"], parts["repository"], parts["tag"]) == (registry, repository, tag)


@pytest.mark.parametrize(
    "reference", ["MyProject:1.0", "team/app:1.0:latest", "https://x/app", "a b", "app:", "-app", ""]
)
def test_a_malformed_reference_is_none(reference: str) -> None:
    assert reference_parts(reference) is None


@pytest.mark.parametrize(
    ("config", "held"),
    [
        (None, ""),
        ("{,}", "!unreadable"),
        ("[]", "!unreadable"),
        (json.dumps({"auths": {"r:1": {"auth": "no base64!"}}}), "!unreadable"),
        (json.dumps({"credsStore": "surely-absent"}), "!helper-absent"),
        (json.dumps({"auths": {"other": {"auth": "eA=="}}}), ""),
        (json.dumps({"auths": {"r:1": {"auth": base64.b64encode(b"a:b").decode()}}}), "YTpi"),
    ],
)
def test_a_configuration_holds_a_login_or_says_why_not(tmp_path: Path, config: str | None, held: str) -> None:
    file = tmp_path / "config.json"
    if config is not None:
        file.write_text(config, encoding="utf-8")
    assert _held_login(file, "r:1") == held


@pytest.mark.parametrize(
    ("error", "word"),
    [(ConnectionRefusedError(), "refused"), (TimeoutError(), "silent"), (ConnectionResetError(), "silent")],
)
def test_trouble_has_a_word(error: OSError, word: str) -> None:
    assert _trouble(error) == word


def test_trust_is_given_once_and_taken_back_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_view, "TRUSTED", str(tmp_path / "certs.d"))
    authority = tmp_path / "ca.pem"
    authority.write_text("authority", encoding="utf-8")
    assert registry_view.trust("r:1", str(authority)) == 0
    assert (tmp_path / "certs.d" / "r:1" / "ca.crt").read_text(encoding="utf-8") == "authority"
    assert registry_view.trust("r:1", str(authority)) == 1
    assert registry_view.distrust("r:1", str(authority)) == 0
    assert not (tmp_path / "certs.d").exists()


def test_trust_that_was_changed_since_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_view, "TRUSTED", str(tmp_path / "certs.d"))
    authority = tmp_path / "ca.pem"
    authority.write_text("authority", encoding="utf-8")
    registry_view.trust("r:1", str(authority))
    (tmp_path / "certs.d" / "r:1" / "ca.crt").write_text("another", encoding="utf-8")
    assert registry_view.distrust("r:1", str(authority)) == 1
    assert (tmp_path / "certs.d" / "r:1" / "ca.crt").exists()
