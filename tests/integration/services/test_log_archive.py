"""Old logs leave the database whole, once, and can be read from where they went."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from container_manager.models import Attempt, ContainerJob, LogChunk
from container_manager.services.job_logs import read_log
from container_manager.services.log_archive import Retention, due_ids, prune_by_id, prune_log
from container_manager.worker.bridge import Bridge
from container_manager.worker.retention import prune_due
from tests.integration.stored import JobStore

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def old(store, *pieces, days: float = 10):
    job = store.ended(attempt={"ended_at": timezone.now() - timedelta(days=days)})
    store.log(job.last_attempt, *(pieces or [("stdout", 0, b"a\xff\0b\n"), ("stderr", 0, b"e\n"), ("stdout", 5, b"c")]))
    return job


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_an_archive_is_two_plain_gzip_files_and_an_index(store, media) -> None:
    job = old(store)
    done = prune_log(job.last_attempt, Retention(age=DAY, storage="default"))
    assert done is not None
    index, stderr, stdout = files(media)
    assert (gzip.decompress(stdout.read_bytes()), gzip.decompress(stderr.read_bytes())) == (b"a\xff\0b\nc", b"e\n")
    chunks = json.loads(index.read_bytes())["chunks"]
    assert [(one["place"]["stream"], one["place"]["offset"]) for one in chunks] == [
        ("stdout", 0),
        ("stderr", 0),
        ("stdout", 5),
    ]
    attempt = Attempt.objects.get(job=job)
    assert attempt.log_archive == f"default:{index.relative_to(media)}"
    assert attempt.log_dropped_at is not None
    assert not LogChunk.objects.exists()


def test_only_logs_of_old_attempts_that_nobody_works_on_are_due(store) -> None:
    due = old(store)
    old(store, days=0.5)
    store.running()
    leased = old(store)
    ContainerJob.objects.filter(pk=leased.pk).update(lease_expires_at=timezone.now() + DAY)
    assert due_ids(Retention(age=DAY)) == [due.last_attempt.pk]
    assert prune_by_id(leased.last_attempt.pk, Retention(age=DAY)) is None
    assert prune_by_id(due.last_attempt.pk, Retention(age=DAY)) is not None
    assert due_ids(Retention(age=DAY)) == []


def test_without_an_archive_the_log_is_removed_and_that_is_told(store, media, capsys) -> None:
    job = old(store)
    assert prune_log(job.last_attempt, Retention(age=DAY))
    assert (job.get_logs(), files(media)) == ("", [])
    call_command("job_logs", str(job.pk))
    assert "was removed at" in capsys.readouterr().err


def test_a_storage_that_fails_costs_nothing_and_leaves_nothing(store, media, monkeypatch) -> None:
    job, saved = old(store), []
    save = FileSystemStorage.save

    def fails_at_the_index(self, name, content, max_length=None):
        if name.endswith("index.json"):
            raise OSError("no space left")
        saved.append(name)
        return save(self, name, content, max_length)

    monkeypatch.setattr(FileSystemStorage, "save", fails_at_the_index)
    with pytest.raises(OSError, match="no space"):
        prune_log(job.last_attempt, Retention(age=DAY, storage="default"))
    assert len(saved) == 2
    assert files(media) == []
    assert job.get_logs("stderr") == "e\n"

    monkeypatch.undo()
    assert prune_log(Attempt.objects.get(job=job), Retention(age=DAY, storage="default"))
    assert job.get_logs("stderr") == "e\n"


def test_what_a_dead_worker_has_begun_is_taken_over_once_it_is_old(store, media) -> None:
    job = old(store)
    left = media / "sickbay-logs/x/left"
    left.mkdir(parents=True)
    (left / "stdout.gz").write_bytes(b"half")
    young = f"?{int(timezone.now().timestamp())}:default:sickbay-logs/x/left"
    Attempt.objects.update(log_archive=young)
    assert prune_log(Attempt.objects.get(job=job), Retention(age=DAY, storage="default")) is None
    assert job.get_logs("stderr") == "e\n"

    Attempt.objects.update(log_archive="?1000:default:sickbay-logs/x/left")
    assert prune_log(Attempt.objects.get(job=job), Retention(age=DAY, storage="default"))
    assert not (left / "stdout.gz").exists()
    assert job.get_logs("stderr") == "e\n"


def test_a_removal_of_chunks_that_was_cut_short_is_finished(store) -> None:
    job = old(store)
    prune_log(job.last_attempt, Retention(age=DAY, storage="default"))
    archive = Attempt.objects.get(job=job).log_archive
    Attempt.objects.update(log_dropped_at=None)
    assert prune_by_id(job.last_attempt.pk, Retention(age=DAY, storage="default"))
    assert Attempt.objects.get(job=job).log_archive == archive


def test_a_log_that_is_archived_while_it_is_read_is_read_to_its_end(store) -> None:
    job = old(store, *(("stdout", number, b"x") for number in range(40)))
    pieces = read_log(job.pk)
    first = next(pieces)
    prune_log(job.last_attempt, Retention(age=DAY, storage="default"))
    assert first.data + b"".join(piece.data for piece in pieces) == b"x" * 40


def test_the_command_tells_what_it_does_and_does_nothing_when_dry(store, capsys, settings) -> None:
    with pytest.raises(CommandError, match="kept for ever"):
        call_command("prune_logs")
    with pytest.raises(CommandError, match="no alias 'nowhere'"):
        call_command("prune_logs", "--older-than", "1d", "--archive", "nowhere")
    job = old(store)
    call_command("prune_logs", "--older-than", "1d", "--archive", "default", "--dry-run")
    assert "1 logs of" in capsys.readouterr().out
    assert LogChunk.objects.exists()
    settings.CONTAINER_MANAGER = {"log_retention_days": 1, "log_archive": "default"}
    call_command("prune_logs")
    assert f"job {job.pk}, attempt 1" in capsys.readouterr().out
    assert job.get_logs("stderr") == "e\n"


@pytest.mark.django_db(transaction=True)
def test_the_workers_chore_prunes_what_is_due_though_one_log_fails(settings, media) -> None:
    settings.CONTAINER_MANAGER = {"log_retention_days": 1, "log_archive": "default"}
    broken, _ = (old(JobStore()) for _ in range(2))
    LogChunk.objects.filter(attempt__job=broken).update(data=b"no zlib")

    async def chore() -> int:
        async with Bridge() as bridge:
            return await prune_due(bridge)

    assert asyncio.run(chore()) == 1
    assert len(files(media)) == 3
