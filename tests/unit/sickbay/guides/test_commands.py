"""A line is one command, read to the arguments that a shell would make of it, or it is refused."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.guides.commands import CommandError, InputError, filled_in, parse_command, parse_commands
from sickbay.guides.model import Input

INPUTS = {
    "NAME": Input(pattern="[a-z][a-z0-9-]*", default="web"),
    "TOKEN": Input(pattern=".*", secret=True),
}


@given(st.lists(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), min_size=1), min_size=1))
def test_a_quoted_command_is_read_to_exactly_its_arguments(arguments: list[str]) -> None:
    command = parse_command(shlex.join(["program", *arguments]), 1)
    assert filled_in(command, {}, {}) == ["program", *arguments]


@given(st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=30))
def test_what_is_not_refused_is_read_as_a_shell_would_read_it(line: str) -> None:
    try:
        command = parse_command(f"program {line}".strip(), 1)
    except CommandError:
        return
    assert [f"{word.text}${word.input}" if word.input else word.text for word in command.words] == shlex.split(
        f"program {line}"
    )


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("docker inspect $NAME", ["docker", "inspect", "web"]),
        ('docker inspect "$NAME"', ["docker", "inspect", "web"]),
        ("docker ps --filter=$NAME", ["docker", "ps", "--filter=web"]),
        ("env APP=$NAME printenv", ["env", "APP=web", "printenv"]),
        ("echo '$NAME'", ["echo", "$NAME"]),
        ("find . ! -name '*.py'", ["find", ".", "!", "-name", "*.py"]),
        ("docker ps --format '{{.Names}}'", ["docker", "ps", "--format", "{{.Names}}"]),
    ],
)
def test_an_input_is_filled_in_as_one_whole_argument(line: str, arguments: list[str]) -> None:
    assert filled_in(parse_command(line, 1), INPUTS, {}) == arguments


@pytest.mark.parametrize("value", ["", "Web", "web -f", "web;ls", "-f", "web\n", "web\x1b[0m", "$(id)", "a b"])
def test_a_value_that_its_pattern_does_not_allow_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(InputError) as caught:
        filled_in(parse_command("docker inspect $NAME", 1), INPUTS, {"NAME": value})
    assert not value.strip() or value not in str(caught.value).split("match")[0]


def test_control_characters_are_refused_whatever_the_pattern_allows() -> None:
    with pytest.raises(InputError):
        filled_in(parse_command("login $TOKEN", 1), INPUTS, {"TOKEN": "a\x00b"})


def test_a_missing_value_and_an_unknown_input_are_told() -> None:
    with pytest.raises(InputError, match="TOKEN has no value"):
        filled_in(parse_command("login $TOKEN", 1), INPUTS, {})
    with pytest.raises(InputError, match="no input OTHER"):
        filled_in(parse_command("login $OTHER", 1), INPUTS, {"OTHER": "x"})


def test_a_value_is_one_argument_however_many_words_it_has() -> None:
    assert filled_in(parse_command("login $TOKEN", 1), INPUTS, {"TOKEN": "a b; rm -rf /"}) == ["login", "a b; rm -rf /"]


@pytest.mark.parametrize(
    "line",
    [
        "ls | wc",
        "ls > x",
        "ls < x",
        "ls 2>&1",
        "ls; ls",
        "ls && ls",
        "ls & ",
        "cat $(x)",
        "cat `x`",
        'cat "`x`"',
        "ls *.py",
        "ls ?",
        "ls [ab]",
        "ls {a,b}",
        "ls ~",
        "ls ~root",
        "(ls)",
        "ls $name",
        "ls ${NAME}",
        "ls $A$B",
        'ls "$NAME x"',
        "X=1 ls",
        "$NAME x",
        "ls # why",
        "ls 'x",
        "ls \\",
    ],
)
def test_what_needs_a_shell_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_command(line.strip(), 7)
    assert caught.value.line == 7
    assert caught.value.message


def test_blank_lines_and_comments_are_no_commands_and_lines_are_counted() -> None:
    commands = parse_commands("# look first\nls -l\n\n  id\n", 10)
    assert [(command.program, command.line) for command in commands] == [("ls", 11), ("id", 13)]
