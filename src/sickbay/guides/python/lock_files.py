"""Whether uv's lock file is there and matches the project, and writing it anew. For the guides beside this."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sickbay.guides import function_parts, kept_file
from sickbay.guides.function_parts import UNREADABLE, WELL, WRONG, answer
from sickbay.guides.kept_file import CannotChangeError, content_of, copy_of, keep

_WRITTEN = ".written-by-repair"
"""Behind the lock file's name: the file with the sum of what was written."""

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[(?P<extras>[^\]]*)\])?\s*\(?(?P<specifier>[^;()]*)\)?")
_OTHERS = ("poetry.lock", "pdm.lock", "Pipfile.lock")


def look(lock: str, project: str) -> int:
    """Say how the lock file stands to the project: ``absent``, ``matches``, or what differs."""
    try:
        wanted = tomllib.loads(Path(project).read_text(encoding="utf-8")).get("project", {})
    except (OSError, tomllib.TOMLDecodeError) as error:
        return answer(f"no project: {error}", UNREADABLE)
    if not Path(lock).is_file():
        return answer("absent")
    try:
        locked = tomllib.loads(Path(lock).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        return answer(f"differs: it cannot be read: {error}")
    difference = _difference(wanted, locked)
    return answer(f"differs: {difference}" if difference else "matches")


def renew(lock: str) -> int:
    """Let uv write the lock file. What it held is kept, and the sum of what was written."""
    path, record = Path(lock), Path(lock + _WRITTEN)
    other = next((name for name in _OTHERS if Path(name).exists()), "")
    program = shutil.which("uv")
    if program is None:
        return answer("uv is not installed here", WRONG)
    if other and not path.exists():
        return answer(f"{other} is the lock file of another tool: let that write it", WRONG)
    if left := next((each for each in (record, copy_of(lock)) if each.exists()), None):
        return answer(f"{left} is there already: take that change back first, or move it away", WRONG)
    try:
        if path.exists():
            keep(lock)
        done = subprocess.run([program, "lock"], capture_output=True, text=True, check=False)
        if done.returncode:
            kept_file.put_back(lock, bytes)
            return answer(f"{done.stdout}{done.stderr}".strip(), done.returncode)
        record.write_text(_sum(content_of(lock)), encoding="ascii")
    except (OSError, CannotChangeError) as error:
        return answer(f"{lock} was not written: {error}", WRONG)
    return WELL


def put_back(lock: str) -> int:
    """Give the lock file what it held, or remove it where there was none, unless it was written again since."""
    record = Path(lock + _WRITTEN)

    def written(_: bytes) -> bytes:
        content = content_of(lock)
        if record.read_text(encoding="ascii") != _sum(content):
            raise CannotChangeError("it was changed since")
        return content

    was_made = record.exists() and not copy_of(lock).exists()
    code = _remove(lock, written) if was_made else function_parts.put_back(lock, written)
    if code == WELL:
        record.unlink(missing_ok=True)
    return code


def _remove(lock: str, written: Callable[[bytes], bytes]) -> int:
    """Remove a lock file that was not there before."""
    try:
        written(b"")
        Path(lock).unlink()
    except (OSError, CannotChangeError) as error:
        return answer(f"{lock} was not removed: {error}", WRONG)
    return WELL


def _difference(wanted: dict[str, Any], locked: dict[str, Any]) -> str:
    own = next((each for each in locked.get("package", []) if _normal(each["name"]) == _normal(wanted["name"])), None)
    if own is None:
        return f"it does not know {wanted['name']}"
    name, python = "requires-python", wanted.get("requires-python")
    if python and _same(python) != _same(locked.get(name, "")):
        return f"{name} is {python} in the project and {locked.get(name)} in the lock file"
    asked = {_asked(text) for text in wanted.get("dependencies", [])}
    kept = {_kept(each) for each in own.get("metadata", {}).get("requires-dist", []) if "extra ==" not in str(each)}
    return ", ".join(sorted(name for name, _, _ in asked ^ kept))


def _asked(text: str) -> tuple[str, str, str]:
    found = _REQUIREMENT.match(text)
    if found is None:
        return (text, "", "")
    return (_normal(found["name"]), _same(found["specifier"].partition("@")[0]), _same(found["extras"] or ""))


def _kept(each: dict[str, Any]) -> tuple[str, str, str]:
    return (_normal(each["name"]), _same(each.get("specifier", "")), _same(",".join(each.get("extras", []))))


def _same(conditions: str) -> str:
    return ",".join(sorted(part.replace(" ", "") for part in conditions.split(",") if part.strip()))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
