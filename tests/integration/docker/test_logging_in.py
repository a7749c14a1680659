"""Logging in at a real registry: by the job's own credentials, by Docker's configuration, by its helpers."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from container_manager.executors.base import AttemptKey, LaunchRefusedError
from container_manager.executors.docker.address import endpoint_of
from container_manager.executors.docker.credentials import RegistryLogins
from container_manager.executors.docker.engine import EngineClient
from container_manager.executors.docker.executor import DockerExecutor
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import RegistryCredentials, RunSpec
from tests import engine
from tests.integration.docker.conftest import until_over
from tests.integration.docker.real_registry import PASSWORD, USERNAME, RealRegistry

pytestmark = [pytest.mark.docker, pytest.mark.registry]

NewKey = Callable[[], AttemptKey]

ANN = RegistryCredentials(username=USERNAME, password=PASSWORD)
MALLORY = RegistryCredentials(username=USERNAME, password="a wrong password")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRegistry]:
    engine.require_engine()
    registry = RealRegistry(tmp_path_factory.mktemp("registry"))
    registry.start()
    yield registry
    registry.stop()


@pytest.fixture
def spec(registry: RealRegistry, installation: str) -> Iterator[RunSpec]:
    image = registry.push(f"{installation}:1", engine.test_image())
    yield RunSpec(image=image, command=("true",), network="none")
    engine.remove_all(installation)
    engine.remove_image(image)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ``DOCKER_CONFIG`` whose folder is also on the path, for helpers."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


@pytest.fixture
async def executor(config: Path, installation: str) -> AsyncIterator[DockerExecutor]:
    logins = RegistryLogins(config, helper_seconds=1.0)
    executor = DockerExecutor(EngineClient(endpoint_of("", os.environ)), logins=logins)
    yield executor
    await executor.close()


def configure(folder: Path, **fields: object) -> None:
    (folder / "config.json").write_text(json.dumps(fields))


def add_helper(folder: Path, name: str, script: str) -> None:
    program = folder / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


async def runs(executor: DockerExecutor, key: AttemptKey, spec: RunSpec) -> bool:
    return (await until_over(executor, await executor.launch(key, spec))).exit_code == 0


async def refusal_of(executor: DockerExecutor, key: AttemptKey, spec: RunSpec) -> LaunchRefusedError:
    with pytest.raises(LaunchRefusedError) as refusal:
        await executor.launch(key, spec)
    assert engine.containers_of(key.installation) == []
    assert (refusal.value.reason, refusal.value.transient) == (FailureReason.IMAGE, False), refusal.value
    return refusal.value


async def test_without_credentials_the_registry_shows_nothing(executor: DockerExecutor, new_key: NewKey, spec: RunSpec):
    await refusal_of(executor, new_key(), spec)


async def test_the_jobs_own_credentials_log_it_in(executor: DockerExecutor, new_key: NewKey, spec: RunSpec):
    assert await runs(executor, new_key(), replace(spec, registry=ANN))


async def test_a_wrong_password_is_refused_and_told_to_nobody(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    refusal = await refusal_of(executor, new_key(), replace(spec, registry=MALLORY))
    error: BaseException | None = refusal
    while error is not None:
        assert MALLORY.password not in f"{error!r} {error}"
        error = error.__cause__ or error.__context__
    assert MALLORY.password not in caplog.text


async def test_one_jobs_wrong_password_is_not_anothers_refusal(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec
):
    wrong = executor.launch(new_key(), replace(spec, registry=MALLORY))
    right = executor.launch(new_key(), replace(spec, registry=ANN))
    refusal, handle = await asyncio.gather(wrong, right, return_exceptions=True)
    assert isinstance(refusal, LaunchRefusedError)
    assert isinstance(handle, str)


async def test_the_workers_own_configuration_logs_it_in(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, config: Path
):
    auth = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    configure(config, auths={spec.image.partition("/")[0]: {"auth": auth}})
    assert await runs(executor, new_key(), spec)


@pytest.mark.parametrize("by", ["credsStore", "credHelpers"])
async def test_a_credential_helper_logs_it_in(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, config: Path, by: str
):
    host = spec.image.partition("/")[0]
    answer = json.dumps({"ServerURL": host, "Username": USERNAME, "Secret": PASSWORD})
    add_helper(config, "test", f"read key; [ \"$1 $key\" = 'get {host}' ] && echo '{answer}'")
    configure(config, **{by: "test" if by == "credsStore" else {host: "test"}})
    assert await runs(executor, new_key(), spec)


@pytest.mark.parametrize(
    "failing",
    [
        ("sleep 60", "no answer within 1 s"),
        (f"echo {PASSWORD}; exit 3", "exit code 3"),
        (f"echo {PASSWORD}", "not the JSON"),
        (None, "No such file or directory"),
    ],
)
async def test_a_helper_that_fails_is_told_with_the_refusal_and_without_a_word_of_its_output(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, config: Path, failing: tuple[str | None, str]
):
    script, words = failing
    if script is not None:
        add_helper(config, "test", script)
    configure(config, credsStore="test")
    refusal = await refusal_of(executor, new_key(), spec)
    assert "docker-credential-test" in refusal.message
    assert words in refusal.message
    assert PASSWORD not in refusal.message


async def test_a_helper_that_knows_nothing_is_no_trouble(
    executor: DockerExecutor, new_key: NewKey, spec: RunSpec, config: Path
):
    add_helper(config, "test", "echo 'credentials not found in native keychain'; exit 1")
    configure(config, credsStore="test")
    assert "docker-credential-test" not in (await refusal_of(executor, new_key(), spec)).message
