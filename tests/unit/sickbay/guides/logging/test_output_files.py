"""A document is taken out of what stands around it only where it is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.function_parts import WELL, WRONG
from sickbay.guides.logging import output_files

DOCUMENT = '{\n "rows": [\n  {"a": 1},\n  [2]\n ]\n}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "result.json"


@pytest.mark.parametrize(
    "text",
    [
        f"loading 3 rows\n{DOCUMENT}\n",
        f"[INFO] loading\n{DOCUMENT}\ndone\n",
        f"\ufeff{DOCUMENT}",
        f"{{not json}}\n{DOCUMENT}\n[warning]\n",
    ],
)
def test_a_whole_document_is_kept_alone_and_the_file_can_be_put_back(
    text: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text, encoding="utf-8")
    assert output_files.kind(str(file)) == WRONG
    assert capsys.readouterr().out.startswith("mixed: ")
    assert output_files.keep_document(str(file)) == WELL
    assert file.read_text() == f"{DOCUMENT}\n"
    capsys.readouterr()
    assert output_files.is_document(str(file)) == WELL
    assert capsys.readouterr().out == "one document\n"
    assert output_files.restore(str(file)) == WELL
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        (DOCUMENT[:-4], "cut"),
        (f"loading\n{DOCUMENT[:-4]}", "cut"),
        ('{"a": "text', "cut"),
        ("<html></html>", "broken"),
        ("[" * 100_000, "broken"),
    ],
)
def test_what_is_no_whole_document_is_left_as_it_is(
    text: str, told: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text)
    assert output_files.kind(str(file)) == WRONG
    assert capsys.readouterr().out.startswith(f"{told}: ")
    assert output_files.keep_document(str(file)) == WRONG
    assert file.read_text() == text


def test_bytes_that_are_no_text_are_left_as_they_are(file: Path) -> None:
    file.write_bytes(b'log \xe9\n{"a": 1}\n')
    assert output_files.kind(str(file)) == WRONG
    assert output_files.keep_document(str(file)) == WRONG


def test_nothing_is_changed_in_a_document(file: Path) -> None:
    file.write_text(DOCUMENT)
    assert output_files.kind(str(file)) == WELL
    assert output_files.keep_document(str(file)) == WELL
    assert file.read_text() == DOCUMENT
