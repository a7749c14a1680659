"""What the executor asks of the shim, as bytes: items ``name=value`` with NUL between them, some names several times.

It goes through a pipe and is never stored, because the environment in it may hold secrets.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

#: The last item; an order without it was cut short and is not obeyed.
_END = b"end="


def encode(items: Iterable[tuple[str, str]]) -> bytes:
    """Return an order's bytes."""
    return b"\0".join([*(os.fsencode(f"{name}={value}") for name, value in items), _END])


class CutShortError(Exception):
    """The order does not end as orders do: whoever wrote it is gone."""


class Order:
    """An order as it was read."""

    def __init__(self, data: bytes) -> None:
        if data.rpartition(b"\0")[2] != _END:
            raise CutShortError
        pairs = [item.partition(b"=") for item in data.split(b"\0")]
        self._items = [(name, value) for name, _, value in pairs]
        self.directory = os.fsdecode(self.one(b"directory"))
        self.command = self.many(b"argument")
        self.groups = [os.fsdecode(group) for group in self.many(b"cgroup")]

    @property
    def environment(self) -> dict[bytes, bytes]:
        """The program's whole environment."""
        pairs = [item.partition(b"=") for item in self.many(b"variable")]
        return {name: value for name, _, value in pairs}

    def many(self, name: bytes) -> list[bytes]:
        """All values of this name, in their order."""
        return [value for key, value in self._items if key == name]

    def one(self, name: bytes) -> bytes:
        """The first value of this name, empty where it is absent."""
        return next(iter(self.many(name)), b"")
