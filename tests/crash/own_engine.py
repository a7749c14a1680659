"""A Docker engine of a test's own, which may be frozen, killed and started again without disturbing anybody else's."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import secrets
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

import docker

from tests import engine

PATIENCE_SECONDS = 60.0

#: Named, so that making a client asks nothing.
_API = "1.40"


class OwnEngine:
    """``start`` it first; ``close`` ends it and everything in it, whatever happened."""

    def __init__(self, *, live_restore: bool = False, remote: bool = False, disk_mb: int | None = None) -> None:
        """Make one: ``remote``, at the other end of a cable; ``disk_mb``, with a disk of its own of that size.

        Set ``certificates`` before the start of a remote one that is to speak TLS: a folder with ``ca.pem``,
        ``server-cert.pem`` and ``server-key.pem``.
        """
        self.certificates: Path | None = None
        # A short path: the engine makes sockets below it, and their paths must not be longer than 108 bytes.
        self._folder = Path(tempfile.mkdtemp(prefix="sickbay-engine-"))
        self._live_restore = live_restore
        self._process: subprocess.Popen[bytes] | None = None
        self._containerd: subprocess.Popen[bytes] | None = None
        self._socket = f"unix://{self._folder}/sock"
        self._cable = Cable() if remote else None
        self.address = f"tcp://{self._cable.far_address}:2375" if self._cable else self._socket
        self.is_remote = remote
        self.image = "sickbay-own:1"
        self._disk_mb = disk_mb

    def start(self) -> None:
        """Start it, with what an earlier start left, and wait until it answers."""
        if self._disk_mb is not None and not self.disk.exists():
            self.disk.mkdir()
            size = f"size={self._disk_mb}m"
            subprocess.run(["mount", "-t", "tmpfs", "-o", size, "sickbay-disk", self.disk], check=True)
        # As on most machines, containerd is a service of its own and outlives the engine.
        self._containerd = self._containerd or self._spawn(self._containerd_command())
        self._process = self._spawn(self._command())
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            told = (self._folder / "log").read_text(errors="replace")[-3000:]
            assert self._process.poll() is None, told
            assert time.monotonic() < deadline, told
            time.sleep(0.1)
        with self._client() as client:
            if not client.images.list(self.image):
                client.api.import_image_from_data(_busybox(), repository="sickbay-own", tag="1")

    @property
    def disk(self) -> Path:
        """Where it keeps everything."""
        return self._folder / "data"

    @property
    def near_address(self) -> str:
        """Where a remote engine finds this machine."""
        assert self._cable is not None
        return self._cable.near_address

    def cut_off(self) -> None:
        """Pull its cable: nothing passes, and nobody is told."""
        assert self._cable is not None
        self._cable.pull()

    def heal(self) -> None:
        """Plug its cable in again."""
        assert self._cable is not None
        self._cable.plug()

    def terminate(self) -> None:
        """End it in good order."""
        self._signal(signal.SIGTERM)
        assert self._process is not None
        self._process.wait(timeout=PATIENCE_SECONDS)

    def freeze(self) -> None:
        """Let it accept connections and never answer."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it answer again."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Let it die without a word."""
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def containers(self) -> list[str]:
        """The names of all its containers."""
        with self._client() as client:
            return [container.name for container in client.containers.list(all=True, ignore_removed=True)]

    def containers_of(self, installation: str) -> list[str]:
        """The names of an installation's containers; none where it does not run any more."""
        if self._process is None or self._process.poll() is not None:
            return []
        with self._client() as client:
            label = f"{engine.INSTALLATION_LABEL}={installation}"
            return [
                container.name
                for container in client.containers.list(all=True, filters={"label": label}, ignore_removed=True)
            ]

    def make_container(self, name: str, labels: dict[str, str]) -> None:
        """Make a container that is not started."""
        with self._client() as client:
            client.containers.create(self.image, ["busybox", "true"], name=name, labels=labels, network_mode="none")

    def kill_a_container(self, installation: str, which: int) -> str:
        """Kill one of an installation's containers; return its name, or nothing where none runs."""
        with self._client() as client:
            label = f"{engine.INSTALLATION_LABEL}={installation}"
            running = client.containers.list(filters={"label": label})
            if not running:
                return ""
            container = running[which % len(running)]
            with contextlib.suppress(docker.errors.APIError):
                container.kill()
            return str(container.name)

    def close(self) -> None:
        """End it, what runs in it, and its helpers; remove its files."""
        if self._process is not None:
            if self._process.poll() is None:
                self.thaw()
            else:
                self.start()  # only an engine can end the containers of one that was killed
            with self._client() as client:
                for container in client.containers.list(all=True):
                    container.remove(force=True)
            self._signal(signal.SIGTERM)
            self._process.wait(timeout=PATIENCE_SECONDS)
        if self._containerd is not None:
            self._containerd.terminate()
            self._containerd.wait(timeout=PATIENCE_SECONDS)
        # A killed engine leaves its folder mounted onto itself.
        for _ in range(2 if self._disk_mb is not None else 1):
            subprocess.run(["umount", "--lazy", self.disk], check=False, capture_output=True)
        if self._cable is not None:
            self._cable.remove()
        shutil.rmtree(self._folder)

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def _client(self) -> contextlib.closing[docker.DockerClient]:
        return contextlib.closing(docker.DockerClient(base_url=self._socket, version=_API, timeout=30))

    def _command(self) -> list[str]:
        # In a network of its own: an engine without a bridge would take away the bridge of the machine's engine.
        folder = self._folder
        command = [*(self._cable.inside if self._cable else ["unshare", "--net"]), "dockerd", "--host", self._socket]
        command += ["--data-root", f"{self.disk}"]
        if self._cable is not None:
            command += ["--host", self.address, *self._tls()]
            command += ["--insecure-registry", f"{self.near_address}/32"]
        command += ["--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid", "--storage-driver", "vfs"]
        command += ["--bridge", "none", "--iptables=false", "--ip-masq=false"]
        command += ["--containerd", f"{folder}/containerd/sock"]
        return [*command, "--live-restore"] if self._live_restore else command

    def _tls(self) -> list[str]:
        if self.certificates is None:
            return ["--tls=false"]
        folder = self.certificates
        command = ["--tlsverify", "--tlscacert", f"{folder}/ca.pem"]
        return [*command, "--tlscert", f"{folder}/server-cert.pem", "--tlskey", f"{folder}/server-key.pem"]

    def _containerd_command(self) -> list[str]:
        folder = self._folder / "containerd"
        folder.mkdir()
        (folder / "config.toml").write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
        command = ["containerd", "--config", f"{folder}/config.toml", "--address", f"{folder}/sock"]
        return [*command, "--root", f"{folder}/root", "--state", f"{folder}/state"]

    def _answers(self) -> bool:
        asked = ["docker", "--host", self._socket, "version"]
        return subprocess.run(asked, check=False, capture_output=True).returncode == 0

    def _signal(self, number: int) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)


class Cable:
    """A network namespace joined to this machine by a pair of interfaces. ``remove`` it at the end."""

    def __init__(self) -> None:
        self._name = f"sb{os.getpid() % 100_000}{next(_NUMBERS)}"
        self.near_address, self.far_address = _free_addresses()
        self.inside = ["nsenter", f"--net=/var/run/netns/{self._name}"]
        _ip("netns", "add", self._name)
        _ip("link", "add", f"{self._name}h", "type", "veth", "peer", "name", "eth0", "netns", self._name)
        _ip("addr", "add", f"{self.near_address}/30", "dev", f"{self._name}h")
        _ip("link", "set", f"{self._name}h", "up")
        _ip("-n", self._name, "addr", "add", f"{self.far_address}/30", "dev", "eth0")
        _ip("-n", self._name, "link", "set", "lo", "up")
        self.plug()

    def pull(self) -> None:
        """Let nothing pass."""
        _ip("-n", self._name, "link", "set", "eth0", "down")

    def plug(self) -> None:
        """Let everything pass."""
        _ip("-n", self._name, "link", "set", "eth0", "up")

    def remove(self) -> None:
        """Take it away."""
        _ip("link", "del", f"{self._name}h")
        _ip("netns", "del", self._name)


_NUMBERS = itertools.count(1)


def _free_addresses() -> tuple[str, str]:
    """Choose two of the many addresses that no cable of a test beside this one has: else its engine would answer."""
    while True:
        third, fourth = secrets.randbelow(256), 4 * secrets.randbelow(64)
        listed = subprocess.run(
            ["ip", "route", "show", f"10.213.{third}.{fourth}/30"], check=True, capture_output=True, text=True
        )
        if not listed.stdout.strip():
            return f"10.213.{third}.{fourth + 1}", f"10.213.{third}.{fourth + 2}"


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _busybox() -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in ("bin/busybox", "bin/sh"):
            tar.add(engine.busybox(), name)
    return archive.getvalue()
