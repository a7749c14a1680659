"""A real Docker engine for tests: is there one, a small image in it, and everything of a test removed afterwards.

docker-py is used here on purpose: it is the oracle beside our own client.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from functools import cache
from pathlib import Path

import docker
import pytest
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.models.containers import Container

from sickbay.lab.engine_objects import image_content

INSTALLATION_LABEL = "io.sickbay.installation"
IMAGE_REPOSITORY = "sickbay-test"
IMAGE_TAG = "busybox-1"

#: A file inside the test image that may be read and not executed.
NOT_EXECUTABLE = "/etc/not-executable"


@cache
def oracle() -> docker.DockerClient:
    """docker-py's client for the engine that the tests use."""
    return docker.from_env(timeout=120)


@cache
def why_unavailable() -> str:
    """Why no test can use an engine, or nothing where one answers."""
    try:
        oracle().ping()
    except DockerException as error:
        return f"no Docker engine answers: {error}"
    if shutil.which("busybox") is None:
        return "no busybox to make a test image from: apt-get install busybox-static"
    return ""


def engine_available() -> bool:
    """Whether tests can use an engine."""
    return not why_unavailable()


def require_engine() -> None:
    """Skip the test where no engine answers; fail it where ``SICKBAY_REQUIRE`` names ``docker``."""
    reason = why_unavailable()
    if not reason:
        return
    if "docker" in os.environ.get("SICKBAY_REQUIRE", ""):
        pytest.fail(reason)
    pytest.skip(reason)  # no engine answers


@cache
def test_image() -> str:
    """The name of a small image with busybox's tools, made once from this machine's own busybox."""
    name = f"{IMAGE_REPOSITORY}:{IMAGE_TAG}"
    try:
        oracle().images.get(name)
    except ImageNotFound:
        oracle().api.import_image_from_data(image_content(), repository=IMAGE_REPOSITORY, tag=IMAGE_TAG)
    return name


def busybox() -> Path:
    """Where this machine's static busybox is."""
    path = shutil.which("busybox")
    assert path is not None, "require_engine() has not been asked"
    return Path(path)


def remove_image(name: str) -> None:
    """Remove an image, if it is there."""
    with contextlib.suppress(ImageNotFound):
        oracle().images.remove(name, force=True)


def new_installation() -> str:
    """An installation key that no other test has."""
    return secrets.token_hex(4)


def containers_of(installation: str) -> list[Container]:
    """Every container of this installation, in whatever state."""
    return list(oracle().containers.list(all=True, filters={"label": f"{INSTALLATION_LABEL}={installation}"}))


def remove_container(name: str) -> None:
    """Remove one container behind the executor's back."""
    oracle().containers.get(name).remove(force=True)


def cgroups_of(name: str) -> list[Path]:
    """Every cgroup that exists for an attempt."""
    root = Path("/sys/fs/cgroup")
    return [*root.glob(f"*/sickbay/{name}"), *root.glob(f"sickbay/{name}")]


def remove_all(installation: str) -> None:
    """Remove every container of this installation and their cgroups."""
    for container in containers_of(installation):
        try:
            container.remove(force=True, v=True)
        except (NotFound, APIError):
            continue
    for group in cgroups_of(f"sickbay-{installation}-*"):
        try:
            group.rmdir()
        except OSError:
            continue
