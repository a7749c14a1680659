"""The kinds of machine parts: what each is written in, which words it may have, and under which section it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PartKind:
    """One kind. Without ``languages`` any will do; with ``function`` it may be a named Python function in YAML."""

    languages: frozenset[str]
    sections: frozenset[str]
    words: frozenset[str] = frozenset()
    function: bool = False


def _kind(languages: str, sections: str, words: str = "", *, function: bool = False) -> PartKind:
    return PartKind(
        languages=frozenset(languages.split()),
        sections=frozenset(sections.split(", ")),
        words=frozenset(words.split()),
        function=function,
    )


KINDS: Mapping[str, PartKind] = {
    "file": _kind("", "Symptoms, Evidence"),
    "reproduce": _kind("sh", "Symptoms, Evidence", "cause needs", function=True),
    "symptom": _kind("sh", "Symptoms, Evidence", "cause needs"),
    "probe": _kind("sh", "Investigation", "timeout tcp env", function=True),
    "facts": _kind("yaml", "Investigation"),
    "cause": _kind("yaml", "Root causes"),
    "step": _kind("sh", "Root causes, Solution", "effect backup why", function=True),
    "undo": _kind("sh", "Root causes, Solution", function=True),
    "verify": _kind("sh", "Verification", "timeout tcp env", function=True),
    "expect": _kind("text", "Verification", "match"),
    "guard": _kind("sh", "Prevention", function=True),
    "output": _kind("text", "Symptoms, Investigation, Verification, Evidence", "versions"),
}
"""By the word that names them, which is the first of the block's info string."""

FUNCTION_WORD = "python"
"""The word that names a function, as in ``yaml probe=schema python=database_probes:schema``."""
