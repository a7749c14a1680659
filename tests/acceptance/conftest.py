from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.docker_scratch import DockerScratch


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DockerScratch]:
    place = DockerScratch(tmp_path)
    yield place
    place.close()
