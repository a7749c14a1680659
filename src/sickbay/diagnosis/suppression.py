"""Which causes only follow from another one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sickbay.diagnosis.weighing import Candidate, Key


def explanations(candidates: Sequence[Candidate]) -> Mapping[Key, Candidate]:
    """Return for each cause that follows from others one of these: the heaviest that stands itself."""
    followers = _followers_of(candidates)
    explained = {follower.key for found in followers.values() for follower in found}
    standing = [candidate for candidate in candidates if candidate.key not in explained]
    by_weight = sorted(standing, key=lambda each: (each.weight, each.key))
    return {follower.key: candidate for candidate in by_weight for follower in followers[candidate.key]}


def _followers_of(candidates: Sequence[Candidate]) -> Mapping[Key, tuple[Candidate, ...]]:
    """Return for each cause what follows from it, also through others that are there, and does not lead back to it."""
    reached = {candidate.key: _reached(candidate, candidates) for candidate in candidates}
    return {
        candidate.key: tuple(
            other
            for other in candidates
            if other.key in reached[candidate.key] and candidate.key not in reached[other.key]
        )
        for candidate in candidates
    }


def _reached(start: Candidate, candidates: Iterable[Candidate]) -> frozenset[Key]:
    candidates = tuple(candidates)
    reached: set[Key] = set()
    waiting = [start]
    while waiting:
        explains = waiting.pop().explains
        found = [each for each in candidates if each.cause.id in explains and each.key not in reached]
        reached.update(each.key for each in found)
        waiting += found
    return frozenset(reached)
