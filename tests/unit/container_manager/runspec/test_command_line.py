from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_manager.runspec.command_line import check_command, check_entrypoint, first_operator
from container_manager.validation.problems import InvalidJobError, Problems


def checked(command: object) -> tuple[str, ...]:
    problems = Problems()
    words = check_command(command, problems)
    problems.raise_if_any()
    return words


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("echo hello", ("echo", "hello")),
        ('sh -c "a | b && c > d; e &"', ("sh", "-c", "a | b && c > d; e &")),
        ("echo 'a|b' \"c;d\" e\\;f", ("echo", "a|b", "c;d", "e;f")),
        ('grep "say \\"a|b\\"" file', ("grep", 'say "a|b"', "file")),
        ("awk '{print $1}' file", ("awk", "{print $1}", "file")),
        ("echo $HOME *", ("echo", "$HOME", "*")),
        ("  true  ", ("true",)),
        ("", ()),
        (None, ()),
        ([], ()),
        (["sh", "-c", "a | b"], ("sh", "-c", "a | b")),
        (("echo", ""), ("echo", "")),
    ],
)
def test_a_command_becomes_the_words_its_writer_meant(command, words) -> None:
    assert checked(command) == words


@pytest.mark.parametrize(
    ("command", "operator"),
    [
        ("cat a | wc", "'|'"),
        ("echo a > b", "'>'"),
        ("echo a >> b", "'>>'"),
        ("wc < a", "'<'"),
        ("a && b", "'&&'"),
        ("a || b", "'||'"),
        ("a; b", "';'"),
        ("server &", "'&'"),
        ("echo $(date)", "'$('"),
        ("echo `date`", "'`'"),
        ("echo a\necho b", "a line break"),
        ("echo a \\\n b", "a line break"),
        ("echo 'x' 2>&1", "'>'"),
    ],
)
def test_a_shell_operator_outside_quotation_marks_is_refused_with_the_way_to_a_shell(command, operator) -> None:
    with pytest.raises(InvalidJobError) as caught:
        checked(command)
    (problem,) = caught.value.problems
    assert problem.field == "command"
    assert problem.message == f"has {operator} outside quotation marks, and no shell runs it."
    assert f"['sh', '-c', {command!r}]" in problem.fix


@pytest.mark.parametrize("command", ["echo 'a", 'echo "a', "echo it's", "echo a\\"])
def test_quotation_that_does_not_end_is_refused(command) -> None:
    with pytest.raises(InvalidJobError, match="never closed"):
        checked(command)


@pytest.mark.parametrize(
    ("command", "field", "said"),
    [
        (["echo", 5], "command[1]", "Write '5'."),
        (["echo", None], "command[1]", "must be text, not None."),
        (["echo", True], "command[1]", "must be text, not bool."),
        (["a\0b"], "command[0]", "NUL"),
        (["\ud800"], "command[0]", "surrogate"),
        (["x", "y" * 131072], "command[1]", "put it in a file"),
        (b"echo", "command", "not bytes"),
        ({"a": 1}, "command", "not dict"),
        (5, "command", "not int"),
        ("''", "command", "empty word"),
        (["", "a"], "command", "empty word"),
        ("echo \0", "command", "NUL"),
    ],
)
def test_what_no_program_can_be_started_with_is_refused(command, field, said) -> None:
    with pytest.raises(InvalidJobError) as caught:
        checked(command)
    (problem,) = caught.value.problems
    assert problem.field == field
    assert said in f"{problem.message} {problem.fix}"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20), min_size=1, max_size=8))
def test_what_a_shell_would_quote_comes_back_as_it_was(words) -> None:
    if words[0]:
        assert checked(shlex.join(words)) == tuple(words)


@given(st.text(alphabet="ab '\"\\|;&<>$(`\n", max_size=30))
def test_text_without_an_operator_is_split_as_shlex_does(command) -> None:
    command = command.strip()
    try:
        words = shlex.split(command)
    except ValueError:
        with pytest.raises(InvalidJobError):
            checked(command)
        return
    if first_operator(command) is None and (not words or words[0]):
        assert checked(command) == tuple(words)
    else:
        with pytest.raises(InvalidJobError):
            checked(command)


@pytest.mark.parametrize(
    ("asked", "words"),
    [(None, None), ([], ()), ([""], ()), ("", ()), ("tini --", ("tini", "--")), (["/bin/sh", "-c"], ("/bin/sh", "-c"))],
)
def test_an_entrypoint_is_the_images_own_none_or_words(asked: object, words: tuple[str, ...] | None) -> None:
    assert check_entrypoint(asked, Problems()) == words


def test_an_entrypoint_is_told_under_its_own_name() -> None:
    problems = Problems()
    check_entrypoint(["sh", 7], problems)
    with pytest.raises(InvalidJobError, match=r"entrypoint\[1\]"):
        problems.raise_if_any()
