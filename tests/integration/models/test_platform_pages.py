"""The code of the pages about resources and images makes jobs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from container_manager.models import ContainerJob, Secret

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("page", ["resources.md", "images.md"])
def test_every_example_makes_its_job(db, page, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Secret.objects.create(name="registry", sealed=b"never opened here")
    examples = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    for code in examples:
        before = ContainerJob.objects.count()
        exec(code, {"ContainerJob": ContainerJob})
        assert ContainerJob.objects.count() - before == code.count("create_job(")
    assert examples
