"""The marks that stand where something was: ``[password]``, ``[token:github]``, and ``#2`` for another of a kind."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

#: A label, as it stands in a text that was redacted before.
LABEL = re.compile(
    rb"\[(?P<kind>password|secret|token|key|cookie|private-key|webhook)(?P<name>:[^\]\[\s]{1,80})?(?:\#(?P<number>\d{1,6}))?\]"
)


class Labels:
    """Gives values their labels: the same value the same one, another value of the kind the next number."""

    def __init__(self, *texts: bytes) -> None:
        """Numbers go on behind those that ``texts`` hold already, from an earlier redaction."""
        self._given: dict[tuple[str, bytes], bytes] = {}
        self._last: dict[str, int] = defaultdict(int)
        self.note(texts)

    def note(self, texts: Iterable[bytes]) -> None:
        """Give no label anew that these texts hold, unless it was given here."""
        ours = set(self._given.values())
        for text in texts:
            for found in LABEL.finditer(text) if b"]" in text else ():
                if found.group() in ours:
                    continue
                kind = (found["kind"] + (found["name"] or b"")).decode("utf-8", "replace")
                self._last[kind] = max(self._last[kind], int(found["number"] or 1))

    def of(self, kind: str, value: bytes) -> bytes:
        """Return the label of a value; the first of a kind has no number."""
        if (kind, value) not in self._given:
            self._last[kind] += 1
            number = self._last[kind]
            self._given[kind, value] = (f"[{kind}]" if number == 1 else f"[{kind}#{number}]").encode()
        return self._given[kind, value]
