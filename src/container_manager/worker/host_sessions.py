"""All hosts that a worker holds, kept in step with what is stored of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from container_manager.executors.base import Capacity, Fingerprint
from container_manager.executors.registry import UnknownExecutorError
from container_manager.services.host_health import store_health
from container_manager.services.host_records import HostRecord, active_hosts, record_of
from container_manager.worker.bridge import Bridge
from container_manager.worker.host_session import HostSession

logger = logging.getLogger(__name__)


class HostSessions:
    """The sessions by host. ``refresh`` opens, replaces and closes them."""

    def __init__(
        self, bridge: Bridge, installation: str, worker: str = "", tell_ready: Callable[[], None] = lambda: None
    ) -> None:
        """Take whom to tell when a host is found well."""
        self._bridge = bridge
        self._installation = installation
        self._worker = worker
        self._tell_ready = tell_ready
        self._sessions: dict[int, HostSession] = {}

    async def refresh(self) -> None:
        """Open a session for each active host. One whose host has gone or changed ends once nobody attends to it."""
        records = {record.pk: record for record in await self._bridge.call(active_hosts)}
        for pk, session in list(self._sessions.items()):
            record = records.get(pk)
            if session.is_idle and (record is None or record.way != session.record.way):
                del self._sessions[pk]
                await session.close()
        for pk, record in records.items():
            if pk not in self._sessions:
                await self._open(record)

    async def of(self, pk: int) -> HostSession | None:
        """Return a host's session, opening one for a host that is no longer in use; ``None`` if it cannot be built."""
        if pk not in self._sessions:
            await self._open(await self._bridge.call(record_of, pk))
        return self._sessions.get(pk)

    def ready(self) -> list[int]:
        """The hosts whose last health check was good."""
        return [pk for pk, session in self._sessions.items() if session.is_ready]

    async def all_checked(self) -> None:
        """Wait until every host was asked for its health once; each is given a limited time for it."""
        await asyncio.gather(*(session.checked.wait() for session in self._sessions.values()))

    async def close(self) -> None:
        """Close all sessions."""
        sessions, self._sessions = list(self._sessions.values()), {}
        await asyncio.gather(*(session.close() for session in sessions), return_exceptions=True)

    async def _open(self, record: HostRecord) -> None:
        try:
            session = HostSession(record, self._bridge, self._installation, self._worker)
        except (UnknownExecutorError, ValueError) as error:
            extra = {"action": "host-misconfigured", "host": record.name}
            logger.warning("host %s cannot be used: %s", record.name, error, extra=extra)
            wrong: tuple[Fingerprint, Capacity | None] = (Fingerprint(healthy=False, detail=str(error)), None)
            await self._bridge.call(store_health, record.pk, *wrong, worker=self._worker)
            return
        self._sessions[record.pk] = session
        session.tell_ready = self._tell_ready
        session.start()
