"""All ways of scanning give the same hits: line by line with ``re``, fixed texts one by one, and Vectorscan."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sickbay.facts.text import text_source
from sickbay.guides.library import builtin_guides
from sickbay.signatures.lookers import LONGEST_LINE, FixedTexts
from sickbay.signatures.pattern import Pattern
from sickbay.signatures.prefixes import without_prefix
from sickbay.signatures.scanner import MOST_HITS, Scanner, Way
from tests.unit.sickbay.signatures.ways import WAYS, all_ways

_SIGNATURES = [(guide.slug, signature) for guide in builtin_guides() for signature in guide.front.signatures]
_LINES = sorted(
    {line for _, signature in _SIGNATURES for line in (signature.example, *signature.also, *signature.not_in)}
)
#: What separates words in other programs and languages, and what byte-wise and character-wise matching tell apart.
_ODD = st.sampled_from(
    [
        "é",
        "\u2018x\u2019",
        "\u201cx\u201d",
        "\u00a0",
        "\u3000",
        "日本",
        "\ufffd",
        "\r",
        "\t",
        "x" * 150,
        "\u017f",
        "\u212a",
        "\u0085",
    ]
)


@cache
def _scanners() -> list[Scanner]:
    patterns = [Pattern(id=f"{slug}/{signature.id}", expression=signature.pattern) for slug, signature in _SIGNATURES]
    return [Scanner(patterns, way=way) for way in WAYS]


@st.composite
def _lines(draw: st.DrawFn) -> str:
    line = draw(st.sampled_from(_LINES))
    match draw(st.sampled_from(["whole", "cut", "odd", "upper", "noise", "passed on"])):
        case "cut":
            start = draw(st.integers(0, len(line)))
            return line[start : draw(st.integers(start, len(line)))]
        case "odd":
            place = draw(st.integers(0, len(line)))
            return line[:place] + draw(_ODD) + line[place:]
        case "passed on":
            return draw(st.sampled_from(["web-1  | ", "2026-01-01T00:00:00Z ", "[pod/x/c] "])) + line
        case "upper":
            return line.upper()
        case "noise":
            return draw(st.text(max_size=30))
        case _:
            return line


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)  # `re` itself remembers no more than 512 of them


def _plainly(data: bytes) -> list[tuple[int, str, str, object]]:
    """Return the hits as the scanner defines them, without any shortcut."""
    found = []
    kept: dict[str, int] = {}
    for number, raw in enumerate(data.split(b"\n"), start=1):
        line = raw[:LONGEST_LINE].decode("utf-8", "replace")
        message = without_prefix(line)
        for slug, signature in _SIGNATURES if line else ():
            name = f"{slug}/{signature.id}"
            match = _compiled(signature.pattern).search(line)
            if match is None and message is not None:
                match = _compiled(signature.pattern).search(message)
            if match is not None and kept.get(name, 0) < MOST_HITS:
                kept[name] = kept.get(name, 0) + 1
                captures = {key: value for key, value in match.groupdict().items() if value is not None}
                found.append((number, name, line, captures))
    return found


def _hits(scanner: Scanner, data: bytes) -> list[tuple[int, str, str, object]]:
    return [(hit.line, hit.pattern_id, hit.text, hit.captures) for hit in scanner.scan(data)]


@st.composite
def _cut(draw: st.DrawFn, data: bytes) -> list[bytes]:
    places = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


def _streamed(scanner: Scanner, parts: list[bytes]) -> list[tuple[int, str, str, object]]:
    stream = scanner.stream()
    hits = [hit for part in parts for hit in stream.feed(part)] + stream.finish()
    return [(hit.line, hit.pattern_id, hit.text, hit.captures) for hit in hits]


@settings(deadline=None)  # the first example compiles
@given(st.data(), st.lists(_lines(), max_size=12), st.sampled_from(["\n", "\n\n", "\r\n"]))
def test_generated_texts_give_the_same_hits_in_every_way_whole_or_however_cut(
    data: st.DataObject, lines: list[str], end: str
) -> None:
    text = text_source("text", end.join(lines).encode("utf-8", "replace")).data
    expected = _plainly(text)
    parts = data.draw(_cut(text))
    for scanner in _scanners():
        assert _hits(scanner, text) == expected
        assert _streamed(scanner, parts) == expected


def test_every_line_that_guides_show_gives_the_same_hits_in_every_way() -> None:
    data = "\n".join(_LINES).encode()
    expected = _plainly(data)
    assert expected != []
    for scanner in _scanners():
        assert _hits(scanner, data) == expected


def _scan(expression: str, text: str, *, way: Way) -> list[tuple[int, str]]:
    hits = Scanner([Pattern(id="one", expression=expression)], way=way).scan(text.encode())
    return [(hit.line, hit.text) for hit in hits]


@all_ways
def test_lines_are_counted_from_one(way: Way) -> None:
    assert _scan("fail", "ok\nfail here\n\nfail", way=way) == [(2, "fail here"), (4, "fail")]


@all_ways
def test_a_match_never_reaches_over_the_end_of_a_line(way: Way) -> None:
    assert _scan(r"one\s+two", "one\ntwo\none two", way=way) == [(3, "one two")]


@all_ways
def test_a_line_s_ends_are_a_pattern_s_ends(way: Way) -> None:
    assert _scan("^a$", "ba\na\nab", way=way) == [(2, "a")]


@all_ways
def test_a_gap_is_counted_in_characters(way: Way) -> None:
    assert _scan("a.{0,3}b", "aéééb\naééééb", way=way) == [(1, "aéééb")]


@all_ways
def test_a_class_of_quotes_holds_characters_and_not_their_bytes(way: Way) -> None:
    assert _scan("[\u2018']x[\u2019']", "\u2018x\u2019 gone", way=way) == [(1, "\u2018x\u2019 gone")]


@all_ways
def test_of_one_pattern_only_the_first_hits_are_kept(way: Way) -> None:
    hits = _scan("x", "x\n" * (MOST_HITS + 10), way=way)
    assert hits == [(number, "x") for number in range(1, MOST_HITS + 1)]


@all_ways
def test_of_a_very_long_line_the_beginning_is_looked_at(way: Way) -> None:
    assert _scan("end", "x" * LONGEST_LINE + "end", way=way) == []


def test_named_captures_come_with_the_hit() -> None:
    scanner = Scanner([Pattern(id="one", expression="(?P<name>\\w+): not found|(?P<other>z)")])
    assert [dict(hit.captures) for hit in scanner.scan(b"sh: foo: not found")] == [{"name": "foo"}]


def test_an_empty_text_has_no_hits() -> None:
    assert Scanner([Pattern(id="one", expression="x*")]).scan(b"") == []


@all_ways
def test_a_hit_comes_as_soon_as_its_line_ends(way: Way) -> None:
    stream = Scanner([Pattern(id="one", expression="fail")], way=way).stream()
    assert [len(stream.feed(part)) for part in (b"ok\nfa", b"il", b"\nfail", b"")] == [0, 0, 1, 0]
    assert [hit.line for hit in stream.finish()] == [3]


@all_ways
def test_of_a_line_that_never_ends_no_more_is_held_than_is_looked_at(way: Way) -> None:
    stream = Scanner([Pattern(id="one", expression="fail")], way=way).stream()
    for _ in range(100):
        stream.feed(b"x" * 100_000)
    assert len(stream._begun) <= LONGEST_LINE
    assert [hit.line for hit in stream.feed(b"fail\nfail\n")] == [2]


def test_without_any_library_texts_are_scanned_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Way, "is_available", property(lambda way: way is Way.FIXED_TEXTS))
    scanner = Scanner([Pattern(id="one", expression="fail")], large_text=0)
    assert isinstance(scanner.looker(1), FixedTexts)
    assert [hit.line for hit in scanner.scan(b"ok\nfail")] == [2]
