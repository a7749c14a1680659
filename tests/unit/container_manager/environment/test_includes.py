from __future__ import annotations

from tests.unit.container_manager.environment.compiling import codes, compiled, environment


def test_what_a_template_says_itself_overrides_what_it_includes() -> None:
    assert environment("#@ include base\nA=own", {"base": "A=1\nB=2"}) == {"A": "own", "B": "2"}


def test_what_is_included_later_overrides_what_is_included_earlier() -> None:
    assert environment("#@ include a\n#@ include b", {"a": "X=1\nY=1", "b": "X=2"}) == {"X": "2", "Y": "1"}


def test_what_two_include_counts_once_and_below_both() -> None:
    library = {"base": "X=base", "a": "#@ include base\nX=a", "b": "#@ include base\nY=b"}
    assert environment("#@ include a\n#@ include b", library) == {"X": "a", "Y": "b"}


def test_references_of_an_included_template_see_what_overrides_it() -> None:
    library = {"base": "HOST=localhost\nURL=http://${HOST}/"}
    assert environment("#@ include base\nHOST=db", library)["URL"] == "http://db/"


def test_an_own_name_means_the_included_value() -> None:
    assert environment("#@ include base\nP=${P}:/b", {"base": "P=/a"})["P"] == "/a:/b"


def test_a_circle_of_includes_is_shown_whole() -> None:
    compilation = compiled("# first\n#@ include a", {"a": "#@ include b", "b": "\n#@ include web\nX=1"})
    (problem,) = compilation.problems
    assert (problem.code, problem.message) == ("include-circle", "web includes itself, by way of others.")
    assert [(note.template, note.line, note.text) for note in problem.notes] == [
        ("web", 2, "#@ include a"),
        ("a", 1, "#@ include b"),
        ("b", 2, "#@ include web"),
    ]


def test_a_template_that_includes_itself_is_told() -> None:
    assert codes("#@ include web") == ["include-circle"]


def test_an_unknown_template_is_told_with_the_one_that_was_probably_meant() -> None:
    (problem,) = compiled("#@ include bsae", {"base": ""}).problems
    assert (problem.code, problem.column, problem.fix) == ("unknown-template", 12, "Did you mean base?")


def test_an_include_stands_above_assignments_and_once() -> None:
    assert codes("A=1\n#@ include base", {"base": ""}) == ["late-include"]
    assert codes("#@ include base\n#@ include base", {"base": ""}) == ["duplicate-include"]


def test_problems_of_an_included_template_name_it() -> None:
    problem = compiled("#@ include base\nA=1", {"base": "X=1\nB = 2"}).errors[0]
    assert (problem.template, problem.line) == ("base", 2)


def test_declarations_hold_for_what_includes_them_and_secrets_stay_secret() -> None:
    library = {"base": "#@ PORT: int\n#@ PW: secret"}
    assert codes("#@ include base\nPORT=x", library) == ["wrong-type"]
    compilation = compiled("#@ include base\n#@ PW: str\n#@ PORT: str\nPORT=x\nPW=1", library)
    assert compilation.problems == ()
    assert compilation.secret_names == {"PW"}


def test_no_chain_of_includes_is_too_long() -> None:
    library = {f"t{n}": f"#@ include t{n + 1}" for n in range(5000)} | {"t5000": "A=1"}
    assert environment("#@ include t0", library) == {"A": "1"}


def test_templates_that_are_too_long_together_are_told() -> None:
    library = {f"t{n}": "#" * 500_000 for n in range(3)}
    assert codes("#@ include t0\n#@ include t1\n#@ include t2", library) == ["too-long"]
