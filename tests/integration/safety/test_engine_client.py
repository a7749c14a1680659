"""The read-only client: against servers that misbehave, and against a real engine that is only asked."""

from __future__ import annotations

import contextlib
import json
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker.models.containers import Container

from sickbay.safety.engine_client import (
    EnginePermissionError,
    EngineTimeoutError,
    EngineUnreachableError,
    ReadOnlyEngine,
)
from sickbay.safety.engine_rules import RefusedCallError
from tests import engine as real
from tests.unit.sickbay.safety.hostile import HOSTILE

SOCKET = Path("/var/run/docker.sock")
Answering = Callable[[socket.socket], None]


@contextlib.contextmanager
def _engine(answering: Answering) -> Iterator[tuple[ReadOnlyEngine, list[bytes]]]:
    """A server on a local socket that notes what it was sent."""
    sent: list[bytes] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = server.accept()[0]
                with connection, contextlib.suppress(OSError):
                    sent.append(connection.recv(65536))
                    answering(connection)

    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        path = Path(folder) / "engine.sock"
        server.bind(str(path))
        server.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield ReadOnlyEngine(path), sent
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _saying(*parts: bytes, pause: float = 0.0) -> Answering:
    def answer(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)

    return answer


def test_an_answer_is_brought_back() -> None:
    with _engine(_saying(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}")) as (engine, sent):
        answer = engine.ask("/containers/web/json", seconds=30)
    assert (answer.status, answer.body, answer.truncated) == (404, b"{}", False)
    assert sent[0].startswith(b"GET /containers/web/json HTTP/1.1\r\n")


def test_what_is_hostile_never_reaches_the_engine() -> None:
    with _engine(_saying(b"HTTP/1.1 200 OK\r\n\r\n")) as (engine, sent):
        for method, target, has_body in HOSTILE:
            if method == "GET" and not has_body:
                with pytest.raises(RefusedCallError):
                    engine.ask(target, seconds=30)
    assert sent == []


def test_there_is_no_way_to_send_anything_else() -> None:
    assert [name for name in vars(ReadOnlyEngine) if not name.startswith("_")] == ["ask"]


@pytest.mark.parametrize(
    "answering",
    [
        lambda _: time.sleep(1),
        _saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1", pause=1),
        _saying(b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 10, pause=0.1),
        _saying(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x"] * 10, pause=0.1),
    ],
    ids=["silent", "stalled", "slow to begin", "slow to end"],
)
def test_the_time_is_for_the_whole_answer(answering: Answering) -> None:
    with _engine(answering) as (engine, _), pytest.raises(EngineTimeoutError):
        engine.ask("/_ping", seconds=0.3)


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    broken = _saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1")
    with _engine(broken) as (engine, _), pytest.raises(EngineUnreachableError):
        engine.ask("/info", seconds=30)


def test_without_time_nothing_is_sent() -> None:
    with _engine(_saying()) as (engine, sent), pytest.raises(EngineTimeoutError):
        engine.ask("/_ping", seconds=0)
    assert sent == []


def test_a_long_answer_is_cut_and_says_so() -> None:
    with _engine(_saying(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000)) as (engine, _):
        answer = engine.ask("/info", seconds=30, most_bytes=1000)
    assert (len(answer.body), answer.truncated) == (1000, True)


@pytest.mark.parametrize("said", [b"", b"hello\r\n\r\n", b"\x00" * 70_000])
def test_what_is_no_engine_is_said_to_be_none(said: bytes) -> None:
    with _engine(_saying(said)) as (engine, _), pytest.raises(EngineUnreachableError):
        engine.ask("/_ping", seconds=30)


def test_an_engine_that_is_away_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(EngineUnreachableError, match="no engine answers"):
        ReadOnlyEngine(tmp_path / "none.sock").ask("/_ping", seconds=30)
    assert issubclass(EnginePermissionError, EngineUnreachableError)


@pytest.fixture
def container() -> Iterator[Container]:
    """A container that ran and has ended."""
    real.require_engine()
    made = real.oracle().containers.create(
        real.test_image(),
        ["echo", "a line"],
        network_mode="none",
        labels={real.INSTALLATION_LABEL: real.new_installation()},
    )
    try:
        made.start()
        made.wait()
        yield made
    finally:
        made.remove(force=True)


def _state_of(container: Container) -> object:
    """All that the engine holds of it, as another client sees it."""
    return real.oracle().api.inspect_container(container.id), container.diff(), container.logs()


@pytest.mark.docker
def test_a_real_engine_answers_and_what_was_asked_about_is_the_same_afterwards(container: Container) -> None:
    engine = ReadOnlyEngine(SOCKET)
    before = _state_of(container)
    assert engine.ask("/_ping", seconds=60).body == b"OK"
    assert json.loads(engine.ask("/version", seconds=60).body)["ApiVersion"]
    assert json.loads(engine.ask(f"/containers/{container.id}/json", seconds=60).body)["Id"] == container.id
    for question in ("changes", "stats?stream=0&one-shot=1", "logs?stdout=1&stderr=1&tail=10&until=1700000000"):
        assert engine.ask(f"/containers/{container.id}/{question}", seconds=60).status == 200
    assert engine.ask("/containers/no-such-container/json", seconds=60).status == 404
    assert engine.ask("/events?since=1700000000&until=1700000001", seconds=60).status == 200
    assert _state_of(container) == before
