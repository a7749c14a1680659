"""Checking that guides keep their promises. A problem names the file, the line, what is wrong, and the fix."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources import as_file, files
from pathlib import Path

from sickbay.guides.fences import InvalidGuideError
from sickbay.guides.lint_causes import check_causes
from sickbay.guides.lint_form import check_fences, check_sections
from sickbay.guides.lint_problem import GuideFile, Problem
from sickbay.guides.lint_signatures import check_signatures
from sickbay.guides.model import Guide
from sickbay.guides.parser import parse_guide

__all__ = ["Problem", "lint_builtin", "lint_paths"]

_CHECKS = (check_sections, check_fences, check_signatures, check_causes)


def lint_builtin(facts: Iterable[str]) -> list[Problem]:
    """Check the guides that come with the package. ``facts`` are the names that conditions may speak of."""
    with as_file(files("sickbay.guides")) as folder:
        return lint_paths([folder], facts)


def lint_paths(paths: Iterable[Path], facts: Iterable[str]) -> list[Problem]:
    """Check guides and folders of guides, each by itself and then together. The problems come in the order of files."""
    known = frozenset(facts)
    problems: list[Problem] = []
    read: list[GuideFile] = []
    for path in _guide_files(paths):
        try:
            read.append(_read(path, known))
        except InvalidGuideError as error:
            problems.append(Problem(path=str(path), line=error.line, message=error.message, fix=""))
    for file in read:
        problems += [problem for check in _CHECKS for problem in check(file)]
    return sorted([*problems, *_named_twice(read)])


def _guide_files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (found for found in sorted(path.rglob("*.md")) if found.name != "README.md")
        else:
            yield path


def _read(path: Path, facts: frozenset[str]) -> GuideFile:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidGuideError(str(path), 1, str(error)) from error
    return GuideFile(guide=parse_guide(path.stem, str(path), text), text=text, facts=facts)


def _named_twice(read: Iterable[GuideFile]) -> Iterator[Problem]:
    homes: dict[str, list[Guide]] = defaultdict(list)
    for file in read:
        for cause in file.guide.causes:
            homes[cause.id].append(file.guide)
            if len(homes[cause.id]) > 1:
                other = homes[cause.id][0].path
                yield file.problem(
                    cause.line, f"The cause {cause.id!r} is already one of {other}.", "Keep it in one guide."
                )
