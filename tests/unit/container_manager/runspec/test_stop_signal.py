from __future__ import annotations

import signal

import pytest

from container_manager.runspec.stop_signal import STOP_SIGNALS, check_stop_signal, signal_number
from container_manager.validation.problems import InvalidJobError, Problems


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("SIGINT", "SIGINT"),
        ("int", "SIGINT"),
        (2, "SIGINT"),
        ("15", "SIGTERM"),
        ("rtmin+3", "SIGRTMIN+3"),
        (None, None),
    ],
)
def test_a_signal_has_one_name(given: object, name: str | None) -> None:
    assert check_stop_signal(given, Problems()) == name


@pytest.mark.parametrize("given", ["SIGSTOP", "TERMINATE", 0, 99, True, 1.5, "SIGCHLD"])
def test_what_stops_no_program_is_told(given: object) -> None:
    problems = Problems()
    assert check_stop_signal(given, problems) is None
    with pytest.raises(InvalidJobError, match="stop_signal"):
        problems.raise_if_any()


@pytest.mark.parametrize("name", STOP_SIGNALS)
def test_numbers_are_those_of_this_system(name: str) -> None:
    assert signal_number(name) == getattr(signal, name)
