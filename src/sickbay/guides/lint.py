"""Checking that guides keep their promises. A problem names the file, the line, what is wrong, and the fix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from sickbay.guides.fences import InvalidGuideError
from sickbay.guides.lint_causes import check_causes
from sickbay.guides.lint_commands import check_commands
from sickbay.guides.lint_evidence import check_apart, check_freshness
from sickbay.guides.lint_form import check_fences, check_sections
from sickbay.guides.lint_front import check_front
from sickbay.guides.lint_links import check_links
from sickbay.guides.lint_marks import check_marks
from sickbay.guides.lint_parts import check_parts, check_wholeness
from sickbay.guides.lint_problem import GuideFile, Problem
from sickbay.guides.lint_signatures import check_signatures
from sickbay.guides.model import Guide
from sickbay.guides.parser import is_guide, parse_guide

__all__ = ["LintReport", "Problem", "lint_builtin", "lint_paths"]

_CHECKS = (
    check_marks,
    check_front,
    check_sections,
    check_fences,
    check_signatures,
    check_causes,
    check_parts,
    check_wholeness,
    check_commands,
    check_links,
    check_freshness,
)


@dataclass(frozen=True, kw_only=True)
class LintReport:
    """What was found, in the order of files, and how far each guide without problems is proved."""

    problems: tuple[Problem, ...]
    proved: tuple[str, ...]
    """Slugs of guides with a recorded proof that passed."""
    unproved: tuple[str, ...]
    """Slugs of guides that are whole and were not run in the lab yet, as far as they say."""
    documentation: tuple[str, ...]
    """Slugs of guides with ``proof: none``: they document and detect, and nothing of them can be run."""


def lint_builtin(facts: Iterable[str]) -> LintReport:
    """Check the guides that come with the package. ``facts`` are the names that conditions may speak of."""
    with as_file(files("sickbay.guides")) as folder:
        return lint_paths([folder], facts)


def lint_paths(paths: Iterable[Path], facts: Iterable[str], others: Iterable[Guide] = ()) -> LintReport:
    """Check guides and folders of guides, each by itself and then together, and beside ``others`` that are known."""
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
    mine = {file.guide.slug for file in read}
    beside = [guide for guide in others if guide.slug not in mine]
    found = sorted({*problems, *_named_twice(read, beside), *check_apart(read, beside)})
    broken = {problem.path for problem in found}
    sound = [file.guide for file in read if file.guide.path not in broken]
    return LintReport(
        problems=tuple(found),
        proved=_slugs(sound, "proved"),
        unproved=_slugs(sound, "unproved"),
        documentation=_slugs(sound, "documentation"),
    )


def _slugs(guides: Iterable[Guide], state: str) -> tuple[str, ...]:
    return tuple(guide.slug for guide in guides if _state(guide) == state)


def _state(guide: Guide) -> str:
    if guide.front.proof == "none":
        return "documentation"
    return "proved" if guide.front.tested and guide.front.tested.result == "passed" else "unproved"


def _guide_files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (found for found in sorted(path.rglob("*.md")) if _is_guide(found))
        else:
            yield path


def _is_guide(path: Path) -> bool:
    """Say whether a file of a folder means to be a guide; a file that is named by itself always is one."""
    try:
        return is_guide(path.name, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return True


def _read(path: Path, facts: frozenset[str]) -> GuideFile:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidGuideError(str(path), 1, str(error)) from error
    return GuideFile(guide=parse_guide(path.stem, str(path), text), text=text, facts=facts)


def _named_twice(read: Iterable[GuideFile], others: Iterable[Guide]) -> Iterator[Problem]:
    homes = {cause.id: guide for guide in others for cause in guide.causes}
    slugs: dict[str, Guide] = {}
    for file in read:
        first = slugs.setdefault(file.guide.slug, file.guide)
        if first is not file.guide:
            yield file.problem(1, f"The guide {first.slug!r} stands in {first.path} already.", "Rename one of them.")
        for cause in file.guide.causes:
            home = homes.setdefault(cause.id, file.guide)
            if home is not file.guide:
                message = f"The cause {cause.id!r} is already one of {home.path}."
                yield file.problem(cause.line, message, "Keep it in one guide.")
