"""What a project asks for is read as tools read it, and what cannot be read is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.python import index_settings, lock_files, project_files

LOCK = """\
version = 1
requires-python = ">=3.9"

[[package]]
name = "shop"
version = "0.1"
source = { virtual = "." }

[package.metadata]
requires-dist = [{ name = "big-app", extras = ["x"], specifier = ">=1,<2" }, { name = "tidings" }]
"""
PROJECT = '[project]\nname = "Shop"\nrequires-python = ">=3.9"\ndependencies = ["tidings", "Big_App[x]>=1, <2"]\n'


@pytest.mark.parametrize(
    "line",
    [
        "tidings",
        "tidings==1.0",
        "tidings[x,y]>=1.0,<2  # why",
        "tidings (>=1.0)",
        "tidings==1.0; python_version < '3.9'",
        "tidings==1.0 --hash=sha256:00",
        "-r other.txt",
        "./wheels/tidings.whl",
        "git+ssh://example.org/tidings.git@main",
        "tidings @ https://example.org/tidings.whl",
        "",
    ],
)
def test_requirements_of_every_form_are_read(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(f"{line}\n")
    project_files.look(str(file))
    assert capsys.readouterr().out == "well\n"


@pytest.mark.parametrize("line", ["tidings=1.0", "tidings==1.0 2.0", "tidings ==", "== 1.0", "tidings 1.0"])
def test_a_line_that_no_tool_reads_is_told(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(f"# ours\n{line}\n")
    project_files.look(str(file))
    assert capsys.readouterr().out == f"unreadable requirements: line 2: {line}\n"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "matches"),
        ({"tidings": "tidings>=2"}, "differs: tidings"),
        ({"3.9": "3.10"}, "differs: requires-python is >=3.10 in the project and >=3.9 in the lock file"),
        ({"Shop": "store"}, "differs: it does not know store"),
    ],
)
def test_a_lock_file_is_compared_with_its_project(
    change: dict[str, str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = PROJECT
    for old, new in change.items():
        project = project.replace(old, new)
    (tmp_path / "pyproject.toml").write_text(project)
    (tmp_path / "uv.lock").write_text(LOCK)
    lock_files.look(str(tmp_path / "uv.lock"), str(tmp_path / "pyproject.toml"))
    assert capsys.readouterr().out.splitlines()[0].startswith(told)


def test_a_setting_is_added_replaced_and_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nindex_url = http://a.example/simple\n")
    assert index_settings.set_option(str(file), "index-url", "file:///wheels") == 0
    assert file.read_text() == "[global]\nindex-url = file:///wheels\n"
    assert index_settings.unset_option(str(file), "index-url", "file:///wheels") == 0
    assert index_settings.set_option(str(file), "cert", "ca.pem") == 0
    assert file.read_text() == "[global]\ncert = ca.pem\nindex_url = http://a.example/simple\n"


def test_an_index_in_a_folder_answers_when_the_folder_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pip.conf"
    file.write_text(f"[global]\nindex-url = file://{tmp_path}/index\n")
    index_settings.ask(str(file))
    (tmp_path / "index").mkdir()
    index_settings.ask(str(file))
    index_settings.ask(str(tmp_path / "none"))
    told = capsys.readouterr().out.splitlines()
    assert told == ["the index does not answer: no such folder", "the index answers", "no index is named"]
