"""A command's words without what stands around it: the program that really runs, and with what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Words = Sequence[str]

#: Programs that run another one, with those of their options that take a value.
_WRAPPERS: Mapping[str, frozenset[str]] = {
    "busybox": frozenset(),
    "command": frozenset(),
    "doas": frozenset({"-u", "-C"}),
    "env": frozenset({"-u", "-C", "--unset", "--chdir"}),
    "ionice": frozenset({"-c", "-n", "-p"}),
    "nice": frozenset({"-n"}),
    "nohup": frozenset(),
    "setsid": frozenset(),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "-D", "-r", "-t", "-T", "-U"}),
    "time": frozenset({"-o", "-f"}),
    "timeout": frozenset({"-s", "-k", "--signal", "--kill-after"}),
}

#: Options that stand before a program's own command and take a value.
_BEFORE: Mapping[str, frozenset[str]] = {
    "docker": frozenset({"-H", "--host", "-c", "--context", "--config", "-l", "--log-level"}),
    "podman": frozenset({"--url", "--connection", "-c", "--root", "--log-level"}),
    "git": frozenset({"-C", "-c", "--git-dir", "--work-tree"}),
    "kubectl": frozenset({"-n", "--namespace", "--context", "--kubeconfig", "-s", "--server"}),
    "redis-cli": frozenset({"-h", "-p", "-n", "-u"}),
}

_NUMBER = re.compile(r"\d+(?:\.\d+)?[smhd]?")


def bare(words: Words) -> list[str]:
    """Return the command without wrappers such as ``timeout 5`` and ``env``, and without options like ``-H HOST``."""
    rest = _named(list(words))
    while rest and rest[0] in _WRAPPERS:
        rest = _named(_behind_options(rest, _WRAPPERS[rest[0]], skip_values=True))
    if rest and rest[0] in _BEFORE and rest[1:2] and rest[1].startswith("-") and len(rest) > 2:
        rest = [rest[0], *_behind_options(rest, _BEFORE[rest[0]], skip_values=False)]
    return rest


def is_bounded(words: Words) -> bool:
    """Say whether ``timeout`` ends the command."""
    return any(word.rsplit("/", 1)[-1] == "timeout" for word in words[:3])


def asks_for_rights(words: Words) -> bool:
    """Say whether the command runs as somebody else."""
    return words[0].rsplit("/", 1)[-1] in {"sudo", "doas", "su", "runuser"}


def _behind_options(words: list[str], with_value: frozenset[str], *, skip_values: bool) -> list[str]:
    """Return what stands behind a program's options; with ``skip_values`` also behind assignments and numbers."""
    rest = words[1:]
    while rest and (rest[0].startswith("-") or (skip_values and ("=" in rest[0] or _NUMBER.fullmatch(rest[0])))):
        rest = rest[2:] if rest[0] in with_value else rest[1:]
    return rest


def _named(words: list[str]) -> list[str]:
    """Return the words with the program's folder taken off."""
    return [words[0].rsplit("/", 1)[-1], *words[1:]] if words else []
