"""Whether uv's lock file is there and matches the project, and writing it anew. For the guides beside this."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

from sickbay.guides.file_changes import say

KEPT = ".before-repair"
"""What is added to the lock file's name for the file that keeps what it held, and the sum of what was written."""

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[(?P<extras>[^\]]*)\])?\s*\(?(?P<specifier>[^;()]*)\)?")
_OTHERS = ("poetry.lock", "pdm.lock", "Pipfile.lock")


def look(lock: str, project: str) -> int:
    """Say how the lock file stands to the project: ``absent``, ``matches``, or what differs."""
    try:
        wanted = tomllib.loads(Path(project).read_text(encoding="utf-8")).get("project", {})
    except (OSError, tomllib.TOMLDecodeError) as error:
        say(f"no project: {error}")
        return 2
    if not Path(lock).is_file():
        say("absent")
        return 0
    try:
        locked = tomllib.loads(Path(lock).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        say(f"differs: it cannot be read: {error}")
        return 0
    difference = _difference(wanted, locked)
    say(f"differs: {difference}" if difference else "matches")
    return 0


def renew(lock: str) -> int:
    """Let uv write the lock file. What it held is kept."""
    path, kept = Path(lock), Path(lock + KEPT)
    other = next((name for name in _OTHERS if Path(name).exists()), "")
    program = shutil.which("uv")
    if program is None or (other and not path.exists()):
        say(f"{other} is the lock file of another tool: let that write it" if other else "uv is not installed here")
        return 1
    before = path.read_text(encoding="utf-8") if path.exists() else None
    with kept.open("x", encoding="utf-8") as file:
        json.dump({"before": before}, file)
    done = subprocess.run([program, "lock"], capture_output=True, text=True, check=False)
    if done.returncode:
        kept.unlink()
        say(f"{done.stdout}{done.stderr}".strip())
        return done.returncode
    kept.write_text(json.dumps({"before": before, "sum": _sum(path)}), encoding="utf-8")
    return 0


def put_back(lock: str) -> int:
    """Give the lock file what it held, or remove it where there was none, unless it was written again since."""
    path, kept = Path(lock), Path(lock + KEPT)
    try:
        record = json.loads(kept.read_text(encoding="utf-8"))
        unchanged = _sum(path) == record["sum"]
    except (OSError, ValueError, KeyError) as error:
        say(f"{lock} was not put back: {error}")
        return 1
    if not unchanged:
        say(f"{lock} was not put back: it was changed since")
        return 1
    if record["before"] is None:
        path.unlink()
    else:
        path.write_text(record["before"], encoding="utf-8")
    kept.unlink()
    return 0


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


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
