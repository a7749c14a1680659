"""What was so before and after: whether the symptom is gone, and whether something else came in its place. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sickbay.guides.conditions import Value


@dataclass(frozen=True, kw_only=True)
class Seen:
    """All that was asked at one moment.

    ``facts`` are those of the probes, ``None`` what could not be asked; ``causes`` those that hold, and ``proofs`` the
    verifications by name. ``undecided`` are causes of which nobody knows whether they hold.
    """

    facts: Mapping[str, Value | None] = field(default_factory=dict)
    causes: tuple[str, ...] = ()
    proofs: Mapping[str, bool | None] = field(default_factory=dict)
    undecided: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a repair came to. ``remains`` is what is not well yet, ``appeared`` what was well before."""

    remains: tuple[str, ...] = ()
    appeared: tuple[str, ...] = ()

    @property
    def is_repaired(self) -> bool:
        """Whether the symptom is gone and nothing new appeared."""
        return not self.remains and not self.appeared

    @property
    def reasons(self) -> tuple[str, ...]:
        """Everything that speaks against it."""
        return (*self.remains, *self.appeared)


def why_nothing_to_prove(seen: Seen) -> str:
    """Say why a success could not be told from what is so already; empty where a proof fails now, as it must."""
    if unknown := sorted(name for name, holds in seen.proofs.items() if holds is None):
        return f"whether it is well could not be asked ({', '.join(unknown)})"
    if all(seen.proofs.values()):
        return "every verification holds already, so it would prove nothing"
    return ""


def judge(cause: str, before: Seen, after: Seen) -> Judged:
    """Compare what was seen before and after a repair of ``cause``."""
    return Judged(remains=tuple(_remaining(cause, before, after)), appeared=tuple(_appeared(cause, before, after)))


def differences(before: Seen, after: Seen) -> tuple[str, ...]:
    """Return what is not as it was before, for the end of a way back. Numbers vary by themselves, and do not count."""
    return tuple(
        f"{name} was {_shown(before_value)} and is {_shown(after_value)}"
        for name, before_value, after_value in _pairs(before, after)
        if before_value != after_value and not isinstance(after_value, float)
    )


def _remaining(cause: str, before: Seen, after: Seen) -> Iterator[str]:
    if cause in after.causes:
        yield f"{cause} still holds"
    elif cause in after.undecided:
        yield f"whether {cause} still holds cannot be told"
    for name, holds in after.proofs.items():
        if holds is None:
            yield f"the verification {name} could not be asked"
        elif not holds and not before.proofs.get(name):
            yield f"the verification {name} fails"


def _appeared(cause: str, before: Seen, after: Seen) -> Iterator[str]:
    for name in after.causes:
        if name != cause and name not in before.causes:
            yield f"{name} holds now, and did not before"
    for name, holds in after.proofs.items():
        if holds is False and before.proofs.get(name):
            yield f"the verification {name} held before, and fails now"
    for name, value in after.facts.items():
        if value is None and before.facts.get(name) is not None:
            yield f"{name} could be asked before, and cannot be now"
    for name in sorted(after.undecided - before.undecided - {cause}):
        yield f"whether {name} holds cannot be told any more"


def _pairs(before: Seen, after: Seen) -> Iterator[tuple[str, object, object]]:
    groups: Sequence[tuple[Mapping[str, object], Mapping[str, object]]] = (
        (before.facts, after.facts),
        (before.proofs, after.proofs),
    )
    for old, new in groups:
        for name in sorted({*old, *new}):
            yield name, old.get(name), new.get(name)


def _shown(value: object) -> str:
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)
