"""Writing into a guide that it was proved: when, with which versions, and with what result."""

from __future__ import annotations

import datetime
import json
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping

from sickbay.lab.database_server import server_programs
from sickbay.lab.engine_objects import ask_engine
from sickbay.safety.engine_client import EngineUnreachableError

_TESTED = re.compile(r"^tested:.*\n(?:[ \t].*\n)*", re.MULTILINE)
_SECONDS = 20.0


def with_record(text: str, *, date: datetime.date, versions: Mapping[str, str], passed: bool) -> str:
    """Return a guide's text with its ``tested`` key written anew, as the last of its front matter. Pure."""
    listed = ", ".join(f"{name}: '{version}'" for name, version in sorted(versions.items()))
    line = f"tested: {{date: {date}, versions: {{{listed}}}, result: {'passed' if passed else 'failed'}}}\n"
    front, end, body = text.removeprefix("---\n").partition("\n---\n")
    return f"---\n{_TESTED.sub('', front + chr(10))}{line}{end.removeprefix(chr(10))}{body}"


def versions_of(needs: Iterable[str]) -> Mapping[str, str]:
    """Return the versions of the parts that proofs with these needs ran on."""
    wanted = frozenset(needs)
    versions = {"python": platform.python_version(), "linux": platform.release().partition("-")[0]}
    if wanted & {"docker", "registry"}:
        versions |= _engine_versions()
    if "postgresql" in wanted and (programs := server_programs()) is not None:
        versions["postgresql"] = _printed([str(programs / "postgres"), "--version"])
    return {name: version for name, version in versions.items() if version}


def _engine_versions() -> Mapping[str, str]:
    try:
        engine = _number_in(str(ask_engine("/version")["Version"]))
    except (EngineUnreachableError, json.JSONDecodeError, KeyError):
        engine = ""
    return {"docker-engine": engine, "docker-cli": _printed(["docker", "--version"])}


def _printed(command: list[str]) -> str:
    """Return the first version number that a program prints."""
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=_SECONDS)  # noqa: S603  (an argument list)
    return _number_in(done.stdout)


def _number_in(text: str) -> str:
    found = re.search(r"\d+(?:\.\d+)+", text)
    return found.group() if found else ""
