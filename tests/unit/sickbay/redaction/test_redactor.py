"""No declared secret comes out, in no form that programs write it in, however the stream is cut."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.redaction import Redactor, StreamRedactor
from sickbay.redaction.forms import written_forms

TOKEN = 'p@ss/w+rd"&<é> 9~x'

# Few characters, so that secrets and texts meet, overlap, and begin one another often.
_VALUES = st.text(alphabet='ab"/@:+ é', min_size=1, max_size=12)
_SECRETS = st.dictionaries(st.sampled_from(["X", "Y", "Z"]), _VALUES, max_size=3)
_PIECES = st.lists(
    st.one_of(
        st.text(alphabet='ab"/@:+ \né5', max_size=12).map(str.encode),
        st.sampled_from([b"://", b"x://ab:ba@a", b"http://a:80/@b", b"://:b@", b" ", b"\n"]),
        st.binary(max_size=6),
    ),
    max_size=12,
)


@st.composite
def _cases(draw: st.DrawFn) -> tuple[dict[str, str], bytes, list[bytes]]:
    secrets = draw(_SECRETS)
    forms = sorted(form for value in secrets.values() for form in written_forms(value))
    parts = draw(_PIECES)
    if forms:
        parts += draw(st.lists(st.sampled_from(forms), max_size=5))
    text = b"".join(draw(st.permutations(parts)))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    ends = [0, *cuts, len(text)]
    return secrets, text, [text[start:end] for start, end in pairwise(ends)]


@given(_cases())
def test_however_a_stream_is_cut_the_same_comes_out(case: tuple[dict[str, str], bytes, list[bytes]]) -> None:
    secrets, text, pieces = case
    redactor = Redactor(secrets)
    stream = redactor.stream()
    assert b"".join([*(stream.feed(piece) for piece in pieces), stream.finish()]) == redactor.declared.data(text)


@given(_cases())
def test_a_new_stream_fed_what_was_held_back_goes_on_like_the_old_one(
    case: tuple[dict[str, str], bytes, list[bytes]],
) -> None:
    secrets, text, pieces = case
    redactor = Redactor(secrets)
    stream, read, shown = redactor.stream(), 0, b""
    for piece in pieces:
        shown += stream.feed(piece)
        read += len(piece)
        held_back = stream.held_back
        stream = redactor.stream()
        shown += stream.feed(text[read - held_back : read])
        assert stream.held_back == held_back
    assert shown + stream.finish() == redactor.declared.data(text)


@given(_cases())
def test_no_form_of_a_secret_survives(case: tuple[dict[str, str], bytes, list[bytes]]) -> None:
    secrets, text, _ = case
    shown = Redactor(secrets).data(text)
    for label in (b"[secret:X]", b"[secret:Y]", b"[secret:Z]", b"[password]"):
        shown = shown.replace(label, b"\xff" * 3)
    forms = {form for value in secrets.values() for form in written_forms(value)}
    assert [form for form in forms if form in shown] == []


@given(_cases())
def test_what_is_hidden_once_is_not_changed_again(case: tuple[dict[str, str], bytes, list[bytes]]) -> None:
    _, text, _ = case
    redactor = Redactor({"X": "abba-abba"})
    assert redactor.data(redactor.data(text)) == redactor.data(text)


@pytest.mark.parametrize(
    "written",
    [
        TOKEN,
        json.dumps(TOKEN)[1:-1],
        json.dumps(TOKEN, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps({"token": TOKEN})),
        quote(TOKEN),
        quote(TOKEN, safe=""),
        quote_plus(TOKEN),
        quote(TOKEN, safe="").lower().replace("%c3%a9", "%c3%a9"),
        repr(TOKEN),
        repr(TOKEN.encode()),
        base64.b64encode(TOKEN.encode()).decode(),
        base64.urlsafe_b64encode(TOKEN.encode()).decode().rstrip("="),
    ],
)
def test_a_secret_is_hidden_as_programs_write_it(written: str) -> None:
    assert "[secret:API_TOKEN]" in Redactor({"API_TOKEN": TOKEN}).text(f"begin {written} end")


@pytest.mark.parametrize("before", ["", "u", "us", "user:"])
@pytest.mark.parametrize("after", ["", "!", "!!", "\n"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_is_hidden_wherever_it_stands_in_base64(before: str, after: str, encode: object) -> None:
    assert callable(encode)
    encoded = encode(f"{before}{TOKEN}{after}".encode()).decode()
    shown = Redactor({"API_TOKEN": TOKEN}).text(f"Authorization: Basic {encoded}")
    left = shown.removeprefix("Authorization: Basic ").replace("[secret:API_TOKEN]", "")
    assert "[secret:API_TOKEN]" in shown
    assert len(left) <= 2 * 8 + 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://app:hunter2@db/app", "postgres://app:[password]@db/app"),
        ("redis://:hunter2@cache:6379/0", "redis://:[password]@cache:6379/0"),
        ("amqp://u:p@ss@mq/ and more", "amqp://u:[password]@mq/ and more"),
        ("mysql://u:pa/ss@db/x", "mysql://u:[password]@db/x"),
        ("a://u:p@h, b://v:q@h", "a://u:[password]@h, b://v:[password#2]@h"),
        ("http://localhost:8000/@vite/client", "http://localhost:8000/@vite/client"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("ssh://git@example.org/x", "ssh://git@example.org/x"),
        ("see https://example.org/a:b", "see https://example.org/a:b"),
    ],
)
def test_passwords_in_urls_are_hidden_and_nothing_else_is(text: str, shown: str) -> None:
    assert Redactor().text(text) == shown


def test_a_declared_secret_keeps_its_name_in_a_url() -> None:
    assert Redactor({"DB": "hunter2"}).text("x://u:hunter2@h") == "x://u:[secret:DB]@h"


def test_a_declared_user_name_in_a_url_is_hidden_too() -> None:
    assert Redactor({"T": "ghp_abc"}).text("https://ghp_abc:x@h") == "https://[secret:T]:[password]@h"


def test_the_longer_of_two_secrets_that_begin_alike_is_hidden_whole() -> None:
    assert Redactor({"A": "abc", "B": "abcdef"}).text("abcdef abc") == "[secret:B] [secret:A]"


def test_labels_do_not_depend_on_the_order_of_the_secrets() -> None:
    one, other = Redactor({"B": "same", "A": "same"}), Redactor({"A": "same", "B": "same"})
    assert one.text("same") == other.text("same") == "[secret:A]"


def test_values_without_names_are_hidden_behind_a_plain_label() -> None:
    assert Redactor(["hunter2", ""]).text("it is hunter2") == "it is [secret]"


def test_a_line_of_a_key_is_hidden_by_itself() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----"
    assert Redactor({"KEY": key}).text("  MIIEvQIBADANBgkq") == "  [secret:KEY]"


def test_the_name_of_a_troubleshooting_session_is_shown_and_a_session_of_a_web_site_is_not() -> None:
    named = '{"session": "20261122-c31ac4ac"}'
    assert Redactor().text(named) == named
    assert Redactor().value({"session": "20261122-c31ac4ac"}) == {"session": "20261122-c31ac4ac"}
    assert "c31ac4ac" not in Redactor().text('{"session": "20269122-c31ac4ac"}')
    assert "c31ac4ac" not in Redactor().text('{"session": "20261122-c31ac4acb7"}')


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("may require authorization: server message: insufficient_scope: authorization failed", None),
        ("Authorization: correcthorsebatterystaple", "Authorization: [token]"),
        ("authorization: horse batterystaple", "authorization: [token]"),
        ("authorization: bearer these are words", "authorization: bearer [token]"),
        ("Authorization: some scheme of ours 7f3a", "Authorization: [token]"),
    ],
)
def test_what_a_registry_says_behind_the_word_is_no_header(line: str, shown: str | None) -> None:
    assert Redactor().text(line) == (shown or line)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("assert 'token=' in ''", None),
        ('if line.startswith("password="): return', None),
        ("'token=s3cr3t-7f3a9c'", "'token=[token]'"),
        ('a,"token=""s3cr3t-7f3a9c"""', 'a,"token=""[token]"""'),
    ],
)
def test_a_text_that_ends_with_a_name_has_no_value(line: str, shown: str | None) -> None:
    assert Redactor().text(line) == (shown or line)


def test_every_text_of_a_json_value_is_hidden() -> None:
    value = {"a hunter2": ["hunter2", 5, None, {"b": "x hunter2"}]}
    assert Redactor(["hunter2"]).value(value) == {"a [secret]": ["[secret]", 5, None, {"b": "x [secret]"}]}


def test_a_stream_holds_back_only_what_may_become_a_secret() -> None:
    stream = Redactor({"A": "hunter2"}).stream()
    assert stream.feed(b"it is hunt") == b"it is "
    assert stream.held_back == 4
    assert stream.feed(b"ing") == b"hunting"
    assert stream.held_back == 0


def test_what_a_stream_holds_back_is_bounded() -> None:
    stream = Redactor().stream()
    for _ in range(100):
        stream.feed(b"://user:" + b"x" * 1000)
        assert stream.held_back < 6000


def test_nothing_can_be_fed_after_the_end() -> None:
    stream: StreamRedactor = Redactor().stream()
    stream.finish()
    with pytest.raises(ValueError, match="finished"):
        stream.feed(b"more")


def test_what_one_aware_of_the_text_hides_has_the_same_label_also_when_it_is_hidden_again() -> None:
    redactor = Redactor().aware_of(b"to postgres://app:hunter2@db/app\n")
    once = redactor.text("postgres://app:hunter2@db/app")
    again = redactor.value([once, "load postgres://app:hunter2@db/app", "and postgres://app:other@db/app"])
    assert again == [
        "postgres://app:[password]@db/app",
        "load postgres://app:[password]@db/app",
        "and postgres://app:[password#2]@db/app",
    ]
