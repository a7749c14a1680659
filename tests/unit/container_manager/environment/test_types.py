"""Declared types: values, canonical texts, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from container_manager.environment.conversion import EXAMPLES, convert
from container_manager.environment.syntax import TypeName
from container_manager.environment.typed import ConversionError
from tests.unit.container_manager.environment.compiling import codes, compiled, environment

GOOD = [
    ("str", "", "", ""),
    ("int", "007", 7, "7"),
    ("int", "+5", 5, "5"),
    ("int", "-9223372036854775808", -(2**63), "-9223372036854775808"),
    ("float", ".5", 0.5, "0.5"),
    ("float", "1e3", 1000.0, "1000.0"),
    ("float", "-0", -0.0, "-0.0"),
    ("float", "2.", 2.0, "2.0"),
    ("bool", "Yes", True, "true"),
    ("bool", "off", False, "false"),
    ("bool", "0", False, "false"),
    ("duration", "90s", timedelta(seconds=90), "1m30s"),
    ("duration", "2d", timedelta(days=2), "48h"),
    ("duration", "1w1d1h1m1s1ms1us", timedelta(8, 3661, 1001), "193h1m1s1ms1us"),
    ("duration", "1.5h", timedelta(minutes=90), "1h30m"),
    ("duration", "0s", timedelta(), "0s"),
    ("size", "512", 512, "512"),
    ("size", "64MB", 64 * 1024**2, "67108864"),
    ("size", "64MiB", 64 * 1024**2, "67108864"),
    ("size", "1.5k", 1536, "1536"),
    ("size", "2 GB", 2 * 1024**3, "2147483648"),
    ("url", "HTTPS://Example.COM:8443/Path?Q#F", "https://example.com:8443/Path?Q#F", None),
    ("url", "postgres://u:P%40ss@Host/db", "postgres://u:P%40ss@host/db", None),
    ("url", "sqlite:///data/app.db", "sqlite:///data/app.db", None),
    ("url", "http://[::1]:80/", "http://[::1]:80/", None),
    ("json", ' {"a" : [1, 2.50, "é"]} ', {"a": [1, 2.5, "é"]}, '{"a":[1,2.5,"é"]}'),
    ("json", "null", None, "null"),
]

BAD = [
    *[("int", text) for text in ("", "1.0", "0x1", "1_000", "\u0661", "9223372036854775808", "1" * 5000, " 1")],
    *[("float", text) for text in ("", "nan", "inf", "1e999", "1,5", "e5", ".")],
    *[("bool", text) for text in ("", "maybe", "2", "truee")],
    *[
        ("duration", text)
        for text in ("", "90", "1m1h", "1s1s", "1.5", "-1s", "1x", "0.1us", "1d1w", "99999w", "1h 1m")
    ],
    *[("size", text) for text in ("", "x", "-1", "1.5", "0.3k", "9999999T", "1  k")],
    *[
        ("url", text)
        for text in ("", "example.com", "http://", "http:///x y", "http://h:99999/", "http://[::1", "http://:80/")
    ],
    *[("url", text) for text in ("http://h/a b", "http://h/\n", "://h", "http://h/<", "http://h:0/", "mailto:a@b")],
    *[
        ("json", text)
        for text in ("", "{", "{'a': 1}", "NaN", "[1e999]", '{"a": 1, "a": 2}', '"\\ud800"', "[" * 100_000)
    ],
    *[("json", text) for text in ("1" * 5000, "[" * 101 + "]" * 101)],
]


@pytest.mark.parametrize(("kind", "text", "value", "canonical"), GOOD)
def test_a_text_becomes(kind, text, value, canonical) -> None:
    typed = convert(text, TypeName(kind))
    assert typed.value == value
    assert type(typed.value) is type(value)
    assert typed.text == (value if canonical is None else canonical)


@pytest.mark.parametrize(("kind", "text", "value", "canonical"), GOOD)
def test_a_canonical_text_is_the_same_value_again(kind, text, value, canonical) -> None:
    typed = convert(text, TypeName(kind))
    assert convert(typed.text, TypeName(kind)) == typed


@pytest.mark.parametrize(("kind", "text"), BAD, ids=range(len(BAD)))
def test_what_is_no_value_is_refused_without_repeating_it(kind, text) -> None:
    with pytest.raises(ConversionError) as caught:
        convert(text, TypeName(kind))
    assert len(caught.value.message) < 120
    assert caught.value.fix


@pytest.mark.parametrize("kind", [name for name in TypeName if name is not TypeName.CHOICE])
def test_every_example_is_good(kind) -> None:
    convert(EXAMPLES[kind], kind)


def test_a_choice_is_one_of_those_listed() -> None:
    text = "#@ MODE: choice(fast, very safe)\nMODE="
    assert environment(text + "very safe") == {"MODE": "very safe"}
    (problem,) = compiled(text + "FAST").problems
    assert problem.fix == "Did you mean fast?"


def test_references_see_the_canonical_text() -> None:
    assert environment("#@ T: duration\nT=90s\nA=[${T}]")["A"] == "[1m30s]"
    assert environment("#@ T: size\nA=[${T}]", overrides={"T": "1k"})["A"] == "[1024]"


def test_what_a_job_gives_is_held_to_the_type_and_named() -> None:
    (problem,) = compiled("#@ PORT: int\nPORT=1", overrides={"PORT": "x"}).problems
    assert (problem.code, problem.variable, problem.line) == ("wrong-type", "PORT", None)


def test_a_declared_name_without_a_value_is_no_variable_unless_it_is_required() -> None:
    assert environment("#@ PORT: int") == {}
    assert codes("#@ PORT: int required") == ["value-demanded"]
    assert codes("#@ PORT: required\nPORT=") == ["value-demanded"]
    assert environment("#@ PORT: int required", overrides={"PORT": "1"}) == {"PORT": "1"}


def test_a_declaration_may_stand_anywhere_and_have_a_comment() -> None:
    assert codes("PORT=x\n  #@ PORT: int  # where it listens") == ["wrong-type"]
    assert codes("#@ A: int\n#@ A: int") == ["duplicate-declaration"]


def test_results_are_typed() -> None:
    (variable,) = compiled("#@ T: duration\nT=90s").variables
    assert (variable.value, variable.text, variable.type) == (timedelta(seconds=90), "1m30s", TypeName.DURATION)
    assert (variable.template, variable.line) == ("web", 2)
