"""Kinds of secrets in carriers are hidden, and ordinary lines stay."""

from __future__ import annotations

from collections import Counter

import pytest

from sickbay.redaction import Redactor
from sickbay.redaction.gates import hyperscan
from tests.redaction.carriers import KNOWN
from tests.redaction.kinds import KINDS
from tests.redaction.measuring import Case, cases, share_hidden, survives, touched
from tests.redaction.ordinary import TEMPLATES, ordinary_lines
from tests.redaction.unseen import UNSEEN

REDACTOR = Redactor()


def _told(seen: list[Case]) -> str:
    return "; ".join(f"{case.kind} in {case.carrier}" for case in seen[:20])


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len({kind.name for kind in KINDS}) >= 48
    assert len(KNOWN) >= 24
    assert len(TEMPLATES) >= 100


@pytest.mark.parametrize("seed", [5, 6])
def test_99_of_100_secrets_are_hidden_and_every_kind_nearly_always(seed: int) -> None:
    chosen = cases(KINDS, KNOWN, seed)
    share, seen = share_hidden(chosen, REDACTOR.text)
    assert share >= 0.99, _told(seen)
    of_kind = Counter(case.kind for case in chosen)
    assert [kind for kind, count in Counter(case.kind for case in seen).items() if count > of_kind[kind] / 20] == []


def test_95_of_100_secrets_are_hidden_in_carriers_that_no_rule_was_written_for() -> None:
    share, seen = share_hidden(cases(KINDS, UNSEEN), REDACTOR.text)
    assert share >= 0.95, _told(seen)


def test_of_1000_ordinary_lines_at_most_one_is_touched() -> None:
    lines = list(ordinary_lines(5000))
    changed = touched(lines, REDACTOR.text)
    assert len(changed) <= len(lines) / 1000, changed[:10]


def test_the_measure_sees_a_secret_that_is_left() -> None:
    assert all(survives(case, case.text) for case in cases(KINDS, KNOWN))


def test_all_secrets_of_a_text_are_hidden_and_what_stands_between_them_stays() -> None:
    chosen = cases(KINDS[::4], KNOWN)[::5]
    parts = [part for case in chosen for part in (case.text, "-- nothing happened here --")]
    shown = REDACTOR.text("\n".join(parts))
    assert [case for case in chosen if len(case.value) > 8 and survives(case, shown)] == []
    assert shown.count("-- nothing happened here --") >= len(chosen) * 0.9


@pytest.mark.skipif(hyperscan is None, reason="there is no Vectorscan for this platform")
def test_with_and_without_vectorscan_the_same_is_hidden() -> None:
    texts = [case.text for case in cases(KINDS[::3], {**KNOWN, **UNSEEN})] + list(ordinary_lines(300))
    with_it, without = Redactor(large_text=0), Redactor(large_text=10**12)
    assert [text for text in texts if with_it.text(text) != without.text(text)] == []


def test_what_is_hidden_once_stays_as_it_is() -> None:
    for case in cases(KINDS[::5], KNOWN):
        shown = REDACTOR.text(case.text)
        assert REDACTOR.text(shown) == shown, case
