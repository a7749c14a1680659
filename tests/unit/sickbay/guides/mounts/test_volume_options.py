"""A malformed volume option is written right where one meaning is left, and nothing else in a script is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.function_parts import WELL, WRONG
from sickbay.guides.mounts import volume_options


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "start.sh"


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ('docker run -v "$PWD/data:data" app', 'docker run -v "$PWD/data:/data" app'),
        ("docker run --volume=/srv:/srv:readonly app", "docker run --volume=/srv:/srv:ro app"),
        ("docker run \\\n  -v store:data:read-only,z \\\n  app", "docker run \\\n  -v store:/data:ro,z \\\n  app"),
        ("podman create -v a:/a -v b:b app", "podman create -v a:/a -v b:/b app"),
    ],
)
def test_what_has_one_meaning_is_written_right_and_taken_back(line: str, mended: str, script: Path) -> None:
    script.write_text(f"{line}\n")
    assert volume_options.look(str(script)) == WRONG
    assert volume_options.mend(str(script)) == WELL
    assert script.read_text() == f"{mended}\n"
    assert volume_options.is_well(str(script)) == WELL
    assert volume_options.take_back(str(script)) == WELL
    assert script.read_text() == f"{line}\n"


@pytest.mark.parametrize(
    "line", ["docker run -v /a:/b:ro:z app", "docker run -v /a:/b:fast app", "docker run -v :/b app"]
)
def test_what_may_mean_two_things_is_left(line: str, script: Path) -> None:
    script.write_text(f"{line}\n")
    assert volume_options.look(str(script)) == WRONG
    assert volume_options.mend(str(script)) == WRONG
    assert script.read_text() == f"{line}\n"


@pytest.mark.parametrize(
    "line",
    [
        'docker run -v "$PWD:/data:ro,z" app',
        "docker run -v $SRC:$DST app",
        "docker run -v /data app",
        "tar -v a:b",
        "docker volume create data",
    ],
)
def test_nothing_is_said_of_options_that_the_engine_takes(line: str, script: Path) -> None:
    script.write_text(f"{line}\n")
    assert volume_options.look(str(script)) == WELL
