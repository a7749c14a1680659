"""A PostgreSQL server for one proof: on a loopback port, with passwords, and gone afterwards."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sickbay.lab.folder_state import State

OWNER = "lab"
DATABASE = "lab"

_SECONDS = 60.0
_OPTIONS: Mapping[str, str] = {
    "fsync": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "20",
    "shared_buffers": "16MB",
    "unix_socket_directories": "",
}
_preparing = threading.Lock()


def server_programs() -> Path | None:
    """Return the folder with the programs of a PostgreSQL server, the newest where there are several."""
    if found := shutil.which("postgres"):
        return Path(found).resolve().parent
    installed = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return max(installed, key=lambda folder: int(folder.parent.name), default=None)


def why_no_server() -> str:
    """Say why no server can be started; empty where one can."""
    return "" if server_programs() else "no PostgreSQL server is installed (Debian: apt-get install postgresql)"


class DatabaseServer:
    """One server with a superuser ``lab``, its password, and a database ``lab``. Use it as a context manager."""

    def __init__(self, template: Path) -> None:
        programs = server_programs()
        if programs is None:
            raise FileNotFoundError(why_no_server())
        self._programs = programs
        self._template = template
        self._folder = Path(tempfile.mkdtemp(prefix="sickbay-lab-pg-"))
        self._password = secrets.token_urlsafe(12)
        self._process: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])

    def __enter__(self) -> DatabaseServer:
        try:
            self._prepare()
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def variables(self) -> Mapping[str, str]:
        """What a client finds the server by, and what a guide's scripts may need to change it."""
        address = f"{OWNER}:{self._password}@127.0.0.1:{self.port}/{DATABASE}"
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": OWNER,
            "PGPASSWORD": self._password,
            "PGDATABASE": DATABASE,
            "PGDATA": str(self._folder / "data"),
            "DATABASE_URL": f"postgresql://{address}",
        }

    def state(self) -> State:
        """Return roles, databases, tables, and rows, as the server dumps them."""
        dumped = subprocess.run(  # noqa: S603  (an argument list)
            [self._programs / "pg_dumpall", "--no-sync"],
            env={**os.environ, **self.variables},
            capture_output=True,
            check=True,
            text=True,
            timeout=_SECONDS,
        ).stdout
        kept = [line for line in dumped.splitlines() if line and not re.match(r"--|\\(?:un)?restrict ", line)]
        rules = (self._folder / "data" / "pg_hba.conf").read_text(encoding="utf-8")
        return {"the database server": "\n".join(kept), "pg_hba.conf": rules}

    def close(self) -> None:
        """End it and remove all that it has stored."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=_SECONDS)
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _prepare(self) -> None:
        """Copy a server that was made once, and give it a password."""
        with _preparing:
            if not self._template.exists():
                self._make_template()
        shutil.copytree(self._template, self._folder / "data", symlinks=True)
        (self._folder / "data").chmod(0o700)
        rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        (self._folder / "data" / "pg_hba.conf").write_text(rules, encoding="utf-8")
        if (owner := _owner()) is not None:
            for directory, folders, files in os.walk(self._folder):
                for name in (directory, *folders, *files):
                    os.chown(Path(directory) / name, owner.pw_uid, owner.pw_gid)
        orders = f"alter role {OWNER} password '{self._password}';\ncreate database {DATABASE};\n"
        subprocess.run(  # noqa: S603  (an argument list)
            [self._programs / "postgres", "--single", "-F", "-D", self._folder / "data", "postgres"],
            **self._as_owner(),
            input=orders.encode(),
            capture_output=True,
            check=True,
            timeout=_SECONDS,
        )

    def _make_template(self) -> None:
        begun = self._folder / "template"
        begun.mkdir()
        if (owner := _owner()) is not None:
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
            os.chown(begun, owner.pw_uid, owner.pw_gid)
        arguments = [f"--username={OWNER}", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(  # noqa: S603  (an argument list)
            [self._programs / "initdb", f"--pgdata={begun}", *arguments],
            **self._as_owner(),
            capture_output=True,
            check=True,
            timeout=_SECONDS,
        )
        shutil.move(begun, self._template)

    def _start(self) -> None:
        options = [part for name, value in _OPTIONS.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  (an argument list)
                [self._programs / "postgres", "-D", self._folder / "data", "-p", str(self.port), *options],
                **self._as_owner(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + _SECONDS
        ready = [str(self._programs / "pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={self.port}"]
        while subprocess.run(ready, check=False).returncode != 0:  # noqa: S603  (an argument list)
            if time.monotonic() > deadline or self._process.poll() is not None:
                told = (self._folder / "server.log").read_text(errors="replace")[-2000:]
                raise TimeoutError(f"PostgreSQL does not start:\n{told}")
            time.sleep(0.05)

    def _as_owner(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root."""
        owner = _owner()
        if owner is None:
            return {"cwd": self._folder}
        return {"cwd": self._folder, "user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _owner() -> pwd.struct_passwd | None:
    """Return whom to run the server as instead of root; ``None`` where we are nobody special."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in known else "nobody")
