"""Reading a stream that may be silent for long, from an engine that must be alive all the while.

A frozen engine keeps its connections and says nothing, which looks like a stream in which nothing happens. So a silence
is answered with a question that a living engine answers at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable


async def while_alive(
    pieces: AsyncGenerator[bytes, None], ask: Callable[[], Awaitable[object]], *, silence_seconds: float
) -> AsyncGenerator[bytes, None]:
    """Yield the pieces. After each silence of this length ``ask`` is called; what it raises ends the stream."""
    coming: asyncio.Task[bytes | None] | None = None
    try:
        while True:
            coming = asyncio.create_task(_next(pieces))
            while not (await asyncio.wait([coming], timeout=silence_seconds))[0]:
                await ask()
            piece = coming.result()
            if piece is None:
                return
            yield piece
    finally:
        if coming is not None and not coming.done():
            coming.cancel()
            await asyncio.wait([coming])
        await pieces.aclose()


async def _next(pieces: AsyncGenerator[bytes, None]) -> bytes | None:
    return await anext(pieces, None)
