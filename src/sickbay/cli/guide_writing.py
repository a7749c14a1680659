"""``sickbay guide new | lint | index``: the knowledge base for authors."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sickbay.cli import output
from sickbay.cli.exits import CommandError, ExitCode
from sickbay.cli.guide_library import FolderOption, known_guides, project_folder
from sickbay.facts.vocabulary import VOCABULARY
from sickbay.guides.fences import InvalidGuideError
from sickbay.guides.library import PROJECT_FOLDER, all_guides, builtin_guides
from sickbay.guides.made_pages import changes, write
from sickbay.guides.model import Guide
from sickbay.guides.template import MARK, new_guide

if TYPE_CHECKING:
    from sickbay.guides.lint import LintReport


def write_new_guide(
    name: Annotated[str, typer.Argument(metavar="AREA/SLUG", help="Like mounts/volume-path-missing.")],
    folder: FolderOption = None,
) -> int:
    """Write a new guide from the template, for a person to fill in."""
    try:
        text = new_guide(name, datetime.datetime.now(datetime.UTC).date())
    except ValueError as error:
        raise CommandError(f"{error}.") from error
    path = project_folder(folder) / f"{name}.md"
    slug = path.stem
    if path.exists():
        raise CommandError(f"{path} exists already.")
    if any(guide.slug == slug for guide in known_guides(folder)):
        raise CommandError(f"There is a guide {slug!r} already: sickbay guide show {slug}")
    path.parent.mkdir(parents=True, exist_ok=True)
    output.write_file(path, text)
    output.say(f"Wrote {path}. Replace each {MARK}, then run: sickbay guide lint {path}")
    return ExitCode.HEALTHY


def lint_guides(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Guides or folders; nothing for the package's and the project's.")
    ] = None,
    folder: FolderOption = None,
) -> int:
    """Check that guides keep the format's promises, and say which of them are proved."""
    from sickbay.guides.lint import lint_builtin, lint_paths  # noqa: PLC0415  (takes long to import, for this one alone)

    for path in paths or []:
        if not path.exists():
            raise CommandError(f"There is no {path}.")
    own = project_folder(folder)
    if paths:
        reports = [lint_paths(paths, VOCABULARY, _beside(own))]
    else:
        reports = [lint_builtin(VOCABULARY)]
        reports += [lint_paths([own], VOCABULARY, builtin_guides())] if own.is_dir() else []
    problems = [problem for report in reports for problem in report.problems]
    for problem in problems:
        output.say(str(problem))
    for line in _standing(reports):
        output.say(line)
    return ExitCode.PROBLEMS if problems else ExitCode.HEALTHY


def _beside(own: Path) -> Sequence[Guide]:
    """Return the guides to compare with; those of the package alone where the project's cannot be read."""
    try:
        return all_guides(own)
    except InvalidGuideError:
        return builtin_guides()


def _standing(reports: Sequence[LintReport]) -> list[str]:
    """Say how far the guides are proved, in a line for each state that some are in."""
    states = (
        ("Proved in the lab", [slug for report in reports for slug in report.proved]),
        ("Whole, and not run in the lab yet", [slug for report in reports for slug in report.unproved]),
        ("Not proved, documentation and detector only", [slug for report in reports for slug in report.documentation]),
    )
    return [f"{name} ({len(slugs)}): {', '.join(sorted(slugs))}" for name, slugs in states if slugs]


def index_guides(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 where a page differs.")] = False,
    root: Annotated[Path, typer.Option("--root", help="The project's root, where the pages are written.")] = Path(),
    folder: FolderOption = None,
) -> int:
    """Make TROUBLESHOOTING.md, docs/troubleshooting/index.md, and a page for each guide."""
    if not root.is_dir():
        raise CommandError(f"There is no folder {root}.")
    changed = changes(known_guides(folder or _own_folder(root)), root)
    for name in (*changed.written, *changed.removed):
        output.say(
            f"{name} {'differs from its guides' if check else 'written' if name in changed.written else 'removed'}"
        )
    if check:
        if changed:
            output.say("Make the pages anew: sickbay guide index")
        return ExitCode.PROBLEMS if changed else ExitCode.HEALTHY
    try:
        write(changed, root)
    except OSError as error:
        raise CommandError(f"Cannot write {error.filename}: {error.strerror}.") from error
    return ExitCode.HEALTHY


def _own_folder(root: Path) -> Path | None:
    folder = root / PROJECT_FOLDER
    return folder if folder.is_dir() else None
