"""A URL that programs cannot read is told from one they can, and written as they read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.database import connection_url


def _said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://app:secret@localhost:5432/shop", "readable"),
        ("postgresql+psycopg://app:p%40ss@[::1]:5432/shop?sslmode=require", "readable"),
        ("sqlite:///db.sqlite3", "readable"),
        ("postgresql:///shop", "readable"),
        ("jdbc:postgresql://db:5432/shop", "readable"),
        ("postgresql://app:p@ss@db/shop", "login"),
        ("postgresql://app:a%zz@db/shop", "login"),
        ("postgre://app@db/shop", "scheme"),
        ("postgresql://db:port/shop", "place"),
        ("postgresql://db:70000/shop", "place"),
        ("app:x@db/shop", "form"),
        ("two words", "form"),
    ],
)
def test_the_part_that_cannot_be_read_is_named(
    url: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / ".env"
    file.write_text(f"DATABASE_URL={url}\n")
    code = connection_url.check(file=str(file), key="DATABASE_URL")
    assert (_said(capsys), code) == (said, 0 if said == "readable" else 1)


def test_without_a_file_or_a_setting_nobody_knows(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    assert connection_url.check(file=str(file), key="DATABASE_URL") == 3
    file.write_text("OTHER=1\n")
    assert connection_url.check(file=str(file), key="DATABASE_URL") == 3


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("postgresql://app:p@ss:w/rd@db:5432/shop", "postgresql://app:p%40ss%3Aw%2Frd@db:5432/shop"),
        ("postgresql://app:p%40@x@db/shop", "postgresql://app:p%40%40x@db/shop"),
        ("postgresql://app:10%#@db/shop", "postgresql://app:10%25%23@db/shop"),
        ("psql://app@db/shop", "postgresql://app@db/shop"),
        ("postgresql://app:x@db:port/shop", "postgresql://app:x@db:6543/shop"),
    ],
)
def test_a_url_is_written_as_programs_read_it_and_put_back(before: str, after: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f'POSTGRES_PORT=6543\nDATABASE_URL="{before}"\n')
    assert connection_url.mend(file=str(file), key="DATABASE_URL") == 0
    assert file.read_text().splitlines()[-1] == f'DATABASE_URL="{after}"'
    assert connection_url.take_back(file=str(file), key="DATABASE_URL") == 0
    assert file.read_text() == f'POSTGRES_PORT=6543\nDATABASE_URL="{before}"\n'


@pytest.mark.parametrize("url", ["postgresql://app:x@db/shop", "two words", "postgresql://db:port/shop", ""])
def test_what_is_well_or_not_clear_is_left_alone(url: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"DATABASE_URL={url}\n")
    assert connection_url.mend(file=str(file), key="DATABASE_URL") == 1
    assert file.read_text() == f"DATABASE_URL={url}\n"
