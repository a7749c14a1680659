"""Whether two conditions mean the same, so that no fact could ever tell their causes apart."""

from __future__ import annotations

from itertools import product

from sickbay.guides.conditions import All, Any, Condition, Not

#: Comparisons and names in a condition up to which every combination is tried.
_MOST_ATOMS = 12


def mean_the_same(one: Condition, other: Condition) -> bool:
    """Say whether two conditions hold for the same answers. Those too long to try out are compared as written."""
    atoms = _atoms(one)
    if atoms != _atoms(other):
        return False
    if len(atoms) > _MOST_ATOMS:
        return one == other
    ordered = sorted(atoms, key=repr)
    return all(
        _holds(one, dict(zip(ordered, answers, strict=True))) == _holds(other, dict(zip(ordered, answers, strict=True)))
        for answers in product((True, False), repeat=len(ordered))
    )


def _atoms(condition: Condition) -> frozenset[Condition]:
    match condition:
        case Not(inner):
            return _atoms(inner)
        case All(parts) | Any(parts):
            return frozenset[Condition]().union(*(_atoms(part) for part in parts))
        case _:
            return frozenset({condition})


def _holds(condition: Condition, answers: dict[Condition, bool]) -> bool:
    match condition:
        case Not(inner):
            return not _holds(inner, answers)
        case All(parts):
            return all(_holds(part, answers) for part in parts)
        case Any(parts):
            return any(_holds(part, answers) for part in parts)
        case _:
            return answers[condition]
