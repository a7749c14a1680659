"""Checking what a job waits for: the ends of other jobs, and of whole arrays. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol, TypedDict, runtime_checkable

from container_manager.scheduling.policy import After
from container_manager.validation.plain_values import kind_of
from container_manager.validation.problems import Problems

#: The arguments that name what a job waits for, and for which end.
WAIT_FIELDS: Mapping[str, After] = {
    "after": After.SUCCESS,
    "after_failure": After.FAILURE,
    "after_either": After.EITHER,
}

#: More jobs than this are better made as one array, which is waited for as one.
MOST_WAITS = 1000


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """What a job waits for: one job, or all jobs of an array."""

    id: int
    is_array: bool = False

    def __str__(self) -> str:
        return f"array {self.id}" if self.is_array else f"job {self.id}"


@runtime_checkable
class HasUpstream(Protocol):
    """A job or an array, stored or as a service returned it."""

    @property
    def as_upstream(self) -> Upstream:
        """What another job waits for when it waits for this one."""
        ...


UpstreamLike = int | HasUpstream
"""What a job may be told to wait for: a job's id, a job, or an array."""


class WaitFields(TypedDict, total=False):
    """The arguments that name what a job waits for: one, or a list."""

    after: UpstreamLike | Sequence[UpstreamLike] | None
    after_failure: UpstreamLike | Sequence[UpstreamLike] | None
    after_either: UpstreamLike | Sequence[UpstreamLike] | None


@dataclass(frozen=True, kw_only=True)
class Wait:
    """One thing that a job waits for, and the end it hopes for."""

    upstream: Upstream
    after: After

    @property
    def field(self) -> str:
        """The argument that asks for this."""
        return next(field for field, after in WAIT_FIELDS.items() if after is self.after)


def stored_wait(upstream: int | None, array: int | None, after: str) -> Wait | None:
    """Return a wait as it was stored; ``None`` where what it names was deleted."""
    pk = upstream if array is None else array
    return None if pk is None else Wait(upstream=Upstream(id=pk, is_array=array is not None), after=After(after))


def check_waits(fields: Mapping[str, object], problems: Problems) -> tuple[Wait, ...]:
    """Return what the job waits for, each thing once."""
    found: dict[Upstream, Wait] = {}
    for field, after in WAIT_FIELDS.items():
        for upstream in _upstreams(field, fields.get(field), problems):
            wait = found.setdefault(upstream, Wait(upstream=upstream, after=after))
            if wait.after is not after:
                message = f"names {upstream}, which {wait.field} names too."
                problems.add(field, message, "Name it once; after_either waits for any end.")
    if len(found) > MOST_WAITS:
        message = f"waits for {len(found)} jobs, and at most {MOST_WAITS} are kept."
        problems.add("after", message, "Make them as one array and wait for the array.")
        return ()
    return tuple(found.values())


def _upstreams(field: str, value: object, problems: Problems) -> Iterator[Upstream]:
    many = isinstance(value, (Sequence, Set)) and not isinstance(value, (str, bytes))
    given = value if isinstance(value, (Sequence, Set)) and many else [value]
    for item in given if value is not None else ():
        upstream = _upstream(item)
        if upstream is None:
            shown = f"{item!r}" if type(item) is int and abs(item) < 10**15 else kind_of(item)
            problems.add(field, f"must be jobs, arrays, or ids of jobs, not {shown}.", "Write [job, 12].")
        elif upstream.id < 1:
            problems.add(field, f"names {kind_of(item)} that is not stored.", "Store it first, or give its id.")
        else:
            yield upstream


def _upstream(item: object) -> Upstream | None:
    if isinstance(item, HasUpstream):
        return item.as_upstream
    # The largest id that a database holds.
    return Upstream(id=item) if type(item) is int and 0 < item < 2**63 else None
