"""Workers that begin at once: forked from a process in which everything is imported already.

A fuzzer starts thousands of them. Each is a process like any other, with an environment, a database, and a log file of
its own. ``python -m tests.crash.nursery`` is the process that they are forked from; :class:`Nursery` talks to it.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tests.crash.databases import PROJECT


class Child:
    """A forked process, used like ``subprocess.Popen``."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.ended = threading.Event()

    def poll(self) -> int | None:
        """Return its exit code, ``None`` while it lives."""
        return self.returncode

    def wait(self, timeout: float = 60) -> int:
        """Wait for its end."""
        if not self.ended.wait(timeout):
            raise subprocess.TimeoutExpired(f"child {self.pid}", timeout)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it lives: its number is given to nobody else before it was waited for."""
        if self.returncode is None:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """Forks workers. A context manager; ends with whatever it still has."""

    def __enter__(self) -> Nursery:
        told = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.crash.settings",
            "SICKBAY_STATE_DIR": tempfile.gettempdir(),
        }
        command = [sys.executable, "-m", "tests.crash.nursery"]
        self._process = subprocess.Popen(
            command, cwd=PROJECT, env=told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert self._process.stdout is not None
        assert json.loads(self._process.stdout.readline() or "null") == "ready", "the nursery cannot begin"
        self._children: dict[int, Child] = {}
        self._born: list[Child] = []
        self._one_at_a_time = threading.Lock()
        self._news = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in list(self._children.values()):
            child.kill()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._listener.join(timeout=30)
        self._process.stdout.close()

    def fork(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Child:
        """Run ``manage.py …`` or ``-m module …`` in a new process."""
        order = {"arguments": list(arguments), "environment": dict(environment), "log": str(log)}
        assert self._process.stdin is not None
        with self._one_at_a_time, self._news:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            assert self._news.wait_for(lambda: self._born, timeout=60), "the nursery does not answer"
            return self._born.pop()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            with self._news:
                if "born" in told:
                    child = self._children[told["born"]] = Child(told["born"])
                    self._born.append(child)
                    self._news.notify_all()
                else:
                    child = self._children.pop(told["ended"])
                    child.returncode = told["code"]
                    child.ended.set()


def main() -> None:
    """Fork what is asked for on standard input; tell who was born and who has ended."""
    import django  # noqa: PLC0415  (only this process needs it)

    django.setup()
    importlib.import_module("container_manager.worker.process")
    for name in ("process", "docker"):
        importlib.import_module(f"container_manager.executors.{name}.executor")
    importlib.import_module("container_manager.management.commands.process_container_jobs")
    importlib.import_module("psycopg")
    print(json.dumps("ready"), flush=True)
    waiting = b""
    alive: set[int] = set()
    while True:
        readable, _, _ = select.select([0], [], [], 0.02)
        if readable:
            piece = os.read(0, 1 << 20)
            if not piece:
                return
            *orders, waiting = (waiting + piece).split(b"\n")
            for order in orders:
                alive.add(pid := _fork(json.loads(order)))
                print(json.dumps({"born": pid}), flush=True)
        for pid in list(alive):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                alive.discard(pid)
                print(json.dumps({"ended": pid, "code": os.waitstatus_to_exitcode(status)}), flush=True)


def _fork(order: dict[str, object]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        code = _live(order)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001  the boundary of a forked process: nothing of its parent may go on in it
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _live(order: dict[str, object]) -> int:
    log = os.open(str(order["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, target)
    environment = order["environment"]
    arguments = order["arguments"]
    assert isinstance(environment, dict)
    assert isinstance(arguments, list)
    os.environ.update(environment)
    _take_settings()
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        from django.core.management import execute_from_command_line  # noqa: PLC0415  (Django was set up by then)

        execute_from_command_line(arguments)
    return 0


def _take_settings() -> None:
    from django.conf import settings  # noqa: PLC0415  (only forked processes need it)
    from django.db import connections  # noqa: PLC0415  (likewise)

    from tests.crash import settings as ours  # noqa: PLC0415  (likewise)

    importlib.reload(ours)
    for name in ("DATABASES", "CONTAINER_MANAGER"):
        setattr(settings, name, getattr(ours, name))
    connections.settings = connections.configure_settings(ours.DATABASES)
    with suppress(AttributeError):  # nothing has asked for a connection yet
        del connections["default"]


if __name__ == "__main__":
    main()
