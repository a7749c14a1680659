"""The host that a request names."""

from __future__ import annotations

from collections.abc import Iterable

from container_manager.models.executor_host import ExecutorHost
from container_manager.validation.problems import Problems, did_you_mean


def find_host(host: object, problems: Problems) -> ExecutorHost | None:
    """Return the host that is asked for, itself or by its name; ``None``, and a problem, where there is none."""
    if host is None or (isinstance(host, ExecutorHost) and host.pk is not None):
        return host
    if isinstance(host, ExecutorHost):
        problems.add("host", f"{host.name!r} is not saved.", "Save it first.")
        return None
    known = {found.name: found for found in ExecutorHost.objects.all()}
    if not isinstance(host, str):
        problems.add("host", f"must be a host or its name, not {type(host).__name__}.", _hosts_fix("", known))
        return None
    if host not in known:
        problems.add("host", f"no host is called {host[:100]!r}.", _hosts_fix(host, known))
    return known.get(host)


def _hosts_fix(name: str, known: Iterable[str]) -> str:
    names = ", ".join(sorted(known))
    return did_you_mean(
        name, known, otherwise=f"There are {names}." if names else "There is none yet: add a host first."
    )
