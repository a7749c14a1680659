"""The commands about environment templates."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from container_manager.services.environment_templates import set_template


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(name: str, *arguments: object, output: io.StringIO | None = None) -> tuple[int, str]:
    """Run a command; return its exit code and what it printed."""
    output = output or io.StringIO()
    try:
        call_command(name, *map(str, arguments), stdout=output)
    except SystemExit as end:
        return int(str(end.code)), output.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, output.getvalue()


@pytest.fixture
def file(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path / "web.env"


def test_a_file_is_checked_without_a_database(file) -> None:
    (file.parent / "base.env").write_text("B=1")
    file.write_text("#@ include base\nA=${B}")
    assert run("check_env", file) == (0, "web.env: nothing is wrong.\n")


def test_what_is_not_beside_a_file_is_looked_for_among_the_stored(db, file) -> None:
    set_template("base", "B=1")
    file.write_text("#@ include base\nA=${B}")
    assert run("check_env", file)[0] == 0


def test_a_wrong_file_exits_with_1_and_fits_80_columns(file) -> None:
    file.write_text("A = 1\n" + "LONG=" + "é漢\t" * 100 + "${NOWHERE}\n" + "x" * 300 + "\n")
    code, said = run("check_env", file)
    assert code == 1
    assert "web.env: 3 errors." in said
    assert all(len(line) <= 80 for line in said.splitlines())
    assert "\x1b" not in said


def test_colors_are_for_terminals(file, monkeypatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    file.write_text("A = 1")
    output = Terminal()
    assert "\x1b[1;31m" in run("check_env", file, output=output)[1]
    output = Terminal()
    assert "\x1b[1;31m" not in run("check_env", file, "--no-color", output=output)[1]


def test_control_characters_of_a_file_do_not_reach_the_terminal(file) -> None:
    file.write_text("A\x1b[31m = \x07\n${\x1b\nB=${C:?\x1b}\nD=\x1b")
    for arguments in ((), ("--show",), ("--set", "X\x1b=\x1b", "--show")):
        assert "\x1b" not in run("check_env", file, *arguments)[1]
    file.write_text("B=${C:?\x1b}\nD=\x1b")
    assert "\x1b" not in run("check_env", file)[1]


def test_json_has_problems_and_masked_variables(file) -> None:
    file.write_text("#@ T: duration\n#@ PW: secret\nT=90s\nPW=hunter2\nK=${secret:key}\nA=1\nA=2\n")
    code, said = run("check_env", file, "--show", "--set", "A=3", "--format", "json")
    answer = json.loads(said)
    assert code == 0
    assert "hunter2" not in said
    assert [problem["code"] for problem in answer["problems"]] == ["duplicate-name"]
    assert {each["name"]: (each["text"], each["value"]) for each in answer["variables"]} == {
        "T": ("1m30s", 90.0),
        "PW": ("[secret:PW]", None),
        "K": ("[stored secret key]", None),
        "A": ("3", "3"),
    }


def test_a_plain_secret_is_warned_of_and_masked(file) -> None:
    file.write_text("API_TOKEN=k7Qz91xLw0pVb3Rt8sYu\n")
    code, said = run("check_env", file, "--show")
    assert code == 0
    assert "k7Qz" not in said
    assert re.search(r"API_TOKEN.*looks like", said)


def test_a_job_without_what_it_must_give_is_wrong(file) -> None:
    file.write_text("URL=${HOST:?say where}")
    assert run("check_env", file) == (0, "web.env: nothing is wrong.\nA job must give HOST: say where\n")
    assert run("check_env", file, "--show")[0] == 1
    assert run("check_env", file, "--set", "HOST=x")[0] == 0


def test_what_cannot_be_read_exits_with_3(db, file) -> None:
    assert run("check_env", file)[0] == 3
    assert run("check_env", "--template", "web")[0] == 3
    file.write_text("")
    code, said = run("check_env", file, "--set", "hunter2")
    assert (code, said) == (3, "--set takes NAME=VALUE, as plain text.")
    assert run("check_env", file, "--set", "A=\udcff")[0] == 3
    assert run("check_env", "--template", "\udcff")[0] == 3


def test_a_template_is_stored_listed_and_checked(db, file) -> None:
    assert run("list_templates")[1] == "No templates. `manage.py set_template NAME FILE` stores one.\n"
    file.write_text("A=1\n")
    assert run("set_template", "web", file, "--description", "the site") == (
        0,
        "The environment template web is stored.\n",
    )
    assert run("set_template", "web", file)[1] == "The environment template web is replaced.\n"
    assert run("check_env", "--template", "web") == (0, "web: nothing is wrong.\n")
    assert "the site" in run("list_templates")[1]
    assert [each["name"] for each in json.loads(run("list_templates", "--json")[1])] == ["web"]


def test_a_wrong_template_is_not_stored_and_the_reason_told(db, file) -> None:
    file.write_text("A = 1\n")
    code, said = run("set_template", "web", file)
    assert code == 1
    assert "Spaces around '='" in said
    assert run("check_env", "--template", "web")[0] == 3
