"""Dockerfiles and what a build takes: which instruction is meant, and what is kept out of the build."""

from __future__ import annotations

import difflib
from pathlib import Path

from sickbay.guides.function_parts import answer, change_text, put_text_back
from sickbay.guides.kept_file import CannotChangeError, Edit

_INSTRUCTIONS = (
    *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
    *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
)


def judge_dockerfile(dockerfile: str) -> int:
    """Print ``absent``, ``unknown WORD`` for the first word that is no instruction, or ``readable``."""
    path = Path(dockerfile)
    if not path.is_file():
        return answer("absent")
    unknown = [word for _, word in _instructions(_lines(path)) if word.upper() not in _INSTRUCTIONS]
    return answer(f"unknown {unknown[0]}" if unknown else "readable")


def correct_instruction(dockerfile: str) -> int:
    """Put the instruction that was meant in place of the first word that is none; the file is kept beside it.

    Returns 1 where there is no such word, or nothing like it.
    """
    return change_text(dockerfile, _corrected)


def restore_instruction(dockerfile: str) -> int:
    """Undo :func:`correct_instruction`. Returns 1 where the file was changed since."""
    return put_text_back(dockerfile, _corrected)


def judge_source(source: str, ignore: str) -> int:
    """Print what a build makes of a file: ``absent``, ``kept-out`` by the file ``ignore``, or ``taken``."""
    if not Path(source).exists():
        return answer("absent")
    path = Path(ignore)
    lines = [line.strip() for line in _lines(path)] if path.is_file() else []
    return answer("kept-out" if _is_kept_out(source, lines) else "taken")


def judge_part(part: str) -> int:
    """Print whether what goes into an image holds a part of it: ``no library``, ``no file``, or ``there``."""
    path = Path(part)
    kind = "library" if ".so" in path.suffixes else "file"
    return answer("there" if path.exists() else f"no {kind}")


def take_in(source: str, ignore: str) -> int:
    """Add the exception to the end of the file ``ignore`` that takes a file into the build."""
    return change_text(ignore, _with_exception(source))


def keep_out(source: str, ignore: str) -> int:
    """Undo :func:`take_in`. Returns 1 where the file was changed since."""
    return put_text_back(ignore, _with_exception(source))


def _corrected(text: str) -> str:
    lines = text.splitlines(keepends=True)
    for number, word in _instructions(lines):
        if word.upper() in _INSTRUCTIONS:
            continue
        meant = difflib.get_close_matches(word.upper(), _INSTRUCTIONS, n=1, cutoff=0.6)
        if not meant:
            raise CannotChangeError(f"nothing is like {word}")
        lines[number] = lines[number].replace(word, meant[0], 1)
        return "".join(lines)
    raise CannotChangeError("every instruction is known")


def _with_exception(source: str) -> Edit:
    return lambda text: f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}!{source}\n"


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
    return path.read_text(encoding="utf-8").splitlines()
