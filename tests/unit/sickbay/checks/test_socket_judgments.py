"""The engine's address, socket, and answer, judged from readings."""

from __future__ import annotations

import stat
from dataclasses import replace

import pytest

from sickbay.checks.finding import Severity
from sickbay.checks.socket_judgments import (
    DEFAULT_SOCKET,
    DENIED,
    HOST_INVALID,
    NOT_RUNNING,
    UNREACHABLE_BY_TCP,
    EngineReading,
    Silence,
    SocketKind,
    SocketReading,
    Transport,
    engine_address,
    judge_address,
    judge_engine,
    judge_groups,
    judge_socket,
)
from sickbay.safety.outcome import NotMeasured, State

SOCKET = SocketReading(
    path=DEFAULT_SOCKET,
    kind=SocketKind.SOCKET,
    owner="root",
    group="docker",
    mode=stat.S_IFSOCK | 0o660,
    user="alice",
    may_open=True,
)
ANSWER = EngineReading(address=DEFAULT_SOCKET, version="20.10.24", api_version="1.41", status=200)


@pytest.mark.parametrize(
    ("given", "transport", "where"),
    [
        ("", Transport.UNIX, DEFAULT_SOCKET),
        ("unix:///run/user/1000/docker.sock", Transport.UNIX, "/run/user/1000/docker.sock"),
        ("tcp://10.0.0.5:2375", Transport.TCP, ("10.0.0.5", 2375)),
        ("tcp://10.0.0.5", Transport.TCP, ("10.0.0.5", 2375)),
        ("10.0.0.5:2375", Transport.TCP, ("10.0.0.5", 2375)),
        ("tcp://10.0.0.5:2376", Transport.TLS, ("10.0.0.5", 2376)),
        ("https://engine.example", Transport.TLS, ("engine.example", 2376)),
        ("ssh://alice@engine.example", Transport.OTHER, ""),
        ("unix://docker.sock", Transport.INVALID, ""),
        ("tcp://", Transport.INVALID, ""),
        ("tcp://host:port", Transport.INVALID, ""),
        ("file:///var/run/docker.sock", Transport.INVALID, ""),
    ],
)
def test_the_address_is_read_as_clients_read_it(given: str, transport: Transport, where: object) -> None:
    address = engine_address({"DOCKER_HOST": given})
    assert address.transport is transport
    assert (address.path if isinstance(where, str) else (address.host, address.port)) == where


def test_a_wish_for_tls_is_obeyed() -> None:
    address = engine_address({"DOCKER_HOST": "tcp://10.0.0.5", "DOCKER_TLS_VERIFY": "1"})
    assert (address.transport, address.port) == (Transport.TLS, 2376)


def test_an_address_that_is_none_is_a_problem_and_one_elsewhere_has_no_socket_here() -> None:
    wrong = judge_address(engine_address({"DOCKER_HOST": "unix://docker.sock"}))
    assert wrong is not None
    assert (wrong.outcome.state, wrong.cause) == (State.FAIL, HOST_INVALID)
    elsewhere = judge_address(engine_address({"DOCKER_HOST": "tcp://10.0.0.5:2375"}))
    assert elsewhere is not None
    assert elsewhere.outcome.state is State.OK
    assert judge_address(engine_address({})) is None


def test_a_healthy_socket_and_engine_are_well() -> None:
    assert judge_socket(SOCKET).outcome.state is State.OK
    assert judge_groups(SOCKET).outcome.state is State.OK
    found = judge_engine(ANSWER)
    assert found.outcome.state is State.OK
    assert "20.10.24" in found.outcome.detail


@pytest.mark.parametrize("kind", [SocketKind.ABSENT, SocketKind.FOLDER, SocketKind.OTHER])
def test_where_no_socket_is_the_engine_does_not_run(kind: SocketKind) -> None:
    found = judge_socket(replace(SOCKET, kind=kind))
    assert (found.outcome.state, found.severity, found.cause) == (State.FAIL, Severity.PROBLEM, NOT_RUNNING)


def test_a_socket_elsewhere_is_named() -> None:
    found = judge_socket(replace(SOCKET, kind=SocketKind.ABSENT, elsewhere="/run/user/1000/docker.sock"))
    assert found.advice == "export DOCKER_HOST=unix:///run/user/1000/docker.sock"


def test_a_machine_without_any_engine_is_only_warned() -> None:
    found = judge_socket(replace(SOCKET, kind=SocketKind.ABSENT, has_programs=False))
    assert found.severity is Severity.WARNING
    named = judge_socket(replace(SOCKET, kind=SocketKind.ABSENT, has_programs=False, by_variable=True))
    assert named.severity is Severity.PROBLEM


def test_a_folder_that_may_not_be_entered_is_no_failure() -> None:
    found = judge_socket(replace(SOCKET, kind=SocketKind.HIDDEN))
    assert found.outcome.reason is NotMeasured.PERMISSION


def test_who_may_not_open_it_is_told_the_group() -> None:
    found = judge_groups(replace(SOCKET, may_open=False))
    assert (found.outcome.state, found.cause) == (State.FAIL, DENIED)
    assert "usermod -aG docker alice" in found.advice


def test_who_joined_the_group_after_the_login_is_told_to_log_in_again() -> None:
    found = judge_groups(replace(SOCKET, may_open=False, is_member=True))
    assert (found.outcome.state, found.cause) == (State.FAIL, DENIED)
    assert "newgrp docker" in found.advice


def test_without_a_socket_nobody_is_said_to_lack_a_right() -> None:
    found = judge_groups(replace(SOCKET, kind=SocketKind.ABSENT, may_open=False))
    assert (found.outcome.state, found.follows) == (State.NOT_MEASURED, "socket")


@pytest.mark.parametrize(
    ("silence", "reason", "follows"),
    [
        (Silence.ABSENT, NotMeasured.UNREACHABLE, "socket"),
        (Silence.DENIED, NotMeasured.PERMISSION, "groups"),
        (Silence.SLOW, NotMeasured.TIMEOUT, ""),
    ],
)
def test_a_silence_that_says_nothing_of_the_engine_is_no_failure(
    silence: Silence, reason: NotMeasured, follows: str
) -> None:
    found = judge_engine(EngineReading(address=DEFAULT_SOCKET, silence=silence, seconds=2.0))
    assert (found.outcome.reason, found.follows) == (reason, follows)


def test_how_long_it_was_waited_for_is_told() -> None:
    found = judge_engine(EngineReading(address=DEFAULT_SOCKET, silence=Silence.SLOW, seconds=2.0))
    assert "no answer in 2 s" in found.outcome.detail


@pytest.mark.parametrize(
    ("silence", "is_remote", "cause"),
    [
        (Silence.REFUSED, False, NOT_RUNNING),
        (Silence.REFUSED, True, UNREACHABLE_BY_TCP),
        (Silence.FOREIGN, False, NOT_RUNNING),
        (Silence.FOREIGN, True, "docker-tls-protocol-mismatch"),
        (Silence.UNTRUSTED, True, "docker-tls-certificate-invalid"),
    ],
)
def test_an_answer_that_says_no_is_a_failure(silence: Silence, is_remote: bool, cause: str) -> None:
    reading = EngineReading(address="here", silence=silence, detail="refused", is_remote=is_remote)
    found = judge_engine(reading)
    assert (found.outcome.state, found.cause) == (State.FAIL, cause)


@pytest.mark.parametrize("reading", [replace(ANSWER, status=503), replace(ANSWER, version="")])
def test_an_answer_that_tells_nothing_is_inconclusive(reading: EngineReading) -> None:
    assert judge_engine(reading).outcome.state is State.INCONCLUSIVE
