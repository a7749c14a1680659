"""Three readers of one file: ours, ``docker --env-file``, and python-dotenv."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

from dotenv import dotenv_values

from container_manager.environment.compiler import compile_template
from tests import engine

REFUSED = "refused"
_IMAGE_HAS = frozenset({"PATH", "HOSTNAME", "HOME"})


def read_by_us(content: bytes) -> dict[str, str] | str:
    compilation = compile_template("file", content)
    return REFUSED if compilation.errors else compilation.environment


def read_by_dotenv(content: bytes) -> dict[str, str | None]:
    return dict(dotenv_values(stream=io.StringIO(content.decode(), newline="")))


def read_by_docker(file: Path) -> dict[str, str] | str:
    """Let a container say what it was given, by the variables that its first process has."""
    command = ["docker", "run", "--rm", "--network", "none", "--env-file", file, engine.test_image()]
    done = subprocess.run([*command, "cat", "/proc/self/environ"], capture_output=True, check=False)
    if done.returncode == 125:
        return REFUSED
    assert done.returncode == 0, done.stderr
    return _without_image(done.stdout.decode().split("\0"))


def settled_by_docker(file: Path) -> dict[str, str] | str:
    """What a container would be given, without starting it."""
    created = subprocess.run(
        ["docker", "create", "--env-file", file, engine.test_image(), "true"], capture_output=True, check=False
    )
    if created.returncode:
        return REFUSED
    container = engine.oracle().containers.get(created.stdout.decode().strip())
    try:
        return _without_image(container.attrs["Config"]["Env"] or [])
    finally:
        container.remove(force=True)


def _without_image(entries: list[str]) -> dict[str, str]:
    pairs = (entry.split("=", 1) for entry in entries if entry)
    return {name: value for name, value in pairs if name not in _IMAGE_HAS}
