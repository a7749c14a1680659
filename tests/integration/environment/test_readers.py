"""Where our reader agrees with others, and where it does not: as the page says, by the real ones."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_manager.environment.rendering import render_values
from tests.integration.environment.readers import (
    REFUSED,
    read_by_docker,
    read_by_dotenv,
    read_by_us,
    settled_by_docker,
)

PAGE = (Path(__file__).parents[3] / "docs/environment.md").read_text()
SIGNS = {"⏎": "\n", "␠": " ", "⇥": "\t", "⍽": "\u00a0", "⇤": "\r"}
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.split("| file | Sickbay |")[1].split("\n\n")[0].splitlines()[2:]
]


def written(cell: str) -> str:
    text = cell.strip("`")
    for sign, character in SIGNS.items():
        text = text.replace(sign, character)
    return text


def shown(result: Mapping[str, str | None] | str) -> str:
    """Return a reader's result as the page's table shows it."""
    if isinstance(result, str):
        return result
    pairs = [name if value is None else f"{name}={value}" for name, value in result.items()]
    return ", ".join(f"`{_signed(pair)}`" for pair in pairs) or "nothing"


def _signed(text: str) -> str:
    for sign, character in SIGNS.items():
        text = text.replace(character, sign if character != " " else " ")
    return re.sub(r"^(\w+=) | $", lambda match: f"{match[1] or ''}␠", text)


def common_file(source: random.Random) -> str:
    """Return a file in what all three read alike."""
    lines = ["\ufeff# a comment"] if source.random() < 0.3 else []
    inner = string.ascii_letters + string.digits + "$_./:@%+-,=()[]{}!?*&^~|<>;\\éß漢"
    for number in range(source.randrange(5, 60)):
        words = ["".join(source.choices(inner, k=source.randrange(1, 12))) for _ in range(source.randrange(4))]
        value = " ".join(words).replace("${", "$")
        lines += source.choices(["", "# comment = x", "   ", None], k=1) if source.random() < 0.3 else []
        lines.append(f"{source.choice(['', '  '])}V{number}_{source.choice('abc')}={value}")
    ending = source.choice(["\n", "\r\n"])
    return ending.join(line for line in lines if line is not None) + source.choice(["", ending])


@pytest.mark.parametrize("seed", range(200))
def test_python_dotenv_reads_common_files_as_we_do(seed) -> None:
    content = common_file(random.Random(seed)).encode()
    ours = read_by_us(content)
    assert isinstance(ours, dict)
    assert ours == read_by_dotenv(content.removeprefix(b"\xef\xbb\xbf"))


@pytest.mark.docker
@pytest.mark.parametrize("seed", range(4))
def test_a_container_is_given_by_docker_what_we_read(seed, tmp_path) -> None:
    file = tmp_path / "common.env"
    file.write_bytes(common_file(random.Random(seed)).encode())
    ours = read_by_us(file.read_bytes())
    assert len(ours) > 4
    assert ours == read_by_docker(file)


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True),
        st.text(alphabet=st.characters(exclude_characters="\0${}", exclude_categories=["Cs"]), max_size=30),
    )
)
def test_python_dotenv_reads_what_we_write(variables) -> None:
    assert read_by_dotenv(render_values(variables).encode()) == variables


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_the_page_says_what_we_and_python_dotenv_read(row) -> None:
    content = written(row[0]).encode()
    assert [shown(read_by_us(content)), shown(read_by_dotenv(content))] == [row[1], row[3]]


@pytest.mark.docker
def test_the_page_says_what_docker_reads(tmp_path) -> None:
    file = tmp_path / "row.env"
    found = []
    for row in ROWS:
        file.write_bytes(written(row[0]).encode())
        found.append(shown(settled_by_docker(file)))
    assert found == [row[2] for row in ROWS]


def test_every_line_of_the_table_shows_a_difference() -> None:
    assert len(ROWS) > 25
    assert all(len(set(row[1:])) > 1 for row in ROWS)
    assert any(row[1] == REFUSED for row in ROWS)
