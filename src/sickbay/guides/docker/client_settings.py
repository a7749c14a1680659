"""Lines ``NAME=value`` of a settings file such as ``.env`` that docker's client follows: read, changed, brought back.

A change keeps the old line above the new one, as a comment, so that its way back needs nothing else.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

_BEFORE = "# before: "
_NOTHING = "nothing stood here"

#: The client's own default: whoever runs it may have put another address in its place.
_DEFAULT_HOST = "unix:///var/run/docker.sock"
_SECONDS = 15
_NOT_ASKED = 2

#: What docker's client says, by the word for it.
_MEETS = {
    "context-absent": r'context "[^"]*"(?:: context not found| does not exist)',
    "malformed": r"invalid bind address|endpoint: parse|protocol not available|invalid port"
    r'|"https?://(?:tcp|unix|ssh|https?|npipe)(?::\d+)?/|"https?://[^/" ]*[;,]',
    "denied": r"permission denied while trying to connect",
    "certificate-missing": r"\w\.pem: no such file|certificate required|bad certificate",
    "certificate-invalid": r"x509:|private key does not match|PEM data|ca\.pem seems invalid|tls: failed to verify"
    r"|unknown certificate authority|unknown ca\b",
    "other-protocol": r"does not look like a TLS handshake|HTTP response to HTTPS|HTTP request to an HTTPS",
    "api-version": r"client version \S+ is too (?:new|old)|client is newer than server",
    "silent": r"docker (?:daemon|API) at (?:tcp|http)|dial tcp",
    "no-daemon": r"docker (?:daemon|API) at (?:unix|npipe)|dial unix",
}


def read(file: str) -> dict[str, str]:
    """Return a file's settings by name; of two lines the later one counts. Raises ``OSError``."""
    return _values(_lines(file))


def show(file: str, name: str) -> int:
    """Print a setting's value. Returns 1 where the file does not set it, 2 where there is no such file."""
    try:
        values = read(file)
    except OSError as error:
        return _failed(error.strerror or str(error), _NOT_ASKED)
    if name not in values:
        return 1
    print(values[name])
    return 0


def set_value(file: str, name: str, value: str) -> int:
    """Give a setting another value; the old line stays above it as a comment. Returns 1 where it stands twice."""
    lines = _lines(file)
    places = _places(lines, name)
    if len(places) > 1 or _marker(lines, name) is not None:
        return _failed(f"{name} is set twice, or was changed before", 1)
    if not places:
        _write(file, [f"{_BEFORE}{_NOTHING} for {name}\n", f"{name}={value}\n", *lines])
        return 0
    (place,) = places
    end = lines[place][len(lines[place].rstrip("\r\n")) :]
    _write(file, [*lines[:place], f"{_BEFORE}{lines[place].rstrip()}\n", f"{name}={value}{end}", *lines[place + 1 :]])
    return 0


def leave_out(file: str, name: str) -> int:
    """Make a setting's line a comment. Returns 1 where it does not stand there exactly once."""
    lines = _lines(file)
    places = _places(lines, name)
    if len(places) != 1 or _marker(lines, name) is not None:
        return _failed(f"{name} is not set exactly once, or was changed before", 1)
    lines[places[0]] = _BEFORE + lines[places[0]]
    _write(file, lines)
    return 0


def take_back(file: str, name: str, value: str = "") -> int:
    """Undo :func:`set_value` with that value, or :func:`leave_out`. Returns 1 where the line was changed since."""
    lines = _lines(file)
    place = _marker(lines, name)
    if place is None:
        return _failed(f"no change of {name} is recorded", 1)
    old = lines[place].removeprefix(_BEFORE)
    if not value:
        _write(file, [*lines[:place], old, *lines[place + 1 :]])
        return 0
    new = lines[place + 1] if place + 1 < len(lines) else ""
    if new.rstrip("\r\n") != f"{name}={value}":
        return _failed(f"{name} was changed since", 1)
    end = new[len(new.rstrip("\r\n")) :]
    kept = [] if old.startswith(_NOTHING) else [old.rstrip("\n") + end]
    _write(file, [*lines[:place], *kept, *lines[place + 2 :]])
    return 0


def ask_engine(file: str) -> int:
    """Print the version of the engine that docker's client reaches with these settings. Returns the client's code."""
    try:
        done = _asked(file)
    except (OSError, subprocess.TimeoutExpired) as error:
        return _failed(str(error), _NOT_ASKED)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    return done.returncode


def judge_engine(file: str) -> int:
    """Print in a word what docker's client meets with these settings. Returns 2 where it could not be asked."""
    try:
        print(judgment_of(file))
    except (OSError, subprocess.TimeoutExpired) as error:
        return _failed(str(error), _NOT_ASKED)
    return 0


def engine_version() -> str:
    """Return the version of the engine that is reached without any settings, empty where none is."""
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_SECONDS, text=True
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def judgment_of(file: str) -> str:
    """Return what docker's client meets, in a word. Raises ``OSError`` and ``TimeoutExpired``."""
    done = _asked(file)
    return "well" if done.returncode == 0 else judgment(done.stderr)


def judgment(said: str) -> str:
    """Name what the client says; ``else`` where it is nothing of what these guides know. The first that fits counts."""
    return next((word for word, pattern in _MEETS.items() if re.search(pattern, said, re.IGNORECASE)), "else")


def _asked(file: str) -> subprocess.CompletedProcess[str]:
    settings = read(file)
    return subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"],
        env=_environment({name: value for name, value in settings.items() if name.startswith("DOCKER_")}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=_SECONDS,
        text=True,
        errors="replace",
    )


def _environment(chosen: dict[str, str]) -> dict[str, str]:
    """Return the variables of this process with those of the settings; the user's own contexts count."""
    around = dict(os.environ)
    if chosen.get("DOCKER_HOST") == _DEFAULT_HOST:
        del chosen["DOCKER_HOST"]
    elif chosen.get("DOCKER_CONTEXT") and "DOCKER_HOST" not in chosen:
        for name in ("DOCKER_HOST", "DOCKER_CONFIG"):
            around.pop(name, None)
    return {**around, **chosen}


def _values(lines: list[str]) -> dict[str, str]:
    """Return the settings by name; of two lines the later one counts."""
    values = {}
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            values[name.strip()] = value.strip().strip("\"'")
    return values


def _places(lines: list[str], name: str) -> list[int]:
    return [number for number, line in enumerate(lines) if name in _values([line])]


def _marker(lines: list[str], name: str) -> int | None:
    """Return the number of the comment that keeps what stood there before a change."""
    for number, line in enumerate(lines):
        old = line.removeprefix(_BEFORE)
        if old != line and (old.rstrip() == f"{_NOTHING} for {name}" or name in _values([old])):
            return number
    return None


def _lines(file: str) -> list[str]:
    with Path(file).open(encoding="utf-8", newline="") as opened:
        return opened.read().splitlines(keepends=True)


def _write(file: str, lines: list[str]) -> None:
    """Write into the same file, so that its owner and mode stay."""
    with Path(file).open("w", encoding="utf-8", newline="") as opened:
        opened.write("".join(lines))


def _failed(reason: str, code: int) -> int:
    print(reason, file=sys.stderr)
    return code
