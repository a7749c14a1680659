"""Hearing lines that must stop a session: stored data may be damaged, or somebody may have broken in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from sickbay.facts.model import Text
from sickbay.guides.model import Guide
from sickbay.safety.cleaning import clean_output
from sickbay.safety.stops import Alarm, Tag
from sickbay.signatures.pattern import Hit, Pattern
from sickbay.signatures.scanner import Scanner

_BEFORE, _SHOWN = 40, 200
"""Characters of a line that are shown before what was found in it, and in all."""


class Alarms:
    """Looks for the tagged signatures of guides in all that a session takes in, and keeps what it has heard.

    Without guides it hears nothing.
    """

    def __init__(self, guides: Iterable[Guide] = ()) -> None:
        self._tagged = {
            f"{guide.slug}/{signature.id}": (signature.pattern, [Tag(tag) for tag in signature.tags])
            for guide in guides
            for signature in guide.front.signatures
            if signature.tags
        }
        self._heard: dict[Alarm, None] = {}

    @property
    def heard(self) -> tuple[Alarm, ...]:
        """What was heard, in its order, each once."""
        return tuple(self._heard)

    def hear(self, *texts: str) -> None:
        """Take in what somebody or something said."""
        for text in texts:
            if self._tagged and text:
                stream = self._scanner.stream()
                raw = text.encode("utf-8", "replace")
                clean = clean_output("", raw, most_bytes=len(raw)).text.encode()
                self._keep([*stream.feed(clean), *stream.finish()])

    def hearing(self, text: Text) -> Text:
        """Return a text that is taken in while somebody reads its pieces, of which a long one has them once."""
        return _HeardText(text, self) if self._tagged else text

    @cached_property
    def _scanner(self) -> Scanner:
        return Scanner(Pattern(id=name, expression=pattern) for name, (pattern, _) in self._tagged.items())

    def _keep(self, hits: Iterable[Hit]) -> None:
        for hit in hits:
            start = max(0, hit.column - 1 - _BEFORE)
            says = f"{hit.pattern_id}: {hit.text[start : start + _SHOWN].strip()}"
            self._heard.update(dict.fromkeys(Alarm(tag=tag, says=says) for tag in self._tagged[hit.pattern_id][1]))

    def heard_while(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the pieces of a clean text, and take it in meanwhile."""
        stream = self._scanner.stream()
        for piece in pieces:
            self._keep(stream.feed(piece))
            yield piece
        self._keep(stream.finish())


@dataclass(frozen=True)
class _HeardText:
    """A text whose pieces are heard as they are read."""

    text: Text
    alarms: Alarms

    @property
    def name(self) -> str:
        return self.text.name

    @property
    def data(self) -> bytes:
        return self.text.data

    @property
    def line_count(self) -> int:
        return self.text.line_count

    def pieces(self) -> Iterator[bytes]:
        yield from self.alarms.heard_while(self.text.pieces())

    def last_lines(self, most: int) -> list[tuple[int, str]]:
        return self.text.last_lines(most)
