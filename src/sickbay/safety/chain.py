"""Records of which each holds the digest of the one before: what was changed afterwards shows. Pure.

A record is one line of JSON in one fixed form, so that a line with one other byte, a blank among them, is another line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64
"""What the first record gives as the digest of the one before."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One thing that happened. ``number`` counts from 1; ``at`` is the time of day, for people."""

    number: int
    at: str
    previous: str
    body: Mapping[str, Any]
    digest: str

    def line(self) -> bytes:
        """Return the record as it is stored, with the end of its line."""
        return canonical({**_content(self.number, self.at, self.previous, self.body), "digest": self.digest}) + b"\n"


@dataclass(frozen=True, kw_only=True)
class Damage:
    """The first record that is not as it was written, and what is wrong with it."""

    number: int
    problem: str

    def __str__(self) -> str:
        return f"record {self.number} {self.problem}"


@dataclass(frozen=True, kw_only=True)
class Head:
    """Where a chain ended when its last record was confirmed."""

    number: int = 0
    digest: str = GENESIS


@dataclass(frozen=True, kw_only=True)
class Chain:
    """What was read: the records that are intact, up to the first damage."""

    records: Sequence[Record] = ()
    damage: Damage | None = None

    @property
    def head(self) -> Head:
        """The last intact record."""
        if not self.records:
            return Head()
        return Head(number=self.records[-1].number, digest=self.records[-1].digest)


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return a value's one form as JSON. Raises ``ValueError`` for what has none."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.encode("ascii")


def digest_of(value: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a value's one form."""
    return hashlib.sha256(canonical(value)).hexdigest()


def next_record(head: Head, at: str, body: Mapping[str, Any]) -> Record:
    """Return the record that follows ``head``."""
    content = _content(head.number + 1, at, head.digest, body)
    return Record(number=head.number + 1, at=at, previous=head.digest, body=body, digest=digest_of(content))


def read_chain(data: bytes, confirmed: Head) -> Chain:
    """Read what was stored, and compare it with the head that was confirmed last.

    One record more than confirmed is what a crash leaves behind; one fewer was taken away.
    """
    records: list[Record] = []
    head = Head()
    for line in _lines(data):
        read = _read(line, head)
        if isinstance(read, Damage):
            return Chain(records=records, damage=read)
        records.append(read)
        head = Head(number=read.number, digest=read.digest)
        if head.number == confirmed.number and head.digest != confirmed.digest:
            return Chain(records=records[:-1], damage=Damage(number=head.number, problem="is not the one confirmed"))
    if head.number < confirmed.number:
        return Chain(records=records, damage=Damage(number=head.number + 1, problem="is missing: the end was cut off"))
    if head.number > confirmed.number + 1:
        extra = Damage(number=confirmed.number + 2, problem="was added past what was confirmed")
        return Chain(records=records[: confirmed.number + 1], damage=extra)
    return Chain(records=records)


def _lines(data: bytes) -> Iterable[bytes]:
    return data.splitlines(keepends=True)


def _read(line: bytes, head: Head) -> Record | Damage:
    number = head.number + 1
    if not line.endswith(b"\n"):
        return Damage(number=number, problem="is cut off")
    try:
        raw = json.loads(line)
        record = Record(**raw)
        as_written = next_record(head, record.at, record.body).line()
    except (ValueError, TypeError, RecursionError):
        return Damage(number=number, problem="cannot be read")
    if record.number != number or record.previous != head.digest:
        return Damage(number=number, problem="does not follow the one before")
    if line != as_written:
        return Damage(number=number, problem="was changed")
    return record


def _content(number: int, at: str, previous: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"number": number, "at": at, "previous": previous, "body": body}
