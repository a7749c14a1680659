"""The page about environment templates: its code runs, and its commands print what it shows."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from django.core.management import call_command

from container_manager.environment.syntax import TypeName
from container_manager.models import EnvironmentTemplate

PAGE = (Path(__file__).parents[3] / "docs/environment.md").read_text()
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n+```sh\n(.*?)```", PAGE, re.DOTALL))
CONSOLES = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


def replayed(console: str) -> str:
    """Return a console's text as the commands in it print it now."""
    answer = ""
    for line in re.findall(r"^\$ manage\.py (.*)$", console, re.MULTILINE):
        output = io.StringIO()
        name, *arguments = shlex.split(line)
        with contextlib.suppress(SystemExit):
            call_command(name, *arguments, stdout=output)
        answer += f"$ manage.py {line}\n{output.getvalue()}"
    return answer


@pytest.mark.parametrize("console", CONSOLES, ids=range(len(CONSOLES)))
def test_commands_print_what_the_page_shows(folder, console) -> None:
    assert replayed(console) == console


def test_the_code_of_the_page_runs(db) -> None:
    names: dict[str, object] = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(code, names)
    assert EnvironmentTemplate.objects.count() == 2


def test_every_type_has_its_line() -> None:
    section = PAGE.split("## Types")[1].split("\n## ")[0]
    lines = re.findall(r"^\| `(\w+)", section, re.MULTILINE)
    assert lines == [name.value for name in TypeName]
