"""What a plain process is given in files: its inputs, in its scratch directory, and its secrets, in memory.

The machine's own files are the program's, too, so nothing is put among them: an input for ``/in/data.csv`` is
``in/data.csv`` in the scratch directory, where the program begins, and secrets are only where ``SICKBAY_SECRETS`` says.
Blocking, for a thread.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from container_manager.executors.archive import Owner, content_of
from container_manager.executors.base import InputFile, InputUnreadableError, LaunchRefusedError
from container_manager.executors.process.directory import AttemptDirectory
from container_manager.executors.process.translate import Identity
from container_manager.executors.secret_room import VARIABLE, SecretRoom, unsupported
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import RunSpec


@dataclass(frozen=True, kw_only=True)
class Belongings:
    """The files of one attempt, before its start."""

    room: SecretRoom | None = None
    inputs: Sequence[InputFile] = ()

    def refuse_unusable(self, spec: RunSpec) -> None:
        """Raise ``LaunchRefusedError`` for secret files that cannot be given."""
        if spec.secret_files and self.room is None:
            raise unsupported("this machine has no /dev/shm that the worker may write")
        if any(file.path.startswith("/") for file in spec.secret_files):
            raise unsupported(
                f"without a container they can only be where {VARIABLE} says, so give them names without a directory"
            )

    def place(self, directory: AttemptDirectory, spec: RunSpec, identity: Identity | None) -> RunSpec:
        """Write everything, and return the spec that tells the program where its secrets are. Safe to repeat.

        Raises :class:`~container_manager.executors.base.LaunchRefusedError` and ``OSError``.
        """
        owner = None if identity is None else Owner(uid=identity.uid, gid=identity.gid)
        for file in self.inputs:
            _write_input(directory.scratch, file, owner)
        if self.room is None or not spec.secret_files:
            return spec
        folder = self.room.place_named(directory.name, spec.secret_files, owner=owner)
        return replace(spec, environment={VARIABLE: str(folder), **spec.environment})

    def forget(self, name: str) -> None:
        """Remove the secrets; the inputs go with the attempt's directory."""
        if self.room is not None:
            self.room.forget(name)


def _write_input(scratch: Path, file: InputFile, owner: Owner | None) -> None:
    place = scratch / file.path.lstrip("/")
    missing = [folder for folder in place.parents if folder.is_relative_to(scratch) and not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o755)
        _give(folder, owner)
    try:
        with place.open("wb") as opened:
            for piece in content_of(file):
                opened.write(piece)
    except InputUnreadableError as error:
        raise LaunchRefusedError(str(error), reason=FailureReason.LAUNCH_REFUSED) from error
    _give(place, owner)


def _give(path: Path, owner: Owner | None) -> None:
    if owner is not None:
        os.chown(path, owner.uid, owner.gid)
