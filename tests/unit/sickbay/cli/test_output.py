"""What leaves the command line has passed the sink."""

from __future__ import annotations

import json

import pytest

from sickbay.cli import output


def test_lines_consoles_and_complaints_show_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("DB_PASSWORD=hunter2")
    output.console().print("token=abc-123-def")
    output.stderr().write("curl -u app:hunter2 https://x\n")
    shown = capsys.readouterr()
    assert shown.out == "DB_PASSWORD=[password]\ntoken=[token]\n"
    assert shown.err == "curl -u app:[password] https://x\n"


def test_a_json_document_stays_one_where_a_secret_in_it_has_no_end(capsys: pytest.CaptureFixture[str]) -> None:
    output.say(json.dumps({"text": "assert [] == [('shop', 'token=abc-123-de...", "line": 9}))
    output.say(json.dumps([{"text": "'password=hunter2"}], indent=2))
    first, *second = capsys.readouterr().out.splitlines()
    assert json.loads(first) == {"text": "assert [] == [('shop', 'token=[token]", "line": 9}
    assert json.loads("".join(second)) == [{"text": "'password=[password]"}]
    assert len(second) == 5


def test_brackets_alone_make_no_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("[web] DB_PASSWORD=hunter2")
    assert capsys.readouterr().out == "[web] DB_PASSWORD=[password]\n"
