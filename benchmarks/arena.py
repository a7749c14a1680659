"""What the benchmarks share: a project of their own with a real worker, an image, and the engine's bare interface."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import platform
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
IMAGE = "sickbay-bench:busybox"

_PATIENCE_SECONDS = 600.0


@contextlib.contextmanager
def project(database: str, **settings: object) -> Iterator[Path]:
    """Set Django up in this process on a new database, ``sqlite`` or ``postgresql``; yield its folder."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sickbay-bench-")))
        os.environ |= {
            "SICKBAY_STATE_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "SICKBAY_BENCH_SETTINGS": json.dumps(settings),
        }
        if database == "postgresql":
            from tests.postgresql import PostgresServer  # noqa: PLC0415  (only where it is asked for)

            # As a production server: what is committed is on the disk.
            os.environ |= stack.enter_context(PostgresServer(fsync="on")).environment
        import django  # noqa: PLC0415  (needs the environment)
        from django.core.management import call_command  # noqa: PLC0415  (needs Django set up)
        from django.db import connections  # noqa: PLC0415  (needs Django set up)

        django.setup()
        call_command("migrate", verbosity=0)
        try:
            yield folder
        finally:
            connections.close_all()


@dataclass(kw_only=True)
class WorkerRun:
    """A worker process, and what it used once it is over."""

    process: subprocess.Popen[bytes]
    log: Path
    began: float

    def end(self) -> None:
        """Stop it in good order."""
        self.process.terminate()
        self.process.wait(timeout=_PATIENCE_SECONDS)

    def memory_mb(self) -> float:
        """Its memory in use now, shared pages included (RSS)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def cpu_seconds(self) -> float:
        """The processor time that it has used so far, without its children's."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start_worker(folder: Path, concurrency: int, name: str = "bench") -> WorkerRun:
    """Start a worker in a process of its own and wait until it has signed on and checked its hosts."""
    log = folder / f"{name}.log"
    command = [sys.executable, "manage.py", "process_container_jobs", "--name", name, "--concurrency", str(concurrency)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603  (our own)
    run = WorkerRun(process=process, log=log, began=time.perf_counter())
    from container_manager.models import ExecutorHost, Worker  # noqa: PLC0415  (needs Django)

    until(lambda: Worker.objects.filter(name=name).exists(), "the worker signs on", run)
    until(lambda: not ExecutorHost.objects.filter(checked_at=None).exists(), "all hosts are checked", run)
    return run


def until(happened: Callable[[], object], what: str, worker: WorkerRun | None = None, every: float = 0.05) -> None:
    """Wait for something, asked for ``every`` so many seconds; tell what the worker said if it does not come about."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > deadline or (worker is not None and worker.process.poll() is not None):
            said = worker.log.read_text(errors="replace")[-3000:] if worker else ""
            sys.exit(f"never came about: {what}\n{said}")
        time.sleep(every)


class BareEngine:
    """The engine's own interface over its socket, one connection each: as little client as there can be."""

    def __init__(self, path: str = "/var/run/docker.sock") -> None:
        self._connection = _UnixConnection(path)

    def call(self, method: str, path: str, body: object = None) -> bytes:
        """Send one request and return its answer's body."""
        payload = b"" if body is None else json.dumps(body).encode()
        self._connection.request(method, path, payload, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        content = response.read()
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {content.decode(errors='replace')}")
        return content

    def json(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401  (JSON is of any shape)
        """Send one request and return its answer as JSON."""
        return json.loads(self.call(method, path, body))


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_PATIENCE_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


def make_image() -> str:
    """Import a small image with this machine's busybox; return its name."""
    busybox = shutil.which("busybox")
    if busybox is None:
        sys.exit("busybox is missing: apt-get install busybox-static")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "bin"
        root.mkdir()
        shutil.copy(busybox, root / "busybox")
        for name in ("sh", "true", "sleep", "echo"):
            (root / name).symlink_to("busybox")
        archive = Path(folder) / "image.tar"
        subprocess.run(["tar", "-C", folder, "-cf", str(archive), "bin"], check=True)  # noqa: S603, S607  (our own files)
        subprocess.run(["docker", "import", str(archive), IMAGE], check=True, capture_output=True)  # noqa: S603, S607  (our own files)
    return IMAGE


def cpu_of_children() -> float:
    """Processor seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def machine() -> str:
    """Say in one line on what was measured."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} x {model}, Linux {platform.release()}, Python {platform.python_version()}"


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)
