"""What holds of every ranking, whatever guides and hits there are."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from sickbay.diagnosis.known import SignatureHit
from sickbay.diagnosis.ranking import diagnose
from sickbay.diagnosis.verdict import UNKNOWN, Check, Diagnosis, Standing
from sickbay.facts.context import facts_from_context
from sickbay.facts.model import Fact, Facts
from sickbay.facts.text import text_source
from sickbay.guides.conditions import All, Any, Compare, Condition, Literal, Name, Not
from sickbay.guides.model import Cause, FactCondition, FrontMatter, Guide, Signature
from sickbay.safety.outcome import State

_SIGNATURES = ("s1", "s2", "s3")
_CONDITIONS = {"c1": "oom_killed", "c2": "exit_code == 1", "c3": "cancel_requested"}
_PARSED: dict[str, Condition] = {
    "c1": Name("oom_killed"),
    "c2": Compare(Name("exit_code"), "==", Literal(1)),
    "c3": Name("cancel_requested"),
}
_SLUGS = ("g0", "g1", "g2")
_CAUSES = tuple(f"{slug}-{number}" for slug in _SLUGS for number in range(2))
_STRENGTHS = st.sampled_from(["strong", "medium", "weak"])
_steady = settings(deadline=None, max_examples=100)

#: A fact that only a guide's look can learn.
_PROBED = "asked"

_LEAVES = st.sampled_from([Name(name) for name in (*_SIGNATURES, *_CONDITIONS, _PROBED)])
_TREES: st.SearchStrategy[Condition] = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Any(tuple(parts))),
    ),
    max_leaves=6,
)


@st.composite
def _guides(draw: st.DrawFn, slug: str) -> Guide:
    signatures = [Signature(id=name, pattern=name, example=name, strength=draw(_STRENGTHS)) for name in _SIGNATURES]
    conditions = [
        FactCondition(id=name, when=when, strength=draw(_STRENGTHS), says=f"{name}!")
        for name, when in _CONDITIONS.items()
    ]
    causes = tuple(
        Cause(
            id=f"{slug}-{number}",
            title="t",
            condition=draw(st.one_of(_LEAVES, _TREES)),
            advice="a",
            explains=frozenset(draw(st.sets(st.sampled_from(_CAUSES), max_size=3))),
            fallback=number > 0 and draw(st.booleans()),
            repair=(),
            escalate="",
            line=number,
        )
        for number in range(draw(st.integers(1, 2)))
    )
    front = FrontMatter(
        guide=1,
        class_="docker",
        area="a",
        severity="low",
        problem="p",
        root_cause="r",
        solution="s",
        impact="i",
        signatures=signatures,
        facts=conditions,
    )
    return Guide(slug=slug, path=slug, front=front, conditions=_PARSED, causes=causes, body="# t\n", body_line=1)


_LIBRARIES = st.tuples(*(_guides(slug) for slug in _SLUGS))
_HITS = st.lists(
    st.tuples(st.sampled_from(_SLUGS), st.sampled_from(_SIGNATURES), st.integers(1, 4)), min_size=2, max_size=9
)
_CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "exit_code": st.sampled_from([1, 2, 137]),
        "oom_killed": st.booleans(),
        "cancel_requested": st.booleans(),
    },
)


def _hits(places: Iterable[tuple[str, str, int]]) -> list[SignatureHit]:
    return [
        SignatureHit(
            guide=slug, signature=name, source="text", line=line, column=1, text=f"{name} is here", captures={}
        )
        for slug, name, line in sorted(set(places), key=lambda each: each[2])
    ]


def _facts(context: Mapping[str, object]) -> Facts:
    values = {fact.name: fact for fact in facts_from_context(context)}
    return Facts(values=values, texts=(text_source("text", b"1\n2\n3\n4\n"),))


def _by_key(diagnosis: Diagnosis) -> dict[tuple[str, str], Check]:
    return {(check.cause, check.guide): check for check in diagnosis.checks}


def _score(check: Check) -> float:
    assert check.weighing is not None
    return check.weighing.score


def _wants(condition: Condition, *, so: bool = True) -> set[bool]:
    """Return how a condition wants the probed fact to be: yes, no, both ways, or not at all."""
    match condition:
        case Not(inner):
            return _wants(inner, so=not so)
        case All(parts) | Any(parts):
            return set().union(*(_wants(part, so=so) for part in parts))
        case Name(name) if name == _PROBED:
            return {so}
        case _:
            return set()


@_steady
@given(_LIBRARIES, _HITS, _CONTEXTS, st.randoms(use_true_random=False))
def test_the_order_of_the_guides_does_not_matter(
    guides: tuple[Guide, ...],
    places: list[tuple[str, str, int]],
    context: dict[str, object],
    chance: random.Random,
) -> None:
    mixed = list(guides)
    chance.shuffle(mixed)
    assert diagnose(_facts(context), _hits(places), mixed) == diagnose(_facts(context), _hits(places), guides)


@_steady
@given(_LIBRARIES, _HITS, _CONTEXTS)
def test_a_contradicting_fact_never_raises_a_cause(
    guides: tuple[Guide, ...], places: list[tuple[str, str, int]], context: dict[str, object]
) -> None:
    facts, hits = _facts(context), _hits(places)
    before = _by_key(diagnose(facts, hits, guides))
    for guide in guides:
        for cause in guide.causes:
            wanted = _wants(cause.condition)
            if len(wanted) != 1:
                continue
            otherwise = Fact(name=f"{guide.slug}/{_PROBED}", value=not wanted.pop(), source="probe")
            after = _by_key(diagnose(facts.merged([otherwise]), hits, guides)).get((cause.id, guide.slug))
            if after is not None and after.standing is not Standing.RULED_OUT:
                assert _score(after) <= _score(before[cause.id, guide.slug])


@_steady
@given(_LIBRARIES, _HITS, _CONTEXTS)
def test_a_cause_that_a_standing_one_explains_is_never_first(
    guides: tuple[Guide, ...], places: list[tuple[str, str, int]], context: dict[str, object]
) -> None:
    diagnosis = diagnose(_facts(context), _hits(places), guides)
    explains = {cause.id: cause.explains - {cause.id} for guide in guides for cause in guide.causes}
    standing = {check.cause for check in diagnosis.checks if check.standing is Standing.NAMED}
    known = standing | {check.cause for check in diagnosis.checks if check.standing is Standing.EXPLAINED}
    for verdict in diagnosis.verdicts:
        for other in standing - {verdict.cause}:
            if verdict.cause in explains[other]:
                assert other in _reached(verdict.cause, explains, known | standing | _aside(diagnosis))


def _aside(diagnosis: Diagnosis) -> set[str]:
    return {check.cause for check in diagnosis.checks if check.standing is Standing.SET_ASIDE}


def _reached(start: str, explains: Mapping[str, frozenset[str]], among: set[str]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        new = (explains[waiting.pop()] & among) - reached
        reached |= new
        waiting += new
    return reached


@_steady
@given(_guides("g0"), _HITS, _CONTEXTS)
def test_two_that_are_as_good_are_both_named_and_nothing_is_decided(
    guide: Guide, places: list[tuple[str, str, int]], context: dict[str, object]
) -> None:
    lone = replace(guide, causes=(replace(guide.causes[0], explains=frozenset()),))
    twin = replace(lone, slug="g1", causes=(replace(lone.causes[0], id="g1-0"),))
    both = [(slug, name, line) for slug, name, line in places if slug == "g0"]
    hits = _hits([*both, *(("g1", name, line) for _, name, line in both)])
    diagnosis = diagnose(_facts(context), hits, (lone, twin))
    assert diagnosis == diagnose(_facts(context), hits, (twin, lone))
    if diagnosis.verdicts and diagnosis.verdicts[0].cause != UNKNOWN:
        assert set(diagnosis.undecided) == {"g0-0", "g1-0"}
        assert diagnosis.state is State.INCONCLUSIVE
        assert diagnosis.margin == 0


@_steady
@given(_LIBRARIES, _HITS)
def test_a_command_that_succeeded_gets_no_verdict_from_what_it_printed(
    guides: tuple[Guide, ...], places: list[tuple[str, str, int]]
) -> None:
    diagnosis = diagnose(_facts({"exit_code": 0}), _hits(places), guides)
    assert (diagnosis.state, diagnosis.verdicts) == (State.OK, ())


@_steady
@given(_LIBRARIES)
def test_where_nothing_was_hit_and_nothing_is_known_there_is_no_verdict(guides: tuple[Guide, ...]) -> None:
    assert diagnose(_facts({}), [], guides).verdicts == ()


@_steady
@given(_LIBRARIES, _HITS, _CONTEXTS)
def test_fail_needs_strength_and_margin(
    guides: tuple[Guide, ...], places: list[tuple[str, str, int]], context: dict[str, object]
) -> None:
    diagnosis = diagnose(_facts(context), _hits(places), guides)
    if diagnosis.state is State.FAIL:
        assert diagnosis.margin is None or diagnosis.margin >= 0.1
        assert diagnosis.best is not None
        assert diagnosis.best.certainty in {"confirmed", "likely"}
