"""``sickbay guide``: reading, checking, and writing the knowledge base."""

from __future__ import annotations

import typer

from sickbay.cli.guide_guards import guard_project
from sickbay.cli.guide_reading import list_guides, search_guides, show_guide
from sickbay.cli.guide_testing import prove_guides
from sickbay.cli.guide_writing import index_guides, lint_guides, write_new_guide

guide_app = typer.Typer(help="Read, check, and write guides.", no_args_is_help=True, rich_markup_mode=None)
guide_app.command("list")(list_guides)
guide_app.command("show")(show_guide)
guide_app.command("search")(search_guides)
guide_app.command("lint")(lint_guides)
guide_app.command("test")(prove_guides)
guide_app.command("guard")(guard_project)
guide_app.command("new")(write_new_guide)
guide_app.command("index")(index_guides)
