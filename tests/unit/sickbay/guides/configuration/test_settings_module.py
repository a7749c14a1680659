"""The settings that a project's file names are looked for, and the one that is there is named instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.configuration import settings_module


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.py").write_text("SECRET_KEY = 'x'\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (
            "manage.py",
            '    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")',
            '    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")',
        ),
        (
            "wsgi.py",
            "os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'",
            "os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'",
        ),
        ("a.env", "DJANGO_SETTINGS_MODULE=", "DJANGO_SETTINGS_MODULE=config.settings"),
        ("pytest.ini", "DJANGO_SETTINGS_MODULE = shop.settings", "DJANGO_SETTINGS_MODULE = config.settings"),
        ("compose.yaml", "  DJANGO_SETTINGS_MODULE: shop.settings", "  DJANGO_SETTINGS_MODULE: config.settings"),
    ],
)
def test_the_one_that_is_there_is_named_and_taken_back(name: str, before: str, after: str, folder: Path) -> None:
    file = folder / name
    file.write_text(f"# a file\n{before}\nlast = 1\n")
    assert settings_module.check(file=name) == 1
    assert settings_module.name_settings(file=name) == 0
    assert file.read_text().splitlines()[1] == after
    assert settings_module.check(file=name) == 0
    assert settings_module.take_back(file=name) == 0
    assert file.read_text() == f"# a file\n{before}\nlast = 1\n"


def test_of_two_settings_modules_none_is_chosen(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "settings").mkdir()
    (folder / "settings" / "__init__.py").write_text("")
    (folder / "manage.py").write_text('x("DJANGO_SETTINGS_MODULE", "shop.settings")\n')
    settings_module.candidates(file="manage.py")
    assert capsys.readouterr().out == "several\n"
    assert settings_module.name_settings(file="manage.py") == 1


def test_of_two_lines_that_name_settings_none_is_changed(folder: Path) -> None:
    text = "A['DJANGO_SETTINGS_MODULE'] = 'config.settings'\nB['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\n"
    (folder / "manage.py").write_text(text)
    assert settings_module.name_settings(file="manage.py") == 1
    assert (folder / "manage.py").read_text() == text


def test_a_file_that_names_none_cannot_be_asked(folder: Path) -> None:
    (folder / "manage.py").write_text("# DJANGO_SETTINGS_MODULE=shop.settings\n")
    assert settings_module.check(file="manage.py") == 3
    assert settings_module.check(file="missing.py") == 3
    assert settings_module.candidates(file="missing.py") == 3
