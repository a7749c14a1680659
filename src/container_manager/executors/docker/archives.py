"""Files into a container before its start, and out of it after its end: tar archives in one stream each."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from container_manager.executors.archive import archive_of_inputs, in_thread, owner_of
from container_manager.executors.base import InputFile, InputUnreadableError, OutputMissingError
from container_manager.executors.docker.engine import EngineClient
from container_manager.executors.docker.errors import EngineError, EngineNotFoundError, EngineResponseError
from container_manager.executors.docker.observation import refused
from container_manager.runspec.spec import RunSpec


async def put_inputs(engine: EngineClient, name: str, spec: RunSpec, inputs: Sequence[InputFile]) -> None:
    """Put the inputs into a container that was not started yet. Safe to repeat.

    Raises :class:`~container_manager.executors.base.LaunchRefusedError` and engine errors; the container stays.
    """
    if not inputs:
        return
    archive = _Archive(inputs, spec)
    try:
        await engine.put_archive(name, archive.pieces(), size=sum(file.size for file in inputs))
    except EngineNotFoundError:
        raise
    except EngineResponseError as error:
        raise refused(f"the inputs could not be put in: {error.message}") from error
    except EngineError as error:
        if archive.problem is not None:
            raise refused(str(archive.problem)) from error
        raise


class _Archive:
    """The archive of the inputs, and why it broke off: who sends it tells only that it did."""

    def __init__(self, inputs: Sequence[InputFile], spec: RunSpec) -> None:
        self._content = archive_of_inputs(inputs, owner_of(spec.user))
        self.problem: InputUnreadableError | None = None

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        try:
            async for piece in in_thread(self._content):
                yield piece
        except InputUnreadableError as error:
            self.problem = error
            raise


async def output(engine: EngineClient, name: str, path: str) -> AsyncGenerator[bytes, None]:
    """Yield what a container has at a path, as a tar archive. Raises ``OutputMissingError`` and engine errors."""
    try:
        async with aclosing(engine.get_archive(name, path)) as pieces:
            async for piece in pieces:
                yield piece
    except EngineNotFoundError as error:
        raise OutputMissingError(f"there is nothing at {path}") from error
