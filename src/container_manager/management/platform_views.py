"""How ports, pulls, and the rarer limits of a job look on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from container_manager.runspec.spec import GpuRequest, Networking, PublishedPort, Resources
from container_manager.services.launch_progress import PullDetail


def network_lines(networking: Networking) -> Iterator[tuple[str, str]]:
    """Return what a job asks of its network, each with its label."""
    yield "ports", ", ".join(shown_port(port) for port in networking.ports)
    yield "DNS", " ".join(networking.dns)
    yield "DNS search", " ".join(networking.dns_search)
    yield "hosts", " ".join(f"{name}={address}" for name, address in networking.extra_hosts.items())


def resource_lines(resources: Resources) -> Iterator[tuple[str, str]]:
    """Return the rarer limits, each with its label."""
    yield "swap", "" if resources.swap_limit_mb is None else f"{resources.swap_limit_mb} MB beyond the memory limit"
    yield "shared memory", "" if resources.shm_size_mb is None else f"{resources.shm_size_mb} MB"
    yield "GPUs", "" if resources.gpus is None else _shown_gpus(resources.gpus)
    yield "ulimits", " ".join(f"{one.name}={one.soft}:{one.hard}" for one in resources.ulimits)


def shown_port(port: PublishedPort) -> str:
    """Return a port as it is reached."""
    address = f"[{port.host_ip}]" if ":" in port.host_ip else port.host_ip
    host = "a free port" if port.host_port is None else str(port.host_port)
    return f"{address}:{host} -> {port.container_port}/{port.protocol}"


def shown_pull(pull: PullDetail) -> str:
    """Return how far a pull has come."""
    return f"{pull.image}, {pull.done_mb} of {pull.total_mb} MB" if pull.total_mb else pull.image


def _shown_gpus(gpus: GpuRequest) -> str:
    if gpus.device_ids:
        return ", ".join(gpus.device_ids)
    return "all" if gpus.count < 0 else str(gpus.count)
