"""Finding guides by words, ranked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import log

from sickbay.guides.model import Guide
from sickbay.guides.prose import sentence

#: What a word counts for where it stands: in the names of a guide, in its entry, in its messages, anywhere else.
_WEIGHTS: Mapping[str, float] = {"name": 8, "entry": 4, "message": 2, "body": 1}

_WORD = re.compile(r"[\w.]+")


def search(guides: Iterable[Guide], words: Sequence[str]) -> list[Guide]:
    """Return the guides that contain the words, best first.

    Where none contains them all, those with the most of them. What stands in a guide's name weighs more than what
    stands in its entry of the index, in a message, or elsewhere, and a rare word more than a common one. Words that
    stand together as they were given, like those of a message, weigh more.
    """
    read = {guide.slug: guide for guide in guides}
    texts = {slug: _texts(guide) for slug, guide in read.items()}
    wanted = list(dict.fromkeys(word for given in words for word in _WORD.findall(given.casefold())))
    having = {word: [slug for slug in read if any(word in text for text in texts[slug].values())] for word in wanted}
    ranks = {slug: _rank(slug, texts[slug], having, len(read)) for slug in read}
    most = max((count for count, _ in ranks.values()), default=0)
    found = [slug for slug in read if ranks[slug][0] == most > 0]
    return [read[slug] for slug in sorted(found, key=lambda slug: (-ranks[slug][1], slug))]


def _rank(slug: str, texts: Mapping[str, str], having: Mapping[str, Sequence[str]], count: int) -> tuple[int, float]:
    """Return how many of the words a guide has, and what they weigh."""
    there = [word for word, slugs in having.items() if slug in slugs]
    weight = sum(
        log(1 + count / len(having[word])) * sum(_WEIGHTS[place] for place, text in texts.items() if word in text)
        for word in there
    )
    return len(there), weight + _phrase_weight(texts, " ".join(having), count)


def _phrase_weight(texts: Mapping[str, str], phrase: str, count: int) -> float:
    """Return what it weighs that words of a message stand there as they were given, one after the other."""
    if " " not in phrase:
        return 0.0
    return log(1 + count) * sum(_WEIGHTS[place] for place, text in texts.items() if phrase in text)


def _texts(guide: Guide) -> dict[str, str]:
    front = guide.front
    causes = " ".join(f"{cause.id} {sentence(cause.title)}" for cause in guide.causes)
    messages = "\n".join(line for signature in front.signatures for line in (signature.example, *signature.also))
    texts = {
        "name": f"{guide.slug} {guide.title} {causes}",
        "entry": f"{front.problem} {front.root_cause} {front.solution} {front.impact} {' '.join(front.components)}",
        "message": messages,
        "body": guide.body,
    }
    return {place: text.casefold() for place, text in texts.items()}
