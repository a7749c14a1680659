"""The faulty registry of the executor's tests, in a thread, for tests that are not asynchronous."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import threading
from collections.abc import Coroutine

from tests import engine
from tests.integration.docker.registry import Registry


class ThreadedRegistry:
    """Serves a small image with a shell under every name. ``close`` also removes what was pulled from it."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._numbers = itertools.count(1)
        self._images: list[str] = []
        busybox = engine.busybox().read_bytes()
        self.registry = Registry(dict.fromkeys(("bin/busybox", "bin/sh", "bin/sleep"), (493, busybox)))
        self._run(self.registry.start(host))

    def image(self, name: str) -> str:
        """Return the name of an image that no engine has."""
        self._images.append(f"{self.registry.address}/sickbay/{name}-{os.getpid()}-{next(self._numbers)}:1")
        return self._images[-1]

    def close(self) -> None:
        """End it."""
        self._run(self.registry.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        for image in self._images:
            with contextlib.suppress(Exception):
                engine.remove_image(image)

    def _run(self, work: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)
