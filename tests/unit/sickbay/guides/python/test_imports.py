"""A module of the project is read without being run: what it defines, and where its imports lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.python import imports


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.py").write_text("from services import price\n\nclass Order: ...\n")
    (tmp_path / "services.py").write_text("import orders\n\ndef price(): ...\n")
    (tmp_path / "bill.py").write_text("from orders import Order as Bought\nraise SystemExit('never run')\n")
    return tmp_path


@pytest.mark.parametrize(
    ("module", "name", "told"),
    [
        ("orders", "Order", ["in a circle: orders imports services imports orders", "the name is there"]),
        ("orders", "Oder", ["in a circle: orders imports services imports orders", "the name is not there"]),
        ("bill", "Bought", ["in no circle", "the name is there"]),
        ("json", "loads", ["not a module of this project"]),
    ],
)
def test_names_and_circles_are_seen_in_the_source(
    module: str, name: str, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    imports.look_inside(".", module, name)
    assert capsys.readouterr().out.splitlines() == told


def test_an_application_gets_a_second_name_and_loses_it_again(folder: Path) -> None:
    file = folder / "wsgi.py"
    file.write_text("def create_app(): ...\n")
    assert imports.add_name(".", "wsgi", "application") == 0
    assert file.read_text() == "def create_app(): ...\n\napplication = create_app()\n"
    assert imports.take_name_out(".", "wsgi", "application") == 0
    assert imports.add_name(".", "orders", "application") == 1


def test_what_hides_a_library_is_renamed_and_not_over_another_file(folder: Path) -> None:
    (folder / "random.py").write_text("1\n")
    assert imports.rename(".", "random") == 0
    assert imports.name_back(".", "random") == 0
    (folder / "random_renamed.py").write_text("2\n")
    assert imports.rename(".", "random") == 1
