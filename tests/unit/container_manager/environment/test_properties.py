"""What holds of every text."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from container_manager.environment.rendering import render_value, render_values
from container_manager.environment.showing import show
from tests.fuzz_environment import fuzz
from tests.unit.container_manager.environment.compiling import compiled, environment
from tests.unit.container_manager.environment.holding import SECRET, everything_holds
from tests.unit.container_manager.environment.writing import names, texts, values

MISTAKES = {
    "spaces-around-equals": "X{} = 1",
    "bad-name": "X-{}=1",
    "no-value": "X{}",
    "trailing-garbage": "X{}='a' b",
    "invalid-escape": r'X{}="\q"',
    "undefined-name": "X{}=${{NOWHERE{}}}",
    "unclosed-reference": "X{}=${{A",
    "bad-reference": "X{}=${{1}}",
    "bad-directive": "#@ X{}: no",
    "wrong-type": "#@ X{}: int\nX{}=x",
    "self-reference": "X{}=${{X{}}}",
    "value-demanded": "X{}=${{Y{}:?}}",
    "unknown-template": "#@ include none",
}


@given(texts)
@example('A="\\')
@example("A=${A:-${B:-")
def test_no_text_breaks_a_promise(text) -> None:
    everything_holds(text)


@given(st.binary(max_size=80))
def test_no_bytes_raise(content) -> None:
    compiled(content)


@given(st.dictionaries(names, values))
def test_values_that_are_written_read_back(variables) -> None:
    assert environment(render_values(variables)) == variables


@given(values)
def test_a_written_value_needs_no_second_look(value) -> None:
    assert environment(f"A={render_value(value)} # comment\nB=1") == {"A": value, "B": "1"}


@given(st.lists(st.sampled_from(sorted(MISTAKES)), min_size=1, max_size=12))
def test_mistakes_are_told_all_at_once_each_in_its_line(mistakes) -> None:
    # An include stands above assignments: put it there, or it is a second mistake.
    mistakes = sorted(mistakes, key=lambda code: code != "unknown-template")
    lines: list[str] = []
    expected = set()
    for number, code in enumerate(mistakes):
        lines += MISTAKES[code].format(number, number).split("\n")
        expected.add((code, len(lines)))
    assert {(each.code, each.line) for each in compiled("\n".join(lines)).errors} == expected


@given(
    equals=st.sampled_from(["=", " = ", "= ", " ="]),
    quotes=st.sampled_from([("", ""), ("'", "'"), ('"', '"'), ("'", ""), ('"', ""), ('"${', "}"), ('"', '" "')]),
    behind=st.one_of(st.sampled_from(["", " x", SECRET, "\\q", "${"]), texts),
    kind=st.sampled_from(["", "int ", "url ", "json "]),
)
def test_no_problem_shows_a_secret(equals, quotes, behind, kind) -> None:
    text = f"#@ PW: {kind}secret\nX=${{PW}}\nPW{equals}{quotes[0]}{SECRET}{quotes[1]}{behind}"
    for problem in compiled(text).problems:
        assert SECRET not in show(problem, 200)
        assert SECRET not in repr(problem)


def test_a_short_run_of_the_fuzzer_finds_nothing() -> None:
    assert fuzz(seed=3, seconds=None, texts=300) is None
