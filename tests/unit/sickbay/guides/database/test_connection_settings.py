"""The URL is brought in line with what the server was set up with, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.database import connection_settings

_TEXT = """POSTGRES_USER=app
POSTGRES_PASSWORD=p@ss
POSTGRES_HOST=db
POSTGRES_PORT=6543
DATABASE_URL=postgresql://web:old@localhost:5432/shop?sslmode=require
"""


@pytest.mark.parametrize(
    ("part", "url"),
    [
        ("user", "postgresql://app:old@localhost:5432/shop?sslmode=require"),
        ("password", "postgresql://web:p%40ss@localhost:5432/shop?sslmode=require"),
        ("host", "postgresql://web:old@db:5432/shop?sslmode=require"),
        ("port", "postgresql://web:old@localhost:6543/shop?sslmode=require"),
    ],
)
def test_one_part_is_aligned_and_taken_back(
    part: str, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / ".env"
    file.write_text(_TEXT)
    where = {"file": str(file), "key": "DATABASE_URL", "part": part}
    assert connection_settings.compare(**where) == 0
    assert capsys.readouterr().out == "differs\n"
    assert connection_settings.align(**where) == 0
    assert file.read_text().splitlines()[-1] == f"DATABASE_URL={url}"
    assert "p%40ss" not in capsys.readouterr().out
    assert connection_settings.compare(**where) == 0
    assert capsys.readouterr().out == "same\n"
    assert connection_settings.take_back(**where) == 0
    assert file.read_text() == _TEXT


def test_a_url_that_somebody_changed_since_is_not_taken_back(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(_TEXT)
    where = {"file": str(file), "key": "DATABASE_URL", "part": "port"}
    assert connection_settings.align(**where) == 0
    file.write_text(file.read_text().replace("6543/shop", "7000/shop"))
    assert connection_settings.take_back(**where) == 1
    assert "7000/shop" in file.read_text()


@pytest.mark.parametrize(
    "text", ["DATABASE_URL=postgresql://a@b/c\n", "POSTGRES_PORT=1\n", "POSTGRES_PORT=1\nDATABASE_URL=mysql://a/b\n"]
)
def test_nothing_is_aligned_without_both_sides(text: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(text)
    where = {"file": str(file), "key": "DATABASE_URL", "part": "port"}
    assert connection_settings.compare(**where) == 3
    assert connection_settings.align(**where) == 1
    assert file.read_text() == text
    assert connection_settings.take_back(**where) == 0
    assert file.read_text() == text


def test_without_a_url_nothing_is_connected_to(tmp_path: Path) -> None:
    where = {"file": str(tmp_path / ".env"), "key": "DATABASE_URL"}
    assert connection_settings.look(**where) == 3
    assert connection_settings.create_database(**where) == 1
    assert connection_settings.remove_empty_database(**where) == 1
