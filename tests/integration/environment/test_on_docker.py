"""What a template says reaches a real container, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.docker_scratch import DockerScratch

pytestmark = pytest.mark.docker

TEMPLATE = """\
#@ PORT: int
#@ PW: secret
PORT=0080
MANY='one
  two $PORT'
PW=hunter2
URL=http://${HOST:-here}:${PORT}/é
EMPTY=
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[DockerScratch]:
    place = DockerScratch(tmp_path)
    yield place
    place.close()


def test_a_container_gets_what_the_template_and_the_job_say(place: DockerScratch) -> None:
    (place.folder / "web.env").write_text(TEMPLATE)
    assert place.manage("set_template", "web", str(place.folder / "web.env")).returncode == 0

    arguments = ["--env-template", "web", "--env", "HOST=${PORT}", "--network", "none", place.image]
    script = 'printf "%s|" "$PORT" "$MANY" "$URL" "${EMPTY-unset}" "${#PW}"; echo "$PW"'
    done = place.manage("run_job", *arguments, "--", "sh", "-c", script)

    assert done.returncode == 0, done.stderr
    assert done.stdout.decode() == "80|one\n  two $PORT|http://${PORT}:80/é||7|[secret:PW]\n"
