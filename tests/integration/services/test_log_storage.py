"""Batches of many attempts in one transaction: each once, in order, and none without its lease."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from container_manager.models import Attempt, ContainerJob
from container_manager.services.job_logs import read_log
from container_manager.services.leases import Lease, LeaseLostError
from container_manager.services.log_layout import LogLayout, Segment
from container_manager.services.log_storage import LogBatch, PackedBatch, append_log, append_logs, packed

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CAP = 64 * 1024


class Writer:
    """Writes the log of one running job, as a worker does."""

    def __init__(self, store, cap: int = CAP) -> None:
        self.job = store.running()
        attempt = self.job.last_attempt
        self.lease = Lease(job_id=self.job.pk, attempt_id=attempt.pk, attempt_number=1, token=0, worker="w")
        self.layout = LogLayout({}, cap)
        self.number, self.written = 0, 0

    def batch(self, *pieces: bytes, after_gap: bool = False) -> PackedBatch:
        segments = []
        for piece in pieces:
            segments.append(Segment(stream="stdout", offset=self.written, written_at=NOW, data=piece))
            self.written += len(piece)
        self.number += 1
        batch = LogBatch(
            number=self.number,
            segments=segments,
            cursor={"stdout": {"skip": 0}},
            stdout_bytes=self.written,
            stderr_bytes=0,
            after_gap=after_gap,
        )
        return packed(batch, self.layout)

    @property
    def shown(self) -> bytes:
        return b"".join(piece.marked_data for piece in read_log(self.job.pk))


def test_batches_of_several_attempts_are_stored_together(store) -> None:
    writers = [Writer(store) for _ in range(3)]
    assert append_logs([(one.lease, one.batch(b"first\n")) for one in writers]) == []
    assert append_logs([(one.lease, one.batch(b"second\n")) for one in writers]) == []
    assert [one.shown for one in writers] == [b"first\nsecond\n"] * 3


def test_a_batch_whose_answer_was_lost_is_stored_once(store) -> None:
    writer = Writer(store)
    batch = writer.batch(b"once\n")
    for _ in range(3):
        append_log(writer.lease, batch)
    assert writer.shown == b"once\n"


def test_a_lost_lease_stores_nothing_and_costs_the_others_nothing(store) -> None:
    ours, lost = Writer(store), Writer(store)
    ContainerJob.objects.filter(pk=lost.job.pk).update(lease_token=1)
    assert append_logs([(one.lease, one.batch(b"line\n")) for one in (ours, lost)]) == [lost.lease]
    assert (ours.shown, lost.shown) == (b"line\n", b"")
    with pytest.raises(LeaseLostError):
        append_log(lost.lease, lost.batch(b"more\n"))


def test_the_head_and_the_moving_tail_are_kept_and_the_gap_is_counted(store) -> None:
    writer = Writer(store)
    pieces = [b"%07d\n" % number * 1024 for number in range(64)]
    for piece in pieces:
        append_log(writer.lease, writer.batch(piece))
    whole, shown = b"".join(pieces), writer.shown
    head, marker, tail = shown.partition(b"\n[\xe2\x80\xa6 ")
    assert marker
    assert whole.startswith(head)
    assert len(head) == CAP // 2
    size, _, tail = tail.partition(b" bytes cut \xe2\x80\xa6]\n")
    assert whole.endswith(tail)
    assert CAP // 2 - 4096 < len(tail) <= CAP // 2
    assert len(head) + int(size) + len(tail) == len(whole)
    assert Attempt.objects.get(pk=writer.lease.attempt_id).stdout_bytes == len(whole)


def test_a_gap_that_the_platform_made_is_told_once(store) -> None:
    writer = Writer(store)
    for _ in range(2):
        append_log(writer.lease, writer.batch(b"behind\n", after_gap=True))
    assert writer.job.events.filter(kind="log_gap").count() == 1
