"""Which lines of a text a report shows: around the evidence, the end, the beginning, within caps. Pure.

Choosing and showing are two steps, for between them secrets are hidden: in blocks that hold more lines than are shown,
so that a key of many lines is recognized although its first line is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sickbay.diagnosis.verdict import Evidence
from sickbay.facts.model import Text, TextSource
from sickbay.reports.characters import shortened
from sickbay.reports.issue import Line, Part

#: Lines shown around evidence on each side, of the end, and of the beginning.
AROUND = 6
TAIL = 40
HEAD = 15

#: Characters shown of one text, and of all: a whole report stays below 65,536, the most that forges take as an issue.
MOST_OF_ONE = 20_000
MOST_OF_ALL = 36_000
LONGEST_SHOWN = 400
_NUMBER_WIDTH = 10

_MARGIN_LINES = 60
_MARGIN_BYTES = 64 * 1024
_COUNTED_AT_ONCE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Block:
    """Lines that follow each other, not yet hidden. ``shown`` are the first and last numbers of those to show."""

    first: int
    text: str
    shown: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What of a text is to be shown."""

    source: str
    line_count: int
    blocks: tuple[Block, ...]


def choose(texts: Sequence[Text], evidence: Iterable[Evidence]) -> tuple[Choice, ...]:
    """Choose lines of each text. Evidence is chosen first, then what is around it, then the end, then the beginning.

    Of a text that was not kept whole no line is chosen.
    """
    telling: dict[str, list[int]] = {}
    for each in evidence:
        if each.line is not None:
            telling.setdefault(each.source, []).append(each.line)
    most = min(MOST_OF_ONE, MOST_OF_ALL // max(len(texts), 1))
    return tuple(_choice(text, telling.get(text.name, []), most) for text in texts)


def parts_of(choice: Choice, hidden: Sequence[str], columns: Mapping[int, int | None]) -> tuple[Part, ...]:
    """Return the lines to show. ``hidden`` are the blocks without secrets, ``columns`` the evidence by line."""
    parts = []
    before = 0
    for block, text in zip(choice.blocks, hidden, strict=True):
        first, last = block.shown
        lines = tuple(
            Line(
                number=number,
                text=shortened(line, column=columns.get(number), longest=LONGEST_SHOWN),
                is_evidence=number in columns,
            )
            for number, line in _numbered(block, text)
            if first <= number <= last
        )
        parts.append(Part(left_out=first - before - 1, lines=lines))
        before = last
    return tuple(parts)


def _choice(text: Text, telling: Collection[int], most: int) -> Choice:
    count = text.line_count
    if not isinstance(text, TextSource):
        return Choice(source=text.name, line_count=count, blocks=())
    chosen: set[int] = set()
    lengths: dict[int, int] = {}
    for number in _by_worth(telling, count):
        if number in chosen:
            continue
        if number not in lengths:
            lengths.update(_lengths_near(text.data, number))
        cost = min(lengths.get(number, 0), LONGEST_SHOWN) + _NUMBER_WIDTH
        if cost > most:
            break
        most -= cost
        chosen.add(number)
    blocks = tuple(_block(text.data, first, last) for first, last in _ranges(chosen))
    return Choice(source=text.name, line_count=count, blocks=blocks)


def _by_worth(telling: Collection[int], count: int) -> Iterator[int]:
    """Yield numbers of lines, those first that say most."""
    for distance in range(AROUND + 1):
        for number in sorted(telling):
            yield from (each for each in (number - distance, number + distance) if 1 <= each <= count)
    yield from range(count, max(count - TAIL, 0), -1)
    yield from range(1, min(HEAD, count) + 1)


def _ranges(numbers: Collection[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of the numbers that follow each other."""
    ordered = sorted(numbers)
    starts = [number for number in ordered if number - 1 not in numbers]
    ends = [number for number in ordered if number + 1 not in numbers]
    return zip(starts, ends, strict=True)


def _lengths_near(data: bytes, number: int) -> dict[int, int]:
    """Return the lengths of a line and of some around it, so that the text is not walked for each."""
    first = max(number - TAIL, 1)
    place = _start_of(data, first)
    lengths = {}
    for each in range(first, number + TAIL):
        end = data.find(b"\n", place)
        lengths[each] = (len(data) if end < 0 else end) - place
        if end < 0:
            break
        place = end + 1
    return lengths


def _start_of(data: bytes, number: int, place: int = 0) -> int:
    """Return where a line begins, counted from ``place``; the end of the text where there is no such line."""
    lines = number - 1
    while (counted := data.count(b"\n", place, place + _COUNTED_AT_ONCE)) < lines and place < len(data):
        lines -= counted
        place += _COUNTED_AT_ONCE
    for _ in range(lines):
        end = data.find(b"\n", place)
        if end < 0:
            return len(data)
        place = end + 1
    return place


def _block(data: bytes, first: int, last: int) -> Block:
    """Return some lines with a margin around them."""
    start = _start_of(data, first)
    end = _start_of(data, last - first + 2, start)
    begin, margin = start, 0
    while margin < _MARGIN_LINES and begin and start - (before := data.rfind(b"\n", 0, begin - 1) + 1) <= _MARGIN_BYTES:
        begin, margin = before, margin + 1
    finish = end
    for _ in range(_MARGIN_LINES):
        behind = data.find(b"\n", finish) + 1
        if not behind or behind - end > _MARGIN_BYTES:
            break
        finish = behind
    text = data[begin:finish].decode("utf-8", "replace").removesuffix("\n")
    return Block(first=first - margin, text=text, shown=(first, last))


def _numbered(block: Block, hidden: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a block with their numbers, also where one label stands for several lines."""
    lines, given = hidden.split("\n"), block.text.split("\n")
    if len(lines) == len(given):
        yield from enumerate(lines, start=block.first)
        return
    for _, a_start, a_end, b_start, b_end in SequenceMatcher(None, given, lines, autojunk=False).get_opcodes():
        for place in range(b_start, b_end):
            number = min(a_start + place - b_start, max(a_end - 1, a_start))
            yield block.first + number, lines[place]
