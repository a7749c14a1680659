"""What docker's client meets with the settings of a file such as ``.env``."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from sickbay.guides import engine_client
from sickbay.guides.function_parts import WRONG, answer, failed
from sickbay.guides.settings_file import read_settings

#: The client's own default: whoever runs it may have put another address in its place.
_DEFAULT_HOST = "unix:///var/run/docker.sock"
_VERSION = ("version", "--format", "{{.Server.Version}}")

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


def show(file: str, name: str) -> int:
    """Print a setting's value. Returns 1 where the file does not set it, 2 where there is no such file."""
    try:
        values = read_settings(file)
    except OSError as error:
        return failed(error)
    return answer(values[name]) if name in values else WRONG


def ask_engine(file: str) -> int:
    """Print the version of the engine that docker's client reaches with these settings. Returns the client's code."""
    try:
        done = _asked(file)
    except OSError as error:
        return failed(error)
    sys.stderr.write(done.stderr)
    return answer(done.stdout.strip(), done.returncode)


def judge_engine(file: str) -> int:
    """Print in a word what docker's client meets with these settings. Returns 2 where it could not be asked."""
    try:
        return answer(judgment_of(file))
    except OSError as error:
        return failed(error)


def engine_version() -> str:
    """Return the version of the engine that is reached without any settings, empty where none is."""
    try:
        return engine_client.engine_says(*_VERSION)
    except OSError:
        return ""


def judgment_of(file: str) -> str:
    """Return what docker's client meets, in a word. Raises ``OSError``."""
    done = _asked(file)
    return "well" if done.returncode == 0 else judgment(done.stderr)


def judgment(said: str) -> str:
    """Name what the client says; ``else`` where it is nothing of what these guides know. The first that fits counts."""
    return next((word for word, pattern in _MEETS.items() if re.search(pattern, said, re.IGNORECASE)), "else")


def _asked(file: str) -> subprocess.CompletedProcess[str]:
    chosen = {name: value for name, value in read_settings(file).items() if name.startswith("DOCKER_")}
    return engine_client.ask_engine(*_VERSION, environment=_environment(chosen))


def _environment(chosen: dict[str, str]) -> dict[str, str]:
    """Return the variables of this process with those of the settings; the user's own contexts count."""
    around = dict(os.environ)
    if chosen.get("DOCKER_HOST") == _DEFAULT_HOST:
        del chosen["DOCKER_HOST"]
    elif chosen.get("DOCKER_CONTEXT") and "DOCKER_HOST" not in chosen:
        for name in ("DOCKER_HOST", "DOCKER_CONFIG"):
            around.pop(name, None)
    return {**around, **chosen}
