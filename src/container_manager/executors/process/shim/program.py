"""Starting the program: a child waits for the word, takes its limits, its place, and its user, and executes it."""

from __future__ import annotations

import errno
import os
import signal

from container_manager.executors.process.shim.order import Order

#: All that can be: whoever started the worker may have had some ignored, as a shell does for its background jobs.
_RESET = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}


class StartRefusedError(Exception):
    """The system refused a step of the start; the message names the step and the error's number."""


class Program:
    """The program's process, and our ends of its two outputs."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self.output, self._output_end = os.pipe()
        self.errors, self._errors_end = os.pipe()
        self._gate, self._gate_end = os.pipe()
        self._answer, self._answer_end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self._become()
        for descriptor in (self._output_end, self._errors_end, self._gate, self._answer_end):
            os.close(descriptor)

    def start(self) -> None:
        """Give the word. Returns when the program has taken the child's place. Raises :class:`StartRefusedError`."""
        os.write(self._gate_end, b"!")
        os.close(self._gate_end)
        answer = os.read(self._answer, 256)  # the child's end closes with the execution
        os.close(self._answer)
        if answer:
            os.waitpid(self.pid, 0)
            raise StartRefusedError(answer.decode())

    def _become(self) -> None:
        step = "gate"
        try:
            os.close(self._gate_end)
            if os.read(self._gate, 1):
                steps = {
                    "session": self._take_session,
                    "limits": self._take_limits,
                    "directory": self._take_directory,
                    "user": self._take_user,
                    "command": self._execute,
                }
                for step, take in steps.items():  # noqa: B007  the handler below says at which step it was
                    take()
        except Exception as error:  # noqa: BLE001  a process ends here, and whatever it was must be answered
            number = getattr(error, "errno", None) or errno.EINVAL
            os.write(self._answer_end, f"{step} {number}".encode())
        finally:
            os._exit(127)

    def _take_session(self) -> None:
        os.setsid()
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((null, 0), (self._output_end, 1), (self._errors_end, 2)):
            os.dup2(source, target)
        for number in _RESET:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.umask(0o022)

    def _take_limits(self) -> None:
        for group in self._order.groups:
            descriptor = os.open(f"{group}/cgroup.procs", os.O_WRONLY)
            os.write(descriptor, b"0")  # the writer itself
            os.close(descriptor)
        limits = self._order.many(b"rlimit")
        if limits:
            import resource  # noqa: PLC0415  few attempts need it, and each import is start time

            for limit in limits:
                number, soft, hard = (int(part) for part in limit.split(b":"))
                try:
                    resource.setrlimit(number, (soft, hard))
                except ValueError as error:  # the library's word for a hard limit that may not be raised
                    raise OSError(errno.EPERM, str(error)) from error

    def _take_directory(self) -> None:
        os.chdir(self._order.one(b"working_directory"))

    def _take_user(self) -> None:
        if self._order.one(b"uid"):
            os.setgroups([int(group) for group in self._order.many(b"group")])
            os.setgid(int(self._order.one(b"gid")))
            os.setuid(int(self._order.one(b"uid")))

    def _execute(self) -> None:
        # By hand: the library's own search imports modules, which the program's user may not be able to read.
        command, environment = self._order.command, self._order.environment
        folders = [b""] if b"/" in command[0] else [folder + b"/" for folder in environment[b"PATH"].split(b":")]
        refusal = OSError(errno.ENOENT, "")
        for folder in folders:
            try:
                os.execve(folder + command[0], command, environment)  # noqa: S606  running the command is the purpose
            except OSError as error:
                if error.errno not in {errno.ENOENT, errno.ENOTDIR} and refusal.errno == errno.ENOENT:
                    refusal = error
        raise refusal
