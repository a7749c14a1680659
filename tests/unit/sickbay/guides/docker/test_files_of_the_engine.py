"""daemon.json, compose files, scripts, and sockets: judged, changed, and brought back."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sickbay.guides.docker import compose_files, daemon_files, engine_sockets, platforms, sdk_files


def _shown(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({"hosts": ["tcp://0.0.0.0:2375", "fd://"]}, "open"),
        ({"hosts": ["tcp://0.0.0.0:2376"], "tlsverify": True}, "closed"),
        ({"hosts": ["fd://"]}, "closed"),
        ({}, "closed"),
    ],
)
def test_an_address_without_tls_is_open(
    tmp_path: Path, settings: dict[str, object], shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "daemon.json"
    file.write_text(json.dumps(settings), encoding="utf-8")
    assert daemon_files.judge_hosts(str(file)) == 0
    assert _shown(capsys) == shown


def test_closed_addresses_are_opened_again_by_the_way_back_alone(tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    before = '{"hosts": ["tcp://0.0.0.0:2375", "fd://"],   "debug": true}'
    file.write_text(before, encoding="utf-8")
    assert daemon_files.close_addresses(str(file)) == 0
    assert json.loads(file.read_text(encoding="utf-8")) == {"hosts": ["fd://"], "debug": True}
    assert daemon_files.restore(str(file)) == 0
    assert file.read_text(encoding="utf-8") == before
    assert [path.name for path in tmp_path.iterdir()] == ["daemon.json"]


@pytest.mark.parametrize(
    ("content", "shown"), [(None, "absent"), ("{,}", "broken"), ("[]", "broken"), ("{}", "readable")]
)
def test_an_engine_reads_an_object_or_no_file(
    tmp_path: Path, content: str | None, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "daemon.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert daemon_files.judge_file(str(file)) == 0
    assert _shown(capsys) == shown


def test_tabs_become_spaces_and_come_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "compose.yaml"
    before = "services:\n\tweb:\n\t\timage: a\t# a tab here stays\n"
    file.write_text(before, encoding="utf-8")
    assert compose_files.judge_file(str(file)) == 0
    assert _shown(capsys) == "tabs"
    assert compose_files.replace_tabs(str(file)) == 0
    assert file.read_text(encoding="utf-8") == "services:\n  web:\n    image: a\t# a tab here stays\n"
    assert compose_files.restore(str(file)) == 0
    assert file.read_text(encoding="utf-8") == before


def test_tabs_beside_spaces_are_left_to_a_person(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text("services:\n  web:\n\timage: a\n", encoding="utf-8")
    assert compose_files.replace_tabs(str(file)) == 1
    assert file.read_text(encoding="utf-8") == "services:\n  web:\n\timage: a\n"


def test_a_script_gets_its_first_line_and_loses_it_again(tmp_path: Path) -> None:
    script = tmp_path / "run.sh"
    script.write_bytes(b"echo hi\n")
    assert platforms.name_interpreter(str(script), "/bin/sh") == 0
    assert script.read_bytes() == b"#!/bin/sh\necho hi\n"
    assert platforms.name_interpreter(str(script), "/bin/sh") == 1
    assert platforms.forget_interpreter(str(script), "/bin/sh") == 0
    assert script.read_bytes() == b"echo hi\n"
    script.write_bytes(b"#!/bin/sh\necho ho\n")
    assert platforms.name_interpreter(str(script), "/bin/sh") == 1
    assert script.read_bytes() == b"#!/bin/sh\necho ho\n"


@pytest.mark.parametrize(
    ("content", "code", "shown"),
    [
        ("def get_connection_with_tls_context(): ...", 0, "fits"),
        ("def get_connection(): ...", 0, "too-old"),
        (None, 2, ""),
    ],
)
def test_an_sdk_fits_when_its_adapter_has_what_is_asked_for(
    tmp_path: Path, content: str | None, code: int, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "docker" / "transport").mkdir(parents=True)
        (tmp_path / "docker" / "transport" / "adapter.py").write_text(content, encoding="utf-8")
    assert sdk_files.judge_sdk(str(tmp_path)) == code
    assert _shown(capsys) == shown


def test_a_pid_file_names_a_living_process_or_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "docker.pid"
    shown = []
    for content in (None, str(os.getpid()), "999999999"):
        if content is not None:
            file.write_text(content, encoding="utf-8")
        assert engine_sockets.judge_pid_file(str(file)) == 0
        shown.append(_shown(capsys))
    assert shown == ["absent", "alive other", "dead"]


@pytest.mark.root
@pytest.mark.parametrize(("mode", "shown"), [(0o660, "may-not"), (0o666, "may")])
def test_an_account_may_open_what_its_mode_lets_it(
    tmp_path: Path, mode: int, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    socket = tmp_path / "docker.sock"
    socket.touch()
    socket.chmod(mode)
    assert engine_sockets.judge_right(f"unix://{socket}", "nobody") == 0
    assert _shown(capsys) == shown


def test_an_account_that_is_not_there_cannot_be_judged(tmp_path: Path) -> None:
    assert engine_sockets.judge_right(str(tmp_path), "no-such-account") == 2
