"""Reading a value: escapes, and references with their defaults."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from container_manager.environment.diagnostics import Findings, Place
from container_manager.environment.scanner import Quote
from container_manager.environment.source import Source, Span
from container_manager.environment.syntax import Operator, Part, Reference, SecretReference, Text

#: How deep defaults may stand in defaults.
DEEPEST = 20

_TOKEN = {
    Quote.NONE: re.compile(r"\$\$\{|\$\{|[{}]|\$[A-Za-z_][A-Za-z0-9_]*"),
    Quote.DOUBLE: re.compile(r"\\\r\n|\\.|\r\n|\$\$\{|\$\{|[{}]|\$[A-Za-z_][A-Za-z0-9_]*", re.DOTALL),
}
_NAMED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(:-|:\?|-|\?|\})")
_SECRET = re.compile(r"secret:([A-Za-z0-9][A-Za-z0-9._-]{0,199})\}")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\n": "", "\r\n": "", **{same: same for same in "\\\"'${}"}}


@dataclass(kw_only=True)
class _Frame:
    """A reference that is still open, or the whole value."""

    name: str = ""
    operator: Operator | None = None
    opening: int = 0
    operand: int = 0
    braces: int = 0
    parts: list[Part] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    text_start: int = 0

    def flush(self, end: int) -> None:
        """Make one text of the pieces read so far."""
        text = "".join(self.pieces)
        if text:
            self.parts.append(Text(text=text, span=Span(start=self.text_start, end=end)))
        self.pieces.clear()


@dataclass(frozen=True, kw_only=True)
class ReadValue:
    """A value's parts. ``whole`` is False where something was wrong."""

    parts: tuple[Part, ...]
    whole: bool
    bare: tuple[tuple[str, Span], ...] = ()


def read_value(source: Source, span: Span, quote: Quote, findings: Findings) -> ReadValue:
    """Return the parts of a value."""
    if quote is Quote.SINGLE:
        text = source.part(span).replace("\r\n", "\n")
        return ReadValue(parts=(Text(text=text, span=span),) if text else (), whole=True)
    return _Reader(source, span, quote, findings).read()


class _Reader:
    def __init__(self, source: Source, span: Span, quote: Quote, findings: Findings) -> None:
        self._source = source
        self._span = span
        self._token = _TOKEN[quote]
        self._quote = quote
        self._findings = findings
        self._frames = [_Frame(text_start=span.start)]
        self._bare: list[tuple[str, Span]] = []
        self._whole = True

    def read(self) -> ReadValue:
        """Read piece by piece; open references are a stack, so that no depth breaks it."""
        offset = self._span.start
        while match := self._token.search(self._source.text, offset, self._span.end):
            self._literal(offset, self._source.text[offset : match.start()])
            offset = self._read_lexeme(match[0], match.start(), match.end())
        self._literal(offset, self._source.text[offset : self._span.end])
        if len(self._frames) > 1:
            self._wrong("unclosed-reference", self._frames[1].opening, 2, "'${' is not closed.", _unclosed(self._quote))
        self._frames[0].flush(self._span.end)
        return ReadValue(parts=tuple(self._frames[0].parts), whole=self._whole, bare=tuple(self._bare))

    def _literal(self, start: int, text: str) -> None:
        frame = self._frames[-1]
        if text:
            if not frame.pieces:
                frame.text_start = start
            frame.pieces.append(text)

    def _read_lexeme(self, lexeme: str, start: int, end: int) -> int:
        frame = self._frames[-1]
        if lexeme == "${":
            return self._open(start, end)
        if lexeme == "}" and len(self._frames) > 1 and not frame.braces:
            self._close(start, end)
            return end
        if lexeme in "{}":
            frame.braces += (1 if lexeme == "{" else -1) if len(self._frames) > 1 else 0
        elif lexeme == "$${":
            lexeme = "${"
        elif lexeme == "\r\n":
            lexeme = "\n"
        elif lexeme.startswith("\\"):
            lexeme = self._escaped(lexeme, start)
        else:
            self._bare.append((lexeme[1:], Span(start=start, end=end)))
        self._literal(start, lexeme)
        return end

    def _escaped(self, lexeme: str, start: int) -> str:
        if lexeme[1:] in _ESCAPES:
            return _ESCAPES[lexeme[1:]]
        shown = lexeme if lexeme.isprintable() else "\\"
        fix = rf"Write \{shown} for a backslash, or use single quotes. There are \n \r \t \\ \" \' \$ \{{ \}}."
        self._wrong("invalid-escape", start, len(lexeme), f"There is no escape {shown}.", fix)
        return lexeme

    def _open(self, start: int, end: int) -> int:
        """Begin a reference, and return where reading goes on."""
        text, stop = self._source.text, self._span.end
        if secret := _SECRET.match(text, end, stop):
            self._frames[-1].flush(start)
            self._frames[-1].parts.append(SecretReference(name=secret[1], span=Span(start=start, end=secret.end())))
            return secret.end()
        named = _NAMED.match(text, end, stop)
        if named is None:
            return self._bad_reference(start, end)
        frame = _Frame(name=named[1], opening=start, operand=named.end(), text_start=named.end())
        if named[2] == "}":
            frame.operand = named.start(2)
            self._frames.append(frame)
            self._close(named.start(2), named.end())
        elif len(self._frames) > DEEPEST:
            fix = "Give the inner defaults names of their own."
            self._wrong("too-deep", start, 2, f"Defaults stand more than {DEEPEST} deep in each other.", fix)
            del self._frames[1:]
            return stop
        else:
            frame.operator = Operator(named[2])
            self._frames.append(frame)
        return named.end()

    def _close(self, operand_end: int, end: int) -> None:
        frame = self._frames.pop()
        frame.flush(operand_end)
        reference = Reference(
            name=frame.name,
            operator=frame.operator,
            operand=tuple(frame.parts),
            span=Span(start=frame.opening, end=end),
            operand_span=Span(start=frame.operand, end=operand_end),
        )
        self._frames[-1].flush(frame.opening)
        self._frames[-1].parts.append(reference)

    def _bad_reference(self, start: int, end: int) -> int:
        closing = self._source.text.find("}", end, self._span.end)
        if closing == -1:
            fix = _unclosed(self._quote)
            self._wrong("unclosed-reference", start, 2, "'${' is not closed.", fix)
            del self._frames[1:]
            return self._span.end
        message = "This is no reference."
        fix = (
            "There are ${NAME}, ${NAME:-default}, ${NAME-default}, ${NAME:?message}, ${NAME?message}, ${secret:NAME}; "
        )
        self._wrong("bad-reference", start, closing + 1 - start, message, fix + "$${ writes '${'.")
        return closing + 1

    def _wrong(self, code: str, start: int, length: int, message: str, fix: str) -> None:
        self._whole = False
        place = Place(source=self._source, span=Span(start=start, end=start + length))
        self._findings.error(code, place, message, fix)


def _unclosed(quote: Quote) -> str:
    escape = r"; \{ and \} write braces that do not count" if quote is Quote.DOUBLE else ""
    return "Close it with }, one for each { inside" + escape + ". $${ writes '${'."
