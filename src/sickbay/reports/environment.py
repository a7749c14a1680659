"""What a maintainer asks for first: this installation and this machine. Read without starting or changing anything."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

import sickbay

#: Distributions whose versions are told. Their metadata is read; nothing of them is imported, so no settings are.
_TOLD = ("django", "psycopg", "hyperscan")

_MB = 1024 * 1024

#: Where the kernel, or an engine, says "no limit" by a number that no machine has.
_NO_LIMIT = 1 << 60

_CONTAINER_MARKS = (".dockerenv", "run/.containerenv")

#: Environment variables whose being set matters; a name that ends with an underscore stands for all that begin so.
_TELLING = (
    "CI",
    "COMPOSE_",
    "CONTAINER_",
    "DATABASE_URL",
    "DJANGO_",
    "DOCKER_",
    "LANG",
    "LC_ALL",
    "PYTHONPATH",
    "PYTHONHOME",
    "REQUESTS_CA_BUNDLE",
    "SICKBAY_",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "TZ",
    "VIRTUAL_ENV",
    "XDG_RUNTIME_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
)


def environment(root: Path = Path("/")) -> dict[str, str]:
    """Return what is known of this installation and machine, by name. What cannot be read is left out."""
    return dict(_environment(root))


def telling_variables(names: Iterable[str]) -> list[str]:
    """Return those names of environment variables that may explain a failure. Values are not looked at."""
    return sorted(name for name in names if _is_telling(name.upper()))


def _is_telling(name: str) -> bool:
    return any(name.startswith(known) if known.endswith("_") else name == known for known in _TELLING)


def _environment(root: Path) -> Iterator[tuple[str, str]]:
    yield "Sickbay", sickbay.__version__
    yield "Python", f"{platform.python_implementation()} {platform.python_version()}"
    for distribution in _TOLD:
        if version := _version_of(distribution):
            yield distribution.capitalize(), version
    if name := _operating_system(root):
        yield "Operating system", name
    kernel = platform.uname()
    yield "Kernel", f"{kernel.system} {kernel.release} ({kernel.machine})"
    yield "Processors", str(os.cpu_count() or "unknown")
    if memory := _memory_mb(root):
        yield "Memory", f"{memory} MB"
    if any((root / mark).exists() for mark in _CONTAINER_MARKS):
        yield "In a container", "yes"
    if limits := ", ".join(_limits(root)):
        yield "Limits here", limits


def _version_of(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _operating_system(root: Path) -> str:
    for place in ("etc/os-release", "usr/lib/os-release"):
        for line in _read(root / place).splitlines():
            if line.startswith("PRETTY_NAME="):
                return line.partition("=")[2].strip("\"' ")
    return ""


def _memory_mb(root: Path) -> int | None:
    words = _read(root / "proc/meminfo").partition("MemTotal:")[2].split()
    return int(words[0]) // 1024 if words and words[0].isdigit() else None


def _limits(root: Path) -> Iterator[str]:
    """Yield the limits of the control group at the root: within a container, the container's own."""
    groups = root / "sys/fs/cgroup"
    memory = _number(groups / "memory.max") or _number(groups / "memory/memory.limit_in_bytes")
    if memory is not None and memory < _NO_LIMIT:
        yield f"memory {memory // _MB} MB"
    if cpus := _cpus(groups):
        yield f"CPUs {cpus:g}"
    if (processes := _number(groups / "pids.max") or _number(groups / "pids/pids.max")) is not None:
        yield f"processes {processes}"


def _cpus(groups: Path) -> float | None:
    quota, _, period = _read(groups / "cpu.max").partition(" ")
    if not period:
        quota, period = _read(groups / "cpu/cpu.cfs_quota_us"), _read(groups / "cpu/cpu.cfs_period_us")
    quota, period = quota.strip(), period.strip()
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() and int(period) else None


def _number(path: Path) -> int | None:
    text = _read(path).strip()
    return int(text) if text.isdigit() else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
