"""Reading a job's stored output."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob
from container_manager.models.log_chunk import LogPiece, LogPlace
from container_manager.services.errors import UnknownAttemptError, UnknownJobError

__all__ = ["LogPiece", "LogPlace", "follow_log", "read_log"]


def read_log(
    job_id: int, *, attempt_number: int | None = None, stream: str | None = None, place: LogPlace | None = None
) -> Iterator[LogPiece]:
    """Yield what is stored of an attempt's log (of the last one unless told), both streams or one, as it was stored.

    With ``place``, yields what lies behind it and moves it along. Yields nothing for a job without an attempt.

    Raises :class:`~container_manager.services.errors.UnknownJobError` and
    :class:`~container_manager.services.errors.UnknownAttemptError`, before the first piece.
    """
    _job_status(job_id)
    attempt = _find_attempt(job_id, attempt_number)
    return iter(()) if attempt is None else _pieces(attempt, stream, place)


def follow_log(
    job_id: int, *, pause: Callable[[], None], attempt_number: int | None = None, stream: str | None = None
) -> Iterator[LogPiece]:
    """Yield an attempt's log as it is stored, until nothing can be added to it any more.

    Calls ``pause`` whenever there is nothing new. Without a number it goes from each attempt to the next, and waits for
    the first. Raises as :func:`read_log`, before the first piece.
    """
    _job_status(job_id)
    attempt = _find_attempt(job_id, attempt_number)
    if attempt is not None and attempt_number is not None:
        return _follow_attempt(attempt, pause, stream)
    return _follow_job(job_id, attempt, pause, stream)


def _follow_job(
    job_id: int, attempt: Attempt | None, pause: Callable[[], None], stream: str | None
) -> Iterator[LogPiece]:
    number = 0
    while True:
        # Read before looking for an attempt: a job that is over gets no more of them.
        is_over = _job_status(job_id).is_terminal
        attempt = attempt or Attempt.objects.filter(job_id=job_id, number__gt=number).order_by("number").first()
        if attempt is not None:
            number = attempt.number
            yield from _follow_attempt(attempt, pause, stream)
            attempt = None
        elif is_over:
            return
        else:
            pause()


def _follow_attempt(attempt: Attempt, pause: Callable[[], None], stream: str | None) -> Iterator[LogPiece]:
    place = LogPlace()
    while True:
        # Read before the pieces: what is complete now is wholly stored when they are read.
        is_complete = not Attempt.objects.filter(pk=attempt.pk, log_complete=False).exists()
        yield from _pieces(attempt, stream, place)
        if is_complete:
            return
        pause()


def _pieces(attempt: Attempt, stream: str | None, place: LogPlace | None) -> Iterator[LogPiece]:
    chunks = attempt.log_chunks.all()
    return (chunks.filter(stream=stream) if stream else chunks).pieces(place)


def _job_status(job_id: int) -> Status:
    status = ContainerJob.objects.filter(pk=job_id).values_list("status", flat=True).first()
    if status is None:
        raise UnknownJobError(job_id)
    return Status(status)


def _find_attempt(job_id: int, number: int | None) -> Attempt | None:
    attempts = Attempt.objects.filter(job_id=job_id)
    last = attempts.order_by("-number").first()
    if number is None or (last is not None and last.number == number):
        return last
    attempt = attempts.filter(number=number).first()
    if attempt is None:
        raise UnknownAttemptError(job_id, number, last.number if last else None)
    return attempt
