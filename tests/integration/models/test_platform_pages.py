"""The code of the pages about resources and images makes jobs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from container_manager.executors.registry import HostConfig, build_executor
from container_manager.models import ContainerJob, ExecutorHost, Secret

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


def test_the_host_of_the_docker_page_can_be_made_and_its_executor_built(db) -> None:
    [code] = re.findall(r"```python\n(.*?)```", (DOCS / "executors/docker.md").read_text(), re.DOTALL)
    exec(code, {"ExecutorHost": ExecutorHost})
    host = ExecutorHost.objects.get(name="far")
    build_executor(host.executor_type, HostConfig(name=host.name, address=host.address, options=host.options))
