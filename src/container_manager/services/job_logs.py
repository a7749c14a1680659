"""Reading a job's stored output, from the database or from its archive: whole, in part, or as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob
from container_manager.models.log_chunk import ChunkPlace, LogPiece, LogPlace
from container_manager.models.stored_log import StoredLog
from container_manager.services.errors import UnknownAttemptError, UnknownJobError

__all__ = [
    "LogPiece",
    "LogPlace",
    "follow_log",
    "read_head",
    "read_log",
    "read_range",
    "read_since",
    "read_tail",
    "removed_at",
    "stored_log",
]


def read_log(
    job_id: int, *, attempt_number: int | None = None, stream: str | None = None, place: LogPlace | None = None
) -> Iterator[LogPiece]:
    """Yield what is stored of an attempt's log (of the last one unless told), both streams or one, as it was stored.

    With ``place``, yields what lies behind it and moves it along. Yields nothing for a job without an attempt.

    Raises :class:`~container_manager.services.errors.UnknownJobError` and
    :class:`~container_manager.services.errors.UnknownAttemptError`, before the first piece.
    """
    log = stored_log(job_id, attempt_number=attempt_number, stream=stream)
    return iter(()) if log is None else log.pieces(place)


def read_range(
    job_id: int, *, stream: str, offset: int, length: int, attempt_number: int | None = None
) -> Iterator[LogPiece]:
    """Yield ``length`` bytes of one stream from ``offset`` on, reading only the chunks that hold them.

    Offsets count what was written (secrets masked), also what the log's cap cut out: such bytes are not yielded but
    counted by the piece behind them. Raises as :func:`read_log`.
    """
    log = stored_log(job_id, attempt_number=attempt_number, stream=stream)
    return iter(()) if log is None else _range(log, offset, offset + max(0, length))


def read_since(
    job_id: int, *, since: datetime, attempt_number: int | None = None, stream: str | None = None
) -> Iterator[LogPiece]:
    """Yield what was written since a moment, from the chunk on that holds it: at most 64 KiB, or a flush, earlier.

    Raises as :func:`read_log`.
    """
    log = stored_log(job_id, attempt_number=attempt_number, stream=stream)
    if log is None:
        return iter(())
    places = log.places()
    early = [number for number, place in enumerate(places) if place.written_at <= since]
    # Only the last chunk before the moment can reach beyond it: of each stream the next one begins where it ends.
    return _pieces_from(log, places, early[-1] if early else 0, 0)


def read_head(
    job_id: int, *, lines: int, attempt_number: int | None = None, stream: str | None = None
) -> Iterator[LogPiece]:
    """Yield the first lines, of both streams together or of one. Raises as :func:`read_log`."""
    return _first_lines(read_log(job_id, attempt_number=attempt_number, stream=stream), lines)


def read_tail(
    job_id: int, *, lines: int, attempt_number: int | None = None, stream: str | None = None
) -> Iterator[LogPiece]:
    """Yield the last lines, of both streams together or of one; reads only the chunks that hold them.

    Raises as :func:`read_log`.
    """
    log = stored_log(job_id, attempt_number=attempt_number, stream=stream)
    if log is None or lines <= 0:
        return iter(())
    places = log.places()
    number, skip = _start_of_tail(log, places, lines)
    return _pieces_from(log, places, number, skip)


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


def stored_log(job_id: int, *, attempt_number: int | None = None, stream: str | None = None) -> StoredLog | None:
    """Return the log of an attempt (of the last one unless told), ``None`` for a job without one.

    Raises :class:`~container_manager.services.errors.UnknownJobError` and
    :class:`~container_manager.services.errors.UnknownAttemptError`.
    """
    _job_status(job_id)
    attempt = _find_attempt(job_id, attempt_number)
    return None if attempt is None else StoredLog(attempt, stream)


def removed_at(job_id: int, *, attempt_number: int | None = None) -> datetime | None:
    """Return when the log was removed because its time was over; ``None`` where it is kept, or in an archive.

    Raises as :func:`stored_log`.
    """
    log = stored_log(job_id, attempt_number=attempt_number)
    return None if log is None or log.is_archived else log.attempt.log_dropped_at


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
        yield from StoredLog(attempt, stream).pieces(place)
        if is_complete:
            return
        pause()


def _range(log: StoredLog, begin: int, end: int) -> Iterator[LogPiece]:
    wanted = [place for place in log.places() if place.offset < end and place.end > begin]
    if not wanted:
        return
    at = begin
    for place, data in log.contents(wanted[0].position, wanted[-1].position):
        start, stop = max(begin, place.offset), min(end, place.end)
        piece = data[start - place.offset : stop - place.offset]
        yield LogPiece(stream=place.stream, data=piece, cut_before=start - at)
        at = stop


def _pieces_from(log: StoredLog, places: Sequence[ChunkPlace], number: int, skip: int) -> Iterator[LogPiece]:
    """Yield from one of these chunks on, without its first ``skip`` bytes and without counting what lies before it."""
    if number >= len(places):
        return
    before: dict[str, int] = {}
    for place in reversed(places[number:]):
        before[place.stream] = place.offset
    reader = LogPlace(position=places[number].position - 1, ends=before)
    for count, piece in enumerate(log.pieces(reader)):
        yield replace(piece, data=piece.data[skip:]) if count == 0 and skip else piece


def _start_of_tail(log: StoredLog, places: Sequence[ChunkPlace], lines: int) -> tuple[int, int]:
    """Return in which chunk the last lines begin, and behind how many of its bytes. Goes backwards, chunk by chunk."""
    is_last = True
    for number in range(len(places) - 1, -1, -1):
        position = places[number].position
        data = b"".join(data for _, data in log.contents(position, position))
        end = len(data)
        if is_last and data.endswith(b"\n"):
            end -= 1  # the newline that ends the last line begins none
        is_last = False
        while (found := data.rfind(b"\n", 0, end)) >= 0:
            lines -= 1
            if not lines:
                return (number, found + 1) if found + 1 < len(data) else (number + 1, 0)
            end = found
    return 0, 0


def _first_lines(pieces: Iterator[LogPiece], lines: int) -> Iterator[LogPiece]:
    for piece in pieces:
        end = -1
        while lines > 0 and (found := piece.data.find(b"\n", end + 1)) >= 0:
            end, lines = found, lines - 1
        yield piece if lines > 0 else replace(piece, data=piece.data[: end + 1])
        if lines <= 0:
            return


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
