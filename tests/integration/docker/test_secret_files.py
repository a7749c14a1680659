"""Secrets as files of a real container: in memory, private, and in nothing that the engine shows."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from container_manager.executors.base import AttemptKey, LaunchRefusedError, LogCursor
from container_manager.executors.docker.executor import DockerExecutor, build
from container_manager.executors.registry import HostConfig
from container_manager.executors.secret_room import SecretRoom
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import SecretFile
from tests import engine
from tests.crash.scratch import PROJECT
from tests.integration.docker.conftest import shell, until_over

VALUE = b"nobody else may see this"
FILE = SecretFile(path="key", content=VALUE, name="key")


async def output(executor: DockerExecutor, handle: str) -> str:
    await until_over(executor, handle)
    frames = [frame async for frame in executor.logs(handle, cursor=LogCursor(), follow=False)]
    return b"".join(frame.data for frame in frames).decode()


def mode_around(place: str) -> int | None:
    """The mode of the directory that a file is in, nothing where both are gone."""
    directory = Path(place).parent
    return stat.S_IMODE(directory.stat().st_mode) if directory.exists() else None


@pytest.mark.docker
async def test_a_file_is_on_a_tmpfs_read_only_and_the_users_own(
    executor: DockerExecutor, new_key: Callable[[], AttemptKey]
) -> None:
    script = 'stat -c "%u:%g %a" $SICKBAY_SECRETS/key; cat $SICKBAY_SECRETS/key; grep secrets/key /proc/mounts; id -u'
    spec = shell(
        f"{script}; echo x > $SICKBAY_SECRETS/key || echo cannot be written", user="4321:1234", secret_files=(FILE,)
    )
    said = await output(executor, await executor.launch(new_key(), spec))
    assert "4321:1234 400" in said
    assert VALUE.decode() in said
    assert "tmpfs /run/secrets/key tmpfs ro" in said
    assert "cannot be written" in said


@pytest.mark.docker
async def test_the_engine_shows_no_secret_file_and_nobody_else_may_read_it(
    executor: DockerExecutor, new_key: Callable[[], AttemptKey]
) -> None:
    key = new_key()
    handle = await executor.launch(key, shell("sleep 60", secret_files=(FILE,)))
    container = engine.oracle().containers.get(handle)
    assert VALUE.decode() not in json.dumps(container.attrs)
    [place] = [mount["Source"] for mount in container.attrs["Mounts"]]
    assert mode_around(place) == 0o700
    await executor.remove(handle)
    assert mode_around(place) is None


@pytest.mark.docker
async def test_any_path_may_be_chosen_and_two_modes(
    executor: DockerExecutor, new_key: Callable[[], AttemptKey]
) -> None:
    file = SecretFile(path="/etc/app/tls.key", content=VALUE, mode=0o444, name="tls")
    spec = shell("stat -c %a /etc/app/tls.key; cat /etc/app/tls.key", user="nobody", secret_files=(file,))
    assert await output(executor, await executor.launch(new_key(), spec)) == f"444\n{VALUE.decode()}"


async def test_an_engine_on_another_machine_is_refused_before_anything_is_asked_of_it() -> None:
    executor = build(HostConfig(name="far", address="tcp://192.0.2.1:2375"))
    try:
        assert not executor.capabilities.secret_files
        spec = shell("true", secret_files=(FILE,), image="any")
        with pytest.raises(LaunchRefusedError, match="not on this machine") as refusal:
            await executor._launcher._secret_files.place("name", spec)
        assert refusal.value.reason is FailureReason.UNSUPPORTED
    finally:
        await executor.close()


def test_what_nobody_knows_is_swept_after_a_while_and_what_others_have_is_left(tmp_path: Path) -> None:
    room, long_ago = SecretRoom(root=tmp_path / "mine" / "room"), time.time() - 3600
    (tmp_path / "mine").mkdir()
    for name in ("sickbay-aa-1-1", "sickbay-aa-2-1", "sickbay-aa-3-1", "sickbay-bb-1-1"):
        [place] = room.place(name, [FILE], owner=None)
        assert place.read_bytes() == VALUE
        if name != "sickbay-aa-3-1":
            os.utime(place.parent, (long_ago, long_ago))
    room.sweep("aa", {"sickbay-aa-2-1"})
    assert sorted(path.name for path in room.root.iterdir()) == ["sickbay-aa-2-1", "sickbay-aa-3-1", "sickbay-bb-1-1"]


def test_a_room_in_somebody_elses_hands_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine").chmod(0o777)
    with pytest.raises(PermissionError):
        SecretRoom(root=tmp_path / "mine" / "room").place("sickbay-aa-1-1", [FILE], owner=None)
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    with pytest.raises(PermissionError):
        SecretRoom(root=tmp_path / "link" / "room").place("sickbay-aa-1-1", [FILE], owner=None)


_BLIND = """
import asyncio, sys
from container_manager.executors.base import AttemptKey, LaunchRefusedError
from container_manager.executors.docker.executor import build
from container_manager.executors.registry import HostConfig
from container_manager.runspec.spec import RunSpec, SecretFile
from tests import engine

async def main():
    executor = build(HostConfig(name="here"))
    spec = RunSpec(image=engine.test_image(), command=("true",), secret_files=(SecretFile(path="k", content=b"v"),))
    try:
        await executor.launch(AttemptKey(installation=sys.argv[1], job_id=1, number=1), spec)
    except LaunchRefusedError as error:
        print(error.reason.value, error.message)
    finally:
        await executor.close()

asyncio.run(main())
"""


@pytest.mark.docker
@pytest.mark.root
def test_an_engine_that_does_not_see_the_workers_memory_is_refused_and_nothing_is_left(installation: str) -> None:
    # As in a container that was given the engine's socket: this worker's /dev/shm is its own.
    apart = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /dev/shm && exec "$@"', "sh"]
    command = [*apart, sys.executable, "-c", _BLIND, installation]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=PROJECT)
    assert done.stdout.startswith("unsupported "), done.stdout
    assert "does not see this machine's memory" in done.stdout
    assert not engine.containers_of(installation)
