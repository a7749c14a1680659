"""Steps run in their order, without a shell, and end in time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sickbay.guides.answers import CommandAnswer
from sickbay.guides.commands import InputError, parse_commands
from sickbay.guides.parser import parse_guide
from sickbay.investigation.acting import NOT_STARTED, TIMED_OUT, act
from sickbay.investigation.place import Place
from tests.guides.proving import GUIDE, SLUG

SAMPLE = parse_guide(SLUG, f"{SLUG}.md", GUIDE)


def _done(commands: str, folder: Path, *, seconds: float = 20, **values: str) -> CommandAnswer:
    place = Place(folder=folder, environment=os.environ, values=values)
    return act(SAMPLE, parse_commands(commands, 1), place, seconds=seconds)


def test_commands_run_in_their_order_in_the_folder(tmp_path: Path) -> None:
    assert _done("mkdir one\ntouch one/two\nls one", tmp_path) == CommandAnswer(exit_code=0, output="two\n")


def test_the_first_that_fails_ends_them(tmp_path: Path) -> None:
    assert _done("touch one\ntest -e nothing\ntouch two", tmp_path).exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_an_input_is_one_whole_argument_whatever_it_holds(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        _done("touch one\ntouch $SETTINGS", tmp_path, SETTINGS="a b; touch c")
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_end_in_time_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    answer = _done("bash -c 'sleep 600 & sleep 600'", tmp_path, seconds=0.3)
    assert answer.exit_code == TIMED_OUT


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    answer = _done("no-such-program", tmp_path)
    assert answer.exit_code == NOT_STARTED
    assert "no-such-program" in answer.errors
