"""The guides that the commands work with, and the option that names a project's own."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from sickbay.cli import output
from sickbay.cli.exits import CommandError, ExitCode
from sickbay.guides.fences import InvalidGuideError
from sickbay.guides.library import PROJECT_FOLDER, all_guides, builtin_guides
from sickbay.guides.model import Guide
from sickbay.runner import Engine, builtin_engine

FOLDER_VARIABLE = "SICKBAY_GUIDES"

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        envvar=FOLDER_VARIABLE,
        help=f"The folder of the project's own guides; without it {PROJECT_FOLDER}, where there is one.",
    ),
]


def project_folder(given: Path | None) -> Path:
    """Return the folder of a project's own guides. Raises ``CommandError`` for one that was named and is none."""
    if given is not None and not given.is_dir():
        raise CommandError(f"There is no folder {given}.")
    return given or Path(PROJECT_FOLDER)


def known_guides(given: Path | None) -> tuple[Guide, ...]:
    """Return every guide: the project's, those of installed packages, and ours. Raises ``CommandError``."""
    try:
        return all_guides(project_folder(given))
    except InvalidGuideError as error:
        raise CommandError(f"{error}\nTry 'sickbay guide lint' on it.", ExitCode.PROBLEMS) from error


def guides_here() -> tuple[Guide, ...]:
    """Return every guide there is here: the project's, those of installed packages, and ours.

    A guide that cannot be read is named on standard error, and ours alone go on: a case is diagnosed all the same.
    """
    folder = Path(os.environ.get(FOLDER_VARIABLE) or PROJECT_FOLDER)
    try:
        return all_guides(folder)
    except InvalidGuideError as error:
        output.stderr().write(f"sickbay: {error}\nsickbay: Only its own guides are used.\n")
        return builtin_guides()


def engine_here() -> Engine:
    """Return the engine with :func:`guides_here`."""
    guides = guides_here()
    ours = {guide.path for guide in builtin_guides()}
    return Engine(guides) if {guide.path for guide in guides} != ours else builtin_engine()


def sound_guides_here() -> tuple[Guide, ...]:
    """Return every guide there is here. Raises ``CommandError`` where one cannot be read."""
    named = os.environ.get(FOLDER_VARIABLE)
    return known_guides(Path(named) if named else None)


def guide_named(slug: str, guides: tuple[Guide, ...]) -> Guide:
    """Return the guide of this name, or the one that has this cause. Raises ``CommandError`` with what is near."""
    for guide in guides:
        if slug == guide.slug:
            return guide
    for guide in guides:
        if slug in {cause.id for cause in guide.causes}:
            return guide
    known = {name for guide in guides for name in (guide.slug, *(cause.id for cause in guide.causes))}
    near = get_close_matches(slug, known, n=3)
    hint = f"Did you mean {', '.join(near)}?" if near else "'sickbay guide list' names them all."
    raise CommandError(f"There is no guide {slug!r}. {hint}")
