"""What is made from guides: pages for people, the index by class, and the overview."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from markdown_it import MarkdownIt

from sickbay.guides.finding import search
from sickbay.guides.headings import anchor
from sickbay.guides.library import builtin_guides
from sickbay.guides.made_pages import changes, pages_of, write
from sickbay.guides.model import ProblemClass
from sickbay.guides.overview import overview_page, section_of
from sickbay.guides.pages import guide_page, index_page
from sickbay.guides.parser import parse_guide
from tests.unit.sickbay.guides.sample import SAMPLE

GUIDES = builtin_guides()
WIDGET = parse_guide("widget-missing", "widget-missing.md", SAMPLE)


def _fences(page: str) -> list[str]:
    return [token.info for token in MarkdownIt("commonmark").parse(page) if token.type == "fence"]


def test_a_page_says_machine_parts_in_words_and_keeps_every_command() -> None:
    page = guide_page(WIDGET, [WIDGET])
    assert set(_fences(page)) <= {"sh", "text", "ini", "python"}
    for line in ("test -f $WIDGET", "cmp widget.example $WIDGET", "grep -c listen $WIDGET", "listen 8000"):
        assert line in page
    assert "**Warning: `reset` cannot be undone**, so only a person does it. what was cached is gone" in page
    assert "**Warning: `restart` interrupts what is running.**" in page
    assert "First a copy of `widget.state` is made." in page
    assert "**The widget is missing** (`widget-missing`). Put the widget from its example." in page
    assert "- `widget-there`: yes where `exit_code == 0`, no where `exit_code == 1`, otherwise not known" in page
    assert "passed on 2026-11-21 with widgetd 2.4.1" in page
    assert "unless:" not in page


def test_a_page_says_what_a_function_is_given() -> None:
    called = "```yaml probe=file timeout=2 python=widgets:is_there\npath: $WIDGET\n```"
    text = SAMPLE.replace("```sh probe=file timeout=2\ntest -f $WIDGET\n```", called)
    assert text != SAMPLE
    page = guide_page(parse_guide("a", "a.md", text), [])
    said = "It is the function `widgets:is_there`, which stands beside the guides, with path `$WIDGET`."
    assert said in page


def test_links_between_guides_lead_to_their_pages() -> None:
    linked = parse_guide("a", "a.md", SAMPLE.replace("(#root-causes)", "(../docker/widget-missing.md#lessons)"))
    assert "](widget-missing.md#lessons)" in guide_page(linked, [WIDGET])
    assert "](../docker/widget-missing.md#lessons)" in guide_page(linked, [])


def test_the_index_names_every_guide_once_under_its_class() -> None:
    page = index_page(GUIDES)
    for guide in GUIDES:
        assert page.count(f"]({guide.slug}.md)") == 1
        part = page.split(f"## {guide.front.class_.capitalize()}")[1].split("\n## ")[0]
        assert f"]({guide.slug}.md)" in part
        assert guide.front.impact.replace("|", "\\|") in part


def test_the_overview_has_its_ten_sections_and_every_guide_in_one_of_them() -> None:
    page = overview_page(GUIDES, "docs/troubleshooting/")
    headings = [line[3:] for line in page.splitlines() if line.startswith("## ")]
    assert headings == [
        "Quick Start Troubleshooting",
        "Installation Issues",
        "Job Execution Problems",
        "Executor-Specific Issues",
        "Environment and Configuration",
        "Performance Issues",
        "Security and Permissions",
        "Diagnostic Tools",
        "Getting Help",
        "FAQ",
    ]
    for guide in GUIDES:
        rows = [line for line in page.splitlines() if line.startswith("| [") and f"/{guide.slug}.md)" in line]
        assert len(rows) == 1
        assert rows[0] in page.split(f"## {section_of(guide)}")[1].split("\n## ")[0]


def test_every_class_of_problem_says_when_to_hand_over_and_to_whom() -> None:
    page = overview_page(builtin_guides(), "docs/troubleshooting/")
    table = page[page.index("### When to hand over") : page.index("## FAQ")]
    rows = re.findall(r"^\| (\w+) \| (.{20,}?) \| (.{10,}?) \|$", table, flags=re.MULTILINE)
    assert [name for name, _, _ in rows] == list(get_args(ProblemClass))


def test_every_guide_of_every_class_says_when_to_hand_over() -> None:
    assert {guide.front.class_ for guide in builtin_guides()} == set(get_args(ProblemClass))
    silent = [g.slug for g in builtin_guides() if not any(each.says.strip() for each in g.front.escalate)]
    assert silent == []


def test_pages_are_written_found_current_and_removed_with_their_guide(tmp_path: Path) -> None:
    own = tmp_path / "docs" / "troubleshooting" / "own.md"
    own.parent.mkdir(parents=True)
    own.write_text("# Written by hand\n")
    write(changes([WIDGET], tmp_path), tmp_path)
    assert not changes([WIDGET], tmp_path)
    (own.parent / "index.md").write_text("changed")
    assert list(changes([WIDGET], tmp_path).written) == ["docs/troubleshooting/index.md"]
    gone = changes([], tmp_path)
    assert gone.removed == ("docs/troubleshooting/widget-missing.md",)
    write(gone, tmp_path)
    assert sorted(path.name for path in own.parent.iterdir()) == ["index.md", "own.md"]


def test_a_projects_guide_is_its_own_page(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "troubleshooting" / "widget-missing.md"
    own = parse_guide("widget-missing", str(path), SAMPLE)
    assert "docs/troubleshooting/widget-missing.md" not in pages_of([own], tmp_path)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["no", "space", "left"], "disk-full"),
        (["executable file not found"], "command-not-found"),
        (["OOM"], "memory-limit-exceeded"),
        ([".env", "directory"], "env-file-is-directory"),
        (["manifest", "unknown"], "image-not-found"),
    ],
)
def test_a_search_finds_the_right_guide_first(words: list[str], first: str) -> None:
    assert search(GUIDES, words)[0].slug == first


def test_a_search_with_a_word_that_no_guide_has_still_finds_the_others() -> None:
    assert search(GUIDES, ["inodes", "xyzzy"])[0].slug == "disk-full"
    assert search(GUIDES, ["xyzzy"]) == []


@pytest.mark.parametrize(
    ("heading", "name"), [("Root causes", "root-causes"), ("The `.env` file", "the-env-file"), ("A, b: c", "a-b-c")]
)
def test_anchors_are_named_as_the_site_names_them(heading: str, name: str) -> None:
    assert anchor(heading) == name
