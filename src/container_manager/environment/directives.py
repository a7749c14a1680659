"""Reading directives: comments that begin with ``#@``, which every other reader of dotenv files passes over."""

from __future__ import annotations

import re

from container_manager.environment.diagnostics import Findings, Place
from container_manager.environment.source import Source, Span
from container_manager.environment.suggestions import Suggestions
from container_manager.environment.syntax import Declaration, Include, TypeName

#: What a template may be called.
TEMPLATE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")

_INCLUDE = re.compile(r"include(?:[ \t]+|$)")
_DECLARE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)[ \t]*:")
_WORD = re.compile(r"choice[ \t]*\(([^()]*)\)|choice|[^ \t()]+|[()]")
_TYPES = frozenset(TypeName)
_WORDS = (*(name for name in TypeName if name is not TypeName.CHOICE), "choice(a, b)", "secret", "required")


class DirectiveReader:
    """Reads the directives of one template."""

    def __init__(self, source: Source, findings: Findings, suggestions: Suggestions) -> None:
        self._source = source
        self._findings = findings
        self._suggestions = suggestions

    def read(self, content: Span) -> Include | Declaration | None:
        """Return what a directive says, or ``None`` where it is wrong."""
        content = self._without_comment(content)
        if include := _INCLUDE.match(self._source.text, content.start, content.end):
            return self._include(include.end(), content.end)
        if declare := _DECLARE.match(self._source.text, content.start, content.end):
            return self._declaration(declare, content)
        fix = "There are '#@ include NAME' and '#@ NAME: type secret required'; a plain comment begins with '# '."
        word = self._source.part(content).split(maxsplit=1)[:1]
        if word and word[0] != "include" and self._suggestions.nearest(word[0], ["include"]):
            fix = "Did you mean include?"
        self._wrong("bad-directive", content, "This is no directive.", fix)
        return None

    def _without_comment(self, content: Span) -> Span:
        text = self._source.part(content)
        found = min((at for at in (text.find(" #"), text.find("\t#")) if at != -1), default=len(text))
        return Span(start=content.start, end=content.start + len(text[:found].rstrip(" \t")))

    def _include(self, start: int, end: int) -> Include | None:
        span = Span(start=start, end=end)
        name = self._source.part(span)
        if TEMPLATE_NAME.fullmatch(name):
            return Include(name=name, name_span=span)
        fix = "Write one name of letters, digits, '.', '_', '-': #@ include base"
        message = "A template's name is missing." if not name else "This is no template's name."
        self._wrong("bad-directive", span, message, fix)
        return None

    def _declaration(self, declare: re.Match[str], content: Span) -> Declaration | None:
        said: dict[str, tuple[str, ...]] = {}
        for word in _WORD.finditer(self._source.text, declare.end(), content.end):
            span = Span(start=word.start(), end=word.end())
            key = "choice" if word[0].startswith("choice") else word[0]
            if key not in (*TypeName, "secret", "required"):
                self._unknown_word(word[0], span)
                continue
            if key in said or (key in _TYPES and not _TYPES.isdisjoint(said)):
                self._wrong("bad-directive", span, "This is said already.", "Leave one of them.")
            said[key] = self._choices(word[1], span) if key == TypeName.CHOICE else ()
        if not said:
            fix = f"Add one or more of {', '.join(_WORDS)}."
            self._wrong("bad-directive", content, "The declaration says nothing.", fix)
            return None
        kind = next((TypeName(word) for word in said if word in _TYPES), None)
        return Declaration(
            name=declare[1],
            type=kind,
            choices=said[kind] if kind else (),
            secret="secret" in said,
            required="required" in said,
            span=content,
            name_span=Span(start=declare.start(1), end=declare.end(1)),
        )

    def _choices(self, listed: str | None, span: Span) -> tuple[str, ...]:
        choices = tuple(choice.strip(" \t") for choice in (listed or "").split(","))
        if not all(choices) or len(set(choices)) < len(choices):
            fix = "Write each once, with commas between: choice(fast, safe)"
            self._wrong("bad-directive", span, "A choice must list what there is to choose.", fix)
        return choices

    def _unknown_word(self, word: str, span: Span) -> None:
        fix = self._suggestions.question(word, _WORDS, otherwise=f"There are {', '.join(_WORDS)}.")
        self._wrong("bad-directive", span, "This word says nothing about a variable.", fix)

    def _wrong(self, code: str, span: Span, message: str, fix: str) -> None:
        self._findings.error(code, Place(source=self._source, span=span), message, fix)
