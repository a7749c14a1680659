"""The shell around the core: guides in, texts scanned, the diagnosis out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from sickbay.diagnosis.circumstances import signatures_count
from sickbay.diagnosis.ranking import SignatureHit, diagnose
from sickbay.diagnosis.verdict import Diagnosis
from sickbay.facts.model import Facts, Text
from sickbay.guides.library import builtin_guides
from sickbay.guides.model import Guide, Signature
from sickbay.signatures.kept import Kept, user_cache
from sickbay.signatures.pattern import Hit, Pattern
from sickbay.signatures.scanner import Scanner


@dataclass(frozen=True, kw_only=True)
class Symptoms:
    """The signatures of one guide that were hit, and the values of its inputs that stand in the texts."""

    signatures: frozenset[str]
    inputs: Mapping[str, str]


def symptoms_of(guide: Guide, facts: Facts, hits: Iterable[SignatureHit]) -> Symptoms:
    """Return which of these hits are symptoms that a guide knows, with the values for its inputs. Pure."""
    own = [hit for hit in hits if hit.guide == guide.slug]
    counted = [hit for hit in own if signatures_count(guide, hit.signature, facts, hit.text)]
    captured = {name: value for hit in reversed(counted) for name, value in hit.captures.items()}
    inputs = {name: captured[name.lower()] for name in guide.front.inputs if name.lower() in captured}
    return Symptoms(signatures=frozenset(hit.signature for hit in counted), inputs=inputs)


class Engine:
    """Diagnoses cases with a set of guides. Patterns are compiled once, and kept in ``kept`` for the next process."""

    def __init__(self, guides: Iterable[Guide], *, kept: Kept | None = None) -> None:
        self.guides = tuple(guides)
        self._signatures: dict[str, tuple[Guide, Signature]] = {
            f"{guide.slug}/{signature.id}": (guide, signature)
            for guide in self.guides
            for signature in guide.front.signatures
        }
        self._scanner = Scanner(
            (Pattern(id=name, expression=signature.pattern) for name, (_, signature) in self._signatures.items()),
            kept=kept,
        )

    def diagnose(self, facts: Facts) -> Diagnosis:
        """Scan the texts and rank the causes."""
        hits = self.scan(facts)  # before the ends of long texts are asked for
        return diagnose(facts, hits, self.guides)

    def scan(self, facts: Facts) -> tuple[SignatureHit, ...]:
        """Return every signature that is found in the texts. Long texts can be scanned once."""
        return tuple(hit for text in facts.texts for hit in self.hits(text))

    def symptoms(self, facts: Facts, guide: Guide) -> Symptoms:
        """Return which signatures of a guide the texts hit where they count, with the values for its inputs."""
        return symptoms_of(guide, facts, self.scan(facts))

    def hits(self, text: Text) -> Iterator[SignatureHit]:
        """Yield the signatures that are found in a text."""
        stream = self._scanner.stream()
        for piece in text.pieces():
            yield from self._counted(stream.feed(piece), text.name)
        yield from self._counted(stream.finish(), text.name)

    def _counted(self, hits: Iterable[Hit], source: str) -> Iterator[SignatureHit]:
        """Yield the hits whose signature is looked for in such a text."""
        for hit in hits:
            guide, signature = self._signatures[hit.pattern_id]
            if "any" in signature.where or source in signature.where:
                yield SignatureHit(
                    guide=guide.slug,
                    signature=signature.id,
                    source=source,
                    line=hit.line,
                    column=hit.column,
                    text=hit.text,
                    captures=hit.captures,
                )


@cache
def builtin_engine() -> Engine:
    """Return the engine with the guides that come with the package."""
    return Engine(builtin_guides(), kept=user_cache())
