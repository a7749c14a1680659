"""Looks at, and mends, the migrations of a Django project, for the guides about them.

The project's own ``manage.py`` does what Django does: in a child, so that nothing of the project is loaded here. A
SQLite file is copied before it is written to, and the copy is put back only over what the repair itself has left.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from sickbay.guides.database.copied_database import change_with_copy, put_copy_back
from sickbay.guides.django_project import run_manage
from sickbay.guides.function_parts import NOT_ASKED, WRONG, answer

_MERGE = re.compile(
    r"(?:#[^\n]*\n\s*)*from django\.db import migrations\s+class Migration\(migrations\.Migration\):\s+"
    r"dependencies = \[(?:\s*\([\"']\w+[\"'], [\"']\w+[\"']\),?)+\s*\]\s+operations = \[\s*\]\s*"
)


def migrate(*, settings: str, database: str, copy: str) -> int:
    """Apply all migrations to a SQLite file, of which a copy is kept."""
    return change_with_copy(database, copy, lambda: run_manage("migrate", "--noinput", f"--settings={settings}"))


def put_back(*, database: str, copy: str) -> int:
    """Put the copy back, only while the database is as the repair left it."""
    return put_copy_back(database, copy)


def take_merge_back(*, name: str) -> int:
    """Remove the migration that merges branches and does nothing else, while it is as it was made."""
    found = sorted(Path().glob(f"**/migrations/[0-9]*_{name}.py"))
    if not found or any(not _MERGE.fullmatch(path.read_text(encoding="utf-8")) for path in found):
        return answer("there is no such migration, or somebody changed it", WRONG)
    for path in found:
        path.unlink()
    return answer("as before")


def look_in_git(*, app: str, name: str) -> int:
    """Print ``kept`` where a commit has this migration and the folder has not, else ``lost`` or ``there``."""
    path = _migration(app, name)
    if path is None or shutil.which("git") is None:
        return answer("not asked", NOT_ASKED)
    if path.exists():
        return answer("there")
    return answer("kept" if _committed(path) is not None else "lost")


def restore_from_git(*, app: str, name: str) -> int:
    """Write the migration as the last commit that had it."""
    path = _migration(app, name)
    content = _committed(path) if path is not None else None
    if path is None or content is None or path.exists():
        return answer("no commit has it, or it is there", WRONG)
    path.write_bytes(content)
    return answer("restored")


def remove_restored(*, app: str, name: str) -> int:
    """Remove the migration again, only while it is what the commit has."""
    path = _migration(app, name)
    if path is None or not path.is_file() or path.read_bytes() != _committed(path):
        return answer("it is not the file that was restored", WRONG)
    path.unlink()
    return answer("as before")


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
