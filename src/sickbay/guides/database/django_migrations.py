"""Looks at, and mends, the migrations of a Django project, for the guides about them.

The project's own ``manage.py`` does what Django does: in a child, so that nothing of the project is loaded here. A
SQLite file is copied before it is written to, and the copy is put back only over what the repair itself has left.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

_MERGE = re.compile(
    r"(?:#[^\n]*\n\s*)*from django\.db import migrations\s+class Migration\(migrations\.Migration\):\s+"
    r"dependencies = \[(?:\s*\([\"']\w+[\"'], [\"']\w+[\"']\),?)+\s*\]\s+operations = \[\s*\]\s*"
)

_COULD_NOT_ASK = 3


def migrate(*, settings: str, database: str, copy: str) -> int:
    """Apply all migrations to a SQLite file, of which a copy is kept."""
    return _with_copy(database, copy, [["migrate", "--noinput", f"--settings={settings}"]])


def put_back(*, database: str, copy: str) -> int:
    """Put the copy back, only while the database is as the repair left it."""
    there, kept, digest = Path(database), Path(copy), Path(f"{copy}.digest")
    if not kept.is_file() or not digest.is_file() or digest.read_text() != _digest(there):
        return _answer("somebody has written to the database since; nothing is taken back", 1)
    there.write_bytes(kept.read_bytes())
    kept.unlink()
    digest.unlink()
    return _answer("as before")


def take_merge_back(*, name: str) -> int:
    """Remove the migration that merges branches and does nothing else, while it is as it was made."""
    found = sorted(Path().glob(f"**/migrations/[0-9]*_{name}.py"))
    if not found or any(not _MERGE.fullmatch(path.read_text(encoding="utf-8")) for path in found):
        return _answer("there is no such migration, or somebody changed it", 1)
    for path in found:
        path.unlink()
    return _answer("as before")


def look_in_git(*, app: str, name: str) -> int:
    """Print ``kept`` where a commit has this migration and the folder has not, else ``lost`` or ``there``."""
    path = _migration(app, name)
    if path is None or shutil.which("git") is None:
        return _answer("not asked", _COULD_NOT_ASK)
    if path.exists():
        return _answer("there")
    return _answer("kept" if _committed(path) is not None else "lost")


def restore_from_git(*, app: str, name: str) -> int:
    """Write the migration as the last commit that had it."""
    path = _migration(app, name)
    content = _committed(path) if path is not None else None
    if path is None or content is None or path.exists():
        return _answer("no commit has it, or it is there", 1)
    path.write_bytes(content)
    return _answer("restored")


def remove_restored(*, app: str, name: str) -> int:
    """Remove the migration again, only while it is what the commit has."""
    path = _migration(app, name)
    if path is None or not path.is_file() or path.read_bytes() != _committed(path):
        return _answer("it is not the file that was restored", 1)
    path.unlink()
    return _answer("as before")


def _with_copy(database: str, copy: str, commands: list[list[str]]) -> int:
    """Run commands of ``manage.py`` that write to a SQLite file; after one that fails everything is as it was."""
    there, kept, digest = Path(database), Path(copy), Path(f"{copy}.digest")
    if not there.is_file() or kept.exists() or digest.exists():
        return _answer("there is no such database, or a copy lies there already", 1)
    if any(Path(f"{database}{ending}").exists() for ending in ("-wal", "-journal")):
        return _answer("somebody is writing to the database", 1)
    shutil.copy2(there, kept)
    for command in commands:
        done = _manage(command)
        if done.returncode != 0:
            there.write_bytes(kept.read_bytes())
            kept.unlink()
            return _answer(done.stderr.strip()[-500:], 1)
    digest.write_text(_digest(there))
    return _answer("done")


def _manage(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-B", "manage.py", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def _migration(app: str, name: str) -> Path | None:
    """Return where an app's migration stands or would stand; ``None`` where the app is not below this folder."""
    folders = [path for path in sorted(Path().glob(f"**/{app}/migrations")) if path.is_dir()]
    return folders[0] / f"{name}.py" if len(folders) == 1 else None


def _committed(path: Path) -> bytes | None:
    """Return a file as the last commit that wrote it has it, ``None`` where there is none."""
    commit = _git("log", "-1", "--format=%H", "--diff-filter=AM", "--", str(path)).decode().strip()
    return _git("show", f"{commit}:./{path.as_posix()}") if commit else None


def _git(*arguments: str) -> bytes:
    done = subprocess.run(
        ["git", "--no-optional-locks", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=30,
    )
    return done.stdout if done.returncode == 0 else b""


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _answer(word: str, exit_code: int = 0) -> int:
    sys.stdout.write(f"{word}\n")
    return exit_code
