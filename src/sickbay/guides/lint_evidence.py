"""Evidence that is fresh and somebody's own: recorded with what was tested, and matched by no other guide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sickbay.guides.lint_problem import GuideFile, Problem
from sickbay.guides.model import Guide, Signature


def check_freshness(file: GuideFile) -> Iterator[Problem]:
    """Find what was recorded before the last proof, or proved before the last change."""
    front, parts = file.guide.front, file.guide.parts
    known = {probe.id for probe in parts.probes} | {verify.id for verify in parts.verifications}
    known |= {script.name for script in parts.symptoms}
    for output in parts.outputs:
        if output.id not in known:
            fix = f"Name one of: {', '.join(sorted(known)) or 'none there is'}."
            yield file.problem(output.line, f"Nothing of this guide prints output={output.id}.", fix)
        for component, version in output.versions.items():
            tested = front.tested.versions.get(component) if front.tested else None
            if tested is not None and not _agree(tested, version):
                message = f"The evidence is stale: recorded with {component} {version}, tested with {tested}."
                yield file.problem(output.line, message, "Record it again.")
    if front.tested and front.updated and front.tested.date < front.updated:
        line = file.line_of_key("tested")
        yield file.problem(line, "The guide was changed after it was last tested.", "Prove it again.")


def _agree(tested: str, recorded: str) -> bool:
    """Say whether two versions are the same as far as the shorter one says: 15 is 15.14, and not 1.5."""
    pairs = zip(tested.split("."), recorded.split("."), strict=False)
    return all(one == other for one, other in pairs)


def check_apart(files: Iterable[GuideFile], others: Iterable[Guide]) -> Iterator[Problem]:
    """Find strong patterns that match the evidence of another guide, so that both would claim the same fault.

    A guide that explains the other, or a cause of it, may match: it is ranked before it.
    """
    read = list(files)
    everyone = {guide.slug: guide for guide in [*others, *(file.guide for file in read)]}
    for file in read:
        patterns = [
            (signature, compiled) for signature in file.guide.front.signatures for compiled in _compiled(signature)
        ]
        for other in everyone.values():
            if other.slug != file.guide.slug and not _related(file.guide, other):
                yield from _matches(file, patterns, other)


def _matches(file: GuideFile, patterns: Iterable[tuple[Signature, re.Pattern[str]]], other: Guide) -> Iterator[Problem]:
    evidence = [
        line for signature in other.front.signatures if signature.strength == "strong" for line in _lines(signature)
    ]
    evidence += [line for output in other.parts.outputs for line in output.text.splitlines()]
    for signature, pattern in patterns:
        for line in evidence:
            if pattern.search(line):
                message = f"The pattern of {signature.id!r} matches the evidence of {other.slug!r}: {line!r}."
                fix = "Narrow it (not_in keeps such a line), or let one guide explain the other."
                yield file.problem(file.line_of_id(signature.id), message, fix)
                break


def _lines(signature: Signature) -> list[str]:
    return [signature.example, *signature.also]


def _compiled(signature: Signature) -> list[re.Pattern[str]]:
    if signature.strength != "strong":
        return []
    try:
        return [re.compile(signature.pattern)]
    except re.error:  # told by the check of signatures
        return []


def _related(one: Guide, other: Guide) -> bool:
    return bool(_explained(one) & _own(other)) or bool(_explained(other) & _own(one))


def _own(guide: Guide) -> frozenset[str]:
    return frozenset({guide.slug, *(cause.id for cause in guide.causes)})


def _explained(guide: Guide) -> frozenset[str]:
    return frozenset(guide.front.explains).union(*(cause.explains for cause in guide.causes))
