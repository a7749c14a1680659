"""Machines: the one an engine runs on, the one that is asked for, and the one a program was made for."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

from sickbay.guides.docker import client_settings

_SECONDS = 15
_SETTING = "DOCKER_DEFAULT_PLATFORM"

#: Numbers of machines in the header of an ELF file, with docker's words for them.
_MACHINES = {3: "386", 8: "mips", 21: "ppc64le", 22: "s390x", 40: "arm", 62: "amd64", 183: "arm64", 243: "riscv64"}
_WORDS = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "armv6l": "arm", "i386": "386", "i686": "386"}


def judge_platform(file: str) -> int:
    """Print ``same`` or ``another``: whether the settings ask for the engine's own platform. Returns 2 unasked."""
    try:
        wanted = client_settings.read(file).get(_SETTING, "")
        own = _engine_platform()
    except (OSError, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        return 2
    print("same" if not wanted or _first_two(wanted) == own else "another")
    return 0


def take_out_platform(file: str) -> int:
    """Make the setting a comment, so that the engine's own platform is asked for."""
    return client_settings.leave_out(file, _SETTING)


def put_back_platform(file: str) -> int:
    """Undo :func:`take_out_platform`."""
    return client_settings.take_back(file, _SETTING)


def judge_program(program: str) -> int:
    """Print what the kernel makes of a program's file: ``fine``, ``no-interpreter``, or the machine it is made for.

    Returns 2 where there is no such file.
    """
    try:
        with Path(program).open("rb") as opened:
            head = opened.read(64)
        own = _engine_platform().partition("/")[2]
    except (OSError, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        return 2
    if head[:4] == b"\x7fELF" and len(head) >= 20:
        machine = _MACHINES.get(struct.unpack("<H" if head[5] == 1 else ">H", head[18:20])[0], "unknown")
        print("fine" if machine == own else f"for {machine}")
    else:
        print("fine" if head.startswith(b"#!") else "no-interpreter")
    return 0


def name_interpreter(program: str, interpreter: str) -> int:
    """Put the line that names its interpreter in front of a script. Returns 1 where it has one."""
    content = Path(program).read_bytes()
    if content.startswith((b"#!", b"\x7fELF")):
        print("it has an interpreter, or is none that needs one", file=sys.stderr)
        return 1
    Path(program).write_bytes(f"#!{interpreter}\n".encode() + content)
    return 0


def forget_interpreter(program: str, interpreter: str) -> int:
    """Undo :func:`name_interpreter`. Returns 1 where the first line is another by now."""
    content = Path(program).read_bytes()
    line = f"#!{interpreter}\n".encode()
    if not content.startswith(line):
        print("the first line was changed since", file=sys.stderr)
        return 1
    Path(program).write_bytes(content.removeprefix(line))
    return 0


def _engine_platform() -> str:
    """Return the engine's platform in docker's words, like ``linux/amd64``. Raises ``SubprocessError``."""
    command = ["docker", "info", "--format", "{{.OSType}}/{{.Architecture}}"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=_SECONDS)
    system, _, machine = done.stdout.decode().strip().partition("/")
    return f"{system}/{_WORDS.get(machine, machine)}"


def _first_two(platform: str) -> str:
    return "/".join(platform.split("/")[:2])
