"""What a program finds around it: its environment, its files, its user; and what is said when it cannot start."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from container_manager.executors.base import ExecutorUnavailableError, Exited, LaunchRefusedError
from container_manager.executors.process.executor import build
from container_manager.executors.registry import HostConfig
from container_manager.runspec.spec import RunSpec
from tests.integration.process.conftest import INSTALLATION, Machine, sh


async def test_the_workers_own_environment_never_reaches_the_program(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DJANGO_SECRET_KEY", "the-workers-own")
    _, output = await machine.run(RunSpec(image="x", command=("env",), environment={"JOB": "its own"}))
    names = {line.partition(b"=")[0] for line in output.splitlines()}
    assert names == {b"PATH", b"HOME", b"LANG", b"JOB"}


async def test_the_program_has_its_three_streams_and_no_other_descriptor(machine: Machine):
    # Without a pipe: while a shell makes one, it holds an end of it as a descriptor of its own.
    _, output = await machine.run(sh("ls -m /proc/$$/fd; readlink /proc/$$/fd/0"))
    assert output == b"0, 1, 2\n/dev/null\n"


async def test_the_program_leads_a_session_of_its_own(machine: Machine):
    _, output = await machine.run(
        sh("read -r pid name state parent group session rest < /proc/$$/stat; echo $pid $group $session")
    )
    assert len(set(output.split())) == 1


async def test_it_works_in_a_scratch_directory_of_its_own(machine: Machine):
    _, output = await machine.run(sh('pwd; [ "$HOME" = "$(pwd)" ] && touch file && echo written'))
    directory, written = output.decode().splitlines()
    assert Path(directory).parent.parent == machine.root
    assert written == "written"


async def test_the_command_is_looked_for_in_the_jobs_own_path(machine: Machine, tmp_path: Path):
    tool = tmp_path / "tool-of-the-job"
    tool.write_text("#!/bin/sh\necho found\n")
    tool.chmod(0o755)
    _, output = await machine.run(RunSpec(image="x", command=(tool.name,), environment={"PATH": str(tmp_path)}))
    assert output == b"found\n"


async def test_the_secrets_of_a_job_are_in_none_of_its_files(machine: Machine):
    secret = "correct-horse-battery-staple"
    spec = RunSpec(image="x", command=("true",), environment={"TOKEN": secret}, secret_names=frozenset({"TOKEN"}))
    handle = await machine.launch(spec)
    await machine.until_over(handle)
    files = [path for path in (machine.root / handle).rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"plan", "started", "outcome", "log"}
    assert all(secret.encode() not in path.read_bytes() for path in files)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    assert stat.S_IMODE((machine.root / handle).stat().st_mode) == 0o700


@pytest.fixture
async def reachable_machine() -> AsyncIterator[Machine]:
    """A machine whose root other users can get to: pytest's own folders are closed to them."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)  # noqa: PTH101  a name from tempfile is a string
        machine = Machine(Path(folder, "root"))
        try:
            yield machine
        finally:
            await machine.clean_up()


@pytest.mark.root
async def test_a_user_by_name_owns_its_scratch_directory(reachable_machine: Machine):
    exited, output = await reachable_machine.run(sh("id -un; id -G; touch $HOME/file; ls $HOME", user="nobody"))
    assert exited.exit_code == 0
    assert output == b"nobody\n65534\nfile\n"


@pytest.mark.root
async def test_a_user_and_a_group_by_number_need_no_entry(machine: Machine):
    _, output = await machine.run(sh("id -u; id -g; id -G", user="54321:54322"))
    assert output == b"54321\n54322\n54322\n"


async def test_a_missing_command_is_refused_in_the_systems_words(machine: Machine):
    refusal = await _refusal(machine, RunSpec(image="x", command=("no-such-command",)))
    assert refusal.message.startswith(f"[Errno {errno.ENOENT}] No such file or directory: 'no-such-command'")
    assert refusal.exit_code == 127


async def test_a_directory_is_refused_as_a_command(machine: Machine):
    refusal = await _refusal(machine, RunSpec(image="x", command=("/tmp",)))
    assert (refusal.message, refusal.exit_code) == ("[Errno 21] Is a directory: '/tmp'", 126)


async def test_a_script_whose_interpreter_is_missing_is_refused_for_that(machine: Machine, tmp_path: Path):
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    refusal = await _refusal(machine, RunSpec(image="x", command=(str(script),)))
    assert refusal.exit_code == 127
    assert "interpreter" in refusal.message


async def test_a_file_that_is_no_program_is_refused(machine: Machine, tmp_path: Path):
    file = tmp_path / "file"
    file.write_text("neither\n")
    file.chmod(0o755)
    refusal = await _refusal(machine, RunSpec(image="x", command=(str(file),)))
    assert refusal.message.startswith("[Errno 8] Exec format error")
    assert refusal.exit_code == 126


async def test_a_missing_working_directory_is_refused_by_its_name(machine: Machine):
    refusal = await _refusal(machine, sh("true", working_directory="/no/such/place"))
    assert refusal.message == "[Errno 2] No such file or directory: '/no/such/place' (the working directory)"


@pytest.mark.root
async def test_an_unknown_user_is_refused(machine: Machine):
    refusal = await _refusal(machine, sh("true", user="nobody-at-all"))
    assert "'nobody-at-all'" in refusal.message


async def test_an_empty_command_is_refused(machine: Machine):
    refusal = await _refusal(machine, RunSpec(image="x"))
    assert "no command" in refusal.message


async def test_an_outcome_that_cannot_be_read_is_not_taken_for_none(machine: Machine):
    handle = await machine.launch(sh("exit 3"))
    await machine.until_over(handle)
    record = machine.root / handle / "outcome"
    record.rename(record.with_name("elsewhere"))
    record.mkdir()
    with pytest.raises(ExecutorUnavailableError):
        await machine.executor.outcome(handle)
    with pytest.raises(ExecutorUnavailableError):
        await machine.executor.adopt(INSTALLATION)
    record.rmdir()
    record.with_name("elsewhere").rename(record)
    exited = await machine.until_over(handle)
    assert isinstance(exited, Exited)
    assert exited.exit_code == 3


async def test_a_root_in_somebody_elses_hands_is_not_used(machine: Machine):
    machine.root.mkdir()
    machine.root.chmod(0o777)
    assert not (await machine.executor.check_health()).healthy
    with pytest.raises(ExecutorUnavailableError, match="nobody else may write there"):
        await machine.launch(sh("true"))


@pytest.mark.parametrize(
    "config",
    [
        HostConfig(name="x", address="tcp://elsewhere"),
        HostConfig(name="x", options={"rot": "/tmp"}),
        HostConfig(name="x", options={"root": 5}),
        HostConfig(name="x", options={"cgroups": "no"}),
    ],
)
def test_what_cannot_be_configured_is_said_at_once(config: HostConfig):
    with pytest.raises(ValueError, match=r"process executor|option root"):
        build(config)


async def _refusal(machine: Machine, spec: RunSpec) -> LaunchRefusedError:
    """Launch what must be refused, and see that nothing of it is left."""
    with pytest.raises(LaunchRefusedError) as refusal:
        await machine.launch(spec)
    assert machine.handles() == []
    assert machine.processes() == []
    return refusal.value
