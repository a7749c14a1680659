"""What people do with hosts, and what they read of them."""

from __future__ import annotations

from container_manager.models import ExecutorHost
from container_manager.services.errors import UnknownHostError
from container_manager.validation.problems import did_you_mean


def known_host(name: str) -> ExecutorHost:
    """Return the host of this name. Raises :class:`~container_manager.services.errors.UnknownHostError`."""
    host = ExecutorHost.objects.filter(name=name).first()
    if host is None:
        names = sorted(ExecutorHost.objects.values_list("name", flat=True))
        listed = f"There are {', '.join(names)}." if names else "There is none yet."
        raise UnknownHostError(name, did_you_mean(name, names, otherwise=listed))
    return host


def set_draining(name: str, *, is_draining: bool) -> bool:
    """Let a host take no new work, or take it again; what runs there goes on. Return whether that changed anything.

    Raises :class:`~container_manager.services.errors.UnknownHostError`.
    """
    host = known_host(name)
    changed = ExecutorHost.objects.filter(pk=host.pk).exclude(is_draining=is_draining)
    return bool(changed.update(is_draining=is_draining))


def live_attempts(name: str) -> int:
    """Return how many attempts live on a host now.

    Raises :class:`~container_manager.services.errors.UnknownHostError`.
    """
    return known_host(name).attempts.filter(ended_at__isnull=True).count()
