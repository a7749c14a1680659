"""Storing secrets, who may use them, and sealing them anew."""

from __future__ import annotations

import io
import sys

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command

from container_manager.models import Attempt, ContainerJob, Secret
from container_manager.models.sealed_columns import current_vault, sealed_texts
from container_manager.services import given_secrets, job_list, rotation
from container_manager.services import secrets as service
from container_manager.services.claims import claim_pending
from container_manager.services.clone import clone_job
from container_manager.services.job_detail import load_job_detail
from container_manager.services.submit import submit_job
from container_manager.validation.problems import InvalidJobError
from tests.integration.stored import JobStore

VALUE = "a value / that nobody + may see"


@pytest.fixture
def store(db) -> JobStore:
    return JobStore()


@pytest.fixture
def keys(settings):
    def choose(*keys: str) -> None:
        settings.CONTAINER_MANAGER = {"secret_keys": [f"{key} {'k' * 32}" for key in keys]}

    choose("old")
    return choose


def run(name: str, *arguments: str) -> str:
    output = io.StringIO()
    call_command(name, *arguments, stdout=output, stderr=output)
    return output.getvalue()


def given(job: ContainerJob, store: JobStore):
    host = store.host(executor_type="fake")
    [claimed] = claim_pending("worker", limit=1, hosts=[host.pk], only_job=job.pk)
    return claimed, given_secrets.give_secrets(claimed.lease, claimed.spec)


def test_a_value_is_stored_encrypted_and_replaced(store: JobStore) -> None:
    service.set_secret("token", VALUE, description="for the API")
    first = Secret.objects.get()
    assert VALUE.encode() not in bytes(first.sealed)
    assert current_vault().open(bytes(first.sealed)).decode() == VALUE
    service.set_secret("token", "another")
    second = Secret.objects.get()
    assert current_vault().open(bytes(second.sealed)) == b"another"
    assert second.description == "for the API"
    assert second.changed_at >= first.changed_at
    service.delete_secret("token")
    with pytest.raises(service.UnknownSecretError):
        service.delete_secret("token")


@pytest.mark.parametrize(("name", "value"), [("no name", VALUE), ("", VALUE), ("empty", ""), ("nul", VALUE + "\0")])
def test_what_cannot_be_stored_is_refused_without_its_value(store: JobStore, name: str, value: str) -> None:
    with pytest.raises(service.InvalidSecretError) as caught:
        service.set_secret(name, value)
    assert VALUE not in str(caught.value)
    assert not Secret.objects.exists()


def test_only_jobs_of_its_owner_and_its_group_may_use_a_secret(store: JobStore) -> None:
    owner, member, stranger = (User.objects.create_user(name) for name in ("owner", "member", "stranger"))
    Group.objects.create(name="operators").user_set.add(member)
    service.set_secret("theirs", VALUE, owner="owner", group="operators")
    for user in (owner, member):
        assert store.job(owner=user, secrets={"A": "theirs"}).secret_refs[0]["secret"] == "theirs"
    for user in (stranger, None):
        with pytest.raises(InvalidJobError, match="there is no secret 'theirs' that this job may use"):
            store.job(owner=user, secrets={"A": "theirs"})
    with pytest.raises(InvalidJobError, match="registry_secret: there is no secret 'theirs'"):
        store.job(registry_secret="theirs")


def test_who_may_use_a_secret_is_asked_again_at_the_launch(store: JobStore) -> None:
    service.set_secret("token", VALUE)
    User.objects.create_user("owner")
    job = store.job(secrets={"A": "token"})
    service.set_secret("token", VALUE, owner="owner")
    with pytest.raises(given_secrets.SecretRefusedError, match="no secret 'token' that this job may use"):
        given(job, store)


def test_an_attempt_is_given_its_secrets_and_the_same_ones_again(store: JobStore) -> None:
    service.set_secret("token", VALUE)
    service.set_secret("login", "user:p:w")
    job = store.job(
        environment={"PLAIN": "x", "SEALED": "own value"},
        secret_names=["SEALED"],
        secrets=[{"secret": "token", "variable": "TOKEN"}, {"secret": "token", "file": "key"}],
        registry_secret="login",
    )
    claimed, spec = given(job, store)
    assert spec.environment == {"PLAIN": "x", "SEALED": "own value", "TOKEN": VALUE}
    assert [file.content.decode() for file in spec.secret_files] == [VALUE]
    assert (spec.registry.username, spec.registry.password) == ("user", "p:w")
    assert set(spec.secrets.values()) == {"own value", VALUE, "p:w"}
    service.set_secret("token", "replaced")
    service.delete_secret("login")
    assert given_secrets.give_secrets(claimed.lease, claimed.spec) == spec


def test_nothing_secret_stands_in_a_jobs_columns_or_in_what_is_shown(store: JobStore) -> None:
    service.set_secret("token", VALUE)
    job = store.job(
        environment={"PLAIN": "x", "SEALED": "own/value"},
        secret_names=["SEALED"],
        secrets={"TOKEN": "token"},
        command=["login", VALUE, "own/value"],
    )
    job.refresh_from_db()
    assert job.environment == {"PLAIN": "x"}
    assert b"own/value" not in bytes(job.sealed_environment)
    detail = load_job_detail(job.pk)
    assert detail.environment == {"PLAIN": "x", "SEALED": "[secret:SEALED]", "TOKEN": "[secret:TOKEN]"}
    assert detail.command == ("login", "[secret:TOKEN]", "[secret:SEALED]")
    assert job_list.list_jobs()[0].command == detail.command
    assert VALUE not in repr(detail)
    assert VALUE not in str(detail.as_json())


def test_a_clone_has_the_same_secrets(store: JobStore) -> None:
    service.set_secret("token", VALUE)
    job = store.job(environment={"SEALED": "own"}, secret_names=["SEALED"], secrets={"TOKEN": "token"})
    clone = ContainerJob.objects.get(pk=clone_job(job.pk).id)
    assert clone.secret_refs == job.secret_refs
    assert clone.run_spec().environment == {"SEALED": "own"}
    assert bytes(clone.sealed_environment) != bytes(job.sealed_environment)


def test_a_job_stored_before_with_its_values_in_plain_can_be_read_and_run(store: JobStore) -> None:
    job = store.job()
    ContainerJob.objects.filter(pk=job.pk).update(environment={"OLD": VALUE}, secret_names=["OLD"])
    assert load_job_detail(job.pk).environment == {"OLD": "[secret:OLD]"}
    job.refresh_from_db()
    assert given(job, store)[1].environment == {"OLD": VALUE}


def test_without_the_key_everything_is_still_shown_and_the_launch_says_what_to_do(store: JobStore, keys) -> None:
    service.set_secret("token", VALUE)
    own = store.job(environment={"SEALED": "own"}, secret_names=["SEALED"])
    stored = store.job(secrets={"TOKEN": "token"})
    keys("another")
    assert load_job_detail(own.pk).environment == {"SEALED": "[secret:SEALED]"}
    assert len(job_list.list_jobs()) == 2
    with pytest.raises(given_secrets.SecretRefusedError, match=r"\(SEALED\): put the key .* back into"):
        given(own, store)
    with pytest.raises(given_secrets.SecretRefusedError, match="no key opens the secret 'token': put the key"):
        given(stored, store)


def test_what_a_running_attempt_was_given_is_never_taken_for_nothing(store: JobStore, keys) -> None:
    service.set_secret("token", VALUE)
    claimed, _ = given(store.job(secrets={"TOKEN": "token"}), store)
    keys("another")
    with pytest.raises(given_secrets.SecretsUnreadableError, match="cannot be masked"):
        given_secrets.give_secrets(claimed.lease, claimed.spec)


def test_a_rotation_seals_everything_anew_in_batches_and_may_be_repeated(store: JobStore, keys) -> None:
    for number in range(5):
        service.set_secret(f"s{number}", f"{VALUE} {number}")
    job = store.job(environment={"SEALED": "own"}, secret_names=["SEALED"])
    attempt = store.attempt(job, sealed_secrets=sealed_texts({"s0": VALUE}))
    keys("new", "old")
    told: list[rotation.Progress] = []
    assert rotation.rotate_secrets(told.append, batch=2).resealed == 7
    assert [step.done for step in told] == [2, 4, 5, 6, 7]
    assert rotation.rotate_secrets(told.append).already_newest == 7
    keys("new")
    assert job.__class__.objects.get(pk=job.pk).run_spec().environment == {"SEALED": "own"}
    assert all(current_vault().is_newest(bytes(secret.sealed)) for secret in Secret.objects.all())
    assert current_vault().is_newest(bytes(Attempt.objects.get(pk=attempt.pk).sealed_secrets))


def test_a_rotation_names_what_no_key_opens_and_seals_the_rest(store: JobStore, keys) -> None:
    service.set_secret("lost", VALUE)
    keys("middle")
    service.set_secret("kept", VALUE)
    keys("new", "middle")
    with pytest.raises(CommandError, match="the secret 'lost'") as caught:
        run("rotate_secrets")
    assert VALUE not in str(caught.value)
    keys("new")
    assert current_vault().open(bytes(Secret.objects.get(name="kept").sealed)).decode() == VALUE


def test_the_commands_take_a_value_from_a_file_or_a_pipe_and_never_show_it(
    store: JobStore, tmp_path, monkeypatch
) -> None:
    file = tmp_path / "value"
    file.write_text(VALUE + "\n")
    said = run("set_secret", "one", "--from-file", str(file), "--description", "d")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(VALUE.encode())))
    said += run("set_secret", "two")
    said += run("list_secrets") + run("list_secrets", "--json") + run("delete_secret", "one")
    assert VALUE not in said
    assert "'one' is stored; every job may use it" in said
    assert current_vault().open(bytes(Secret.objects.get(name="two").sealed)).decode() == VALUE
    file.write_bytes(b"\xff binary")
    with pytest.raises(CommandError, match="no text in UTF-8") as caught:
        run("set_secret", "two", "--from-file", str(file))
    assert "binary" not in str(caught.value)


def test_a_plain_value_that_looks_like_a_secret_is_warned_about_without_it(store: JobStore) -> None:
    submitted = submit_job(image="debian:12", environment={"API_TOKEN": "q8Zk2vXw91Lm"})
    [warning] = submitted.warnings
    [event] = ContainerJob.objects.get(pk=submitted.id).events.filter(kind="warning")
    assert event.message == warning
    assert "API_TOKEN" in warning
    assert "q8Zk2vXw91Lm" not in warning
