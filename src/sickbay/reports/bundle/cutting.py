"""Which bytes of a text a bundle keeps: its beginning, its end, and what is around evidence. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sickbay.diagnosis.verdict import Evidence
from sickbay.facts.long_text import LongText
from sickbay.facts.model import Text
from sickbay.reports.bundle.contents import BundledText

#: Lines kept around evidence on each side, where beginning and end do not hold them.
AROUND = 20


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Whole lines that follow each other; ``first`` is the number of the first one, from 1."""

    first: int
    data: bytes

    @property
    def last(self) -> int:
        """The number of its last line."""
        return self.first + self.data.count(b"\n") - (1 if self.data.endswith(b"\n") else 0)


def segments_of(text: Text, evidence: Collection[Evidence], *, most_bytes: int) -> tuple[Segment, ...]:
    """Return the parts of a text to keep, in their order and apart from each other."""
    telling = {each.line: each.text for each in evidence if each.source == text.name and each.line is not None}
    if isinstance(text, LongText):
        head = Segment(first=1, data=_whole_lines_before(text.beginning, most_bytes // 2))
        tail = _end_of(text.end, text.line_count, most_bytes // 2)
        between = [Segment(first=line, data=told.encode() + b"\n") for line, told in telling.items()]
        return _apart([head, *between, tail])
    data = text.data
    if len(data) <= most_bytes:
        return (Segment(first=1, data=data),) if data else ()
    head = Segment(first=1, data=_whole_lines_before(data, most_bytes // 2))
    return _apart([head, *_around(data, telling, text.line_count), _end_of(data, text.line_count, most_bytes // 2)])


def bundled(
    text: Text, segments: Sequence[Segment], hide: Callable[[bytes], bytes], *, diagnosed: bool = True
) -> BundledText:
    """Put segments together with secrets hidden and line numbers kept: empty lines stand for what was left out."""
    parts: list[bytes] = []
    following = 1
    for segment in segments:
        parts += [b"\n" * (segment.first - following), _same_lines(segment.data, hide(segment.data))]
        following = segment.last + 1
    kept = sum(segment.last - segment.first + 1 for segment in segments)
    if text.line_count >= following:
        parts.append(b"\n" * (text.line_count - following + 1))
    return BundledText(
        name=text.name,
        data=b"".join(parts),
        line_count=text.line_count,
        lines_left_out=max(0, text.line_count - kept),
        diagnosed=diagnosed,
    )


def _same_lines(before: bytes, after: bytes) -> bytes:
    """Give back the line ends that were hidden with a secret of several lines, where they were."""
    missing = before.count(b"\n") - after.count(b"\n")
    if missing <= 0:
        return after
    old, new = before.split(b"\n"), after.split(b"\n")
    lines: list[bytes] = []
    for _, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        lines += new[new_from:new_to]
        lines += [b""] * ((old_to - old_from) - (new_to - new_from))
    return b"\n".join(lines)


def _around(data: bytes, telling: Collection[int], line_count: int) -> list[Segment]:
    """Return the lines around each telling one."""
    if not telling:
        return []
    lines = data.split(b"\n")
    spans = [(max(1, number - AROUND), min(line_count, number + AROUND)) for number in sorted(telling)]
    return [Segment(first=first, data=b"\n".join(lines[first - 1 : last]) + b"\n") for first, last in spans]


def _whole_lines_before(data: bytes, most: int) -> bytes:
    part = data[:most]
    if len(part) == len(data):
        return part
    end = part.rfind(b"\n") + 1
    return part[:end] if end else part + (b"\n" if part else b"")


def _end_of(data: bytes, line_count: int, most: int) -> Segment:
    part = data[-most:] if most else b""
    if len(part) < len(data):
        begin = part.find(b"\n") + 1
        part = part[begin:] if begin else part
    count = part.count(b"\n") + (0 if part.endswith(b"\n") or not part else 1)
    return Segment(first=line_count - count + 1, data=part)


def _apart(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Order segments, and cut off of each what an earlier one holds."""
    apart: list[Segment] = []
    reached = 0
    for segment in sorted((each for each in segments if each.data), key=lambda each: each.first):
        overlap = reached - segment.first + 1
        lines = segment.data.split(b"\n")
        rest = segment if overlap <= 0 else Segment(first=reached + 1, data=b"\n".join(lines[overlap:]))
        if rest.data:
            apart.append(rest)
            reached = rest.last
    return tuple(apart)
