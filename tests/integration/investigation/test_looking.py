"""Looks run confined: in the project's folder, with what the guide names, and with a view of the engine."""

from __future__ import annotations

import http.client
import json
import os
import socket
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from sickbay.guides.commands import parse_command
from sickbay.guides.parser import parse_guide
from sickbay.guides.parts import FunctionCall, Probe, Reach
from sickbay.investigation.alarms import Alarms
from sickbay.investigation.engine_view import engine_socket, engine_view
from sickbay.investigation.investigating import Result, investigate
from sickbay.investigation.looking import Looked, look
from sickbay.investigation.place import Place
from sickbay.safety.outcome import NotMeasured, State
from tests import engine
from tests.guides.proving import GUIDE, SLUG

SAMPLE = parse_guide(SLUG, f"{SLUG}.md", GUIDE)


def _looked(
    command: str,
    folder: Path,
    *,
    reach: Reach | None = None,
    environment: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
) -> Looked:
    probe = Probe(id="it", action=(parse_command(command, 1),), timeout=20, facts=(), line=1, reach=reach or Reach())
    place = Place(folder=folder, environment={**os.environ, **(environment or {})}, values=values or {})
    return look(SAMPLE, probe, place, seconds_left=60)


def test_a_look_runs_in_the_folder_and_can_write_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "limit.txt").write_text("7\n")
    read = _looked("cat $SETTINGS", tmp_path)
    assert read.answer is not None
    assert read.answer.output == "7\n"
    written = _looked("touch other.txt", tmp_path)
    assert written.answer is not None
    assert written.answer.exit_code != 0
    assert [path.name for path in tmp_path.iterdir()] == ["limit.txt"]


def test_only_named_variables_and_the_path_are_passed_on(tmp_path: Path) -> None:
    given = {"KEPT": "yes", "HIDDEN": "no"}
    looked = _looked("printenv", tmp_path, reach=Reach(variables=("KEPT", "MISSING")), environment=given)
    assert looked.answer is not None
    lines = looked.answer.output.splitlines()
    assert "KEPT=yes" in lines
    assert f"PATH={os.environ['PATH']}" in lines
    assert not [line for line in lines if "HIDDEN" in line or "MISSING" in line]


def test_a_program_that_is_not_there_is_no_answer(tmp_path: Path) -> None:
    looked = _looked("no-such-program", tmp_path)
    assert looked.answer is None
    assert looked.outcome.reason is NotMeasured.MISSING_PROGRAM


def test_an_input_that_its_pattern_refuses_is_no_answer(tmp_path: Path) -> None:
    looked = _looked("cat $SETTINGS", tmp_path, values={"SETTINGS": "../../etc/passwd"})
    assert looked.answer is None
    assert looked.outcome.reason is NotMeasured.REFUSED


@contextmanager
def _listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        is_over = threading.Event()

        def accept() -> None:
            while not is_over.is_set():
                try:
                    server.accept()[0].close()
                except TimeoutError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            is_over.set()
            thread.join()


def test_only_named_ports_are_reached(tmp_path: Path) -> None:
    with _listening() as port:
        command = f"bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}'"
        let_through = _looked(command, tmp_path, reach=Reach(ports=(str(port),)))
        held_back = _looked(command, tmp_path)
    assert let_through.outcome.state is State.OK
    assert held_back.answer is not None
    assert held_back.answer.exit_code != 0


def test_a_look_that_names_a_port_may_look_up_names_and_one_that_asks_the_engine_alone_has_no_datagrams(
    tmp_path: Path,
) -> None:
    (tmp_path / "asking.py").write_text(
        "import os, socket\n"
        "def ask():\n    assert 'DOCKER_HOST' in os.environ\n    socket.socket(type=socket.SOCK_DGRAM)\n"
    )
    guide = parse_guide(SLUG, str(tmp_path / f"{SLUG}.md"), GUIDE)
    call = FunctionCall(module="asking", function="ask", arguments={}, line=1)
    with socket.socket(socket.AF_UNIX) as engine_alone:
        engine_alone.bind(str(tmp_path / "engine.sock"))
        engine_alone.listen()
        place = Place(folder=tmp_path, environment={**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/engine.sock"})
        probe = Probe(id="it", action=call, timeout=20, facts=(), line=1)
        named = replace(probe, reach=Reach(ports=("9",)))
        with_port, without = (look(guide, each, place, seconds_left=60) for each in (named, probe))
    assert with_port.answer is not None
    assert with_port.answer.exit_code == 0, with_port.answer.errors
    assert without.answer is not None
    assert "PermissionError" in without.answer.errors


def test_a_port_that_is_none_is_no_answer(tmp_path: Path) -> None:
    looked = _looked("true", tmp_path, reach=Reach(ports=("$SETTINGS",)))
    assert looked.outcome.reason is NotMeasured.REFUSED


def test_a_function_beside_the_guide_answers_like_a_program(tmp_path: Path) -> None:
    (tmp_path / "counting.py").write_text("def lines(file):\n    print(len(open(file).readlines()))\n    return 0\n")
    (tmp_path / "limit.txt").write_text("1\n2\n")
    guide = parse_guide(SLUG, str(tmp_path / f"{SLUG}.md"), GUIDE)
    call = FunctionCall(module="counting", function="lines", arguments={"file": "$SETTINGS"}, line=1)
    probe = Probe(id="it", action=call, timeout=20, facts=(), line=1)
    looked = look(guide, probe, Place(folder=tmp_path, environment=os.environ), seconds_left=60)
    assert looked.answer is not None
    assert (looked.answer.exit_code, looked.answer.output) == (0, "2\n")


def test_a_function_that_breaks_is_neither_a_yes_nor_a_no(tmp_path: Path) -> None:
    (tmp_path / "counting.py").write_text("def lines(file):\n    raise ValueError(file)\n")
    guide = parse_guide(SLUG, str(tmp_path / f"{SLUG}.md"), GUIDE)
    call = FunctionCall(module="counting", function="lines", arguments={"file": "it"}, line=1)
    probe = Probe(id="it", action=call, timeout=20, facts=(), line=1)
    looked = look(guide, probe, Place(folder=tmp_path, environment=os.environ), seconds_left=60)
    assert looked.answer is not None
    assert looked.answer.exit_code not in {0, 1}


def test_a_look_that_cannot_ask_leaves_its_facts_open(tmp_path: Path) -> None:
    found = investigate(SAMPLE, Place(folder=tmp_path / "nowhere", environment=os.environ), seconds_left=60)
    assert found.facts == {"limit-is-zero": None}
    assert found.result is Result.INCONCLUSIVE


@pytest.mark.docker
def test_the_client_sees_the_engine_and_changes_nothing_in_it(tmp_path: Path) -> None:
    name = engine.new_installation()
    container = engine.oracle().containers.create(engine.test_image(), "true", name=f"sickbay-view-{name}")
    try:
        seen = _looked(
            f"docker inspect --format {{{{.Name}}}} {container.name}".replace("{{", "'{{").replace("}}", "}}'"),
            tmp_path,
        )
        assert seen.answer is not None
        assert seen.answer.output.strip() == f"/{container.name}"
        for command in ("rm", "start", "kill", "pause", f"rename {container.name}"):
            refused = _looked(f"docker {command} {container.name}", tmp_path)
            assert refused.answer is not None
            assert refused.answer.exit_code != 0
            assert "does more than ask" in refused.answer.errors
        container.reload()
        assert container.status == "created"
    finally:
        container.remove(force=True)


@pytest.mark.docker
def test_the_engine_s_own_words_come_through_as_they_are(tmp_path: Path) -> None:
    reach = Reach(variables=("DOCKER_API_VERSION",))
    looked = _looked("docker ps", tmp_path, reach=reach, environment={"DOCKER_API_VERSION": "1.9"})
    assert looked.answer is not None
    assert "client version 1.9 is too old" in looked.answer.errors


@pytest.mark.docker
def test_the_view_answers_only_whoever_was_given_its_address() -> None:
    path = engine_socket({})
    assert path is not None
    with engine_view(path) as view:
        connection = http.client.HTTPConnection("127.0.0.1", view.port, timeout=20)
        connection.request("GET", "/info")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (403, b'{"message": "this view is not for you"}')
        connection.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", view.port), timeout=5)


def test_an_engine_that_does_not_answer_is_said_and_not_waited_for(tmp_path: Path) -> None:
    address = {"DOCKER_HOST": f"unix://{tmp_path}/no.sock"}
    looked = _looked("docker ps", tmp_path, environment=address)
    assert looked.answer is not None
    assert looked.answer.exit_code != 0
    assert "no engine answers" in looked.answer.errors


def test_an_engine_that_hangs_does_not_hold_a_look_and_nobody_is_left(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as hangs:  # as an engine that was stopped: it accepts, and says nothing
        hangs.bind(str(tmp_path / "engine.sock"))
        hangs.listen()
        action = (parse_command("docker ps", 1),)
        probe = Probe(id="it", action=action, timeout=1, facts=(), line=1)
        place = Place(folder=tmp_path, environment={**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/engine.sock"})
        looked = look(SAMPLE, probe, place, seconds_left=60)
    assert looked.answer is None
    assert looked.outcome.reason is NotMeasured.TIMEOUT
    assert [each.name for each in threading.enumerate() if not each.daemon] == ["MainThread"]


LEAVING = """
import os, time

def leave(mark):
    if os.fork() == 0:
        for way in (os.setsid, lambda: os.setpgid(0, 0)):
            try:
                way()
            except PermissionError:
                print("kept", flush=True)
        time.sleep(987)
    os.wait()
"""


def test_what_a_function_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    (tmp_path / "leaving.py").write_text(LEAVING)
    guide = parse_guide(SLUG, str(tmp_path / f"{SLUG}.md"), GUIDE)
    mark = f"left-{os.getpid()}"
    call = FunctionCall(module="leaving", function="leave", arguments={"mark": mark}, line=1)
    probe = Probe(id="it", action=call, timeout=3, facts=(), line=1)
    alarms = Alarms()
    looked = look(guide, probe, Place(folder=tmp_path, environment=os.environ, alarms=alarms), seconds_left=60)
    assert looked.outcome.reason is NotMeasured.TIMEOUT
    commands = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            commands.append(process.read_bytes())
    assert [each for each in commands if mark.encode() in each] == []


@pytest.mark.docker
def test_the_token_of_a_view_is_for_its_user_alone_and_asks_only_what_is_on_the_list() -> None:
    path = engine_socket({})
    assert path is not None
    with engine_view(path) as view:
        folder = Path(view.variables["DOCKER_CONFIG"])
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        headers = json.loads((folder / "config.json").read_text())["HttpHeaders"]
        for method, target in (
            ("POST", "/containers/create"),
            ("DELETE", "/containers/x"),
            ("GET", "/containers/x/archive?path=/"),
            ("GET", "/containers/x/logs?follow=1"),
            ("GET", "http://engine/containers/json"),
            ("GET", "/v1.41/../info"),
            ("GET", "/secrets"),
        ):
            connection = http.client.HTTPConnection("127.0.0.1", view.port, timeout=20)
            connection.request(method, target, headers=headers)
            assert connection.getresponse().status == 403, (method, target)
            connection.close()
    assert not folder.exists()


def test_an_engine_elsewhere_is_not_reached() -> None:
    assert engine_socket({"DOCKER_HOST": "tcp://engine.example:2375"}) is None
