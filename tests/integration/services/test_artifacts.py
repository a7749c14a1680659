"""The files of jobs: kept at submit, shared by clones, deleted with the last who needs them."""

from __future__ import annotations

import io
import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from container_manager.models import ContainerJob
from container_manager.models.job_files import artifact_storage
from container_manager.services.artifacts import UnknownArtifactError, input_files, list_artifacts, open_artifact
from container_manager.services.clone import clone_job
from container_manager.services.errors import UnknownJobError
from container_manager.services.orphaned_files import remove_orphaned_files
from container_manager.validation.problems import InvalidJobError
from tests.integration.stored import JobStore


@pytest.fixture
def store(db, settings, tmp_path: Path) -> JobStore:
    settings.MEDIA_ROOT = tmp_path
    return JobStore()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def content_of(job: ContainerJob, name: str) -> bytes:
    with open_artifact(job.pk, name) as pieces:
        return b"".join(pieces)


def test_an_input_is_stored_once_with_its_size_and_digest(store: JobStore) -> None:
    job = store.job(inputs=[{"path": "/in/a", "content": b"abc"}, {"path": "/in/b", "content": io.BytesIO(b"defg")}])
    first, second = list_artifacts(job.pk)
    assert (first.name, first.size, first.attempt_number) == ("a", 3, None)
    assert first.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert content_of(job, "b") == b"defg"
    given = input_files(job.pk)
    assert [(file.path, file.size) for file in given] == [("/in/a", 3), ("/in/b", 4)]
    with given[0].open() as opened:
        assert opened.read() == b"abc"
    assert second.is_complete


def test_too_long_an_input_is_refused_and_leaves_nothing(store: JobStore, tmp_path: Path) -> None:
    with tempfile.TemporaryFile() as large:
        large.truncate(3_000_000)
        with pytest.raises(InvalidJobError, match=r"inputs\[1\]: is too long"):
            store.job(
                inputs=[
                    {"path": "/a", "content": b"x"},
                    {"path": "/b", "content": large, "max_bytes": 2_000_000},
                ]
            )
    assert files_in(tmp_path) == []
    assert not ContainerJob.objects.exists()


def test_a_stored_file_is_used_as_it_is_and_stays(
    store: JobStore, tmp_path: Path, django_capture_on_commit_callbacks
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InvalidJobError, match=r"there is no 'other\.txt' in the storage"):
        store.job(inputs=[{"path": "/a", "stored": "other.txt"}])
    with pytest.raises(InvalidJobError, match="is 4 bytes long"):
        store.job(inputs=[{"path": "/a", "stored": "mine.txt", "max_bytes": 3}])
    job = store.job(inputs=[{"path": "/a", "stored": "mine.txt"}])
    assert content_of(job, "a") == b"mine"
    with django_capture_on_commit_callbacks(execute=True):
        job.delete()
    assert (tmp_path / "mine.txt").exists()


def test_a_file_goes_with_the_last_job_that_needs_it(
    store: JobStore, tmp_path: Path, django_capture_on_commit_callbacks
) -> None:
    job = store.job(inputs=[{"path": "/a", "content": b"shared"}], outputs=[{"path": "/out"}])
    clone = ContainerJob.objects.get(pk=clone_job(job.pk).id)
    assert clone.outputs == job.outputs
    with django_capture_on_commit_callbacks(execute=True):
        job.delete()
    assert content_of(clone, "a") == b"shared"
    with django_capture_on_commit_callbacks(execute=True):
        clone.delete()
    assert files_in(tmp_path) == []


@pytest.mark.django_db(transaction=True)
def test_a_deletion_that_is_rolled_back_leaves_the_file(store: JobStore) -> None:
    job = store.job(inputs=[{"path": "/a", "content": b"kept"}])
    number = job.pk
    with transaction.atomic():
        job.delete()
        transaction.set_rollback(True)
    assert content_of(ContainerJob.objects.get(pk=number), "a") == b"kept"


def test_the_jobs_of_an_array_share_their_inputs(store: JobStore, tmp_path: Path) -> None:
    array = ContainerJob.objects.create_array(
        size=3, image="debian:12", command=["true"], inputs=[{"path": "/a", "content": b"shared"}]
    )
    assert len(files_in(tmp_path)) == 1
    assert [content_of(job, "a") for job in array.jobs.all()] == [b"shared"] * 3


def test_the_command_lists_gets_and_says_what_there_is(store: JobStore, tmp_path: Path) -> None:
    job = store.job(inputs=[{"path": "/in/a.csv", "content": b"1,2\n"}])
    output = io.StringIO()
    call_command("job_artifacts", str(job.pk), stdout=output)
    assert output.getvalue().splitlines()[1].split() == ["a.csv", "input", "4", "/in/a.csv"]
    call_command("job_artifacts", str(job.pk), "--get", "a.csv", "-o", str(tmp_path / "got"))
    assert (tmp_path / "got").read_bytes() == b"1,2\n"
    with pytest.raises(CommandError, match=r"has no file 'b.csv'. Did you mean 'a.csv'\?"):
        call_command("job_artifacts", str(job.pk), "--get", "b.csv")
    with pytest.raises(UnknownJobError):
        list_artifacts(job.pk + 1)
    artifact_storage().delete(job.artifacts.get().stored_as)
    with pytest.raises(UnknownArtifactError, match="no longer in the storage"):
        content_of(job, "a.csv")


def test_what_a_submit_that_was_rolled_back_has_stored_is_removed_a_day_later(
    store: JobStore, tmp_path: Path, capsys
) -> None:
    job = store.job(inputs=[{"path": "/in/a", "content": b"kept"}])
    with transaction.atomic():
        store.job(inputs=[{"path": "/in/a", "content": b"left over"}])
        transaction.set_rollback(True)
    assert remove_orphaned_files(timedelta()) == 0  # another transaction may be about to be committed
    two_days_ago = time.time() - 2 * 24 * 3600
    for path in files_in(tmp_path):
        os.utime(path, (two_days_ago, two_days_ago))
    somebody_elses = tmp_path / "container_jobs" / "another-installation" / "x" / "a"
    somebody_elses.parent.mkdir(parents=True)
    somebody_elses.write_bytes(b"not ours")
    os.utime(somebody_elses, (two_days_ago, two_days_ago))

    call_command("prune_jobs", "--older-than", "1h", "--dry-run")
    assert "1 files of submits that were rolled back would be removed" in capsys.readouterr().out
    call_command("prune_jobs", "--older-than", "1h")

    assert "1 files of submits that were rolled back removed" in capsys.readouterr().out
    assert sorted(path.read_bytes() for path in files_in(tmp_path)) == [b"kept", b"not ours"]
    assert content_of(job, "a") == b"kept"


def test_an_installation_without_files_has_none_left_over(store: JobStore) -> None:
    assert remove_orphaned_files(timedelta()) == 0
