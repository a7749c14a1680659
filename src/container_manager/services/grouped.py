"""Services that many callers use at the same moment, so that all of them together cost a few statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, ParamSpec, TypeVar

from container_manager.services.leases import LeaseLostError

P = ParamSpec("P")
T = TypeVar("T")

Note = Any
"""One call as a record. Each service has a kind of its own, which only its own two functions look into."""


class Grouped(Generic[P, T]):
    """A service that is called as any other, and by ``many`` for several callers in one transaction."""

    def __init__(self, note: Callable[P, Note], many: Callable[[Sequence[Note]], Sequence[T | LeaseLostError]]) -> None:
        """Take the function that makes one call a record, and the one that answers a sequence of them in order."""
        self._note = note
        self._many = many

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do what the service does for one caller. Raises :class:`LeaseLostError`."""
        [answer] = self._many([self._note(*args, **kwargs)])
        if isinstance(answer, LeaseLostError):
            raise answer
        return answer

    def answer_all(self, calls: Sequence[tuple[tuple[Any, ...], dict[str, Any]]]) -> Sequence[T | LeaseLostError]:
        """Answer several calls in order, by their arguments; a lost lease is its own caller's error."""
        return self._many([self._note(*args, **kwargs) for args, kwargs in calls])
