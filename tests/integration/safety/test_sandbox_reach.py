"""Ways around what a confined program was let through to: ports, variables, and what a loader is told."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from sickbay.safety.landlock import NETWORK_VERSION, landlock_version
from sickbay.safety.outcome import State
from tests.integration.safety.test_sandbox import _listening, _python, _run

pytestmark = pytest.mark.skipif(not landlock_version(), reason="this kernel does not enforce Landlock")

AROUND_THE_PORTS = {
    "a protocol beside TCP (MPTCP)": "s.socket(s.AF_INET, s.SOCK_STREAM, 262).connect(('127.0.0.1', {other}))",
    "a protocol beside TCP (SCTP)": "s.socket(s.AF_INET6, s.SOCK_SEQPACKET, 0)",
    "a raw socket": "s.socket(s.AF_INET, s.SOCK_RAW, 1)",
    "sending before connecting": "s.socket().sendto(b'x', s.MSG_FASTOPEN, ('127.0.0.1', {other}))",
    "a message before connecting": "s.socket().sendmsg([b'x'], [], s.MSG_FASTOPEN, ('127.0.0.1', {other}))",
}


@pytest.mark.skipif(landlock_version() < NETWORK_VERSION, reason="this kernel cannot confine connections")
@pytest.mark.parametrize("way", AROUND_THE_PORTS)
def test_there_is_no_way_around_the_ports_it_named(way: str) -> None:
    with _listening() as named, _listening() as other:
        code = f"import socket as s; {AROUND_THE_PORTS[way].replace('{other}', str(other))}"
        refused = _python(code, ports=frozenset({named}))
    assert "PermissionError" in refused.errors.text, refused


@pytest.mark.skipif(landlock_version() < NETWORK_VERSION, reason="this kernel cannot confine connections")
@pytest.mark.parametrize("names", [True, False])
def test_data_can_be_sent_where_a_port_is_named(names: bool) -> None:
    with _listening() as named:
        code = f"import socket as s; c = s.create_connection(('localhost', {named}), 5); c.sendall(b'x')"
        ran = _python(code, ports=frozenset({named}), names=names)
    assert ran.outcome.state is State.OK, ran.errors.text


DATAGRAMS = ["s.socket(s.AF_INET, s.SOCK_DGRAM)", "s.socket(s.AF_INET6, s.SOCK_DGRAM, s.IPPROTO_UDP)"]


@pytest.mark.skipif(landlock_version() < NETWORK_VERSION, reason="this kernel cannot confine connections")
@pytest.mark.parametrize("datagrams", DATAGRAMS)
def test_there_are_datagrams_only_for_what_looks_up_names(datagrams: str) -> None:
    code = f"import socket as s; {datagrams}"
    with _listening() as named:
        assert _python(code, ports=frozenset({named}), names=True).outcome.state is State.OK
        refused = _python(code, ports=frozenset({named}))
    assert "PermissionError" in refused.errors.text, refused
    assert "PermissionError" in _python(code, names=True).errors.text


def test_no_other_user_reads_its_variables_in_the_list_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    popen = subprocess.Popen

    def seen(arguments: list[str], **options: Any) -> Any:
        started.append(arguments)
        return popen(arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", seen)
    ran = _run("printenv", "PGPASSWORD", environment={"PGPASSWORD": "kQ7vT2mXw9Lp"})
    assert ran.output.text == "kQ7vT2mXw9Lp\n"
    assert started
    assert "kQ7vT2mXw9Lp" not in repr(started)


def test_what_a_loader_is_told_acts_in_the_confined_program_alone(tmp_path: Path) -> None:
    ran = _run("true", environment={"LD_DEBUG": "libs", "LD_DEBUG_OUTPUT": str(tmp_path / "trace")})
    assert ran.exit_code is not None
    assert list(tmp_path.iterdir()) == []
    loaded = _run("true", environment={"LD_PRELOAD": str(tmp_path / "no-such.so")})
    assert "no-such.so" in loaded.errors.text
