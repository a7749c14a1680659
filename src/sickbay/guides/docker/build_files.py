"""Dockerfiles and what a build takes: which instruction is meant, and what is kept out of the build."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

_BEFORE = "# before: "
_INSTRUCTIONS = (
    *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
    *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
)


def judge_dockerfile(dockerfile: str) -> int:
    """Print ``absent``, ``unknown WORD`` for the first word that is no instruction, or ``readable``."""
    path = Path(dockerfile)
    if not path.is_file():
        print("absent")
        return 0
    unknown = [word for _, word in _instructions(_lines(path)) if word.upper() not in _INSTRUCTIONS]
    print(f"unknown {unknown[0]}" if unknown else "readable")
    return 0


def correct_instruction(dockerfile: str) -> int:
    """Put the instruction that was meant in place of the first word that is none; the old line stays as a comment.

    Returns 1 where there is no such word, or nothing like it.
    """
    path = Path(dockerfile)
    lines = _lines(path)
    for number, word in _instructions(lines):
        if word.upper() in _INSTRUCTIONS:
            continue
        meant = difflib.get_close_matches(word.upper(), _INSTRUCTIONS, n=1, cutoff=0.6)
        if not meant:
            return _failed(f"nothing is like {word}")
        lines[number : number + 1] = [_BEFORE + lines[number], lines[number].replace(word, meant[0], 1)]
        _write(path, lines)
        return 0
    return _failed("every instruction is known")


def restore_instruction(dockerfile: str) -> int:
    """Undo :func:`correct_instruction`. Returns 1 where no change is recorded."""
    path = Path(dockerfile)
    lines = _lines(path)
    for number, line in enumerate(lines[:-1]):
        if line.startswith(_BEFORE):
            lines[number : number + 2] = [line.removeprefix(_BEFORE)]
            _write(path, lines)
            return 0
    return _failed("no change is recorded")


def judge_source(source: str, ignore: str) -> int:
    """Print what a build makes of a file: ``absent``, ``kept-out`` by the file ``ignore``, or ``taken``."""
    if not Path(source).exists():
        print("absent")
        return 0
    path = Path(ignore)
    lines = [line.strip() for line in _lines(path)] if path.is_file() else []
    print("kept-out" if _is_kept_out(source, lines) else "taken")
    return 0


def judge_part(part: str) -> int:
    """Print whether what goes into an image holds a part of it: ``no library``, ``no file``, or ``there``."""
    path = Path(part)
    kind = "library" if ".so" in path.suffixes else "file"
    print("there" if path.exists() else f"no {kind}")
    return 0


def take_in(source: str, ignore: str) -> int:
    """Add the exception to the end of the file ``ignore`` that takes a file into the build."""
    path = Path(ignore)
    lines = _lines(path)
    if lines and not lines[-1].endswith("\n"):
        return _failed(f"{ignore} does not end with a line's end")
    _write(path, [*lines, f"!{source}\n"])
    return 0


def keep_out(source: str, ignore: str) -> int:
    """Undo :func:`take_in`. Returns 1 where the exception is not the last line any more."""
    path = Path(ignore)
    lines = _lines(path)
    if not lines or lines[-1] != f"!{source}\n":
        return _failed("the exception is not the last line")
    _write(path, lines[:-1])
    return 0


def _is_kept_out(source: str, rules: list[str]) -> bool:
    """Say whether plain names and patterns keep a file out; the last rule that fits counts."""
    kept_out = False
    for rule in rules:
        if rule and not rule.startswith("#") and Path(source).match(rule.removeprefix("!").strip("/")):
            kept_out = not rule.startswith("!")
    return kept_out


def _instructions(lines: list[str]) -> list[tuple[int, str]]:
    """Return line number and first word of each instruction, without the lines that continue one."""
    found, continues, ends = [], False, ""
    for number, line in enumerate(lines):
        text = line.strip()
        if ends:
            ends = "" if text == ends else ends
            continue
        if not text or text.startswith("#"):
            continue
        if not continues:
            found.append((number, text.split()[0]))
            ends = _here_document(text)
        continues = text.endswith("\\")
    return found


def _here_document(text: str) -> str:
    """Return the word that ends a text that an instruction brings along (``RUN <<EOF``), empty without one."""
    _, mark, rest = text.partition("<<")
    return rest.lstrip("-").split()[0].strip("\"'") if mark and rest.strip("-<") else ""


def _lines(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as opened:
        return opened.read().splitlines(keepends=True)


def _write(path: Path, lines: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as opened:
        opened.write("".join(lines))


def _failed(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1
