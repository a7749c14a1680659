"""What the site adds to the pages in this folder: one page for each guide, made from the guide's own file."""

from __future__ import annotations

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from sickbay.guides.library import builtin_guides
from sickbay.guides.model import Guide

_FOLDER = "troubleshooting"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the guides' pages and their index."""
    guides = builtin_guides()
    files.append(File.generated(config, f"{_FOLDER}/index.md", content=_index(guides)))
    for guide in guides:
        files.append(File.generated(config, f"{_FOLDER}/{guide.slug}.md", content=_page(guide)))
    return files


def _index(guides: tuple[Guide, ...]) -> str:
    lines = ["# Troubleshooting", "", "One page for each family of causes.", ""]
    for name in sorted({guide.front.class_ for guide in guides}):
        lines += [
            f"## {name.capitalize()}",
            "",
            "| Problem | Root cause | Solution | Impact |",
            "| --- | --- | --- | --- |",
        ]
        lines += [_index_row(guide) for guide in guides if guide.front.class_ == name]
        lines.append("")
    return "\n".join(lines)


def _index_row(guide: Guide) -> str:
    front = guide.front
    cells = (f"[{front.problem}]({guide.slug}.md)", front.root_cause, front.solution, front.impact)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _page(guide: Guide) -> str:
    sections = "\n\n".join(f"## {name}\n\n{text}" for name, text in guide.sections.items())
    return f"# {guide.title}\n\n{guide.front.problem} {guide.front.root_cause}\n\n{sections}\n"
