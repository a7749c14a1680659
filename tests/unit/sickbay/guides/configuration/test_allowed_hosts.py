"""Only the name that the project's own file holds is added to the hosts, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.configuration import allowed_hosts


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ALLOWED_HOSTS = []", 'ALLOWED_HOSTS = ["shop.example"]'),
        ('ALLOWED_HOSTS = ["localhost",]', 'ALLOWED_HOSTS = ["localhost", "shop.example"]'),
        ("ALLOWED_HOSTS: list[str] = ['a']  # ours", "ALLOWED_HOSTS: list[str] = ['a', \"shop.example\"]  # ours"),
    ],
)
def test_the_own_name_is_added_and_taken_back(before: str, after: str, tmp_path: Path) -> None:
    settings, own = tmp_path / "settings.py", tmp_path / ".env"
    settings.write_text(f"A = 1\n{before}\nB = 2\n")
    own.write_text("SITE_HOST=Shop.example\n")
    where = {"settings_file": str(settings), "file": str(own), "key": "SITE_HOST"}
    assert allowed_hosts.allow(**where) == 0
    assert settings.read_text().splitlines()[1] == after
    assert allowed_hosts.take_back(**where) == 0
    assert settings.read_text() == f"A = 1\n{before}\nB = 2\n"


@pytest.mark.parametrize("name", ["", "*", ".example", "a b", 'x"] + ["*'])
def test_nothing_but_a_plain_name_is_ever_added(name: str, tmp_path: Path) -> None:
    settings, own = tmp_path / "settings.py", tmp_path / ".env"
    settings.write_text("ALLOWED_HOSTS = []\n")
    own.write_text(f"SITE_HOST={name}\n")
    where = {"settings_file": str(settings), "file": str(own), "key": "SITE_HOST"}
    assert allowed_hosts.allow(**where) == 1
    assert settings.read_text() == "ALLOWED_HOSTS = []\n"
    assert allowed_hosts.check(settings="settings", file=str(own), key="SITE_HOST") == 3
