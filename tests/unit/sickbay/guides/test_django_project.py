"""A project is asked in a child alone, in its own folder, and with this very package."""

from __future__ import annotations

from pathlib import Path

import pytest

import sickbay
from sickbay.guides.django_project import project_says, run_in_project, run_manage

_ASKING = """
import os, sys
import sickbay
from sickbay.guides.django_project import enter_project

if __name__ == "__main__":
    what, settings = sys.argv[1:]
    enter_project(settings)
    import shop
    print(what, shop.NAME, os.environ["DJANGO_SETTINGS_MODULE"], sickbay.__file__)
    sys.exit(3 if what == "fail" else 0)
"""


@pytest.fixture
def asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a module that asks the project of this folder."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "shop.py").write_text("NAME = 'the shop'\n")
    (project / "manage.py").write_text("import sys\nprint('manage', *sys.argv[1:])\n")
    monkeypatch.chdir(project)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    module = tmp_path / "asking.py"
    module.write_text(_ASKING)
    return str(module)


def test_the_child_answers_out_of_the_project(asking: str) -> None:
    assert project_says(asking, "name", "shop.settings") == f"name the shop shop.settings {sickbay.__file__}"


def test_a_child_that_fails_answers_nothing(asking: str) -> None:
    assert run_in_project(asking, "fail", "shop.settings").returncode == 3
    assert project_says(asking, "fail", "shop.settings") == ""


@pytest.mark.usefixtures("asking")
def test_the_projects_own_program_is_run() -> None:
    assert run_manage("migrate", "--plan").stdout == "manage migrate --plan\n"
