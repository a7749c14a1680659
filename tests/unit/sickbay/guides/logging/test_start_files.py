"""What a file says of its containers' logs is found and mended in scripts, compose files, and daemon.json alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.function_parts import WELL, WRONG
from sickbay.guides.logging import start_files

SCRIPT = "docker run --log-driver {driver} --log-opt {option}=3 app\n"
JSON = '{{"log-driver": "{driver}", "log-opts": {{"{option}": "3"}}}}\n'
COMPOSE = """services:
  web:
    image: app
    logging:
      driver: {driver}
      options:
        {option}: "3"
    environment:
      max-files: "3"
"""
FORMS = pytest.mark.parametrize("form", [SCRIPT, JSON, COMPOSE], ids=["script", "json", "compose"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "start"


@FORMS
def test_a_driver_that_keeps_nothing_becomes_one_that_can_be_read(form: str, file: Path) -> None:
    broken = form.format(driver="none", option="mode")
    file.write_text(broken)
    assert start_files.look(str(file), "readable") == WRONG
    assert start_files.mend(str(file), "readable") == WELL
    assert file.read_text() == form.format(driver="local", option="mode")
    assert start_files.is_readable_and_known(str(file)) == WELL
    assert start_files.take_back(str(file), "readable") == WELL
    assert file.read_text() == broken


@FORMS
@pytest.mark.parametrize("driver", ["json-file", "local"])
def test_an_option_that_is_nearly_right_is_written_right(form: str, driver: str, file: Path) -> None:
    file.write_text(form.format(driver=driver, option="max-files"))
    assert start_files.look(str(file), "options") == WRONG
    assert start_files.mend(str(file), "options") == WELL
    assert file.read_text() == form.format(driver=driver, option="max-file")


@FORMS
@pytest.mark.parametrize("driver", ["json-file", "local", "journald"])
def test_nothing_is_said_of_a_driver_with_its_options(form: str, driver: str, file: Path) -> None:
    file.write_text(form.format(driver=driver, option="tag"))
    assert start_files.is_readable_and_known(str(file)) == WELL


def test_an_option_that_is_like_no_other_is_left(file: Path) -> None:
    file.write_text(SCRIPT.format(driver="local", option="colour"))
    assert start_files.mend(str(file), "options") == WRONG


def test_a_driver_from_elsewhere_is_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(SCRIPT.format(driver="loki", option="loki-url"))
    assert start_files.look(str(file), "options") == WRONG
    assert capsys.readouterr().out.startswith("elsewhere: ")


@pytest.mark.parametrize(
    ("script", "mended"),
    [
        ("docker run -d --rm --name job app\n", "docker run -d --name job app\n"),
        ("docker run --rm --name job --detach app\n", "docker run --name job --detach app\n"),
        ("docker run --rm \\\n  -d app\n", "docker run \\\n  -d app\n"),
    ],
)
def test_a_detached_container_is_kept(script: str, mended: str, file: Path) -> None:
    file.write_text(script)
    assert start_files.look(str(file), "kept") == WRONG
    assert start_files.mend(str(file), "kept") == WELL
    assert file.read_text() == mended


@pytest.mark.parametrize("script", ["docker run --rm app\n", "docker run -d app\ndocker run --rm other\n", "rm -d x\n"])
def test_one_that_somebody_is_attached_to_may_be_removed(script: str, file: Path) -> None:
    file.write_text(script)
    assert start_files.look(str(file), "kept") == WELL
