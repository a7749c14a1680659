"""The whole sink: labels, values that stand elsewhere again, texts and values that are shown together."""

from __future__ import annotations

import pytest

from sickbay.redaction import Redactor


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("DB_PASSWORD=hunter2", "DB_PASSWORD=[password]"),
        ('{"db": {"password": "a\\"b c"}}', '{"db": {"password": "[password]"}}'),
        ('{"m": "{\\"apiKey\\": \\"k-1234\\"}"}', '{"m": "{\\"apiKey\\": \\"[key]\\"}"}'),
        ("GET /?token=abc-123-def&page=2", "GET /?token=[token]&page=2"),
        ("-H 'X-Api-Key: abc-123'", "-H 'X-Api-Key: [key]'"),
        ("Set-Cookie: sid=abc; Path=/", "Set-Cookie: sid=[cookie]; Path=/"),
        ("login --password 'a b' --port 80", "login --password '[password]' --port 80"),
        ("mysql -uroot -phunter2 app", "mysql -uroot -p[password] app"),
        ("curl -u app:hunter2 https://x", "curl -u app:[password] https://x"),
        ("CREATE USER a IDENTIFIED BY 'x y'", "CREATE USER a IDENTIFIED BY '[password]'"),
        ("\x1b[1mtoken\x1b[0m: \x1b[33mabc-123-def\x1b[0m", "\x1b[1mtoken\x1b[0m: \x1b[33m[token]\x1b[0m"),
        ("next=%2F%3Fpassword%3Dhunter2%26a%3D1", "next=%2F%3Fpassword%3D[password]%26a%3D1"),
        ("password: |\n  one\n  two\nport: 5", "password: |\n[password]\nport: 5"),
    ],
)
def test_what_stands_under_a_telling_name_is_hidden_and_no_more(text: str, shown: str) -> None:
    assert Redactor().text(text) == shown


def test_a_value_that_was_found_is_hidden_wherever_it_stands_again() -> None:
    shown = Redactor().text("API_TOKEN=abc-123-xyz\nretry with abc-123-xyz and YXBwOmFiYy0xMjMteHl6")
    assert shown.startswith("API_TOKEN=[token]\nretry with [token] and YXBwO")
    assert "mFiYy0xMjMteH" not in shown


def test_a_password_before_a_command_is_hidden_where_it_stands_again() -> None:
    shown = Redactor().text("PGPASSWORD=tulip-77 psql\nretry with tulip-77 failed")
    assert "tulip" not in shown
    assert "retry with [password" in shown


def test_a_plain_word_is_hidden_where_it_is_a_password_and_stays_elsewhere() -> None:
    assert Redactor().text("password=postgres\nconnecting to postgres") == "password=[password]\nconnecting to postgres"


def test_one_value_has_one_label_and_two_values_have_two() -> None:
    assert Redactor().text("PASSWORD=one1\nPASSWORD=two2\nPASSWORD=one1") == (
        "PASSWORD=[password]\nPASSWORD=[password#2]\nPASSWORD=[password]"
    )


def test_numbers_go_on_behind_those_of_an_earlier_time() -> None:
    assert Redactor().text("x [password#3]\nPASSWORD=one1") == "x [password#3]\nPASSWORD=[password#4]"


def test_a_declared_value_keeps_its_name_wherever_it_stands() -> None:
    assert Redactor({"DB": "hunter2"}).text("password=hunter2\nhunter2") == "password=[secret:DB]\n[secret:DB]"


def test_texts_that_are_shown_together_share_what_was_found() -> None:
    assert Redactor().together(["TOKEN=abc-123-xyz", "it was abc-123-xyz"]) == ["TOKEN=[token]", "it was [token]"]


def test_lines_of_a_text_are_hidden_by_what_the_text_shows() -> None:
    key = "-----BEGIN {0}-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END {0}-----".format("PRIVATE KEY")
    aware = Redactor().aware_of(key.encode())
    assert aware.text("MIIEvQIBADANBgkqhkiG9w0B") == "[private-key]"


@pytest.mark.parametrize("quote", ['"', '\\"', "'"])
def test_a_key_that_is_cut_off_ends_with_the_text_that_it_was_put_into(quote: str) -> None:
    head = "-----BEGIN {}-----".format("PRIVATE KEY")
    assert Redactor().text(f"[{quote}{head}{quote}, 1]") == f"[{quote}{head}{quote}, 1]"
    shown = Redactor().text(f"[{quote}{head}\\nMIIEvQIBADANBgkqhkiG9w0B{quote}, 1]")
    assert shown == f"[{quote}{head}[private-key]{quote}, 1]"


def test_a_header_that_was_hidden_before_ends_with_the_text_that_it_was_put_into() -> None:
    hidden = '[{"text": "> Authorization: Basic [token]"}, 1]'
    assert Redactor().text(hidden) == hidden


def test_values_of_telling_names_in_data_are_hidden_whole() -> None:
    value = {
        "password": "a b",
        "env": [{"name": "API_TOKEN", "value": "abc-123"}, {"name": "PORT", "value": "80"}],
        "argv": ["app", "--password", "x-1", "--port", "80"],
        "count": 5,
    }
    assert Redactor().value(value) == {
        "password": "[password]",
        "env": [{"name": "API_TOKEN", "value": "[token]"}, {"name": "PORT", "value": "80"}],
        "argv": ["app", "--password", "[password#2]", "--port", "80"],
        "count": 5,
    }


def test_a_stream_passes_declared_values_and_urls_alone() -> None:
    stream = Redactor({"A": "hunter2"}).stream()
    shown = stream.feed(b"PASSWORD=other hunter2 x://u:p@h") + stream.finish()
    assert shown == b"PASSWORD=other [secret:A] x://u:[password]@h"
