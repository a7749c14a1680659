"""What plain dotenv files mean."""

from __future__ import annotations

import pytest

from tests.unit.container_manager.environment.compiling import codes, compiled, environment

VALUES = {
    "A=1": "1",
    "A=": "",
    "A= ": "",
    "A= # comment": "",
    "A=#b": "#b",
    "A=b#c": "b#c",
    "A=b #c": "b",
    "A=b\t#c": "b",
    "A=b c \t": "b c",
    "  A=1": "1",
    "export A=1": "1",
    "export\tA=1": "1",
    "A=it's": "it's",
    'A=say "hi"': 'say "hi"',
    "A=C:\\new\\table": "C:\\new\\table",
    "A=pa$$word": "pa$$word",
    "A=$HOME": "$HOME",
    "A=$": "$",
    "A=$${B}": "${B}",
    "A=a=b=c": "a=b=c",
    "A=''": "",
    'A=""': "",
    "A='b # c'": "b # c",
    "A='${B}'": "${B}",
    "A='b\\n'": "b\\n",
    'A="b # c"': "b # c",
    'A="b" # c': "b",
    'A="b"#c': "b",
    'A="b"  ': "b",
    'A=" b "': " b ",
    r'A="\n\r\t\\\"\'\$\{\}"': "\n\r\t\\\"'${}",
    r'A="\${B}"': "${B}",
    'A="one\ntwo"': "one\ntwo",
    "A='one\ntwo'": "one\ntwo",
    'A="one\r\ntwo"': "one\ntwo",
    "A='one\r\ntwo'": "one\ntwo",
    'A="one\\\ntwo"': "onetwo",
    'A="one\\\r\ntwo"': "onetwo",
    'A="#@ include b"': "#@ include b",
    "A=\u00a0b\u2028": "\u00a0b\u2028",
    "A={}": "{}",
    "A=}": "}",
}


@pytest.mark.parametrize("text", VALUES)
def test_a_value_means(text) -> None:
    assert environment(text) == {"A": VALUES[text]}


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\r", "\n\n \t\n"])
def test_the_last_line_may_end_in_any_way(ending) -> None:
    assert environment(f"A=1\r\nB=2{ending}") == {"A": "1", "B": "2"}


@pytest.mark.parametrize("text", ["", "\n", "# comment", "  # comment\n", "\ufeff", "#", "\ufeff# c"])
def test_what_says_nothing_gives_nothing(text) -> None:
    assert environment(text) == {}


def test_a_byte_order_mark_is_passed_over_and_counts_in_no_column() -> None:
    assert environment("\ufeffA=1".encode()) == {"A": "1"}
    (problem,) = compiled("\ufeffA =1".encode()).problems
    assert (problem.line, problem.column) == (1, 2)


def test_export_is_also_a_name() -> None:
    assert environment("export=1") == {"export": "1"}


def test_of_two_lines_the_later_one_counts_and_the_first_is_warned_of() -> None:
    compilation = compiled("A=1\nA=2")
    assert compilation.environment == {"A": "2"}
    assert [(each.code, each.line) for each in compilation.warnings] == [("duplicate-name", 2)]


def test_variables_keep_their_order() -> None:
    assert list(environment("B=1\nA=2\n", overrides={"C": "3", "B": "4"})) == ["B", "A", "C"]


WRONG = {
    "A =1": "spaces-around-equals",
    "A= 1": "spaces-around-equals",
    "A = 'x'": "spaces-around-equals",
    "1A=1": "bad-name",
    "A-B=1": "bad-name",
    "A.B=1": "bad-name",
    "Ä=1": "bad-name",
    "set A=1": "bad-name",
    "'A'=1": "bad-name",
    "=1": "bad-name",
    "export =1": "spaces-around-equals",
    "A": "no-value",
    "export A": "no-value",
    "A: 1": "no-assignment",
    "some words": "no-assignment",
    "A=1\nmore": "no-value",
    "A=-----BEGIN\nab+/cd": "no-assignment",
    "A='b": "unclosed-quote",
    'A="b': "unclosed-quote",
    'A="b\\"': "unclosed-quote",
    'A="b"c': "trailing-garbage",
    "A='b' c": "trailing-garbage",
    r'A="\d"': "invalid-escape",
    "A=${B": "unclosed-reference",
    "A=${": "unclosed-reference",
    'A="${B:-x"': "unclosed-reference",
    "A=${}": "bad-reference",
    "A=${1}": "bad-reference",
    "A=${B C}": "bad-reference",
    "A=${B:+c}": "bad-reference",
    "A=${secret:}": "bad-reference",
    "A=\0": "nul",
    "A=b\rB=1": "carriage-return",
    "A=\ud800": "half-character",
    "A=" + "x" * 131072: "too-long",
    "A='" + "é" * 65536 + "'": "too-long",
    "#@ inclde base": "bad-directive",
    "#@ include": "bad-directive",
    "#@ include a b": "bad-directive",
    "#@ include ../a": "bad-directive",
    "#@ A: integer": "bad-directive",
    "#@ A:": "bad-directive",
    "#@ A: int str": "bad-directive",
    "#@ A: int int": "bad-directive",
    "#@ A: choice": "bad-directive",
    "#@ A: choice(a, a)": "bad-directive",
    "#@ A: choice(a,)": "bad-directive",
    "#@": "bad-directive",
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_told_as(text) -> None:
    assert WRONG[text] in codes(text)


@pytest.mark.parametrize("content", [b"A=\xff", b"A=\xc3", b"\xff\xfeA\0=\0", b"A=1\nB=\xed\xa0\x80"])
def test_bytes_that_are_no_utf_8_are_told_with_their_place(content) -> None:
    problem = compiled(content).errors[0]
    assert problem.code == "not-utf-8"
    assert problem.line == 1 + content[: content.find(b"\xed")].count(b"\n") * (b"\xed" in content)


def test_a_quote_that_swallowed_the_next_line_is_told_where_it_opens() -> None:
    compilation = compiled('A="b\nB="c"\nC=1\n')
    assert [(each.code, each.line, each.column) for each in compilation.problems] == [("unclosed-quote", 1, 3)]
    assert compilation.environment == {"B": "c", "C": "1"}


def test_what_is_much_too_long_is_not_even_read() -> None:
    assert codes("A=1\n" * 300_000) == ["too-long"]


def test_values_that_are_too_long_together_are_told_once() -> None:
    text = "A=" + "x" * 100_000 + "\n" + "".join(f"B{n}=${{A}}\n" for n in range(100))
    assert codes(text) == ["too-long"]


def test_everything_is_told_at_once() -> None:
    text = "\n".join(text for text in WRONG if len(text) < 100 and "\n" not in text and text not in ("A='b", 'A="b'))
    expected = {code for text, code in WRONG.items() if len(text) < 100 and "\n" not in text}
    assert expected - {"unclosed-quote"} <= set(codes(text))


def test_a_thousand_problems_are_told_and_the_rest_is_counted() -> None:
    problems = compiled("a b\n" * 1500).problems
    assert len(problems) == 1001
    assert problems[-1].message == "There are 500 more errors."
