"""What is wrong in an environment file is told by line, mended only where one meaning is left, and taken back whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.configuration import env_files
from sickbay.guides.function_parts import UNREADABLE, WELL, WRONG

GOOD = "A=1\n# a comment = here\nexport B=\"two\nlines = here\"\nC='${as it stands'\nD=${A:-x}\nE\n\n#@ A: int\n"


@pytest.fixture
def env(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def _written(file: Path, content: str) -> str:
    file.write_text(content)
    return str(file)


@pytest.mark.parametrize("content", [GOOD, "", "A=${B}\nB=1\n", "A=\n", "A=$$ {x\n", 'A="it is \\" escaped"\n'])
def test_nothing_is_said_of_a_good_file(content: str, env: Path) -> None:
    assert env_files.syntax(_written(env, content)) == WELL
    assert env_files.circle(str(env)) == WELL
    assert env_files.undefined(str(env)) == WELL


@pytest.mark.parametrize(
    ("content", "told", "mended"),
    [
        ("A = 1\n", "line 1: malformed: spaces around '='", "A=1\n"),
        ("A=1\nB: 2\n", "line 2: malformed: a colon where '=' belongs", "A=1\nB=2\n"),
        ('A="x\nB=2\n', 'line 1: malformed: the quote " is not closed', 'A="x"\nB=2\n'),
        ("A=http://${HOST/x\n", "line 1: placeholder: '${' is not closed", "A=http://${HOST}/x\n"),
    ],
)
def test_what_has_one_meaning_is_mended_and_taken_back(
    content: str, told: str, mended: str, env: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _written(env, content)
    assert env_files.syntax(path) == WRONG
    assert capsys.readouterr().out.splitlines() == [told]
    assert env_files.mend_syntax(path) == WELL
    assert env.read_text() == mended
    capsys.readouterr()
    assert env_files.is_well_formed(path) == WELL
    assert capsys.readouterr().out == "well-formed\n"
    assert env_files.unmend_syntax(path) == WELL
    assert env.read_text() == content


@pytest.mark.parametrize(
    "content", ["FOO BAR=1\n", "1A=2\n", "=x\n", 'A="x" y\n', "some words\n", "A=${a b}\n", "A=${B:-x\n"]
)
def test_what_may_mean_two_things_is_left_as_it_is(content: str, env: Path) -> None:
    path = _written(env, content)
    assert env_files.syntax(path) == WRONG
    assert env_files.mend_syntax(path) == WRONG
    assert env.read_text() == content
    assert [file.name for file in env.parent.iterdir()] == [".env"]


def test_no_value_is_shown(env: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _written(env, "PASSWORD = hunter2\nPORT=hunter2\n#@ PORT: int\nX=${Y}\n")
    for look in (env_files.syntax, env_files.circle, env_files.undefined, env_files.mend_syntax):
        look(path)
    env_files.types(path, path)
    assert "hunter2" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("A=${A}\n", "circle: A"),
        ("A=${B}\nB=${A}\n", "circle: A, B"),
        ("A=${B}\nB=x${C}\nC=${A}\n", "circle: A, B, C"),
    ],
)
def test_a_circle_is_told_and_broken_with_a_line_of_the_example(
    content: str, told: str, env: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, example = _written(env, content), _written(env.with_name("example"), "A=${B}\nB=2\nC=3\n")
    assert env_files.circle(path) == WRONG
    assert capsys.readouterr().out.splitlines() == [told]
    if told == "circle: A":
        example = _written(env.with_name("example"), "A=1\n")
    assert env_files.take(path, example, "circle") == WELL
    assert env_files.circle(path) == WELL
    assert env_files.give_back(path, example, "circle") == WELL
    assert env.read_text() == content


@pytest.mark.parametrize("content", ["A=1\nA=${A}:2\n", "A=${A:-}x\n", "A=${B}\nB='${A}'\n"])
def test_a_name_that_means_an_earlier_value_is_no_circle(content: str, env: Path) -> None:
    assert env_files.circle(_written(env, content)) == WELL


def test_a_missing_name_is_taken_from_the_example_before_it_is_asked_for(env: Path) -> None:
    path, example = _written(env, "URL=${HOST}/x\n"), _written(env.with_name("example"), "HOST=db\nURL=x\n")
    assert env_files.undefined(path) == WRONG
    assert env_files.take(path, example, "undefined") == WELL
    assert env.read_text() == "HOST=db\nURL=${HOST}/x\n"
    assert env_files.undefined(path) == WELL


def test_what_another_file_asks_for_is_looked_up_in_the_environment_file(env: Path) -> None:
    path, compose = (
        _written(env, "A=1\n"),
        _written(env.with_name("compose.yaml"), "# ${NOT_THIS}\nimage: x:${A}${B}\n"),
    )
    assert env_files.undefined(path, compose) == WRONG
    assert env_files.undefined(_written(env, "A=1\nB=2\n"), compose) == WELL


def test_a_name_that_jobs_give_is_not_missing(env: Path) -> None:
    assert env_files.undefined(_written(env, "#@ HOST: required\nURL=${HOST}\n")) == WELL


def test_without_the_example_s_line_nothing_is_changed(env: Path) -> None:
    path, example = _written(env, "A=${B}\n"), _written(env.with_name("example"), "A=1\n")
    assert env_files.take(path, example, "undefined") == WRONG
    assert env.read_text() == "A=${B}\n"


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("int", "-5", "5.0"),
        ("float", "1e3", "x"),
        ("bool", "Yes", "maybe"),
        ("url", "redis://h/0", "localhost"),
        ("json", '[{"a": 1}]', "[1"),
        ("duration", "1h30m", "90"),
        ("size", "512MB", "big"),
    ],
)
def test_a_value_is_held_to_its_declared_type(kind: str, good: str, bad: str, env: Path) -> None:
    example = _written(env.with_name("example"), f"#@ X: {kind}\nX='{good}'\n")
    assert env_files.types(_written(env, f"X='{good}'\n"), example) == WELL
    assert env_files.types(_written(env, f"X={bad}\n"), example) == WRONG
    assert env_files.take(str(env), example, "type") == WELL
    assert env.read_text() == f"X='{good}'\n"


def test_without_declarations_nobody_can_say_what_type_a_value_has(env: Path) -> None:
    path = _written(env, "X=abc\n")
    assert env_files.types(path, path) not in {WELL, WRONG}


def test_a_file_that_is_not_there_cannot_be_asked(env: Path) -> None:
    assert env_files.syntax(str(env)) == UNREADABLE
    assert env_files.undefined(str(env), str(env.with_name("none"))) == UNREADABLE
