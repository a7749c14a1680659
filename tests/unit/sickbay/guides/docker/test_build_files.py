"""Dockerfiles and .dockerignore: judged, corrected, and brought back."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.docker import build_files


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (None, "absent"),
        ("FROM x\nRUN a \\\n  b\n# RUNN\ncopy . .\n", "readable"),
        ("FROM x\nRUN <<EOF\nanything\nEOF\nCMD x\n", "readable"),
        ("FROM x\nRUNN true\n", "unknown RUNN"),
        ("FROM x\nRUN a\n  b\n", "unknown b"),
    ],
)
def test_a_dockerfile_is_judged_by_its_instructions(
    tmp_path: Path, content: str | None, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "Dockerfile"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert build_files.judge_dockerfile(str(file)) == 0
    assert capsys.readouterr().out.strip() == shown


def test_the_instruction_that_was_meant_takes_the_place_and_the_old_line_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM x\nCMDD true\n", encoding="utf-8")
    assert build_files.correct_instruction(str(file)) == 0
    assert file.read_text(encoding="utf-8") == "FROM x\nCMD true\n"
    assert build_files.restore_instruction(str(file)) == 0
    assert file.read_text(encoding="utf-8") == "FROM x\nCMDD true\n"


def test_a_word_like_no_instruction_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM x\nzzz true\n", encoding="utf-8")
    assert build_files.correct_instruction(str(file)) == 1
    assert file.read_text(encoding="utf-8") == "FROM x\nzzz true\n"


@pytest.mark.parametrize(
    ("rules", "shown"),
    [
        (None, "taken"),
        ("*.txt\n", "kept-out"),
        ("*.txt\n!a.txt\n", "taken"),
        ("b.txt\n", "taken"),
        ("/a.txt\n", "kept-out"),
    ],
)
def test_the_last_rule_that_fits_keeps_a_file_out(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rules: str | None,
    shown: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("x", encoding="utf-8")
    if rules is not None:
        Path(".dockerignore").write_text(rules, encoding="utf-8")
    assert build_files.judge_source("a.txt", ".dockerignore") == 0
    assert capsys.readouterr().out.strip() == shown


def test_an_exception_takes_a_file_in_and_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rules = Path(".dockerignore")
    rules.write_text("*.txt\n", encoding="utf-8")
    assert build_files.take_in("a.txt", ".dockerignore") == 0
    assert rules.read_text(encoding="utf-8") == "*.txt\n!a.txt\n"
    assert build_files.keep_out("a.txt", ".dockerignore") == 0
    assert rules.read_text(encoding="utf-8") == "*.txt\n"
    assert build_files.take_in("a.txt", ".dockerignore") == 0
    rules.write_text("*.txt\n!a.txt\n!b.txt\n", encoding="utf-8")
    assert build_files.keep_out("a.txt", ".dockerignore") == 1


@pytest.mark.parametrize(("name", "shown"), [("lib/libx.so.1", "no library"), ("run.sh", "no file"), (".", "there")])
def test_a_missing_part_is_a_library_or_a_file(name: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert build_files.judge_part(name) == 0
    assert capsys.readouterr().out.strip() == shown
