"""The one sink: whatever is shown, stored as a diagnosis, or sent goes through here.

Four layers find what is hidden: structure (names with values, in any way that programs write the two), values that
were declared or found, wherever else they stand, well-known shapes, and what looks random under a name that sounds
secret. What they find is replaced by labels, ``[secret:API_TOKEN]``, ``[password]``, ``[token:github]``. Within what is
hidden together one value has one label, and two values of a kind have two: the second is ``[password#2]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sickbay.redaction.declared import DeclaredValues, StreamRedactor
from sickbay.redaction.finding import secrets_in
from sickbay.redaction.found import Found
from sickbay.redaction.gates import LARGE_TEXT
from sickbay.redaction.labels import Labels
from sickbay.redaction.plain_data import texts_in, with_texts
from sickbay.redaction.recurrences import recurring, values_of

#: So much of each end of a large text tells what is hidden in its lines.
_PART = 8 * 1024 * 1024


class _Hidden(NamedTuple):
    """A place to hide: what is declared has its label already."""

    start: int
    end: int
    label: bytes
    kind: str
    value: bytes


class Redactor:
    """Hides secrets. ``secrets`` maps names to values; a plain sequence of values gets labels without names.

    ``large_text`` is the size, in bytes, from which a faster search is made ready; the result does not depend on it.
    """

    def __init__(self, secrets: Mapping[str, str] | Iterable[str] = (), *, large_text: int = LARGE_TEXT) -> None:
        self._declared = DeclaredValues(secrets)
        self._known: Mapping[bytes, str] = {}
        self._labels: Labels | None = None
        """The labels that were given, where all that is hidden belongs together."""
        self._large_text = large_text

    def text(self, text: str) -> str:
        """Return the text with everything hidden."""
        return self.together([text])[0]

    def data(self, data: bytes) -> bytes:
        """Return the bytes with everything hidden."""
        return self._together([data], [None])[0]

    def together(self, texts: Sequence[str]) -> list[str]:
        """Return texts that are shown together: what is found in one is hidden in all, behind one label."""
        raw = [text.encode("utf-8", "surrogatepass") for text in texts]
        return [text.decode("utf-8", "surrogatepass") for text in self._together(raw, [None] * len(raw))]

    def value(self, value: object) -> object:
        """Return a JSON value with everything hidden in every text of it, keys too, as one thing shown together.

        What stands under a name that sounds secret is hidden whole.
        """
        given = list(texts_in(value))
        raw = [each.text.encode("utf-8", "surrogatepass") for each in given]
        hidden = self._together(raw, [each.kind for each in given])
        return with_texts(value, iter([text.decode("utf-8", "surrogatepass") for text in hidden]))

    def aware_of(self, *texts: bytes) -> Redactor:
        """Return a redactor that also hides, in everything, what it would find in these texts.

        Whatever it hides counts as shown together: a value has the same label in all of it.
        For lines out of a text: a line of a key by itself, say, does not look like one. Of a text that is larger than
        16 MiB its beginning and its end are looked through.
        """
        parts = [part for text in texts for part in _ends(text)]
        found = [each for part in parts for each in secrets_in(part, large_text=self._large_text)]
        aware = Redactor(large_text=self._large_text)
        aware._declared = self._declared
        aware._known = {**self._known, **values_of(found)}
        aware._labels = Labels(*texts)
        return aware

    @property
    def declared(self) -> DeclaredValues:
        """The layer that a stream passes: declared values and passwords in URLs, nothing else."""
        return self._declared

    def stream(self) -> StreamRedactor:
        """Return a redactor for bytes that come piece by piece: through :attr:`declared` alone."""
        return self._declared.stream()

    def _together(self, texts: Sequence[bytes], kinds: Sequence[str | None]) -> list[bytes]:
        """Hide in texts; one with a kind is a secret as a whole."""
        found = [
            [Found(0, len(text), kind, text)] if kind else list(secrets_in(text, large_text=self._large_text))
            for text, kind in zip(texts, kinds, strict=True)
        ]
        values = {**self._known, **values_of(each for some in found for each in some)}
        labels = self._labels or Labels()
        labels.note(texts)
        return [self._masked(text, some, values, labels) for text, some in zip(texts, found, strict=True)]

    def _masked(self, text: bytes, found: list[Found], values: Mapping[bytes, str], labels: Labels) -> bytes:
        places = [_Hidden(start, end, label, "", b"") for start, end, label in self._declared.places(text)]
        for each in (*found, *recurring(text, values, large_text=self._large_text)):
            value = each.value.strip()
            places.append(_Hidden(each.start, each.end, b"", values.get(value, each.kind), value))
        parts, end = [], 0
        for place in _apart(places):
            parts += [text[end : place.start], place.label or labels.of(place.kind, place.value)]
            end = place.end
        parts.append(text[end:])
        return b"".join(parts)


def _ends(text: bytes) -> list[bytes]:
    return [text] if len(text) <= 2 * _PART else [text[:_PART], text[-_PART:]]


def _apart(places: list[_Hidden]) -> list[_Hidden]:
    """Return places that do not overlap: those that do become one, named by what was declared, or by the longest."""
    apart: list[_Hidden] = []
    longest = 0
    # Of places alike what is declared is named first, then the more exact kind.
    for place in sorted(places, key=lambda each: (each.start, -each.end, not each.label, -len(each.kind), each.value)):
        if not apart or place.start >= apart[-1].end:
            apart.append(place)
            longest = place.end - place.start
            continue
        larger = place.end - place.start > longest and not apart[-1].label
        named = place if larger or (place.label and not apart[-1].label) else apart[-1]
        longest = max(longest, place.end - place.start)
        apart[-1] = named._replace(start=apart[-1].start, end=max(apart[-1].end, place.end))
    return apart
