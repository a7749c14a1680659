"""The report as a page: read by a parser, as a browser would."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from sickbay.reports.html_report import html_of

from . import cases

_VOID = {"meta", "br", "hr", "img", "link", "input"}
_KNOWN = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "header",
    "section",
    "footer",
    "nav",
    "a",
    "span",
    "h1",
    "h2",
    "h3",
    "p",
    "strong",
    "code",
    "pre",
    "div",
    "b",
    "i",
    "mark",
    "dl",
    "dt",
    "dd",
    "small",
    "ol",
    "ul",
    "li",
    "time",
}


class _Page(HTMLParser):
    """What a page holds; complains of elements that are not closed in their order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.marked = ""
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data
        if "mark" in self._open:
            self.marked += data


@pytest.mark.parametrize("name", cases.ALL)
def test_a_page_is_well_formed_and_asks_nobody_for_anything(name: str) -> None:
    text = html_of(cases.ALL[name]())
    page = _Page(text)
    assert {tag for tag, _ in page.elements} <= _KNOWN
    for _, attributes in page.elements:
        assert not {key for key in attributes if key in {"src", "style", "action"} or key.startswith("on")}
        assert str(attributes.get("href", "#")).startswith("#")
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_the_page_forbids_scripts_and_requests_by_its_own_policy() -> None:
    (policy,) = [
        attributes["content"]
        for _, attributes in _Page(html_of(cases.sick())).elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert str(policy).startswith("default-src 'none'")
    assert "script-src" not in str(policy)


def test_a_hostile_log_is_shown_and_does_nothing() -> None:
    text = html_of(cases.hostile())
    page = _Page(text)
    assert "<script" not in text
    assert "<img" not in text
    for line in cases.HOSTILE_LINES[1:6]:
        assert line in page.text
    assert not set("\x1b\x07\x9b\u202e") & set(text)


def test_the_evidence_is_highlighted_in_its_context() -> None:
    page = _Page(html_of(cases.sick()))
    assert page.marked == f"400{cases.FULL_DISK}"
    assert "399copying block 399" in page.text
    assert "… 346 lines left out …" in page.text


def test_every_section_can_be_reached_from_the_top() -> None:
    elements = _Page(html_of(cases.sick())).elements
    links = [str(attributes["href"]) for tag, attributes in elements if tag == "a"]
    anchors = [f"#{attributes['id']}" for tag, attributes in elements if tag == "section"]
    assert links == anchors
    assert len(links) == 8


@pytest.mark.parametrize(
    ("name", "tone"), [("sick", "bad"), ("possible", "warn"), ("unknown", "odd"), ("healthy", "good")]
)
def test_the_color_says_how_it_is_and_the_badge_says_it_in_words(name: str, tone: str) -> None:
    issue = cases.ALL[name]()
    page = _Page(html_of(issue))
    best = issue.diagnosis.best
    assert ("header", {"class": tone}) in page.elements
    assert ("healthy" if best is None else str(best.certainty)) in page.text


def test_a_page_is_made_for_light_dark_phones_and_paper() -> None:
    text = html_of(cases.sick())
    assert "width=device-width" in text
    for query in ("prefers-color-scheme: dark", "max-width: 34rem", "@media print"):
        assert query in text
