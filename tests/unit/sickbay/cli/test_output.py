"""What leaves the command line has passed the sink."""

from __future__ import annotations

import pytest

from sickbay.cli import output


def test_lines_consoles_and_complaints_show_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("DB_PASSWORD=hunter2")
    output.console().print("token=abc-123-def")
    output.stderr().write("curl -u app:hunter2 https://x\n")
    shown = capsys.readouterr()
    assert shown.out == "DB_PASSWORD=[password]\ntoken=[token]\n"
    assert shown.err == "curl -u app:[password] https://x\n"
