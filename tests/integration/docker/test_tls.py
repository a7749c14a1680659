"""A remote engine that speaks TLS only, with a certificate that the test's own authority gave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from container_manager.executors.base import AttemptKey, Fingerprint
from container_manager.executors.docker.executor import build
from container_manager.executors.registry import HostConfig
from container_manager.runspec.spec import RunSpec
from tests import engine
from tests.crash.own_engine import OwnEngine
from tests.integration.docker.certificates import Authority
from tests.integration.docker.conftest import until_over

pytestmark = [pytest.mark.docker, pytest.mark.root]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    authority = Authority(tmp_path_factory.mktemp("ours"))
    authority.give("", address=None)
    return authority


@pytest.fixture(scope="module")
def remote(authority: Authority) -> Iterator[OwnEngine]:
    remote = OwnEngine(remote=True)
    try:
        authority.give("server-", address=remote.address.removeprefix("tcp://").partition(":")[0])
        remote.certificates = authority.folder
        remote.start()
        yield remote
    finally:
        remote.close()


def options(folder: Path, *names: str) -> dict[str, object]:
    return {"tls": {name: str(folder / f"{name}.pem") for name in names or ("ca", "cert", "key")}}


async def health_of(config: HostConfig) -> Fingerprint:
    executor = build(config)
    fingerprint = await executor.check_health()
    await executor.close()
    return fingerprint


async def test_a_job_runs_there(remote: OwnEngine, authority: Authority):
    executor = build(HostConfig(name="far", address=remote.address, options=options(authority.folder)))
    key = AttemptKey(installation=engine.new_installation(), job_id=1, number=1)
    spec = RunSpec(image=remote.image, command=("sh", "-c", "exit 7"), network="none")
    handle = await executor.launch(key, spec)
    assert (await until_over(executor, handle)).exit_code == 7
    await executor.remove(handle)
    await executor.close()


async def test_an_engine_whose_authority_we_do_not_trust_is_not_spoken_to(
    remote: OwnEngine, authority: Authority, tmp_path: Path
):
    stranger = Authority(tmp_path)
    mixed = {"tls": {**options(authority.folder)["tls"], "ca": str(stranger.folder / "ca.pem")}}  # type: ignore[dict-item]  # our own
    fingerprint = await health_of(HostConfig(name="far", address=remote.address, options=mixed))
    assert not fingerprint.healthy
    assert "CERTIFICATE_VERIFY_FAILED" in fingerprint.detail


async def test_without_a_certificate_of_ours_the_engine_does_not_speak_to_us(remote: OwnEngine, authority: Authority):
    host = HostConfig(name="far", address=remote.address, options=options(authority.folder, "ca"))
    assert not (await health_of(host)).healthy


async def test_plain_text_is_not_understood(remote: OwnEngine):
    assert not (await health_of(HostConfig(name="far", address=remote.address))).healthy


async def test_files_that_are_missing_are_named(remote: OwnEngine, tmp_path: Path):
    fingerprint = await health_of(HostConfig(name="far", address=remote.address, options=options(tmp_path)))
    assert not fingerprint.healthy
    assert str(tmp_path / "ca.pem") in fingerprint.detail
