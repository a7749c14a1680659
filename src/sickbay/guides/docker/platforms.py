"""Machines: the one an engine runs on, the one that is asked for, and the one a program was made for."""

from __future__ import annotations

import struct
from pathlib import Path

from sickbay.guides.engine_client import engine_says
from sickbay.guides.function_parts import answer, change, failed, put_back
from sickbay.guides.kept_file import CannotChangeError, Change
from sickbay.guides.settings_file import read_settings

_SETTING = "DOCKER_DEFAULT_PLATFORM"

#: Numbers of machines in the header of an ELF file, with docker's words for them.
_MACHINES = {3: "386", 8: "mips", 21: "ppc64le", 22: "s390x", 40: "arm", 62: "amd64", 183: "arm64", 243: "riscv64"}
_WORDS = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "armv6l": "arm", "i386": "386", "i686": "386"}


def judge_platform(file: str) -> int:
    """Print ``same`` or ``another``: whether the settings ask for the engine's own platform. Returns 2 unasked."""
    try:
        wanted = read_settings(file).get(_SETTING, "")
        own = _engine_platform()
    except OSError as error:
        return failed(error)
    return answer("same" if not wanted or _first_two(wanted) == own else "another")


def judge_program(program: str) -> int:
    """Print what the kernel makes of a program's file: ``fine``, ``no-interpreter``, or the machine it is made for.

    Returns 2 where there is no such file.
    """
    try:
        with Path(program).open("rb") as opened:
            head = opened.read(64)
        own = _engine_platform().partition("/")[2]
    except OSError as error:
        return failed(error)
    if head[:4] == b"\x7fELF" and len(head) >= 20:
        machine = _MACHINES.get(struct.unpack("<H" if head[5] == 1 else ">H", head[18:20])[0], "unknown")
        return answer("fine" if machine == own else f"for {machine}")
    return answer("fine" if head.startswith(b"#!") else "no-interpreter")


def name_interpreter(program: str, interpreter: str) -> int:
    """Put the line that names its interpreter in front of a script. Returns 1 where it has one."""
    return change(program, _with_interpreter(interpreter))


def forget_interpreter(program: str, interpreter: str) -> int:
    """Undo :func:`name_interpreter`. Returns 1 where the script was changed since."""
    return put_back(program, _with_interpreter(interpreter))


def _with_interpreter(interpreter: str) -> Change:
    def changed(content: bytes) -> bytes:
        if content.startswith((b"#!", b"\x7fELF")):
            raise CannotChangeError("it has an interpreter, or is none that needs one")
        return f"#!{interpreter}\n".encode() + content

    return changed


def _engine_platform() -> str:
    """Return the engine's platform in docker's words, like ``linux/amd64``. Raises ``OSError``."""
    system, _, machine = engine_says("info", "--format", "{{.OSType}}/{{.Architecture}}").partition("/")
    return f"{system}/{_WORDS.get(machine, machine)}"


def _first_two(platform: str) -> str:
    return "/".join(platform.split("/")[:2])
