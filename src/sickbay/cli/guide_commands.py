"""``sickbay guide``: reading and checking the knowledge base."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from sickbay.cli import output
from sickbay.cli.exits import CommandError, ExitCode
from sickbay.facts.vocabulary import VOCABULARY
from sickbay.guides.library import builtin_guides
from sickbay.guides.lint import lint_builtin, lint_paths
from sickbay.guides.prose import prose_of, search

guide_app = typer.Typer(help="Read and check the guides.", no_args_is_help=True, rich_markup_mode=None)


@guide_app.command("list")
def list_guides() -> int:
    """List every guide with its problem."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Guide", no_wrap=True, min_width=max(len(guide.slug) for guide in builtin_guides()))
    table.add_column("Class", no_wrap=True)
    table.add_column("Problem")
    for guide in sorted(builtin_guides(), key=lambda guide: (guide.front.class_, guide.slug)):
        table.add_row(guide.slug, guide.front.class_, guide.front.problem)
    output.console().print(table)
    return ExitCode.HEALTHY


@guide_app.command("show")
def show_guide(slug: Annotated[str, typer.Argument(help="A guide, or a cause that one of them explains.")]) -> int:
    """Show one guide."""
    from rich.markdown import Markdown  # noqa: PLC0415  (brings a syntax highlighter that nothing else needs)

    for guide in builtin_guides():
        if slug == guide.slug or slug in {cause.id for cause in guide.causes}:
            output.console().print(Markdown(prose_of(guide)))
            return ExitCode.HEALTHY
    raise CommandError(_not_found(slug))


@guide_app.command("search")
def search_guides(words: Annotated[list[str], typer.Argument(help="Words that a guide must all contain.")]) -> int:
    """Find guides by words, best first."""
    found = search(builtin_guides(), words)
    console = output.console()
    for guide in found:
        console.print(f"[bold]{guide.slug}[/bold]  {guide.title}", soft_wrap=True)
        console.print(f"  {guide.front.problem}")
    if not found:
        console.print(f"No guide contains {' and '.join(words)}.", markup=False)
    return ExitCode.HEALTHY if found else ExitCode.PROBLEMS


@guide_app.command("lint")
def lint_guides(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Guides or folders; nothing for those of the package.")
    ] = None,
) -> int:
    """Check that guides keep the format's promises."""
    for path in paths or []:
        if not path.exists():
            raise CommandError(f"There is no {path}.")
    problems = lint_paths(paths, VOCABULARY) if paths else lint_builtin(VOCABULARY)
    for problem in problems:
        output.say(str(problem))
    return ExitCode.PROBLEMS if problems else ExitCode.HEALTHY


def _not_found(slug: str) -> str:
    known = {name for guide in builtin_guides() for name in (guide.slug, *(cause.id for cause in guide.causes))}
    near = get_close_matches(slug, known, n=3)
    hint = f"Did you mean {', '.join(near)}?" if near else "'sickbay guide list' names them all."
    return f"There is no guide {slug!r}. {hint}"
