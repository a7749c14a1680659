"""The second stage: from a text to raw statements, which say only where everything stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from container_manager.environment.diagnostics import Findings, Place
from container_manager.environment.source import Source, Span

_BLANKS = " \t"
_DIRECTIVE = "#@"
_IN_DOUBLE = re.compile(r'[\\"]')
_IN_UNQUOTED = re.compile(r"\$\$\{|\$\{|[{}]|[ \t]#")
_OPENS_QUOTE = re.compile(r"[ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*=[ \t]*")


class Quote(StrEnum):
    """How a value is written."""

    NONE = ""
    SINGLE = "'"
    DOUBLE = '"'


@dataclass(frozen=True, kw_only=True)
class RawAssignment:
    """``head=value``. The head may still be anything; ``value`` is without its quotes.

    ``written`` goes from the value to the end of its last line. ``whole`` is False where something is wrong with it.
    """

    head: Span
    value: Span
    written: Span
    quote: Quote
    whole: bool = True


@dataclass(frozen=True, kw_only=True)
class RawDirective:
    """What follows ``#@``, up to the line's end."""

    content: Span


@dataclass(frozen=True, kw_only=True)
class RawStray:
    """A line that is nothing."""

    content: Span


RawStatement = RawAssignment | RawDirective | RawStray


def scan(source: Source, findings: Findings) -> tuple[RawStatement, ...]:
    """Return the statements of a text; blank lines and comments are none."""
    scanner = _Scanner(source, findings)
    statements = []
    offset = 0
    while offset < len(source.text):
        statement, offset = scanner.statement(offset)
        if statement is not None:
            statements.append(statement)
    return tuple(statements)


class _Scanner:
    def __init__(self, source: Source, findings: Findings) -> None:
        self._source = source
        self._text = source.text
        self._findings = findings

    def statement(self, offset: int) -> tuple[RawStatement | None, int]:
        """Return the statement that begins in the line at ``offset``, and where the next line begins."""
        end, following = self._line_end(offset)
        start = self._skip(offset, end)
        if start == end:
            return None, following
        if self._text.startswith(_DIRECTIVE, start, end):
            return RawDirective(content=self._trimmed(start + len(_DIRECTIVE), end)), following
        if self._text[start] == "#":
            return None, following
        equals = self._text.find("=", start, end)
        if equals == -1:
            return RawStray(content=self._trimmed(start, end)), following
        return self._assignment(start, equals, end, following)

    def _assignment(self, start: int, equals: int, end: int, following: int) -> tuple[RawStatement, int]:
        head = self._trimmed(start, equals)
        begin = self._skip(equals + 1, end)
        is_spaced = begin > equals + 1 and begin < end and self._text[begin] != "#"
        if is_spaced or head.end < equals:
            self._tell_spaces(head, equals, begin if is_spaced else equals + 1)
        if begin < end and self._text[begin] in (Quote.SINGLE, Quote.DOUBLE):
            return self._quoted(head, begin, end, following)
        if not is_spaced:
            begin = equals + 1
        value = Span(start=begin, end=self._unquoted_end(begin, end))
        written = Span(start=begin, end=end)
        return RawAssignment(head=head, value=value, written=written, quote=Quote.NONE), following

    def _quoted(self, head: Span, opening: int, end: int, following: int) -> tuple[RawStatement, int]:
        quote = Quote(self._text[opening])
        closing = self._closing(quote, opening + 1)
        if closing is None or (closing > end and self._belongs_below(closing)):
            self._tell_unclosed(quote, opening, closing)
            value = self._trimmed(opening + 1, end)
            written = Span(start=opening + 1, end=end)
            return RawAssignment(head=head, value=value, written=written, quote=quote, whole=False), following
        value = Span(start=opening + 1, end=closing)
        end, following = self._line_end(closing)
        behind = self._skip(closing + 1, end)
        whole = behind == end or self._text[behind] == "#"
        if not whole:
            self._tell_garbage(quote, self._trimmed(closing + 1, end))
        written = Span(start=opening + 1, end=end)
        return RawAssignment(head=head, value=value, written=written, quote=quote, whole=whole), following

    def _closing(self, quote: Quote, start: int) -> int | None:
        if quote is Quote.SINGLE:
            found = self._text.find(quote, start)
            return None if found == -1 else found
        match = _IN_DOUBLE.search(self._text, start)
        while match is not None and match[0] == "\\":
            match = _IN_DOUBLE.search(self._text, match.end() + 1)
        return None if match is None else match.start()

    def _belongs_below(self, closing: int) -> bool:
        """Whether a quote that closes in a later line opens a value there and something follows it."""
        line_start = self._text.rfind("\n", 0, closing) + 1
        end, _ = self._line_end(closing)
        behind = self._skip(closing + 1, end)
        opens = _OPENS_QUOTE.fullmatch(self._text, line_start, closing) is not None
        return opens and behind < end and self._text[behind] != "#"

    def _unquoted_end(self, begin: int, end: int) -> int:
        """Return where an unquoted value ends: at the line's end, or at a comment outside of ``${…}``."""
        if self._skip(begin, end) == end:
            return begin
        depth = 0
        for match in _IN_UNQUOTED.finditer(self._text, begin, end):
            if match[0] == "${" or (match[0] == "{" and depth):
                depth += 1
            elif match[0] == "}" and depth:
                depth -= 1
            elif match[0].endswith("#") and not depth:
                return self._trimmed(begin, match.start()).end
        return self._trimmed(begin, end).end

    def _line_end(self, offset: int) -> tuple[int, int]:
        """Return where the line's content ends, and where the next line begins."""
        found = self._text.find("\n", offset)
        end, following = (len(self._text),) * 2 if found == -1 else (found, found + 1)
        return (end - 1 if end > offset and self._text[end - 1] == "\r" else end), following

    def _skip(self, offset: int, end: int) -> int:
        while offset < end and self._text[offset] in _BLANKS:
            offset += 1
        return offset

    def _trimmed(self, start: int, end: int) -> Span:
        start = self._skip(start, end)
        while end > start and self._text[end - 1] in _BLANKS:
            end -= 1
        return Span(start=start, end=end)

    def _place(self, start: int, end: int) -> Place:
        return Place(source=self._source, span=Span(start=start, end=end))

    def _tell_spaces(self, head: Span, equals: int, begin: int) -> None:
        where = "around" if head.end < equals and begin > equals + 1 else "before" if head.end < equals else "after"
        fix = "Write NAME=value; a value that begins with a space goes in quotes."
        self._findings.error("spaces-around-equals", self._place(head.end, begin), f"Spaces {where} '='.", fix)

    def _tell_unclosed(self, quote: Quote, opening: int, closing: int | None) -> None:
        message = f"The quote {quote} that opens here is not closed"
        if closing is not None:
            line = self._source.position(closing).line
            message += f" before line {line}, where the next value begins"
        fix = f"Close it with {quote}, in this line or where the value ends."
        self._findings.error("unclosed-quote", self._place(opening, opening + 1), message + ".", fix)

    def _tell_garbage(self, quote: Quote, garbage: Span) -> None:
        begin = self._source.position(garbage.start).line
        fix = "Take it into the quotes, or write a comment with #."
        if quote is Quote.DOUBLE:
            fix = r"Take it into the quotes (\" writes a quote), or write a comment with #."
        message = f"Something follows the closing quote {quote} in line {begin}."
        self._findings.error("trailing-garbage", self._place(garbage.start, garbage.end), message, fix)
