"""What the lab makes is real, tells its state, and is gone afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sickbay.lab.bench import Bench, Site
from sickbay.lab.folder_state import differences
from tests import engine


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench() as opened:
        yield opened


def _run(arguments: list[str], environment: Mapping[str, str], *, content: str = "") -> str:
    done = subprocess.run(arguments, env=dict(environment), input=content, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _changed(site: Site, arguments: list[str]) -> tuple[str, ...]:
    before = site.state()
    _run(arguments, site.environment)
    return differences(before, site.state())


@pytest.mark.postgresql
def test_a_database_server_takes_its_password_and_tells_what_changed(bench: Bench) -> None:
    with bench.site(["postgresql"]) as site:
        assert _run(["psql", "-Atc", "select current_user"], site.environment) == "lab\n"
        wrong = {**site.environment, "PGPASSWORD": "wrong"}
        assert "password authentication failed" in _run(["psql", "-Atc", "select 1"], wrong)
        assert _changed(site, ["psql", "-c", "create table things (number integer)"]) != ()
        assert _changed(site, ["psql", "-c", "insert into things values (7)"]) != ()
        assert _changed(site, ["psql", "-c", "create role somebody login"]) != ()
        assert _changed(site, ["psql", "-c", "select * from things"]) == ()
        data = Path(site.environment["PGDATA"])
        assert data.is_dir()
    assert not data.exists()


@pytest.mark.docker
def test_objects_of_the_engine_tell_what_changed_and_are_removed(bench: Bench) -> None:
    with bench.site(["docker"]) as site:
        name = site.name
        run = ["docker", "run", "--detach", "--name", f"{name}-one", site.environment["SICKBAY_IMAGE"], "sleep", "600"]
        assert _changed(site, run) == (f"container {name}-one is new",)
        assert len(_changed(site, ["docker", "pause", f"{name}-one"])) == 1
        assert _changed(site, ["docker", "network", "create", f"{name}-net"]) == (f"network {name}-net is new",)
        assert _changed(site, ["docker", "volume", "create", f"{name}-data"]) == (f"volume {name}-data is new",)
        assert _changed(site, ["docker", "tag", site.environment["SICKBAY_IMAGE"], f"{name}:1"]) == (
            f"image {name}:1 is new",
        )
    assert engine.oracle().containers.list(all=True, filters={"name": name}) == []
    assert engine.oracle().networks.list(names=[f"{name}-net"]) == []
    assert [volume for volume in engine.oracle().volumes.list() if volume.name.startswith(name)] == []
    assert engine.oracle().images.list(name=name) == []


@pytest.mark.docker
@pytest.mark.registry
def test_registries_are_open_closed_untrusted_and_limiting(bench: Bench) -> None:
    with bench.site(["registry"]) as site:
        given = site.environment

        def pulled(registry: str) -> str:
            return _run(["docker", "pull", f"{given[registry]}/lab/busybox:1"], given)

        try:
            assert "Downloaded newer image" in pulled("SICKBAY_REGISTRY")
        finally:
            engine.remove_image(f"{given['SICKBAY_REGISTRY']}/lab/busybox:1")
        assert "no basic auth credentials" in pulled("SICKBAY_REGISTRY_AUTH")
        assert "certificate signed by unknown authority" in pulled("SICKBAY_REGISTRY_TLS")
        assert "toomanyrequests" in pulled("SICKBAY_REGISTRY_LIMITED")
        login = ["docker", "login", "--username", "lab", "--password-stdin", given["SICKBAY_REGISTRY_AUTH"]]
        assert "Login Succeeded" in _run(login, given, content=given["SICKBAY_REGISTRY_PASSWORD"])


@pytest.mark.root
def test_a_small_disk_is_full_soon_and_unmounted(bench: Bench) -> None:
    with bench.site(["disk"]) as site:
        disk = Path(site.environment["SICKBAY_DISK"])
        with pytest.raises(OSError, match="No space left"):
            (disk / "much").write_bytes(bytes(2 * 1024 * 1024))
        assert os.path.ismount(disk)
    assert not disk.exists()


@pytest.mark.root
def test_an_unprivileged_user_is_named_and_may_enter_the_folder(bench: Bench) -> None:
    with bench.site(["user"]) as site:
        given = site.environment
        identity = [f"--reuid={given['SICKBAY_UID']}", f"--regid={given['SICKBAY_UID']}", "--clear-groups"]
        assert _run(["setpriv", *identity, "id", "-u"], given).strip() == given["SICKBAY_UID"] != "0"
        (site.folder / "file").write_text("readable")
        assert _run(["setpriv", *identity, "cat", str(site.folder / "file")], given) == "readable"


def test_files_tell_content_mode_and_links(bench: Bench) -> None:
    with bench.site([]) as site:
        (site.folder / "kept").write_text("one")
        (site.folder / "read").symlink_to("kept")
        before = site.state()
        (site.folder / "kept").touch()
        assert differences(before, site.state()) == ()
        (site.folder / "kept").chmod(0o600)
        (site.folder / "read").unlink()
        (site.folder / "read").symlink_to("other")
        (site.folder / "new").mkdir()
        told = differences(before, site.state())
        assert [line.split()[0] for line in told] == ["kept", "new", "read"]
