"""Sessions in real folders: what is on disk after a crash, a full disk, a second writer, and a changed byte."""

from __future__ import annotations

import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sickbay.safety.actions import Registry
from sickbay.safety.approvals import ApprovalError
from sickbay.safety.audit import AuditBusyError, AuditDamagedError, AuditUnavailableError
from sickbay.safety.budget import Moment
from sickbay.safety.dispatcher import Dispatcher, Looked
from sickbay.safety.events import Advanced, Concluded, Intended
from sickbay.safety.gate import Go
from sickbay.safety.outcome import NotMeasured, Outcome, State
from sickbay.safety.permits import Here, approve_plan, propose_plan, redeem
from sickbay.safety.plan import InvalidPlanError
from sickbay.safety.session import Status
from sickbay.safety.stages import Stage
from sickbay.safety.stops import Readings
from sickbay.safety.store import OpenSession, SessionStore, UnknownSessionError
from tests.unit.sickbay.safety.made import AGENT, ALICE, BOB, CALM, LOOK, RESTART, at, plan, started

OK = Outcome(state=State.OK, detail="seen")


def _store(root: Path) -> SessionStore:
    return SessionStore(root / "sessions", wall_time=lambda: "2026-01-01T00:00:00Z")


def _desk(opened: OpenSession, now: Callable[[], Moment] = lambda: at(101)) -> Dispatcher:
    return Dispatcher(opened, Registry([LOOK, RESTART]), moment_now=now, readings_now=lambda: CALM)


def _here(seconds: float, readings: Readings = CALM) -> Here:
    return Here(now=at(seconds), readings=readings)


def _look(opened: OpenSession) -> Outcome:
    return _desk(opened).look("look", ("x",), lambda _: Looked(outcome=OK, answer_bytes=5))


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    store = _store(tmp_path)
    store.start(started())
    return store


@pytest.fixture
def log(tmp_path: Path, store: SessionStore) -> Path:
    return tmp_path / "sessions" / "s1" / "audit.jsonl"


def test_what_was_done_is_there_for_the_next_process(store: SessionStore) -> None:
    with store.open("s1") as opened:
        assert _look(opened) == OK
    stored = store.read("s1")
    assert stored.session is not None
    assert stored.session.outcomes == ((Stage.SYMPTOMS, OK),)
    assert (stored.session.budget.calls_used, stored.session.budget.bytes_used) == (1, 5)
    assert stored.chain.damage is None


def test_only_the_owner_may_read_it(log: Path) -> None:
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (log, log.parent, log.parent.parent)}
    assert modes == {log: 0o600, log.parent: 0o700, log.parent.parent: 0o700}
    assert stat.S_IMODE((log.parent / "audit.head").stat().st_mode) == 0o600


def test_opening_again_does_not_lengthen_it(store: SessionStore) -> None:
    for seconds in (600, 1200):
        with store.open("s1") as opened:
            assert opened.session.budget.seconds_left(at(100 + seconds)) == 1800 - seconds
    with store.open("s1") as opened:
        outcome = _desk(opened, lambda: at(1900)).look("look", (), lambda _: Looked(outcome=OK))
        assert outcome.reason is NotMeasured.REFUSED
        assert opened.session.status is Status.ESCALATED


def test_one_writer_at_a_time(store: SessionStore) -> None:
    with store.open("s1"), pytest.raises(AuditBusyError):
        store.open("s1")
    with store.open("s1") as opened:
        _look(opened)


def test_every_changed_byte_is_named_and_nothing_goes_on(store: SessionStore, log: Path) -> None:
    with store.open("s1") as opened:
        _look(opened)
    whole = log.read_bytes()
    for place in range(0, len(whole), 37):
        log.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        damage = store.read("s1").chain.damage
        assert damage is not None
        assert damage.number == 1 + whole[:place].count(b"\n")
        with pytest.raises(AuditDamagedError):
            store.open("s1")
    log.write_bytes(whole)
    assert store.read("s1").chain.damage is None


def test_a_head_that_was_changed_is_damage(store: SessionStore, log: Path) -> None:
    for content in (b"", b"x", b"000000000001 " + b"0" * 64 + b"\n", b"1 2\n"):
        (log.parent / "audit.head").write_bytes(content)
        assert store.read("s1").chain.damage is not None


def test_without_its_log_a_session_is_not_opened(store: SessionStore, log: Path) -> None:
    log.rename(log.with_name("away"))
    with pytest.raises(AuditUnavailableError):
        store.open("s1")


def test_a_log_that_is_a_link_is_not_followed(store: SessionStore, log: Path) -> None:
    log.rename(log.with_name("away"))
    log.symlink_to("away")
    with pytest.raises(AuditUnavailableError):
        store.open("s1")


def test_a_probe_does_not_begin_when_it_cannot_be_recorded(store: SessionStore, log: Path) -> None:
    begun: list[Go] = []
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with store.open("s1") as opened:
        resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, limits[1]))
        try:
            with pytest.raises(AuditUnavailableError):
                _desk(opened).look("look", (), lambda go: (begun.append(go), Looked(outcome=OK))[1])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, old)
        with pytest.raises(AuditUnavailableError, match="failed before"):
            _desk(opened).look("look", (), lambda go: (begun.append(go), Looked(outcome=OK))[1])
    assert begun == []
    assert store.read("s1").chain.damage is None


CRASHING = """
import os, sys
from pathlib import Path
from sickbay.safety.dispatcher import Looked
from tests.integration.safety.test_sessions_on_disk import _desk, _store
with _store(Path(sys.argv[1])).open("s1") as opened:
    _desk(opened).look("look", ("x",), lambda _: os.kill(os.getpid(), 9))
"""


def test_a_crash_leaves_a_visible_open_entry(store: SessionStore, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CRASHING, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    stored = store.read("s1")
    assert stored.chain.damage is None
    assert stored.session is not None
    assert [intent.action for intent in stored.session.open_intents.values()] == ["look"]


def test_a_look_that_breaks_is_recorded_and_not_swallowed(store: SessionStore) -> None:
    with store.open("s1") as opened:
        with pytest.raises(ZeroDivisionError):
            _desk(opened).look("look", (), lambda _: Looked(outcome=OK, answer_bytes=1 // 0))
        assert not opened.session.open_intents
        assert opened.session.outcomes[0][1].reason is NotMeasured.BROKEN


def test_a_record_half_written_closes_the_session(store: SessionStore, log: Path) -> None:
    with log.open("ab") as stream:
        stream.write(b'{"at":"2026')
    assert str(store.read("s1").chain.damage) == "record 2 is cut off"
    with pytest.raises(AuditDamagedError, match="record 2"):
        store.open("s1")


def test_the_dispatcher_of_looks_does_nothing_else(store: SessionStore) -> None:
    with store.open("s1") as opened:
        outcome = _desk(opened).look("restart", (), lambda _: Looked(outcome=OK))
        assert (outcome.reason, opened.session.budget.calls_used) == (NotMeasured.REFUSED, 0)


def test_secrets_are_not_written(store: SessionStore, log: Path) -> None:
    with store.open("s1") as opened:
        arguments = ("postgres://bob:hunter2hunter2@db/x",)
        _desk(opened).look("look", arguments, lambda _: Looked(outcome=OK))
    assert b"hunter2hunter2" not in log.read_bytes()
    assert b"db/x" in log.read_bytes()


def _to(opened: OpenSession, stage: Stage) -> None:
    while opened.session.stage is not stage:
        _look(opened)
        following = opened.session.stage.next
        assert following is not None
        opened.record(Advanced(to=following))


def test_an_approval_is_used_once_even_by_the_next_process(store: SessionStore) -> None:
    with store.open("s1") as opened:
        _to(opened, Stage.REPAIR)
        propose_plan(opened, plan(), AGENT, _here(102))
        approve_plan(opened, plan(), approver=BOB, here=_here(103), new_id="a1")
        _to(opened, Stage.RECORD)
        with pytest.raises(ApprovalError, match="not the one that was approved"):
            redeem(opened, plan(cause="worker-hangz"), "a1", _here(104))
        redeem(opened, plan(), "a1", _here(104))
    with store.open("s1") as opened, pytest.raises(ApprovalError, match="has been used"):
        redeem(opened, plan(), "a1", _here(105))


def test_an_approval_that_expired_is_not_redeemed(store: SessionStore) -> None:
    with store.open("s1") as opened:
        _to(opened, Stage.REPAIR)
        propose_plan(opened, plan(), ALICE, _here(102))
        with pytest.raises(ApprovalError, match="somebody else"):
            approve_plan(opened, plan(), approver=ALICE, here=_here(103), new_id="a1")
        approve_plan(opened, plan(), approver=BOB, here=_here(103), new_id="a1")
        _to(opened, Stage.RECORD)
        with pytest.raises(ApprovalError, match="older"):
            redeem(opened, plan(), "a1", _here(103 + 601))
        with pytest.raises(ApprovalError, match="no such approval"):
            redeem(opened, plan(), "a2", _here(104))


def test_what_stops_a_look_stops_a_permit_and_is_recorded(store: SessionStore) -> None:
    with store.open("s1") as opened:
        _to(opened, Stage.REPAIR)
        propose_plan(opened, plan(), AGENT, _here(102))
        with pytest.raises(ApprovalError, match="stopped answering"):
            approve_plan(opened, plan(), approver=BOB, here=_here(103, Readings(engine_reachable=False)), new_id="a1")
        assert opened.session.status is Status.STOPPED
        with pytest.raises(ApprovalError, match="30 minutes are over"):
            propose_plan(opened, plan(), AGENT, _here(1900))
        assert opened.session.status is Status.ESCALATED


def test_a_plan_with_a_secret_is_not_proposed(store: SessionStore) -> None:
    with store.open("s1") as opened:
        _to(opened, Stage.REPAIR)
        with pytest.raises(InvalidPlanError, match="secret"):
            propose_plan(opened, plan(backup="postgres://bob:hunter2hunter2@db/x"), AGENT, _here(102))


def test_what_was_not_proposed_is_not_approved(store: SessionStore) -> None:
    with store.open("s1") as opened:
        _to(opened, Stage.REPAIR)
        with pytest.raises(ApprovalError, match="not proposed"):
            approve_plan(opened, plan(), approver=BOB, here=_here(103), new_id="a1")


@pytest.mark.parametrize("name", ["", "..", "../s1", "s1/..", "/etc", "S1", "a" * 65])
def test_a_session_is_named_and_not_a_path(store: SessionStore, name: str) -> None:
    with pytest.raises(UnknownSessionError):
        store.open(name)


def test_a_valid_chain_that_tells_what_cannot_be_is_refused(store: SessionStore) -> None:
    with store.open("s1") as opened:
        opened._log.append({"event": "redeemed", "approval": "a1"})
    assert store.read("s1").chain.damage is not None
    with pytest.raises(AuditUnavailableError, match="what cannot be"):
        store.open("s1")


def test_the_descriptors_are_closed_again(store: SessionStore) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with store.open("s1") as opened:
            intent = opened.session.budget.calls_used + 1
            opened.record(Intended(intent=intent, action="a", arguments=(), effect=LOOK.effect, moment=at(102)))
            opened.record(Concluded(intent=intent, outcome=OK))
            with pytest.raises(AuditBusyError):
                store.open("s1")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
