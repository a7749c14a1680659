"""The broker's address is brought in line with its own port, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.worker import broker_address


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("redis://localhost:6379/0", "redis://localhost:6390/0"),
        ("redis://:se%40cret@redis/1", "redis://:se%40cret@redis:6390/1"),
        ("amqp://guest:guest@[::1]:5672//", "amqp://guest:guest@[::1]:6390//"),
    ],
)
def test_the_port_is_aligned_and_taken_back(
    before: str, after: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / ".env"
    text = f"REDIS_PORT=6390\nBROKER_URL={before}\n"
    file.write_text(text)
    where = {"file": str(file), "key": "BROKER_URL", "port_key": "REDIS_PORT"}
    assert broker_address.compare(**where) == 0
    assert capsys.readouterr().out == "differs\n"
    assert broker_address.align(**where) == 0
    assert file.read_text().splitlines()[-1] == f"BROKER_URL={after}"
    assert broker_address.take_back(**where) == 0
    assert file.read_text() == text


@pytest.mark.parametrize(
    "text",
    [
        "BROKER_URL=redis://localhost/0\n",
        "REDIS_PORT=70000\nBROKER_URL=redis://localhost/0\n",
        "REDIS_PORT=6390\nBROKER_URL=memory://\n",
        "REDIS_PORT=6390\n",
        "",
    ],
)
def test_nothing_is_aligned_or_greeted_without_both_sides(text: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(text)
    where = {"file": str(file), "key": "BROKER_URL", "port_key": "REDIS_PORT"}
    assert broker_address.compare(**where) == 3
    assert broker_address.align(**where) == 1
    assert broker_address.take_back(**where) == 0
    assert file.read_text() == text


def test_without_an_address_nobody_is_greeted(tmp_path: Path) -> None:
    assert broker_address.greet(file=str(tmp_path / "missing"), key="BROKER_URL") == 3
