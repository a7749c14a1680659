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


@pytest.mark.parametrize(
    "line", ['password="unclosed9 value', "'API_TOKEN=tok9x8f7s6d5f4", "> Authorization: Basic [token]"]
)
def test_a_json_document_stays_one_whatever_quotes_its_values_hold(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"text": [line, line], "then": 1}
    output.say(json.dumps(document))
    shown = capsys.readouterr().out
    assert json.loads(shown)["then"] == 1
    assert "unclosed9" not in shown
    assert "tok9x8" not in shown
