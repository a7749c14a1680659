"""Compose files: whether one is there, and tabs that YAML does not allow."""

from __future__ import annotations

import re
from pathlib import Path

from sickbay.guides.function_parts import answer, change_text, failed, put_text_back
from sickbay.guides.kept_file import CannotChangeError

_INDENTED_WITH_TABS = re.compile(r"^ *\t+[ \t]*(?=\S)", re.MULTILINE)
_SPACES = "  "


def judge_file(file: str) -> int:
    """Print ``absent``, ``tabs`` where lines are indented with tabs, or ``there``. Returns 2 where it is unreadable."""
    try:
        text = Path(file).read_text(encoding="utf-8")
    except FileNotFoundError:
        return answer("absent")
    except (OSError, ValueError) as error:
        return failed(error)
    return answer("tabs" if _INDENTED_WITH_TABS.search(text) else "there")


def replace_tabs(file: str) -> int:
    """Put two spaces for each tab that indents. Returns 1 where other lines are indented with spaces.

    How wide a tab is meant to be nobody can say then. The file as it was is kept beside it.
    """
    return change_text(file, _with_spaces)


def restore(file: str) -> int:
    """Undo :func:`replace_tabs`. Returns 1 where the file is not what it was made to be any more."""
    return put_text_back(file, _with_spaces)


def _with_spaces(text: str) -> str:
    if re.search(r"^ ", text, re.MULTILINE):
        raise CannotChangeError("tabs and spaces are mixed")
    return _INDENTED_WITH_TABS.sub(lambda found: found.group().replace("\t", _SPACES), text)
