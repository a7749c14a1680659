"""Carrying files: inputs from the storage into an attempt, and outputs from an attempt that is over into the storage.

Every step can be repeated after a crash: an output's name in the storage is recorded before its first byte is written.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import IO, Any, cast

from container_manager.executors.base import ExecutorUnavailableError, Handle, InputFile, OutputMissingError
from container_manager.fault_points import fault_point
from container_manager.runspec.spec import FileTransfer
from container_manager.services.artifacts import (
    KeptFile,
    begin_output,
    drop_file,
    input_files,
    record_output,
    write_file,
)
from container_manager.worker.artifact_streams import Findings, PieceReader, PulledStream, file_of
from container_manager.worker.attempt_scope import AttemptScope

logger = logging.getLogger(__name__)

#: A storage that fails is tried so often, with this pause.
_TRIES = 3
_PAUSE_SECONDS = 1.0


async def inputs_of(scope: AttemptScope) -> Sequence[InputFile]:
    """Return what is to be put into the attempt before its start."""
    return await scope.bridge.call(input_files, scope.lease.job_id) if scope.claimed.spec.inputs else ()


async def keep_outputs(scope: AttemptScope, handle: Handle) -> None:
    """Store every output of an attempt that is over; what cannot be had or stored is noted and keeps nothing up."""
    outputs = scope.claimed.spec.outputs
    for transfer in outputs:
        place = await scope.bridge.call(begin_output, scope.lease, transfer)
        if place is not None:
            kept = await _stored(scope, handle, transfer, place)
            await scope.bridge.call(record_output, scope.lease, transfer, kept)
    fault_point("artifacts")


async def _stored(scope: AttemptScope, handle: Handle, transfer: FileTransfer, place: str) -> KeptFile:
    problem = ""
    for _ in range(_TRIES):
        try:
            return await scope.until_answered(partial(_carry, scope, handle, transfer, place))
        except OutputMissingError as error:
            await asyncio.to_thread(drop_file, place)
            return KeptFile(problem=f"missing: {error}")
        except ExecutorUnavailableError:
            raise
        except Exception as error:  # the storage is anybody's code: its trouble must not keep a job from its end
            extra = {"action": "store-output", "job": scope.lease.job_id}
            logger.exception("job %s: %s could not be stored", scope.lease.job_id, transfer.name, extra=extra)
            problem = f"could not be stored: {type(error).__name__}: {error}"
        await asyncio.sleep(_PAUSE_SECONDS)
    return KeptFile(problem=problem)


async def _carry(scope: AttemptScope, handle: Handle, transfer: FileTransfer, place: str) -> KeptFile:
    """Carry an output from its platform into the storage, in a thread that asks for each piece."""
    findings = Findings()
    async with aclosing(cast("Any", scope.executor.output(handle, transfer.path))) as pieces:
        source = PulledStream(pieces, asyncio.get_running_loop())
        content = file_of(cast("IO[bytes]", source), findings, max_bytes=transfer.max_bytes)
        writing = asyncio.ensure_future(asyncio.to_thread(write_file, place, cast("Any", PieceReader(content))))
        try:
            kept = await asyncio.shield(writing)
        finally:
            source.give_up()
            await asyncio.gather(writing, return_exceptions=True)
    return replace(kept, is_archive=findings.is_archive, problem=findings.all_problems())
