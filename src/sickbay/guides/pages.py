"""The pages that are made from guides: one for each, and the index by class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import get_args

from sickbay.guides.model import Guide, ProblemClass
from sickbay.guides.prose import prose_of

MADE = "<!-- Made by 'sickbay guide index'. Change the guide, not this page. -->"
"""The last line of every page that is made, by which a page whose guide is gone is known."""

_INTRODUCTION = (
    "One page for each family of causes. `sickbay diagnose` names the right one from a text that you give it; "
    "`sickbay guide search WORDS` finds one by words."
)

_LINK = re.compile(r"\]\((?:\.\./)?[\w./-]*?(?P<slug>[\w-]+)\.md(?P<anchor>#[\w-]*)?\)")


def guide_page(guide: Guide, guides: Iterable[Guide]) -> str:
    """Return a guide's page. Links to other guides lead to their pages beside it."""
    known = {other.slug for other in guides}

    def relinked(found: re.Match[str]) -> str:
        return f"]({found['slug']}.md{found['anchor'] or ''})" if found["slug"] in known else found.group()

    return f"{_LINK.sub(relinked, prose_of(guide))}\n{MADE}\n"


def index_page(guides: Sequence[Guide]) -> str:
    """Return the index: a table for each class, with a guide's problem, root cause, solution, and impact."""
    lines = [
        "# Troubleshooting",
        "",
        _INTRODUCTION,
        "",
    ]
    for class_ in get_args(ProblemClass):
        rows = [guide for guide in guides if guide.front.class_ == class_]
        if rows:
            lines += [f"## {class_.capitalize()}", "", *table(sorted(rows, key=lambda guide: guide.slug), ""), ""]
    return "\n".join([*lines, MADE, ""])


def table(guides: Iterable[Guide], folder: str) -> list[str]:
    """Return the lines of a table of guides; their pages lie in ``folder``, which is empty or ends with a slash."""
    lines = ["| Problem | Root cause | Solution | Impact |", "| --- | --- | --- | --- |"]
    for guide in guides:
        front = guide.front
        problem = f"[{front.problem}]({folder}{guide.slug}.md)"
        cells = (problem, front.root_cause, front.solution, front.impact)
        lines.append("| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |")
    return lines
