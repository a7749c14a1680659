"""Which commands only read. What is not listed here is not known to, and counts as writing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sickbay.guides.command_words import Words, asks_for_rights, bare

_READERS = frozenset(
    {
        *(
            "[",
            "basename",
            "cat",
            "cksum",
            "cmp",
            "df",
            "diff",
            "dig",
            "dirname",
            "du",
            "egrep",
            "false",
            "fgrep",
            "file",
        ),
        *("findmnt", "free", "getconf", "getent", "getfacl", "grep", "groups", "head", "host", "id", "locale", "ls"),
        *(
            "lsblk",
            "lsns",
            "lsof",
            "md5sum",
            "namei",
            "nproc",
            "nslookup",
            "od",
            "pg_isready",
            "pgrep",
            "printenv",
            "ps",
        ),
        *(
            "readlink",
            "realpath",
            "sha256sum",
            "ss",
            "stat",
            "strings",
            "tail",
            "test",
            "true",
            "uname",
            "uptime",
            "wc",
        ),
        *("which", "whoami"),
    }
)

#: Management commands of Django and of the app that only read.
_MANAGING = tuple(
    f"{interpreter}manage.py {name}"
    for interpreter in ("", "-B ")  # with -B Python writes no compiled files
    for name in (
        "check",
        "check_env",
        "check_hosts",
        "explain_job",
        "job_logs",
        "list_jobs",
        "list_secrets",
        "list_templates",
        "makemigrations --check --dry-run",
        "migrate --check",
        "queues list",
        "show_job",
        "showmigrations",
    )
)

#: Of programs that can do both: the beginnings of commands that only read.
_READING: Mapping[str, tuple[str, ...]] = {
    "docker": (
        "inspect",
        "ps",
        "images",
        "version",
        "info",
        "logs",
        "top",
        "port",
        "diff",
        "history",
        "search",
        "context ls",
        "context inspect",
        "context show",
        "container inspect",
        "container ls",
        "container logs",
        "image inspect",
        "image ls",
        "image history",
        "network ls",
        "network inspect",
        "volume ls",
        "volume inspect",
        "system df",
        "system info",
        "manifest inspect",
        "node ls",
        "service ls",
        "compose config",
        "compose ps",
        "compose ls",
        "compose version",
        "stats --no-stream",
        "events",
        "--version",
    ),
    "git": (
        "status",
        "ls-files",
        "rev-parse",
        "log",
        "show",
        "diff",
        "config --get",
        "config --list",
        "check-ignore",
        "check-attr",
        "remote -v",
        "branch --list",
        "describe",
        "cat-file",
        "--version",
    ),
    "systemctl": ("status", "is-active", "is-enabled", "is-failed", "show", "cat", "list-units"),
    "journalctl": ("-n", "-u", "--since", "--disk-usage", "-k", "--no-pager"),
    "ip": ("addr show", "route show", "link show", "-brief addr show", "-brief link show", "route get"),
    "pip": ("check", "show", "list", "freeze", "config list", "--version"),
    "uv": ("--version", "pip check", "pip show", "pip list", "python list"),
    "python": ("--version", "-V", "-m pip check", "-m pip show", "-m pip list", *_MANAGING),
    "python3": ("--version", "-V", "-m pip check", "-m pip show", "-m pip list", *_MANAGING),
    "openssl": ("x509 -in", "x509 -noout", "version", "verify"),
    "ssh": ("-V", "-G"),
    "sickbay": ("guide", "diagnose", "doctor", "--version"),
    "curl": ("--head", "-I", "--version"),
    "find": ("",),
}

#: Words that make a reading program write.
_WRITING_WORDS: Mapping[str, re.Pattern[str]] = {
    "curl": re.compile(r"-\w*[oOdXTF]\S*|--(?:output|data|request|upload|form|remote-name|json)\S*"),
    "docker": re.compile(r"-o|--output(?:=.*)?"),
    "file": re.compile(r"-\w*C\w*|--compile"),
    "find": re.compile(r"-(?:delete|exec|execdir|ok|okdir|fprint0?|fprintf|fls)"),
    "git": re.compile(r"--output(?:=.*)?"),
    "journalctl": re.compile(r"--(?:rotate|vacuum|flush|sync|relinquish|update-catalog|setup-keys)\S*"),
    "openssl": re.compile(r"-out|-CAcreateserial|-writerand"),
    "sickbay": re.compile(r"new|index|--apply"),
    "ss": re.compile(r"-\w*K\w*|--kill"),
}


def why_not_read_only(words: Words) -> str:
    """Say why a command is not known to be read-only; empty where it is."""
    if asks_for_rights(words):
        return "a look never asks for more rights"
    rest = bare(words)
    if not rest:
        return "what it runs is not said"
    program, arguments = rest[0], rest[1:]
    if program in {"docker", "podman"} and arguments[:1] == ["exec"]:
        return _why_not_read_only_within(arguments[1:])
    if written := writing_word(rest):
        return f"{written!r} writes"
    beginnings = _READING.get(program, ())
    if program in _READERS or any(_begin(arguments, beginning.split()) for beginning in beginnings):
        return ""
    return f"{' '.join(rest[:2])!r} is not known to change nothing"


def writing_word(words: Words) -> str:
    """Return the word that makes a reading program write, empty where there is none."""
    pattern = _WRITING_WORDS.get(words[0]) if words else None
    return next((word for word in words[1:] if pattern.fullmatch(word)), "") if pattern is not None else ""


def _begin(arguments: Words, beginning: Words) -> bool:
    return list(arguments[: len(beginning)]) == list(beginning)


def _why_not_read_only_within(arguments: Words) -> str:
    """Judge what ``docker exec`` runs, behind the container's name. It may have the option ``-u USER`` only."""
    rest = arguments[2:] if arguments[:1] == ["-u"] else arguments
    if rest[:1] and rest[0].startswith("-"):
        return f"'docker exec {rest[0]}' is not known to change nothing"
    return why_not_read_only(rest[1:]) if len(rest) > 1 else "what it runs is not said"
