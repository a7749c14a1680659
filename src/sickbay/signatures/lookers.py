"""Ways to the lines that are worth a look by the patterns' fixed texts: all at once (Aho-Corasick), or one by one.

The third way, :mod:`sickbay.signatures.vectorscan`, looks for the patterns themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from sickbay.signatures.candidates import Candidates
from sickbay.signatures.factors import Factors, fold

#: Longest part of a line that is looked at, in bytes.
LONGEST_LINE = 8192

#: Bytes that are handed to Aho-Corasick in one go: it answers with a list of everything it found.
_PORTION = 256 * 1024


class Looker(Protocol):
    """Finds the lines worth a look."""

    def candidates(self, text: bytes, finished: Container[int] = ()) -> Candidates:
        """Return every line that some pattern may match, perhaps more. Lines are numbered as in ``text``.

        Patterns in ``finished`` may be left out: nobody wants more of their lines.
        """
        ...


@cache
def library(name: str) -> Any:  # noqa: ANN401  (the bindings have no types of use here)
    """Return an optional library, ``None`` where this platform has none. It is imported when it is first asked for."""
    try:
        return import_module(name)
    except ImportError:
        return None


class FixedTexts:
    """Looks for the most telling fixed text of each pattern, one after the other. Ready at once, and needs no library.

    It is given what :mod:`sickbay.signatures.telling` says of each pattern: every match holds one of its texts, and
    with none, every line is worth a look.
    """

    def __init__(self, texts: Sequence[Factors]) -> None:
        self._wherever: list[int] = []  # patterns without fixed texts: every line is worth a look
        self._meant_by: dict[bytes, list[int]] = defaultdict(list)
        for number, of_pattern in enumerate(texts):
            for text in of_pattern:
                self._meant_by[text].append(number)
            if not of_pattern:
                self._wherever.append(number)

    def candidates(self, text: bytes, finished: Container[int] = ()) -> Candidates:
        """Look for the texts."""
        folded = fold(text)
        found = Candidates(folded)
        found.note_everywhere(each for each in self._wherever if each not in finished)
        for fixed, meant in self._meant_by.items():
            patterns = [each for each in meant if each not in finished]
            place = folded.find(fixed) if patterns else -1
            while place >= 0:
                place = folded.find(fixed, found.note(place, patterns))
        return found


class AhoCorasick:
    """Looks for the same texts, all of them in one go. Needs ``ahocorasick_rs``."""

    def __init__(self, texts: Sequence[Factors]) -> None:
        meant_by: dict[bytes, list[int]] = defaultdict(list)
        self._wherever = [number for number, of_pattern in enumerate(texts) if not of_pattern]
        for number, of_pattern in enumerate(texts):
            for text in of_pattern:
                meant_by[text].append(number)
        self._meant = list(meant_by.values())
        self._automaton: Any = library("ahocorasick_rs").BytesAhoCorasick(list(meant_by)) if meant_by else None

    def candidates(self, text: bytes, finished: Container[int] = ()) -> Candidates:
        """Look for the texts."""
        folded = fold(text)
        found = Candidates(folded)
        found.note_everywhere(each for each in self._wherever if each not in finished)
        done = [-1] * len(self._meant)  # where the line ends that is noted already
        for start, portion in _portions(folded) if self._automaton is not None else ():
            for fixed, place, _ in self._automaton.find_matches_as_indexes(portion, overlapping=True):
                if start + place > done[fixed]:
                    patterns = [each for each in self._meant[fixed] if each not in finished]
                    done[fixed] = found.note(start + place, patterns) if patterns else len(folded)
        return found


def _portions(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield parts of whole lines and where each begins."""
    start = 0
    while start < len(text):
        end = text.find(b"\n", start + _PORTION) + 1 or len(text)
        yield start, text[start:end]
        start = end
