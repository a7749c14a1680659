from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.scratch import Scratch


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    place = Scratch(tmp_path)
    yield place
    place.close()
