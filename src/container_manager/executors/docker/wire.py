"""The parts of the engine's answers that we read, typed. Unknown fields are ignored, as the API asks its clients to."""

from __future__ import annotations

import msgspec


class Version(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """``GET /version``."""

    version: str
    api_version: str = ""


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """``GET /info``."""

    cpus: int = msgspec.field(name="NCPU", default=0)
    memory_bytes: int = msgspec.field(name="MemTotal", default=0)
    cgroup_driver: str = msgspec.field(name="CgroupDriver", default="")
    cgroup_version: str = msgspec.field(name="CgroupVersion", default="1")
    swap_limit: bool = msgspec.field(name="SwapLimit", default=False)
    security_options: list[str] | None = msgspec.field(name="SecurityOptions", default=None)
    system_time: str = msgspec.field(name="SystemTime", default="")


class Created(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """``POST /containers/create``."""

    id: str
    warnings: list[str] | None = None


class State(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A container's state in ``GET /containers/ID/json``."""

    status: str
    exit_code: int = 0
    error: str = ""
    started_at: str = ""
    finished_at: str = ""
    oom_killed: bool = msgspec.field(name="OOMKilled", default=False)


class Config(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A container's own settings."""

    labels: dict[str, str] | None = None


class HostConfig(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A container's settings on its host."""

    cgroup_parent: str = ""
    memory: int = 0


class PortBinding(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """Where on the host a port is reached."""

    host_ip: str = ""
    host_port: str = ""


class NetworkSettings(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What a running container has of networks. A port that is only exposed has no bindings."""

    ports: dict[str, list[PortBinding] | None] | None = None


class Container(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """``GET /containers/ID/json``."""

    id: str
    name: str
    state: State
    config: Config
    host_config: HostConfig
    network_settings: NetworkSettings = msgspec.field(default_factory=NetworkSettings)


class ListedContainer(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """One entry of ``GET /containers/json``."""

    id: str
    names: list[str]
    state: str
    labels: dict[str, str] | None = None


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an event is about; the attributes hold its labels, too."""

    id: str = msgspec.field(name="ID", default="")
    attributes: dict[str, str] = msgspec.field(name="Attributes", default_factory=dict)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of ``GET /events``."""

    action: str = msgspec.field(name="Action", default="")
    actor: Actor = msgspec.field(name="Actor", default_factory=Actor)


class ProgressDetail(msgspec.Struct, frozen=True, kw_only=True):
    """How far one layer has come, in bytes."""

    current: int = 0
    total: int = 0


class ProgressError(msgspec.Struct, frozen=True, kw_only=True):
    """What ended a pull; ``code`` is an HTTP status, 0 where the engine gives none."""

    code: int = 0


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """One line of ``POST /images/create``. ``error`` ends a pull that began well."""

    id: str = ""
    status: str = ""
    error: str = ""
    detail: ProgressDetail = msgspec.field(name="progressDetail", default_factory=ProgressDetail)
    error_detail: ProgressError = msgspec.field(name="errorDetail", default_factory=ProgressError)


class MemoryStats(msgspec.Struct, frozen=True, kw_only=True):
    """Memory now, and on cgroup v1 the highest so far."""

    usage: int | None = None
    max_usage: int | None = None
    stats: dict[str, int] | None = None


class CpuUsage(msgspec.Struct, frozen=True, kw_only=True):
    """Processor time so far, in nanoseconds."""

    total_usage: int | None = None


class ThrottlingData(msgspec.Struct, frozen=True, kw_only=True):
    """How a CPU limit held the container back, so far; times in nanoseconds."""

    periods: int = 0
    throttled_periods: int = 0
    throttled_time: int = 0


class CpuStats(msgspec.Struct, frozen=True, kw_only=True):
    """Processor time so far."""

    cpu_usage: CpuUsage = msgspec.field(default_factory=CpuUsage)
    throttling_data: ThrottlingData = msgspec.field(default_factory=ThrottlingData)


class PidsStats(msgspec.Struct, frozen=True, kw_only=True):
    """Processes and threads now."""

    current: int | None = None


class BytesMoved(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of operation has moved from or to one device."""

    op: str = ""
    value: int = 0


class BlkioStats(msgspec.Struct, frozen=True, kw_only=True):
    """What went from and to block devices so far."""

    bytes_moved: list[BytesMoved] | None = msgspec.field(name="io_service_bytes_recursive", default=None)


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """``GET /containers/ID/stats``: one sample."""

    memory_stats: MemoryStats = msgspec.field(default_factory=MemoryStats)
    cpu_stats: CpuStats = msgspec.field(default_factory=CpuStats)
    pids_stats: PidsStats = msgspec.field(default_factory=PidsStats)
    blkio_stats: BlkioStats = msgspec.field(default_factory=BlkioStats)


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer that is an error."""

    message: str = ""
