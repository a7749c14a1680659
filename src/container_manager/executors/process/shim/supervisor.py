"""The shim's work: start the program, store its output, end what must end, record the outcome."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import time
from contextlib import suppress

from container_manager.executors import kernel_files
from container_manager.executors.process.shim import framing, kernel
from container_manager.executors.process.shim.order import Order
from container_manager.executors.process.shim.program import Program, StartRefusedError

STARTED = "started"
BEGUN = "begun"
OUTCOME = "outcome"
CONTROL = "control"
LOG = "log"

#: How long output is still read after the program and everything it started are dead.
DRAIN_SECONDS = 2.0

#: How long killed processes may take to vanish; one that hangs in the kernel takes longer than anybody waits.
REAP_SECONDS = 10.0

#: The grace that a plain SIGTERM to the shim gives, as at a shutdown of the machine.
SHUTDOWN_GRACE_SECONDS = 10.0

_PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Read the order from standard input, detach, and obey."""
    data = b"".join(iter(lambda: os.read(0, 1 << 20), b""))
    order = Order(data)
    if os.fork():
        os._exit(0)
    os.setsid()
    os.set_inheritable(int(order.one(b"lock")), False)
    supervisor = Supervisor(order)
    try:
        supervisor.run()
    except BaseException:
        supervisor.kill_everything()
        raise


class Supervisor:
    """One attempt from its start to its outcome."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._directory = order.directory
        self._stop_signal = int(order.one(b"stop_signal") or signal.SIGTERM)
        self._kill_at: float | None = None
        self._max_rss_bytes = 0
        self._cpu_nanoseconds = 0
        self._program: Program | None = None
        self._streams: dict[int, int] = {}
        self._poller = select.poll()
        self._wakeup = _prepare_signals()
        self._log = framing.LogWriter(f"{self._directory}/{LOG}")
        self._control = os.open(f"{self._directory}/{CONTROL}", os.O_RDWR | os.O_NONBLOCK)
        kernel.reserve_record(self._directory, OUTCOME)

    def run(self) -> None:
        """Obey the order. Returns when the outcome is recorded, or the start was refused and answered so."""
        # Whatever a program leaves behind becomes the shim's child, also what made a session of its own.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        program = self._program = Program(self._order)
        started_ns = time.time_ns()
        # Recorded before the program can do anything: what may have run is never started again.
        kernel.write_record(self._directory, STARTED, self._started_record(program.pid, started_ns))
        try:
            program.start()
        except StartRefusedError as refusal:
            os.unlink(f"{self._directory}/{STARTED}")  # noqa: PTH108  pathlib would double the start's time
            _answer(f"refused {refusal}")
            return
        # Until then it may still be refused: whoever looks now waits for the answer.
        os.close(os.open(f"{self._directory}/{BEGUN}", os.O_WRONLY | os.O_CREAT, 0o600))
        _answer("started")
        self._follow(program)
        finished_ns = time.time_ns()
        status = self._end_the_rest(program)
        self._drain(program)
        outcome = _how_it_ended(status) | {"started_ns": started_ns, "finished_ns": finished_ns} | self._figures()
        kernel.write_record(self._directory, OUTCOME, outcome | {"dropped_bytes": self._log.finish()})

    def kill_everything(self) -> None:
        """Kill the program and all that came of it."""
        kernel.kill_groups(self._order.groups)
        for pid in kernel.descendants(os.getpid()):
            kernel.signal_quietly(pid, signal.SIGKILL)

    def _started_record(self, pid: int, started_ns: int) -> dict[str, object]:
        shim, program = kernel.process_stat(os.getpid()), kernel.process_stat(pid)
        return {
            "shim_pid": os.getpid(),
            "shim_started": shim.started if shim else 0,
            "pid": pid,
            "pid_started": program.started if program else 0,
            "boot_id": kernel.boot_id(),
            "started_ns": started_ns,
        }

    def _follow(self, program: Program) -> None:
        """Store output and heed requests until the program is over. It stays a zombie, its number ours."""
        self._streams = {program.output: framing.STDOUT, program.errors: framing.STDERR}
        for descriptor in (*self._streams, self._control, self._wakeup):
            self._poller.register(descriptor, select.POLLIN)
        while True:
            self._pump(self._milliseconds_left())
            if self._is_over(program.pid):
                return
            if self._kill_at is not None and time.monotonic() >= self._kill_at:
                self.kill_everything()
                self._kill_at = time.monotonic() + 1.0

    def _milliseconds_left(self) -> int | None:
        return None if self._kill_at is None else max(0, int((self._kill_at - time.monotonic()) * 1000) + 1)

    def _pump(self, milliseconds: int | None) -> None:
        for descriptor, _ in self._poller.poll(milliseconds):
            if descriptor == self._control:
                for line in os.read(descriptor, 4096).split(b"\n"):
                    self._heed(line)
            elif descriptor == self._wakeup:
                if signal.SIGTERM in os.read(descriptor, 4096):
                    self._stop(SHUTDOWN_GRACE_SECONDS)
            else:
                self._store(descriptor)

    def _store(self, descriptor: int) -> None:
        data = os.read(descriptor, framing.PIECE_BYTES)
        if data:
            self._log.append(self._streams[descriptor], data)
        else:
            self._poller.unregister(descriptor)
            del self._streams[descriptor]

    def _heed(self, line: bytes) -> None:
        request, _, grace = line.partition(b" ")
        if request == b"stop":
            with suppress(ValueError):
                self._stop(float(grace))

    def _stop(self, grace_seconds: float) -> None:
        kill_at = time.monotonic() + grace_seconds
        self._kill_at = kill_at if self._kill_at is None else min(kill_at, self._kill_at)
        if self._program is not None and grace_seconds > 0:
            _signal_session(self._program.pid, self._stop_signal)

    def _is_over(self, pid: int) -> bool:
        while True:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None or ended.si_pid == pid:
                return ended is not None
            self._reap(ended.si_pid)

    def _reap(self, pid: int) -> int:
        _, status, usage = os.wait4(pid, 0)
        self._max_rss_bytes = max(self._max_rss_bytes, usage.ru_maxrss * 1024)
        self._cpu_nanoseconds += int((usage.ru_utime + usage.ru_stime) * 1e9)
        return status

    def _end_the_rest(self, program: Program) -> int:
        """Kill what the program left behind, as a container's end does. Returns the program's wait status."""
        _signal_session(program.pid, signal.SIGKILL)
        status = self._reap(program.pid)
        deadline = time.monotonic() + REAP_SECONDS
        while time.monotonic() < deadline:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                if not kernel.kill_groups(self._order.groups):
                    break
                ended = None
            if ended is not None:
                self._reap(ended.si_pid)
            else:
                self.kill_everything()
                time.sleep(0.005)
        return status

    def _drain(self, program: Program) -> None:
        """Read what is left in the pipes. Bounded: somebody outside may have been handed the other end."""
        for descriptor in (self._control, self._wakeup):
            self._poller.unregister(descriptor)
        deadline = time.monotonic() + DRAIN_SECONDS
        while self._streams and time.monotonic() < deadline:
            self._pump(100)
        for descriptor in (program.output, program.errors):
            os.close(descriptor)

    def _figures(self) -> dict[str, object]:
        measured: dict[str, object] = {
            "max_rss_bytes": self._max_rss_bytes,
            "rusage_nanoseconds": self._cpu_nanoseconds,
        }
        return measured | {
            f"group_{key}": value for key, value in kernel_files.group_figures(self._order.groups).items()
        }


def _prepare_signals() -> int:
    """Ignore what a closing terminal sends, and turn the rest into bytes that can be polled for."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    return reading


def _signal_session(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _how_it_ended(status: int) -> dict[str, object]:
    code = os.waitstatus_to_exitcode(status)
    return {"exit_code": code} if code >= 0 else {"exit_code": 128 - code, "signal": -code}


def _answer(text: str) -> None:
    """Tell the waiting launcher, once, and let go of its pipes. It may be dead by now, which changes nothing here."""
    with suppress(BrokenPipeError):
        os.write(1, text.encode())
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(null, descriptor)
    os.close(null)
