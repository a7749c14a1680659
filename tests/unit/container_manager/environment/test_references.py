"""What references mean, and what is said of those that mean nothing."""

from __future__ import annotations

import pytest

from tests.unit.container_manager.environment.compiling import codes, compiled, environment

DEFAULTS = {
    "${U:-d}": "d",
    "${U-d}": "d",
    "${E:-d}": "d",
    "${E-d}": "",
    "${S:-d}": "s",
    "${S-d}": "s",
    "${S:?m}": "s",
    "${E?m}": "",
    "${U:-}": "",
    "${U:-${S}}": "s",
    "${U:-a ${U:-b ${S}} c}": "a b s c",
    '${U:-{"a": {}}}': '{"a": {}}',
    "${U:-a #b}": "a #b",
    "${U:-$${S}}": "${S}",
    "x${S}y${S}": "xsys",
    "${U:--}": "-",
    "${U-:-}": ":-",
}


@pytest.mark.parametrize("value", DEFAULTS)
def test_a_reference_means(value) -> None:
    assert environment(f"S=s\nE=\nA={value}")["A"] == DEFAULTS[value]


@pytest.mark.parametrize("value", [each for each in DEFAULTS if '"' not in each])
def test_it_means_the_same_in_double_quotes(value) -> None:
    assert environment(f'S=s\nE=\nA="{value}"')["A"] == DEFAULTS[value]


def test_braces_that_do_not_count_are_escaped_in_double_quotes() -> None:
    assert environment(r'A="${U:-\}\{}"')["A"] == "}{"


def test_a_name_means_its_value_in_the_whole_environment() -> None:
    assert environment("URL=http://${HOST}\nHOST=db")["URL"] == "http://db"
    assert environment("HOST=db\nURL=http://${HOST}", overrides={"HOST": "other"})["URL"] == "http://other"


def test_its_own_name_means_what_an_assignment_replaces() -> None:
    assert environment("P=/a\nP=${P}:/b\nP=${P}:/c")["P"] == "/a:/b:/c"
    assert environment("P=${P}:/b", outside={"P": "/a"})["P"] == "/a:/b"
    assert environment("P=${P:-}/b")["P"] == "/b"
    assert codes("P=${P}:/b") == ["self-reference"]


def test_what_a_job_gives_is_taken_as_it_is() -> None:
    given = {"A": "${B} $${C} \\n"}
    assert environment("A=1\nB=${A}", overrides=given) == {"A": given["A"], "B": given["A"]}


def test_outside_names_are_looked_up_last_and_are_no_variables() -> None:
    assert environment("A=${REGION}\nB=${A}", outside={"REGION": "eu", "A": "x"}) == {"A": "eu", "B": "eu"}


def test_an_undefined_name_is_told_with_the_one_that_was_probably_meant() -> None:
    (problem,) = compiled("DB_HOST=x\nURL=${DB_HOTS}").problems
    assert (problem.code, problem.line, problem.column, problem.fix) == (
        "undefined-name",
        2,
        5,
        "Did you mean DB_HOST?",
    )


def test_a_demand_has_its_message() -> None:
    (problem,) = compiled("URL=${HOST:?say where ${X} is}").problems
    assert problem.message == "HOST has no value: say where ${X} is"


def test_before_any_job_demands_are_only_listed() -> None:
    compilation = compiled("#@ P: int required\n#@ Q: required\nQ=\nU=${H:?say where}:${P}", complete=False)
    assert compilation.problems == ()
    assert compilation.needed == {"H": "say where", "P": "", "Q": ""}


def test_a_default_that_is_not_needed_is_not_looked_at() -> None:
    assert environment("A=1\nB=${A:-${NOWHERE}}")["B"] == "1"


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("A=${B}\nB=${C}\nC=x${A}", [(1, "A=${B}"), (2, "B=${C}"), (3, "C=x${A}")]),
        ("A=${B:-1}\nB=${A}", [(1, "A=${B:-1}"), (2, "B=${A}")]),
        ("X=${A}\nA=${B}\nB=${A}", [(2, "A=${B}"), (3, "B=${A}")]),
        ("A=${B}\nA=${A}\nB=${A}", [(2, "A=${A}"), (1, "A=${B}"), (3, "B=${A}")]),
    ],
)
def test_a_circle_is_shown_whole_and_once(text, steps) -> None:
    (problem,) = compiled(text).errors
    assert problem.code == "reference-circle"
    assert [(note.line, note.text) for note in problem.notes] == steps


def test_two_circles_are_both_told() -> None:
    assert codes("A=${A1}\nA1=${A}\nB=${B1}\nB1=${B}\nH=${I}${J}\nI=${H}\nJ=${H}") == ["reference-circle"] * 4


def test_an_override_breaks_a_circle() -> None:
    assert environment("A=${B}\nB=${A}", overrides={"B": "1"}) == {"A": "1", "B": "1"}


def test_one_mistake_is_told_once_however_many_refer_to_it() -> None:
    assert codes("#@ A: int\nA=x\nB=${A}\nC=${B}${A}") == ["wrong-type"]


def test_a_name_without_braces_is_plain_text_and_warned_of_where_there_is_such_a_name() -> None:
    assert environment("A=1\nB=$A-$C") == {"A": "1", "B": "$A-$C"}
    assert codes("A=1\nB=$A-$C\nC='$A'") == ["bare-name", "bare-name"]
    assert codes('A=1\nB="\\$A"') == []


@pytest.mark.parametrize("size", [20_000])
def test_no_chain_is_too_long(size) -> None:
    text = "".join(f"A{n}=${{A{n + 1}}}\n" for n in range(size)) + f"A{size}=end\n"
    assert environment(text)["A0"] == "end"
    ring = "".join(f"A{n}=${{A{(n + 1) % size}}}\n" for n in range(size))
    assert [len(problem.notes) for problem in compiled(ring).problems] == [10_000]


def test_no_default_stands_too_deep() -> None:
    assert environment("A=" + "${B:-" * 20 + "x" + "}" * 20)["A"] == "x"
    assert codes("A=" + "${B:-" * 100_000) == ["too-deep"]


def test_values_that_double_again_and_again_end_soon() -> None:
    text = "A0=xxxx\n" + "".join(f"A{n}=${{A{n - 1}}}${{A{n - 1}}}\n" for n in range(1, 200))
    assert codes(text) == ["too-long"]


def test_secrets_are_named_and_taint_what_has_them_in_it() -> None:
    compilation = compiled("#@ PW: secret\nPW=hunter2\nURL=db://u:${PW}@h\nX=1")
    assert compilation.secret_names == {"PW", "URL"}


def test_stored_secrets_become_references_and_are_no_text() -> None:
    compilation = compiled("PW=${secret:db-password}\nCOPY=${PW}\nD=${U:-${secret:other}}\nX=1")
    assert compilation.secrets == {"PW": "db-password", "COPY": "db-password", "D": "other"}
    assert compilation.environment == {"X": "1"}
    assert codes("PW=${secret:pw}\nURL=db://${PW}@h") == ["secret-inside-text"]
    assert codes("#@ PW: int\nPW=${secret:pw}") == ["wrong-type"]
    assert environment("A=${secret:-x}") == {"A": "x"}


def test_a_secret_of_the_job_overrides() -> None:
    compilation = compiled("PW=plain\nX=${PW}", secrets={"PW": "stored"})
    assert compilation.secrets == {"PW": "stored", "X": "stored"}
