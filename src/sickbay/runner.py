"""The shell around the core: guides in, texts scanned, the diagnosis out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sickbay.diagnosis.ranking import SignatureHit, diagnose
from sickbay.diagnosis.verdict import Diagnosis
from sickbay.facts.model import Facts, TextSource
from sickbay.guides.library import builtin_guides
from sickbay.guides.model import Guide, Signature
from sickbay.signatures.pattern import Pattern
from sickbay.signatures.scanner import Scanner


class Engine:
    """Diagnoses cases with a set of guides. Patterns are compiled once."""

    def __init__(self, guides: Iterable[Guide]) -> None:
        self.guides = tuple(guides)
        self._signatures: dict[str, tuple[Guide, Signature]] = {
            f"{guide.slug}/{signature.id}": (guide, signature)
            for guide in self.guides
            for signature in guide.front.signatures
        }
        self._scanner = Scanner(
            Pattern(id=name, expression=signature.pattern) for name, (_, signature) in self._signatures.items()
        )

    def diagnose(self, facts: Facts) -> Diagnosis:
        """Scan the texts and rank the causes."""
        hits = [hit for text in facts.texts for hit in self._hits(text)]
        return diagnose(facts, hits, self.guides)

    def _hits(self, text: TextSource) -> Iterable[SignatureHit]:
        for hit in self._scanner.scan(text.data):
            guide, signature = self._signatures[hit.pattern_id]
            if "any" in signature.where or text.name in signature.where:
                yield SignatureHit(
                    guide=guide.slug,
                    signature=signature.id,
                    source=text.name,
                    line=hit.line,
                    column=hit.column,
                    text=hit.text,
                    captures=hit.captures,
                )


@cache
def builtin_engine() -> Engine:
    """Return the engine with the guides that come with the package."""
    return Engine(builtin_guides())
