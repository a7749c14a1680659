"""The report in Markdown, read as a forge reads it."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sickbay.reports.markdown_report import markdown_of

from . import cases

SECTIONS = [
    "Problem Description",
    "Environment",
    "Steps to Reproduce",
    "Expected Behavior",
    "Actual Behavior",
    "Error Messages",
    "Configuration (sanitized)",
    "Logs",
]


def _tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def _headings(tokens: list[Token], tag: str) -> list[str]:
    return [
        tokens[place + 1].content
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == tag
    ]


def _inline(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or ()]


@pytest.mark.parametrize("name", cases.ALL)
def test_every_report_has_one_title_and_the_sections_in_their_order(name: str) -> None:
    tokens = _tokens(markdown_of(cases.ALL[name]()))
    assert len(_headings(tokens, "h1")) == 1
    assert _headings(tokens, "h2") == SECTIONS


def test_hostile_texts_become_no_html_no_link_no_table_and_no_heading() -> None:
    tokens = _tokens(markdown_of(cases.hostile()))
    kinds = {token.type for token in [*tokens, *_inline(tokens)]}
    assert not {"html_block", "link_open", "image", "table_open"} & kinds
    assert {token.content for token in _inline(tokens) if token.type == "html_inline"} <= {"<!-- -->"}
    assert len(_headings(tokens, "h3")) == 1


def test_a_hostile_log_stays_whole_within_its_block() -> None:
    tokens = _tokens(markdown_of(cases.hostile()))
    block = [token for token in tokens if token.type == "fence"][-1].content
    assert block.count("\n") == len(cases.HOSTILE_LINES)
    assert "   1 | ```\n" in block
    assert "</pre></code><script>alert(1)</script>" in block
    assert "> 11 | OCI runtime create failed" in block


def test_nobody_is_mentioned_by_a_text_that_others_wrote() -> None:
    issue = cases.made('exec: "@somebody": executable file not found in $PATH\n', {"exit_code": 127})
    outside = [child.content for child in _inline(_tokens(markdown_of(issue))) if child.type == "text"]
    assert not [text for text in outside if "@somebody" in text]


def test_left_out_lines_are_counted() -> None:
    text = markdown_of(cases.sick())
    assert "… 346 lines left out …" in text
    assert "55 of 401 lines; evidence is marked with `>`." in text


def test_what_a_person_must_add_is_marked() -> None:
    text = markdown_of(cases.unknown())
    assert "1. **[Please fill in]** What leads to this?" in text


def test_the_largest_report_is_no_longer_than_a_forge_takes() -> None:
    line = "No space left on device " + "x" * 1000
    issue = cases.made(f"{line}\n" * 500, {"exit_code": 1, "command": "run " + "y" * 100_000, "image": "z" * 5000})
    assert len(markdown_of(issue)) < 65_536
