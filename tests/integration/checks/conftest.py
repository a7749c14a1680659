"""Engines that stand in for broken ones, and real Django projects, each in a process of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

#: Longest wait of a test, never a measure of speed.
PATIENCE = 60.0

_LISTENING = """
import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
print("listening", flush=True)
while True:
    connection = server.accept()[0]
    connection.recv(65536)
    connection.sendall(sys.argv[2].encode())
    connection.close()
"""


@contextmanager
def listening(path: Path, says: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A process that takes calls at a socket, and says the same to each."""
    command = [sys.executable, "-c", _LISTENING, str(path), says]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def stopped(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hold a process as ``SIGSTOP`` does: it is there, and does nothing."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@contextmanager
def an_ordinary_user() -> Iterator[None]:
    """Be nobody for a moment where the tests are run by root, who may open everything."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


_MANAGE = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""

_SETTINGS = """
import os
from pathlib import Path
SECRET_KEY = "the shop's own key, which nobody may read"
DEBUG = False
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "container_manager", "shop"]
DATABASES = {"default": DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""

_MODELS = """
from django.db import models
class Article(models.Model):
    name = models.CharField(max_length=100)
"""

_FIRST = """
from django.db import migrations, models
class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Article", [
        ("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=100))])]
"""

SECOND = """
from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.AddField("Article", "price", models.IntegerField(default=0))]
"""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A Django project in a folder of its own, with an app ``shop``."""

    folder: Path
    environment: Mapping[str, str]

    def write(self, path: str, text: str) -> None:
        """Write one of its files."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run something in its folder."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def manage(self, *arguments: str) -> None:
        """Run a command of its own."""
        done = self.run("manage.py", *arguments)
        assert done.returncode == 0, done.stderr

    def doctor(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``sickbay doctor`` as a user does."""
        return self.run("-m", "sickbay", "doctor", *arguments)


def made_project(folder: Path, database: str) -> Project:
    """Make a project on a database, given as its settings say it, with its migrations there and none applied."""
    settings = ("DJANGO_SETTINGS_MODULE", "DOCKER_HOST", "VIRTUAL_ENV")
    environment = {key: value for key, value in os.environ.items() if key not in settings}
    project = Project(folder=folder, environment={**environment, "COLUMNS": "80"})
    project.write("manage.py", _MANAGE)
    project.write("shop/__init__.py", "")
    project.write("shop/settings.py", _SETTINGS.replace("DATABASE}", f"{database}}}"))
    project.write("shop/models.py", _MODELS)
    project.write("shop/migrations/__init__.py", "")
    project.write("shop/migrations/0001_initial.py", _FIRST)
    return project


#: A file beside the project's folder, set up as the documentation of the queue asks for it.
SQLITE = """{
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": Path(__file__).resolve().parents[2] / "db.sqlite3",
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL;"},
}"""


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project on SQLite whose migrations are applied, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    made_project(folder / "project", SQLITE).manage("migrate", "--verbosity", "0")
    return folder


@pytest.fixture
def project(migrated: Path, tmp_path: Path) -> Project:
    """A project of one's own on SQLite whose migrations are applied."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    return made_project(tmp_path / "project", SQLITE)


@pytest.fixture
def socket_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A path short enough for a socket."""
    path = tmp_path_factory.mktemp("s") / "engine.sock"
    yield path
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
