"""Whether shown evidence is true: the line stands in the text, and a signature of the verdict's guide is found there.

It is checked anew from the text, with plain ``re``, and not with the scanner that found it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sickbay.guides.model import Guide
from sickbay.signatures.lookers import LONGEST_LINE
from sickbay.signatures.prefixes import without_prefix

#: What stands where a secret was: ``[password]``, ``[secret:API_TOKEN]``.
_MARK = re.compile(r"\[[a-z][a-z-]*(?::[^\]\s]{1,100})?\]")


def is_grounded(verdict: Mapping[str, Any], lines: list[str], guides: Mapping[str, Guide]) -> bool:
    """Say whether a verdict shows evidence, and all of it that names a line is right. ``lines`` are the case's text."""
    evidence = verdict["evidence"]
    return bool(evidence) and all(
        each["line"] is None or _is_right(each, lines, guides[verdict["guide"]]) for each in evidence
    )


def _is_right(evidence: Mapping[str, Any], lines: list[str], guide: Guide) -> bool:
    number, shown, column = evidence["line"], evidence["text"], evidence["column"]
    if not 0 < number <= len(lines):
        return False
    line = lines[number - 1]
    if len(line) > LONGEST_LINE // 4:  # a long one is cut by its bytes
        line = line[: len(shown)] if line.startswith(shown) else line
    return _same(shown, line) and any(_same(shown[: column - 1], line[:start]) for start in _starts(line, guide))


def _same(shown: str, line: str) -> bool:
    """Say whether a shown text is a line's, but for the marks that stand where secrets were."""
    parts = _MARK.split(shown)
    return shown == line or (
        len(parts) > 1 and re.fullmatch(".*".join(re.escape(part) for part in parts), line, re.DOTALL) is not None
    )


def _starts(line: str, guide: Guide) -> Iterable[int]:
    """Yield where the guide's signatures are found in a line, and in what follows its prefix."""
    bare = without_prefix(line)
    for signature in guide.front.signatures:
        for text in (line, bare):
            if text is not None:
                yield from (len(line) - len(text) + found.start() for found in re.finditer(signature.pattern, text))
