"""Files into an attempt and out of it, and secrets as files."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace

import pytest

from container_manager.executors.base import (
    Executor,
    InputFile,
    LaunchRefusedError,
    OutputMissingError,
    Stream,
)
from container_manager.runspec.spec import FileTransfer, RunSpec, SecretFile
from tests.contract.harness import Harness
from tests.contract.reading import Contract, all_frames, data_of, until_over

CONTENT = bytes(range(256)) * 3000 + b"the end"


def given(path: str, content: bytes) -> InputFile:
    return InputFile(path=path, size=len(content), open=lambda: io.BytesIO(content))


async def output(executor: Executor, handle: str, path: str) -> dict[str, bytes | None]:
    """What an archive of an output holds; nothing for what is no file."""
    data = b"".join([piece async for piece in executor.output(handle, path)])
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = {member.name: tar.extractfile(member) for member in tar}
        return {name: None if file is None else file.read() for name, file in members.items()}


def copying(harness: Harness) -> RunSpec:
    transfer = FileTransfer(path="/in/deep/data.bin", name="data.bin")
    return replace(harness.copies("/in/deep/data.bin", "/out/copy.bin", content=CONTENT), inputs=(transfer,))


class FileContract(Contract):
    """What is put in is there at the start; what was left can be had until the removal."""

    async def test_an_input_is_there_at_the_start_and_an_output_after_the_end(
        self, harness: Harness, executor: Executor
    ):
        handle = await executor.launch(harness.key(), copying(harness), [given("/in/deep/data.bin", CONTENT)])
        assert (await until_over(executor, handle)).exit_code == 0
        assert data_of(await all_frames(executor, handle), Stream.STDOUT) == CONTENT
        assert await output(executor, handle, "/out/copy.bin") == {"copy.bin": CONTENT}

    async def test_a_directory_comes_with_everything_in_it_and_as_often_as_asked(
        self, harness: Harness, executor: Executor
    ):
        handle = await executor.launch(harness.key(), copying(harness), [given("/in/deep/data.bin", CONTENT)])
        await until_over(executor, handle)
        for _ in range(2):
            found = await output(harness.another_executor(), handle, "/out")
            assert {name.rstrip("/"): data for name, data in found.items()} == {"out": None, "out/copy.bin": CONTENT}

    async def test_an_output_that_is_not_there_is_told_as_such(self, harness: Harness, executor: Executor):
        handle = await executor.launch(harness.key(), harness.exits_with(0))
        await until_over(executor, handle)
        with pytest.raises(OutputMissingError):
            await output(executor, handle, "/no/such/place")

    async def test_a_launch_that_was_cut_short_puts_the_inputs_in_when_repeated(
        self, harness: Harness, executor: Executor
    ):
        key, spec = harness.key(), copying(harness)
        if not await harness.prepare(key, spec):
            pytest.skip("this platform creates and starts in one")
        handle = await executor.launch(key, spec, [given("/in/deep/data.bin", CONTENT)])
        assert (await until_over(executor, handle)).exit_code == 0
        assert data_of(await all_frames(executor, handle), Stream.STDOUT) == CONTENT

    async def test_an_input_that_cannot_be_read_is_refused_and_leaves_nothing(
        self, harness: Harness, executor: Executor
    ):
        key, gone = harness.key(), InputFile(path="/in/deep/data.bin", size=3_000_000, open=_gone)
        with pytest.raises(LaunchRefusedError, match="cannot be read"):
            await executor.launch(key, copying(harness), [gone])
        assert list(await harness.leftovers(key)) == []

    async def test_an_input_of_another_size_than_told_is_refused_and_leaves_nothing(
        self, harness: Harness, executor: Executor
    ):
        key, short = harness.key(), replace(given("/in/deep/data.bin", CONTENT), size=len(CONTENT) + 1)
        with pytest.raises(LaunchRefusedError, match="not of the size"):
            await executor.launch(key, copying(harness), [short])
        assert list(await harness.leftovers(key)) == []

    async def test_a_secret_file_reaches_the_program_and_goes_with_the_attempt(
        self, harness: Harness, executor: Executor
    ):
        if not executor.capabilities.secret_files:
            pytest.skip("this platform cannot give secrets as files")
        key, file = harness.key(), SecretFile(path="tls.key", content=b"hidden\n", name="tls")
        handle = await executor.launch(key, replace(harness.prints_secret_file("tls.key"), secret_files=(file,)))
        await until_over(executor, handle)
        assert data_of(await all_frames(executor, handle), Stream.STDOUT) == b"hidden\n"
        assert "hidden" not in repr((handle, file, await executor.adopt(harness.installation)))
        await executor.remove(handle)
        assert list(await harness.leftovers(key)) == []

    async def test_a_refused_launch_leaves_no_secret_file(self, harness: Harness, executor: Executor):
        key, file = harness.key(), SecretFile(path="tls.key", content=b"hidden\n", name="tls")
        with pytest.raises(LaunchRefusedError):
            await executor.launch(key, replace(harness.missing_command(), secret_files=(file,)))
        assert list(await harness.leftovers(key)) == []


def _gone() -> io.BytesIO:
    raise FileNotFoundError("no such file in the storage")
