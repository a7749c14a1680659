"""``sickbay guide list | show | search``: the knowledge base for readers."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from sickbay.cli import output
from sickbay.cli.exits import ExitCode
from sickbay.cli.guide_library import FolderOption, guide_named, known_guides
from sickbay.guides.finding import search
from sickbay.guides.model import Guide
from sickbay.guides.prose import prose_of

_WIDEST = 80


class ListFormat(StrEnum):
    """How a list is written."""

    TEXT = "text"
    JSON = "json"


class GuideClass(StrEnum):
    """The top-level classes of problems."""

    SYSTEM = "system"
    CONFIGURATION = "configuration"
    DOCKER = "docker"
    RESOURCE = "resource"
    NETWORK = "network"


def list_guides(
    class_: Annotated[GuideClass | None, typer.Option("--class", help="Only guides of this class.")] = None,
    area: Annotated[str | None, typer.Option("--area", help="Only guides of this area, like mounts.")] = None,
    output_format: Annotated[ListFormat, typer.Option("--format", help="How the list is written.")] = ListFormat.TEXT,
    folder: FolderOption = None,
) -> int:
    """List every guide with its problem. Exits with 1 where none fits."""
    guides = [
        guide
        for guide in sorted(known_guides(folder), key=lambda guide: (guide.front.class_, guide.slug))
        if (class_ is None or guide.front.class_ == class_) and (area is None or guide.front.area == area)
    ]
    if output_format is ListFormat.JSON:
        output.say(json.dumps([_entry(guide) for guide in guides], indent=2, ensure_ascii=False))
    elif guides:
        output.console().print(_table(guides))
    else:
        output.say("No guide fits; 'sickbay guide list' names them all.")
    return ExitCode.HEALTHY if guides else ExitCode.PROBLEMS


def show_guide(
    slug: Annotated[str, typer.Argument(help="A guide, or a cause that one of them explains.")],
    folder: FolderOption = None,
) -> int:
    """Show one guide."""
    from rich.markdown import Markdown  # noqa: PLC0415  (brings a syntax highlighter that nothing else needs)

    console = output.console()
    console.width = min(console.width, _WIDEST)
    console.print(Markdown(prose_of(guide_named(slug, known_guides(folder)))))
    return ExitCode.HEALTHY


def search_guides(
    words: Annotated[list[str], typer.Argument(help="Words of a problem, or of a message.")],
    folder: FolderOption = None,
) -> int:
    """Find guides by words, best first: those with all of them or, where there is none, with the most."""
    found = search(known_guides(folder), words)
    console = output.console()
    for guide in found:
        console.print(f"[bold]{guide.slug}[/bold]  {guide.title}", soft_wrap=True)
        console.print(f"  {guide.front.problem}", markup=False)
    if not found:
        console.print(f"No guide contains {' or '.join(words)}.", markup=False)
    return ExitCode.HEALTHY if found else ExitCode.PROBLEMS


def _table(guides: list[Guide]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Guide", no_wrap=True, min_width=max(len(guide.slug) for guide in guides))
    table.add_column("Class", no_wrap=True)
    table.add_column("Problem")
    for guide in guides:
        table.add_row(guide.slug, guide.front.class_, guide.front.problem)
    return table


def _entry(guide: Guide) -> dict[str, object]:
    front = guide.front
    return {
        "guide": guide.slug,
        "title": guide.title,
        "class": front.class_,
        "area": front.area,
        "severity": front.severity,
        "problem": front.problem,
        "root_cause": front.root_cause,
        "solution": front.solution,
        "impact": front.impact,
        "causes": [cause.id for cause in guide.causes],
        "proof": front.proof,
        "tested": front.tested.date.isoformat() if front.tested else None,
    }
