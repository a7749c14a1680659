from __future__ import annotations

import pytest

from container_manager.request.plain_secrets import find_plain_secrets

SUSPECT = {
    "API_TOKEN": "q8Zk2vXw91Lm",
    "DB_PASSWORD": "hunter2!hunter",
    "db_password": "Tr0ub4dor&3",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG",
    "DATABASE": "postgres://app:s3cretpw@db/app",
    "WHATEVER": "ghp_" + "a1B2" * 9,
    "KEY": "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
    "SESSION": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
}
HARMLESS = {
    "API_TOKEN": "changeme",
    "DB_PASSWORD": "",
    "PASSWORD_FILE": "/run/secrets/password",
    "TOKEN_TTL": "3600 seconds",
    "SECRET_PATH": "/run/secrets",
    "TOKENIZER": "bert-base-uncased",
    "DB_PASS": "$PASSWORD",
    "MONKEY": "q8Zk2vXw91Lm",
    "PASSWORD_LENGTH": "16 characters",
    "URL": "http://localhost:8000/@vite/client",
    "MODE": "production",
    "AUTH_TOKEN": "aaaaaaaaaaaaaaaa",
}


@pytest.mark.parametrize(("name", "value"), SUSPECT.items())
def test_what_looks_like_a_secret_is_named_without_its_value(name: str, value: str) -> None:
    [found] = find_plain_secrets(environment={name: value})
    assert name in found.warning
    assert value not in found.warning
    assert find_plain_secrets(environment={name: value}, secret_names={name}) == ()


@pytest.mark.parametrize(("name", "value"), HARMLESS.items())
def test_what_is_no_secret_is_left_alone(name: str, value: str) -> None:
    assert find_plain_secrets(environment={name: value}) == ()


def test_arguments_are_looked_at_by_their_shape() -> None:
    command = ["curl", "-u", "x", "https://user:pa55word@host/"]
    assert [found.field for found in find_plain_secrets(environment={}, command=command)] == ["command[3]"]
