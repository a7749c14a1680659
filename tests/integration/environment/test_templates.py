"""Templates in the database, and the jobs that begin with them."""

from __future__ import annotations

import pytest

from container_manager.models import ContainerJob, EnvironmentTemplate
from container_manager.request.job_request import InvalidJobError
from container_manager.services.environment_templates import (
    InvalidTemplateError,
    UnknownTemplateError,
    check_template,
    list_templates,
    set_template,
)
from container_manager.services.errors import ServiceError
from container_manager.services.secrets import set_secret

pytestmark = pytest.mark.django_db


def stored(**texts: str) -> None:
    """Store templates unchecked, as a fixture or an admin may."""
    EnvironmentTemplate.objects.bulk_create([EnvironmentTemplate(name=name, text=text) for name, text in texts.items()])


def submit(**fields: object) -> ContainerJob:
    job = ContainerJob.objects.create_job(image="debian:12", **fields)
    return ContainerJob.objects.get(pk=job.pk)


def problems(**fields: object) -> dict[str, str]:
    with pytest.raises(InvalidJobError) as caught:
        submit(**fields)
    assert not ContainerJob.objects.exists()
    return {problem.field: f"{problem.message} {problem.fix}" for problem in caught.value.problems}


def test_a_job_keeps_what_the_template_said_when_it_was_submitted() -> None:
    stored(web="#@ PORT: int\nPORT=080\nURL=http://${HOST:-local}:${PORT}")
    job = submit(environment_template="web", environment={"HOST": "db", "MORE": "${PORT}"})
    EnvironmentTemplate.objects.update(text="PORT=1")
    job.refresh_from_db()
    assert job.environment == {"PORT": "80", "URL": "http://db:80", "HOST": "db", "MORE": "${PORT}"}
    assert job.environment_template == "web"
    assert job.request.environment_template == "web"


def test_a_template_alone_is_enough() -> None:
    stored(web="A=1")
    assert submit(environment_template="web").environment == {"A": "1"}


def test_secret_variables_are_sealed_and_those_that_hold_them_too() -> None:
    stored(web="#@ PW: secret\nPW=hunter2\nURL=db://u:${PW}@h\nX=1")
    job = submit(environment_template="web")
    assert job.environment == {"X": "1"}
    assert job.secret_names == ["PW", "URL"]
    assert job.run_spec().environment == {"X": "1", "PW": "hunter2", "URL": "db://u:hunter2@h"}


def test_a_job_may_make_a_variable_of_the_template_secret() -> None:
    stored(web="TOKEN_URL=http://x/${T}\nT=abc")
    job = submit(environment_template="web", secret_names=["T"])
    assert job.environment == {"TOKEN_URL": "http://x/abc"}


def test_stored_secrets_are_referred_to_by_name() -> None:
    set_secret("db-password", "hunter2")
    stored(web="PW=${secret:db-password}\nX=1")
    job = submit(environment_template="web", secrets=[{"secret": "db-password", "file": "pw"}])
    assert job.environment == {"X": "1"}
    assert {(each.variable, each.file, each.secret) for each in job.secret_references} == {
        ("PW", "", "db-password"),
        ("", "pw", "db-password"),
    }


def test_a_secret_of_the_job_overrides_the_templates_text_and_its_secret() -> None:
    set_secret("other", "hunter2")
    stored(web="PW=${secret:db-password}\nQ=text\nX=1")
    job = submit(environment_template="web", secrets={"PW": "other", "Q": "other"})
    assert job.environment == {"X": "1"}
    assert {(each.variable, each.secret) for each in job.secret_references} == {("PW", "other"), ("Q", "other")}


def test_a_stored_secret_that_does_not_exist_is_refused() -> None:
    stored(web="PW=${secret:db-pasword}")
    assert list(problems(environment_template="web")) == ["secrets['PW']"]


def test_a_variable_that_is_given_as_text_and_as_a_secret_is_refused() -> None:
    set_secret("pw", "hunter2")
    stored(web="X=1")
    assert "secrets['PW']" in problems(environment_template="web", environment={"PW": "a"}, secrets={"PW": "pw"})


def test_what_is_wrong_is_told_in_the_compilers_words_with_everything_else() -> None:
    stored(web="#@ PORT: int\n#@ TO: required\nPORT=1\nHOST = x\nURL=${HOTS}")
    with pytest.raises(InvalidJobError) as caught:
        submit(environment_template="web", environment={"PORT": "x", "URL": "u", "BAD=": "1"}, memory_limit=1)
    said = str(caught.value)
    assert "web:4:5: error: Spaces around '='" in said
    assert "    4 | HOST = x\n      |     ^^^\n" in said
    assert "environment['PORT']: PORT is declared int. It is no whole number. For example 8080." in said
    assert "environment['BAD=']" in said
    assert "memory_limit" in said


def test_what_only_a_job_can_give_is_demanded_then() -> None:
    stored(web="#@ TO: required\nURL=${HOST:?say where}")
    said = problems(environment_template="web")["environment_template"]
    assert "HOST has no value: say where" in said
    assert submit(environment_template="web", environment={"TO": "a", "HOST": "b"}).environment["URL"] == "b"


def test_no_value_of_a_secret_is_repeated() -> None:
    stored(web="#@ PW: int secret\nPW=hunter2\nQ=1")
    assert "hunter2" not in str(problems(environment_template="web"))
    assert "swordfish" not in str(problems(environment_template="web", environment={"PW": "swordfish"}))


@pytest.mark.parametrize(
    ("name", "said"), [("wbe", "Did you mean 'web'?"), ("\0", "NUL"), (7, "must be text"), ("x" * 300, "300")]
)
def test_a_template_that_does_not_exist_is_refused(name, said) -> None:
    stored(web="A=1")
    assert said in problems(environment_template=name, secret_names=None)["environment_template"]


@pytest.mark.parametrize("wrong", [{"environment": ["A"]}, {"secret_names": "A"}, {"secrets": 7}])
def test_fields_that_are_wrong_anyway_are_told_as_without_a_template(wrong) -> None:
    stored(web="A=1")
    assert list(problems(environment_template="web", **wrong)) == list(wrong)


def test_only_the_allowed_names_of_the_process_are_seen(settings, monkeypatch) -> None:
    monkeypatch.setenv("REGION", "eu")
    stored(web="A=${REGION}")
    assert "REGION has no value" in problems(environment_template="web")["environment_template"]
    settings.CONTAINER_MANAGER = {"template_outside_names": ["REGION", "NOT_SET"]}
    assert submit(environment_template="web").environment == {"A": "eu"}


def test_an_array_and_a_repeated_submit_resolve_the_template_too() -> None:
    stored(web="A=1")
    array = ContainerJob.objects.create_array(size=2, image="debian:12", environment_template="web")
    assert [job.environment["A"] for job in array.jobs.all()] == ["1", "1"]
    first = submit(environment_template="web", dedup_key="k")
    assert submit(environment_template="web", dedup_key="k") == first


def test_a_model_says_what_is_wrong_with_it_and_raises_nothing() -> None:
    stored(base="B = 1")
    template = EnvironmentTemplate(name="web", text="#@ include base\nA=${B}\nA=${C:?give it}\n\0")
    assert {(each.template, each.code) for each in template.validate_format()} == {
        ("web", "nul"),
        ("web", "no-assignment"),
        ("web", "duplicate-name"),
        ("base", "spaces-around-equals"),
    }


def test_a_wrong_template_is_not_stored() -> None:
    with pytest.raises(InvalidTemplateError) as caught:
        set_template("web", b"A = 1")
    assert [problem.code for problem in caught.value.problems] == ["spaces-around-equals"]
    assert "web:1:2" in str(caught.value)
    with pytest.raises(ServiceError, match="cannot be a template's name"):
        set_template("a b", "A=1")
    assert list_templates() == ()


def test_a_template_is_stored_replaced_and_listed() -> None:
    assert set_template("web", "\ufeffA=1\nA=2".encode(), description="first").is_new
    again = set_template("web", "A=1\nA=3")
    assert not again.is_new
    assert [warning.code for warning in again.warnings] == ["duplicate-name"]
    (listed,) = list_templates()
    assert (listed.name, listed.description) == ("web", "first")
    assert EnvironmentTemplate.objects.get().text == "A=1\nA=3"


def test_a_change_that_would_break_another_template_is_refused() -> None:
    set_template("base", "HOST=x")
    set_template("web", "#@ include base\nURL=http://${HOST}")
    with pytest.raises(InvalidTemplateError) as caught:
        set_template("base", "HOSTS=x")
    assert [(each.template, each.code) for each in caught.value.problems] == [("web", "undefined-name")]
    with pytest.raises(InvalidTemplateError) as caught:
        set_template("base", "#@ include web\nHOST=x")
    assert "include-circle" in {each.code for each in caught.value.problems}
    assert EnvironmentTemplate.objects.get(name="base").text == "HOST=x"


def test_a_stored_template_is_checked_before_and_for_a_job() -> None:
    set_template("web", "#@ TO: required\nA=1")
    assert check_template("web").needed == {"TO": ""}
    assert [each.code for each in check_template("web", overrides={}).errors] == ["value-demanded"]
    with pytest.raises(UnknownTemplateError, match="Did you mean 'web'"):
        check_template("wed")
