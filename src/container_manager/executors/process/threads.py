"""Calling what may block, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from container_manager.executors.base import ExecutorUnavailableError

_P = ParamSpec("_P")
_T = TypeVar("_T")


async def call_in_thread(function: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
    """Call what may block. The system's refusals to answer say nothing about any attempt."""
    try:
        return await asyncio.to_thread(function, *arguments, **named)
    except OSError as error:
        raise ExecutorUnavailableError(f"this machine cannot tell: {error}") from error
