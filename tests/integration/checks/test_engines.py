"""The engine's socket, its rights, and its answer, on real sockets and a real engine."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from pathlib import Path

import pytest

from sickbay.checks.check import Place
from sickbay.checks.finding import Finding
from sickbay.checks.machine import MACHINE_CHECKS
from sickbay.checks.running import Result, run_side_by_side
from sickbay.checks.socket_judgments import DENIED, NOT_RUNNING, UNREACHABLE_BY_TCP
from sickbay.checks.socket_readings import look_at_engine, look_at_groups, look_at_socket
from sickbay.safety.outcome import NotMeasured, State
from tests.integration.checks.conftest import an_ordinary_user, listening, stopped

VERSION = 'HTTP/1.1 200 OK\r\nContent-Length: 39\r\n\r\n{"Version":"27.1","ApiVersion": "1.46"}'


def _place(address: object) -> Place:
    return Place(folder=Path.cwd(), environment={"DOCKER_HOST": f"unix://{address}"})


def _found(place: Place) -> tuple[Finding, Finding, Finding]:
    return look_at_socket(place), look_at_groups(place), look_at_engine(place)


@pytest.mark.docker
def test_a_real_engine_is_well() -> None:
    place = Place(folder=Path.cwd(), environment={**os.environ, "DOCKER_HOST": ""})
    assert [found.outcome.state for found in _found(place)] == [State.OK] * 3


def test_an_engine_that_answers_is_well(socket_path: Path) -> None:
    with listening(socket_path, VERSION):
        found = look_at_engine(_place(socket_path))
    assert (found.outcome.state, "27.1" in found.outcome.detail) == (State.OK, True)


def test_an_engine_that_hangs_is_not_measured_and_the_rest_is_reported(socket_path: Path) -> None:
    with listening(socket_path, VERSION) as engine, stopped(engine):
        results = {result.id: result for result in run_side_by_side(MACHINE_CHECKS, _place(socket_path))}
    engine_s = results.pop("engine").finding
    assert (engine_s.outcome.reason, "no answer in 2 s" in engine_s.outcome.detail) == (NotMeasured.TIMEOUT, True)
    assert {result.finding.outcome.state for result in results.values()} == {State.OK}


def test_a_socket_that_nobody_listens_at_is_a_problem_of_the_engine_alone(socket_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(socket_path))
    there, opened, answer = _found(_place(socket_path))
    assert (there.outcome.state, opened.outcome.state) == (State.OK, State.OK)
    assert (answer.outcome.state, answer.cause) == (State.FAIL, NOT_RUNNING)


def test_a_socket_that_is_absent_is_one_problem_and_the_others_follow_it(socket_path: Path) -> None:
    there, opened, answer = _found(_place(socket_path))
    assert (there.outcome.state, there.cause) == (State.FAIL, NOT_RUNNING)
    assert [each.follows for each in (opened, answer)] == ["socket", "socket"]


def test_a_folder_in_the_socket_s_place_is_told(socket_path: Path) -> None:
    socket_path.mkdir()
    assert "is a folder" in look_at_socket(_place(socket_path)).outcome.detail
    socket_path.rmdir()


def test_what_is_no_engine_is_told(socket_path: Path) -> None:
    with listening(socket_path, "220 mail.example ESMTP\r\n"):
        found = look_at_engine(_place(socket_path))
    assert (found.outcome.state, found.cause) == (State.FAIL, NOT_RUNNING)


def test_without_the_right_to_open_it_the_engine_is_not_measured_and_not_asked_with_more() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # another user may enter it
        path = folder / "engine.sock"
        with listening(path, VERSION):
            path.chmod(0o000 if os.geteuid() else 0o600)
            with an_ordinary_user():
                there, opened, answer = _found(_place(path))
    assert there.outcome.state is State.OK
    assert (opened.outcome.state, opened.cause) == (State.FAIL, DENIED)
    assert (answer.outcome.reason, answer.follows) == (NotMeasured.PERMISSION, "groups")


def _by_tcp(says: bytes) -> tuple[Finding, list[bytes]]:
    sent: list[bytes] = []

    def serve() -> None:
        connection = server.accept()[0]
        with connection:
            sent.append(connection.recv(65536))
            connection.sendall(says)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        found = look_at_engine(Place(folder=Path.cwd(), environment={"DOCKER_HOST": address}))
        thread.join()
    return found, sent


def test_an_engine_behind_tcp_is_asked_one_question() -> None:
    found, sent = _by_tcp(VERSION.encode())
    assert found.outcome.state is State.OK
    assert [line.split(b"\r\n")[0] for line in sent] == [b"GET /version HTTP/1.1"]


def test_a_port_that_speaks_otherwise_is_told() -> None:
    found, _ = _by_tcp(b"\x15\x03\x01\x00\x02\x02\x16")
    assert (found.outcome.state, found.cause) == (State.FAIL, "docker-tls-protocol-mismatch")


def test_a_closed_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    place = Place(folder=Path.cwd(), environment={"DOCKER_HOST": f"tcp://127.0.0.1:{port}"})
    found = look_at_engine(place)
    assert (found.outcome.state, found.cause) == (State.FAIL, UNREACHABLE_BY_TCP)


def test_missing_certificates_are_told_and_nothing_is_sent_in_plain_text(tmp_path: Path) -> None:
    environment = {"DOCKER_HOST": "tcp://127.0.0.1:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path)}
    found = look_at_engine(Place(folder=Path.cwd(), environment=environment))
    assert (found.outcome.state, found.cause) == (State.FAIL, "docker-tls-certificate-invalid")
    assert str(tmp_path) in found.evidence[0]


def test_what_is_not_spoken_is_not_measured() -> None:
    place = Place(folder=Path.cwd(), environment={"DOCKER_HOST": "ssh://alice@engine.example"})
    assert look_at_engine(place).outcome.reason is NotMeasured.REFUSED


def test_answers_come_in_the_order_of_the_checks() -> None:
    results: list[Result] = run_side_by_side(MACHINE_CHECKS, Place(folder=Path.cwd(), environment=dict(os.environ)))
    assert [result.id for result in results] == [check.id for check in MACHINE_CHECKS]
