"""Looking for lines in stored logs, in bounded memory and in time that grows with the logs alone.

Patterns come from users, and Python's own expressions can take for ever on a line that was written for it. Regular
expressions are therefore matched by Hyperscan, which has no backtracking: every byte is looked at once, and what could
not be matched so (back references, looking around) is refused. Literal text needs nothing of it.

Lines are put together across the borders of chunks. A line longer than :data:`LONGEST_LINE` is looked at in pieces.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from container_manager.lifecycle.status import Status
from container_manager.models import Attempt, ContainerJob
from container_manager.models.stored_log import StoredLog
from container_manager.services.errors import ServiceError

hyperscan: Any
try:
    import hyperscan
except ImportError:  # there is none for this platform
    hyperscan = None

LONGEST_LINE = 64 * 1024
LONGEST_PATTERN = 1000
MOST_CONTEXT = 100


class InvalidPatternError(ServiceError):
    """A pattern cannot be searched for."""


@dataclass(frozen=True, kw_only=True)
class LogMatch:
    """A line that matches. ``number`` counts the stored lines of its stream from 1, ``offset`` is where it begins.

    ``before`` and ``after`` are its neighbors in the same stream, as many as were asked for.
    """

    job_id: int
    attempt_number: int
    stream: str
    number: int
    offset: int
    line: bytes
    before: tuple[bytes, ...] = ()
    after: tuple[bytes, ...] = ()


@dataclass(frozen=True, kw_only=True)
class JobFilter:
    """Whose logs are searched; what is not given does not matter."""

    job_id: int | None = None
    name: str = ""
    """A part of the job's name."""
    image: str = ""
    status: Status | None = None
    attempt_number: int | None = None
    stream: str | None = None


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """What to look for: text as it is or, with ``is_regex``, a regular expression; ``ignore_case`` for either."""

    text: str
    is_regex: bool = False
    ignore_case: bool = False

    def matcher(self) -> Callable[[bytes], bool]:
        """Return what says whether a line matches. Raises :class:`InvalidPatternError`."""
        if not self.text or len(self.text) > LONGEST_PATTERN:
            raise InvalidPatternError(f"A pattern has from 1 to {LONGEST_PATTERN} characters, not {len(self.text)}.")
        if self.is_regex:
            return _expression(self.text, ignore_case=self.ignore_case)
        needle = self.text.encode("utf-8", "surrogateescape")
        if self.ignore_case:
            needle = needle.lower()
            return lambda line: needle in line.lower()
        return lambda line: needle in line


def search_logs(
    pattern: Pattern, *, among: JobFilter | None = None, limit: int | None = 1000, context: int = 0
) -> Iterator[LogMatch]:
    """Yield the lines that match, of the newest job first, attempt by attempt, each in the order of its log.

    Stops after ``limit`` lines. ``context`` lines of the same stream come with each. Nothing is read before the first
    match is asked for. Raises :class:`InvalidPatternError` at once.
    """
    matches = pattern.matcher()
    among = among or JobFilter()
    found = _search(matches, among, max(0, min(context, MOST_CONTEXT)))
    return found if limit is None else _first(found, limit)


def _first(found: Iterator[LogMatch], limit: int) -> Iterator[LogMatch]:
    for number, match in enumerate(found, 1):
        if number > limit:
            return
        yield match


def _search(matches: Callable[[bytes], bool], among: JobFilter, context: int) -> Iterator[LogMatch]:
    for attempt in _attempts(among).iterator(chunk_size=100):
        streams = {stream: _StreamSearch(attempt, stream, matches, context) for stream in ("stdout", "stderr")}
        for place, data in StoredLog(attempt, among.stream).contents():
            yield from streams[place.stream].feed(place.offset, data)
        for search in streams.values():
            yield from search.finish()


def _attempts(among: JobFilter) -> QuerySet[Attempt]:
    jobs = ContainerJob.objects.all()
    if among.job_id is not None:
        jobs = jobs.filter(pk=among.job_id)
    if among.name:
        jobs = jobs.filter(name__icontains=among.name)
    if among.image:
        jobs = jobs.filter(image=among.image)
    if among.status is not None:
        jobs = jobs.filter(status=among.status)
    attempts = Attempt.objects.filter(job__in=jobs).order_by("-job_id", "number")
    return attempts if among.attempt_number is None else attempts.filter(number=among.attempt_number)


class _StreamSearch:
    """Puts one stream's lines together and looks at each."""

    def __init__(self, attempt: Attempt, stream: str, matches: Callable[[bytes], bool], context: int) -> None:
        self._attempt = attempt
        self._stream = stream
        self._matches = matches
        self._rest = b""
        self._offset = 0
        """Where the line that is being put together begins."""
        self._number = 1
        self._before: deque[bytes] = deque(maxlen=context)
        self._open: deque[tuple[LogMatch, list[bytes]]] = deque()
        self._context = context

    def feed(self, offset: int, data: bytes) -> Iterator[LogMatch]:
        """Take a chunk; yield the matches whose neighbors are all known."""
        if offset != self._offset + len(self._rest):
            yield from self._cut()
            self._offset = offset
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield from self._look(line)
            self._offset += len(line) + 1
            self._number += 1
        while len(self._rest) > LONGEST_LINE:
            piece, self._rest = self._rest[:LONGEST_LINE], self._rest[LONGEST_LINE:]
            yield from self._look(piece)
            self._offset += len(piece)

    def finish(self) -> Iterator[LogMatch]:
        """Yield what is left when the log is over."""
        yield from self._cut()

    def _cut(self) -> Iterator[LogMatch]:
        """End what is open: behind this place the log was cut, or is over."""
        if self._rest:
            yield from self._look(self._rest)
            self._number += 1
            self._rest = b""
        while self._open:
            yield self._closed()
        self._before.clear()

    def _look(self, line: bytes) -> Iterator[LogMatch]:
        if self._matches(line):
            match = LogMatch(
                job_id=self._attempt.job_id,
                attempt_number=self._attempt.number,
                stream=self._stream,
                number=self._number,
                offset=self._offset,
                line=line,
                before=tuple(self._before),
            )
            if not self._context:
                yield match
                return
        else:
            match = None
        for _, after in self._open:
            after.append(line)
        while self._open and len(self._open[0][1]) >= self._context:
            yield self._closed()
        if match is not None:
            self._open.append((match, []))
        self._before.append(line)

    def _closed(self) -> LogMatch:
        match, after = self._open.popleft()
        return replace(match, after=tuple(after))


def _expression(text: str, *, ignore_case: bool) -> Callable[[bytes], bool]:
    if hyperscan is None:
        raise InvalidPatternError("Regular expressions need Hyperscan, which this platform lacks; search for text.")
    flags = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY
    database = hyperscan.Database()
    try:
        database.compile([text.encode("utf-8", "surrogateescape")], flags=[flags | _case(ignore_case=ignore_case)])
    except hyperscan.error as error:
        raise InvalidPatternError(f"{text!r} cannot be searched for: {error}") from error
    scratch = hyperscan.Scratch(database)
    found: list[int] = []

    def note(_pattern: int, _start: int, _end: int, _flags: int, _context: object) -> None:
        found.append(1)

    def matches(line: bytes) -> bool:
        found.clear()
        database.scan(line, note, scratch=scratch)
        return bool(found)

    return matches


def _case(*, ignore_case: bool) -> int:
    return int(hyperscan.HS_FLAG_CASELESS) if ignore_case else 0
