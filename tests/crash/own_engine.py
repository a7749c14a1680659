"""A Docker engine of a test's own, which may be frozen, killed and started again without disturbing anybody else's."""

from __future__ import annotations

import contextlib
import io
import os
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

    def __init__(self, *, live_restore: bool = False) -> None:
        # A short path: the engine makes sockets below it, and their paths must not be longer than 108 bytes.
        self._folder = Path(tempfile.mkdtemp(prefix="sickbay-engine-"))
        self._live_restore = live_restore
        self._process: subprocess.Popen[bytes] | None = None
        self._containerd: subprocess.Popen[bytes] | None = None
        self.address = f"unix://{self._folder}/sock"
        self.image = "sickbay-own:1"

    def start(self) -> None:
        """Start it, with what an earlier start left, and wait until it answers."""
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
            return [container.name for container in client.containers.list(all=True)]

    def containers_of(self, installation: str) -> list[str]:
        """The names of an installation's containers; none where it does not run any more."""
        if self._process is None or self._process.poll() is not None:
            return []
        with self._client() as client:
            label = f"{engine.INSTALLATION_LABEL}={installation}"
            return [container.name for container in client.containers.list(all=True, filters={"label": label})]

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
        subprocess.run(["umount", "--lazy", self._folder / "data"], check=False, capture_output=True)
        shutil.rmtree(self._folder)

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def _client(self) -> contextlib.closing[docker.DockerClient]:
        return contextlib.closing(docker.DockerClient(base_url=self.address, version=_API, timeout=30))

    def _command(self) -> list[str]:
        # In a network of its own: an engine without a bridge would take away the bridge of the machine's engine.
        folder = self._folder
        command = ["unshare", "--net", "dockerd", "--host", self.address, "--data-root", f"{folder}/data"]
        command += ["--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid", "--storage-driver", "vfs"]
        command += ["--bridge", "none", "--iptables=false", "--ip-masq=false"]
        command += ["--containerd", f"{folder}/containerd/sock"]
        return [*command, "--live-restore"] if self._live_restore else command

    def _containerd_command(self) -> list[str]:
        folder = self._folder / "containerd"
        folder.mkdir()
        (folder / "config.toml").write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
        command = ["containerd", "--config", f"{folder}/config.toml", "--address", f"{folder}/sock"]
        return [*command, "--root", f"{folder}/root", "--state", f"{folder}/state"]

    def _answers(self) -> bool:
        asked = ["docker", "--host", self.address, "version"]
        return subprocess.run(asked, check=False, capture_output=True).returncode == 0

    def _signal(self, number: int) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)


def _busybox() -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in ("bin/busybox", "bin/sh"):
            tar.add(engine.busybox(), name)
    return archive.getvalue()
