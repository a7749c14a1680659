"""Which lines of a text are shown, and how many are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.diagnosis.verdict import Evidence
from sickbay.facts.model import TextSource
from sickbay.redaction import Redactor
from sickbay.reports.excerpts import AROUND, HEAD, LONGEST_SHOWN, MOST_OF_ALL, MOST_OF_ONE, TAIL, choose, parts_of
from sickbay.reports.issue import Line, Part


def _evidence(line: int, source: str = "text") -> Evidence:
    return Evidence(source=source, line=line, text="", column=1)


def _text(lines: list[str], name: str = "text") -> TextSource:
    return TextSource(name=name, data="".join(f"{line}\n" for line in lines).encode())


def _parts(text: TextSource, *evidence: int, redactor: Redactor | None = None) -> tuple[Part, ...]:
    (choice,) = choose([text], [_evidence(line) for line in evidence])
    hidden = [(redactor or Redactor()).text(block.text) for block in choice.blocks]
    return parts_of(choice, hidden, dict.fromkeys(evidence, 1))


def _lines(parts: tuple[Part, ...]) -> list[Line]:
    return [line for part in parts for line in part.lines]


def test_of_a_short_text_everything_is_shown() -> None:
    (part,) = _parts(_text(["a", "", "c"]))
    assert part == Part(left_out=0, lines=(Line(number=1, text="a"), Line(number=2, text=""), Line(number=3, text="c")))


def test_of_an_empty_text_nothing_is_shown() -> None:
    assert _parts(_text([])) == ()


def test_of_a_long_text_the_beginning_the_evidence_and_the_end_are_shown() -> None:
    parts = _parts(_text([f"line {number}" for number in range(1, 1001)]), 500)
    spans = [(part.lines[0].number, part.lines[-1].number) for part in parts]
    assert spans == [(1, HEAD), (500 - AROUND, 500 + AROUND), (1001 - TAIL, 1000)]
    assert [line.number for line in _lines(parts) if line.is_evidence] == [500]
    assert [part.left_out for part in parts] == [0, 500 - AROUND - HEAD - 1, 1000 - TAIL - 500 - AROUND]


def test_evidence_is_shown_even_where_lines_are_so_long_that_little_else_is() -> None:
    parts = _parts(_text(["x" * 10_000] * 2000), 20, 40, 900)
    shown = _lines(parts)
    assert {20, 40, 900} <= {line.number for line in shown}
    assert sum(len(line.text) for line in shown) < MOST_OF_ONE * 1.2


def test_of_a_long_line_the_part_around_the_match_is_shown_with_the_count_of_the_rest() -> None:
    line = "a" * 5000 + "TELLING" + "b" * 5000
    (choice,) = choose([_text([line])], [_evidence(1)])
    ((part,),) = [parts_of(choice, [choice.blocks[0].text], {1: 5001})]
    shown = part.lines[0].text
    assert "TELLING" in shown
    assert shown.startswith("[4940 characters] … ")
    assert shown.endswith(f" … [{len(line) - 4940 - LONGEST_SHOWN} characters]")


def test_all_texts_together_have_a_cap() -> None:
    texts = [_text(["y" * 200] * 500, name=f"text-{number}") for number in range(10)]
    choices = choose(texts, [_evidence(250, "text-3")])
    shown = sum((block.shown[1] - block.shown[0] + 1) * 200 for choice in choices for block in choice.blocks)
    assert shown < MOST_OF_ALL
    assert all(choice.blocks for choice in choices)


def test_the_rest_of_a_secret_whose_first_lines_are_left_out_is_hidden_too() -> None:
    secret = "\n".join(["-----BEGIN KEY-----", *(f"line-{number}" for number in range(30)), "-----END KEY-----"])
    lines = ["before"] * 100 + secret.split("\n") + ["after"] * (TAIL - 10)
    parts = _parts(_text(lines), redactor=Redactor({"KEY": secret}))
    told = "\n".join(line.text for line in _lines(parts))
    assert "line-29" not in told
    assert "END KEY" not in told


def test_lines_behind_a_secret_of_many_lines_keep_their_numbers() -> None:
    secret = "\n".join(f"s{number}" for number in range(10))
    lines = ["a", "b", *secret.split("\n"), "c", "d"]
    numbers = {line.text: line.number for line in _lines(_parts(_text(lines), redactor=Redactor({"K": secret})))}
    assert numbers == {"a": 1, "b": 2, "[secret:K]": 3, "c": 13, "d": 14}


@given(
    lines=st.lists(st.text(alphabet="ab é", max_size=6), max_size=400),
    evidence=st.sets(st.integers(1, 400), max_size=4),
    ended=st.booleans(),
)
def test_what_is_shown_and_what_is_counted_as_left_out_is_the_whole_text(
    lines: list[str], evidence: set[int], ended: bool
) -> None:
    data = "\n".join(lines).encode() + (b"\n" if ended and lines else b"")
    text = TextSource(name="text", data=data)
    numbers = sorted(number for number in evidence if number <= text.line_count)
    (choice,) = choose([text], [_evidence(number) for number in numbers])
    parts = parts_of(choice, [block.text for block in choice.blocks], dict.fromkeys(numbers, 1))
    behind = text.line_count - (choice.blocks[-1].shown[1] if choice.blocks else 0)
    assert sum(part.left_out + len(part.lines) for part in parts) + behind == text.line_count
    assert {line.number for line in _lines(parts) if line.is_evidence} == set(numbers)
    for line in _lines(parts):
        assert line.text == lines[line.number - 1].rstrip()


@pytest.mark.parametrize("count", [1, 2, 40_000])
def test_a_text_without_an_end_of_its_last_line_is_read_to_its_end(count: int) -> None:
    text = TextSource(name="text", data=b"\n".join(b"%d" % number for number in range(1, count + 1)))
    assert _lines(_parts(text))[-1] == Line(number=count, text=str(count))
