"""A line in a file whose name sounds secret is shown, and what stands in such a file is not."""

from __future__ import annotations

import pytest

from sickbay.redaction import Redactor

PLACES = [
    "src/sickbay/guides/security/secret-in-logs.md:131: The pattern of 'known-token' does not match its example.",
    "secret-in-logs.md:31:5: MD014 Dollar signs used before commands",
    "tests/test_password.py:31: AssertionError",
    "E   tests/test_token.py:120: in test_it",
    "app/tokens.go:120:7: undefined: expiry",
    "    at verify (/app/src/api_key.ts:131:14)",
    "secrets.yaml:120:3: [error] trailing spaces (trailing-spaces)",
    '"lib/session_token.rb:2048", "lib/other.rb:7"',
    "password.py:31",
    "docs/guides/api-key.md:1204 is too long",
]

KEPT = [
    ("password.txt:hunter2", "hunter2"),
    ("password.txt:4711", "4711"),
    ("password.txt:31:hunter2", "hunter2"),
    ("password.txt:131: 4711", "4711"),
    ("password.py:31:hunter2", "hunter2"),
    ("settings/secrets.py:31:API_TOKEN=tok9x8f7s6d5f4", "tok9x8f7s6d5f4"),
    ("settings/secrets.py:31: API_TOKEN = 'tok9x8f7s6d5f4'", "tok9x8f7s6d5f4"),
    ("settings/secrets.py:31:    API_TOKEN = 'tok9x8f7s6d5f4'", "tok9x8f7s6d5f4"),
    ("secrets.yaml:12: db_password: hunter2", "hunter2"),
    ("credentials.json:3:password = hunter2", "hunter2"),
    ("secret.md:12345678901234", "12345678901234"),
    ("secret.key:12345678901234", "12345678901234"),
    ("app.secret.go:31:5f2b9c1d7e", "5f2b9c1d7e"),
    ("password: 31:14", "31:14"),
    ("DB_PASSWORD=31:14", "31:14"),
    ('{"password.py": "131:14"}', "131:14"),
    ("user_password:4711: nobody", "4711"),
]


@pytest.mark.parametrize("line", PLACES)
def test_a_place_in_a_file_is_shown(line: str) -> None:
    assert Redactor().text(line) == line


@pytest.mark.parametrize(("line", "secret"), KEPT)
def test_what_stands_in_a_file_or_under_a_name_is_hidden_all_the_same(line: str, secret: str) -> None:
    assert secret not in Redactor().text(line)


@pytest.mark.parametrize("number", [1, 99, 100, 131, 1204, 20_000])
def test_every_line_of_a_guide_is_shown_as_the_linter_names_it(number: int) -> None:
    line = f"/srv/app/docs/troubleshooting/secret-in-logs.md:{number}: The pattern does not parse. Correct it."
    assert Redactor().text(f"{line}\n{line}") == f"{line}\n{line}"
