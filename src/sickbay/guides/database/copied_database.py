"""A SQLite file that a program writes to: its copy is put back only over what that program itself has left."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from sickbay.guides.function_parts import WRONG, answer


def change_with_copy(database: str, copy: str, work: Callable[[], subprocess.CompletedProcess[str]]) -> int:
    """Run what writes to a SQLite file, and print the last that it says; after a failure everything is as it was."""
    there, kept, digest = Path(database), Path(copy), Path(f"{copy}.digest")
    if not there.is_file() or kept.exists() or digest.exists():
        return answer("there is no such database, or a copy lies there already", WRONG)
    if any(Path(f"{database}{ending}").exists() for ending in ("-wal", "-journal")):
        return answer("somebody is writing to the database", WRONG)
    shutil.copy2(there, kept)
    done = work()
    if done.returncode != 0:
        there.write_bytes(kept.read_bytes())
        kept.unlink()
        return answer(done.stderr.strip()[-500:], WRONG)
    digest.write_text(_digest(there))
    return answer(done.stdout.strip()[-500:])


def put_copy_back(database: str, copy: str) -> int:
    """Put the copy back, only while the database is as the program left it."""
    there, kept, digest = Path(database), Path(copy), Path(f"{copy}.digest")
    if not kept.is_file() or not digest.is_file() or digest.read_text() != _digest(there):
        return answer("somebody has written to the database since; nothing is taken back", WRONG)
    there.write_bytes(kept.read_bytes())
    kept.unlink()
    digest.unlink()
    return answer("as before")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
