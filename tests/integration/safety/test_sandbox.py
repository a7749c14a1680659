"""Real programs in the real confinement of this machine's kernel."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay.safety.landlock import NETWORK_VERSION, landlock_version
from sickbay.safety.outcome import NotMeasured, State
from sickbay.safety.sandbox import Command, Permission, Ran, first_measured, run_confined

#: Longest wait of a test, never a measure of speed.
PATIENCE = 30.0

pytestmark = pytest.mark.skipif(not landlock_version(), reason="this kernel does not enforce Landlock")


def _run(*arguments: str, **options: object) -> Ran:
    command = Command(arguments=arguments, **{"seconds": PATIENCE, **options})  # type: ignore[arg-type]  # its fields
    return run_confined(command, seconds_left=PATIENCE)


def _python(program: str, **options: object) -> Ran:
    return _run(sys.executable, "-c", textwrap.dedent(program), **options)


def _hash(folder: Path) -> str:
    """A digest of everything below: names, kinds, owners, modes, times, contents."""
    digest = hashlib.sha256()
    for path in sorted((folder, *folder.rglob("*"))):
        found = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        told = (str(path), found.st_mode, found.st_uid, found.st_gid, found.st_size, found.st_mtime_ns, found.st_nlink)
        digest.update(repr((*told, content)).encode())
    return digest.hexdigest()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "sub").mkdir(parents=True)
    (folder / "app.log").write_text("a line\n")
    (folder / "db.sqlite3").write_bytes(b"rows")
    (folder / "link").symlink_to("app.log")
    return folder


CHANGING = [
    ("touch", "{}/new"),
    ("touch", "{}/app.log"),
    ("rm", "-rf", "{}"),
    ("rmdir", "{}/sub"),
    ("mv", "{}/app.log", "{}/gone"),
    ("cp", "/etc/hostname", "{}/app.log"),
    ("ln", "{}/app.log", "{}/second"),
    ("ln", "-s", "x", "{}/other"),
    ("mkdir", "{}/sub/new"),
    ("mkfifo", "{}/fifo"),
    ("truncate", "-s", "0", "{}/app.log"),
    ("chmod", "777", "{}/app.log"),
    ("chown", "1:1", "{}/app.log"),
    ("dd", "if=/dev/zero", "of={}/db.sqlite3", "count=1"),
    ("tee", "{}/app.log"),
    ("sh", "-c", "echo x > {}/app.log; echo x >> {}/db.sqlite3; exit 1"),
    ("sh", "-c", "cd {} && for each in *; do rm -f $each; done; exit 1"),
    (sys.executable, "-c", "import os; os.truncate('{}/app.log', 0)"),
    (sys.executable, "-c", "import os; os.utime('{}/app.log', (1, 1))"),
    (sys.executable, "-c", "import os; os.setxattr('{}/app.log', 'user.x', b'1')"),
    (sys.executable, "-c", "import os; os.fchmod(os.open('{}/app.log', os.O_RDONLY), 0)"),
    (sys.executable, "-c", "import os; os.rename('{}/app.log', 'mine')"),
    (sys.executable, "-c", "import os; os.link('{}/app.log', 'mine')"),
]


@pytest.mark.parametrize("command", CHANGING, ids=lambda command: " ".join(command)[:60])
def test_what_would_change_something_changes_nothing(command: tuple[str, ...], tree: Path) -> None:
    before = _hash(tree)
    ran = _run(*(part.replace("{}", str(tree)) for part in command))
    assert _hash(tree) == before
    assert ran.outcome.state is State.INCONCLUSIVE


ESCAPING = {
    "a local socket": "import socket; socket.socket(socket.AF_UNIX)",
    "an Internet socket": "import socket; socket.socket()",
    "a raw socket": "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "a signal": "import os; os.kill({parent}, 0)",
    "another session": "import os; os.fork() or os.setsid(); os.setsid()",
    "another group": "import os; os.setpgid(0, 0); os.setpgrp()",
    "a device": "open('/dev/kmsg', 'w')",
    "a setting of the kernel": "open('/proc/sys/kernel/hostname', 'w')",
    "another process's memory": "open('/proc/{parent}/mem', 'r+b')",
    "another process's variables": "open('/proc/{parent}/environ', 'rb').read()",
    "its own score": "open('/proc/{parent}/oom_score_adj', 'w')",
    "a terminal": "open('/dev/tty', 'r+')",
    "a higher limit": "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (9999, 9999))",
    "another's limit": "import resource as r; r.prlimit({parent}, r.RLIMIT_NOFILE, (9, 9))",
    "a priority": "import os; os.setpriority(os.PRIO_PROCESS, {parent}, 19)",
    "another user": "import os; os.setuid(1)",
    "another root": "import os; os.chroot('/')",
    "a namespace": "import ctypes, os; os._exit(-ctypes.CDLL(None).unshare(0x10000000))",
    "a tracer": "import ctypes, os; os._exit(-ctypes.CDLL(None).ptrace(16, {parent}, 0, 0))",
    "a mount": "import ctypes, os; os._exit(-ctypes.CDLL(None).mount(b'x', b'/mnt', b'tmpfs', 0, None))",
    "the ring of requests": "import ctypes, os; os._exit(-ctypes.CDLL(None).syscall(425, 1, None))",
    "a key": "import ctypes, os; os._exit(-ctypes.CDLL(None).syscall(250, 0, 0, 0))",
    "shared memory": "import ctypes, os; os._exit(-ctypes.CDLL(None).shmget(0, 4096, 0o1600))",
}


@pytest.mark.parametrize("way", ESCAPING)
def test_there_is_no_way_out(way: str) -> None:
    ran = _python(ESCAPING[way].replace("{parent}", str(os.getpid())))
    assert ran.outcome.state is State.INCONCLUSIVE, ran
    assert ran.exit_code != 0


def test_reading_goes_on_and_its_own_folder_is_writable(tree: Path) -> None:
    ran = _run("sh", "-c", f"cat {tree}/app.log; echo x > mine; cat mine; echo y > /dev/null; rm mine; pwd")
    assert ran.outcome.state is State.OK, ran.errors
    assert ran.output.text.startswith("a line\nx\n")
    assert not Path(ran.output.text.splitlines()[-1]).exists()


def test_it_starts_with_an_environment_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "hunter2")
    monkeypatch.setenv("LD_PRELOAD", "")
    names = {line.partition("=")[0] for line in _run("/usr/bin/env").output.text.splitlines()}
    assert names == {"PATH", "LC_ALL", "HOME", "TMPDIR"}


def test_it_has_no_input_no_capabilities_and_no_open_files() -> None:
    with socket.socket() as opened:
        os.set_inheritable(opened.fileno(), True)
        ran = _python("""
            import os
            print(repr(os.read(0, 1)), sorted(set(map(int, os.listdir('/proc/self/fd'))) - {0, 1, 2})[1:])
            print(*(line.split()[1] for line in open('/proc/self/status') if line.startswith(('Cap', 'NoNewPrivs'))))
        """)
    first, second = ran.output.text.splitlines()
    assert first == "b'' []"
    assert second.split() == ["0" * 16] * 5 + ["1"]


def test_arguments_are_seen_by_no_shell() -> None:
    assert _run("echo", "$HOME", ";", "id", "`id`", "*").output.text == "$HOME ; id `id` *\n"


def test_what_it_prints_is_capped_and_ended() -> None:
    ran = run_confined(Command(arguments=("yes",), seconds=PATIENCE), seconds_left=PATIENCE, answer_bytes=1000)
    assert ran.outcome.state is State.INCONCLUSIVE
    assert ran.answer_bytes == 1000
    assert len(ran.output.text) <= 1000


def test_what_it_prints_does_not_act_on_a_terminal() -> None:
    ran = _run("printf", r"\033[31mred\033[0m\007\n")
    assert ran.output.text == "red\ufffd\n"
    assert ran.output.source == "printf"


def test_a_missing_program_is_not_a_failed_probe() -> None:
    ran = _run("no-such-program-here")
    assert ran.outcome.reason is NotMeasured.MISSING_PROGRAM


def test_a_program_that_may_not_be_run_is_not_a_failed_probe(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("no program")
    assert _run(str(tmp_path / "plain")).outcome.reason is NotMeasured.PERMISSION


@pytest.mark.parametrize(
    ("says_no", "state"), [(frozenset({1}), State.FAIL), (frozenset(), State.INCONCLUSIVE)], ids=["no", "broken"]
)
def test_only_an_exit_code_that_says_no_is_a_fail(says_no: frozenset[int], state: State) -> None:
    assert _run("false", says_no=says_no).outcome.state is state


def test_a_program_killed_by_a_signal_gave_no_answer() -> None:
    ran = _python("import os; os.abort()", says_no=frozenset({1}))
    assert (ran.outcome.state, ran.exit_code) == (State.INCONCLUSIVE, -6)


@contextlib.contextmanager
def _listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


CONNECTING = "import socket; socket.create_connection(('127.0.0.1', {}), 5)"


@pytest.mark.skipif(landlock_version() < NETWORK_VERSION, reason="this kernel cannot confine connections")
def test_it_connects_to_the_ports_it_named_and_to_no_other() -> None:
    with _listening() as named, _listening() as other:
        allowed = frozenset({named})
        assert _python(CONNECTING.format(named), ports=allowed).outcome.state is State.OK
        refused = _python(CONNECTING.format(other), ports=allowed)
        assert "PermissionError" in refused.errors.text
        assert _python("import socket; socket.create_server(('127.0.0.1', 0))", ports=allowed).exit_code == 1


WITHOUT_CAPABILITIES = """
from sickbay.safety.capabilities import keep_capabilities
from sickbay.safety.sandbox import Command, Permission, run_confined
keep_capabilities(0)
needs = frozenset({Permission.READ_ANY_FILE})
print(run_confined(Command(arguments=("true",), needs=needs, seconds=30), seconds_left=30).outcome)
print(run_confined(Command(arguments=("true",), seconds=30), seconds_left=30).outcome)
"""


def test_a_permission_that_is_missing_is_said_and_not_worked_around() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_CAPABILITIES], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["not measured (permission)", "ok"], done.stderr


@pytest.mark.root
@pytest.mark.parametrize("may", [True, False])
def test_a_permission_is_given_only_to_what_names_it(may: bool, tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "file").write_text("inside")
    os.chown(tmp_path / "private", 65534, 65534)
    (tmp_path / "private").chmod(0o700)
    needs = frozenset({Permission.READ_ANY_FILE}) if may else frozenset()
    ran = _run("cat", str(tmp_path / "private" / "file"), needs=needs)
    assert (ran.outcome.state is State.OK) is may


WITHOUT_LANDLOCK = """
import errno
from sickbay.safety import syscalls
from sickbay.safety.landlock import landlock_version
from sickbay.safety.sandbox import Command, run_confined
plain = syscalls._program
def without(machine, refused, families, *, datagrams):
    yield from list(plain(machine, [], [], datagrams=datagrams))[:6 if machine == "x86_64" else 4]
    yield from syscalls._refuse({number}, errno.{error})
    yield (0x06, 0, 0, 0x7FFF0000)
syscalls._program = without
syscalls.filter_calls(signals_are_kept_inside=True, internet=True, datagrams=False)
print(run_confined(Command(arguments=("touch", {file!r}), seconds=30), seconds_left=30).outcome)
"""


NOT_THERE = [(444, "ENOSYS"), (444, "EOPNOTSUPP"), (444, "EPERM"), (446, "E2BIG"), (446, "EPERM"), (126, "EPERM")]


@pytest.mark.parametrize(("number", "error"), NOT_THERE)
def test_where_the_kernel_does_not_enforce_it_nothing_is_run(number: int, error: str, tmp_path: Path) -> None:
    """A kernel without Landlock, as far as a process can tell: its system calls answer as they do there."""
    program = WITHOUT_LANDLOCK.format(number=number, error=error, file=str(tmp_path / "never"))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "not measured (not enforced by this kernel)\n", done.stderr
    assert not (tmp_path / "never").exists()


def _one(*arguments: str, needs: frozenset[Permission] = frozenset()) -> Command:
    return Command(arguments=arguments, seconds=PATIENCE, needs=needs)


def test_a_program_that_is_missing_is_replaced_by_the_next() -> None:
    ran = first_measured([_one("no-such-program"), _one("echo", "second"), _one("echo", "third")], seconds_left=60)
    assert ran.output.text == "second\n"


def test_a_missing_permission_is_never_answered_by_one_that_needs_more(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("no program")
    more = _one("echo", "with more", needs=frozenset({Permission.READ_ANY_FILE}))
    ran = first_measured([_one(str(tmp_path / "plain")), more], seconds_left=60)
    assert ran.outcome.reason is NotMeasured.PERMISSION


def test_the_example_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "safety.md").read_text()
    [example] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(example, {})
    assert capsys.readouterr().out.startswith("ok Filesystem")
