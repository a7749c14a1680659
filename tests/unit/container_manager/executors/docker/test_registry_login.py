from __future__ import annotations

import base64
import json

import pytest

from container_manager.executors.docker.registry_login import (
    HUB_KEY,
    ConfigError,
    header_for,
    helper_credentials,
    helper_for,
    parse_config,
    registry_key,
    stored_credentials,
)
from container_manager.runspec.spec import RegistryCredentials

ANN = RegistryCredentials(username="ann", password="pass:word")


def config_of(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def auth(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("repository", "key"),
    [
        ("debian", HUB_KEY),
        ("team/app", HUB_KEY),
        ("docker.io/library/debian", HUB_KEY),
        ("index.docker.io/library/debian", HUB_KEY),
        ("localhost/app", "localhost"),
        ("registry.example/app", "registry.example"),
        ("registry.example:5000/team/app", "registry.example:5000"),
        ("registry:5000/app", "registry:5000"),
        ("[::1]:5000/app", "[::1]:5000"),
    ],
)
def test_credentials_are_kept_under_the_registrys_host(repository: str, key: str):
    assert registry_key(repository) == key


@pytest.mark.parametrize(
    ("stored", "key"),
    [
        ("registry.example", "registry.example"),
        ("https://registry.example", "registry.example"),
        ("https://registry.example/v2/", "registry.example"),
        ("http://registry.example:5000/v1/", "registry.example:5000"),
        (HUB_KEY, HUB_KEY),
    ],
)
def test_an_entry_may_be_a_host_or_a_url(stored: str, key: str):
    config = parse_config(
        config_of(auths={"other.example": {"auth": auth("x:y")}, stored: {"auth": auth("ann:pass:word")}})
    )
    assert stored_credentials(config, key) == ANN


def test_an_identity_token_takes_the_passwords_place():
    entry = {"auth": auth("ann:"), "identitytoken": "tok"}
    found = stored_credentials(parse_config(config_of(auths={"r.example": entry})), "r.example")
    assert found is not None
    assert json.loads(base64.urlsafe_b64decode(header_for(found, "r.example"))) == {
        "identitytoken": "tok",
        "serveraddress": "r.example",
    }


def test_what_is_not_there_is_no_login():
    config = parse_config(config_of(auths={"r.example": {}, "s.example": {"auth": ""}}, HttpHeaders={"a": "b"}))
    assert [stored_credentials(config, key) for key in ("r.example", "s.example", "t.example")] == [None, None, None]


def test_a_registrys_own_helper_comes_before_the_store():
    config = parse_config(config_of(credsStore="desktop", credHelpers={"r.example": "pass"}))
    assert helper_for(config, "r.example") == "pass"
    assert helper_for(config, "s.example") == helper_for(config, HUB_KEY) == "desktop"
    assert helper_for(parse_config(b"{}"), "r.example") == ""


def test_a_helper_gives_a_password_or_a_token():
    assert helper_credentials(b'{"ServerURL":"r","Username":"ann","Secret":"pass:word"}') == ANN
    token = helper_credentials(b'{"Username":"<token>","Secret":"tok"}')
    assert token == RegistryCredentials(identity_token="tok")
    assert helper_credentials(b'{"Username":"","Secret":""}') is None


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b'{"auths": 7}', b'{"auths": {"r.example": {"auth": "hunter2"}}}', b"hunter2"],
)
def test_what_cannot_be_read_is_told_without_a_word_of_what_stands_there(text: bytes):
    with pytest.raises(ConfigError) as caught:
        stored_credentials(parse_config(text), "r.example")
    assert "hunter2" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_credentials_are_not_shown():
    assert "pass" not in repr(ANN)
