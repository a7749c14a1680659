"""A project's folder, guides for it, and sessions in which its repairs are approved by a person."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sickbay.guides.library import builtin_guides
from sickbay.guides.model import Guide
from sickbay.guides.parser import parse_guide
from sickbay.investigation.alarms import Alarms
from sickbay.investigation.place import Place
from sickbay.redaction import Redactor
from sickbay.repair.applying import Finished, Ready, carry_out, make_backup
from sickbay.repair.backup import Backup
from sickbay.repair.desk import SessionDesk
from sickbay.repair.elsewhere import require_trial
from sickbay.repair.examining import Case
from sickbay.repair.interrupts import Interrupts
from sickbay.repair.preparing import Offer, Prepared, Wish, approval_of, make_offer, prepare, propose, ready_of
from sickbay.repair.undoing import LeftBehind, chosen_again, examine_left_behind, read_left_behind, take_back_left
from sickbay.safety.budget import Moment
from sickbay.safety.effects import Effect, Environment, Target
from sickbay.safety.events import Concluded, Intended, event_of
from sickbay.safety.outcome import Outcome, State
from sickbay.safety.plan import Plan
from sickbay.safety.session import Status
from sickbay.safety.stages import Stage
from sickbay.safety.stops import Readings
from sickbay.safety.store import OpenSession, SessionStore, Stored
from tests.unit.sickbay.repair.written import CAUSE, FILES, WrittenStep, written
from tests.unit.sickbay.safety.made import ALICE, BOB, CALM, at, started

DEVELOPMENT = Target(name="throw-away", environment=Environment.DEVELOPMENT)

ENV_GUIDE = "env-file-is-directory"

FULL = Readings(disk_free=0.0, memory_pressure=0.0, load=0.5, engine_reachable=True, errors=1.0)


def builtin(slug: str) -> Guide:
    """A guide of the package."""
    [guide] = [each for each in builtin_guides() if each.slug == slug]
    return guide


def state_of(folder: Path) -> str:
    """A digest of all that is in a folder: names, contents, kinds, modes, owners."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found = path.lstat()
        content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        digest.update(
            f"{path.relative_to(folder)} {stat.S_IFMT(found.st_mode)} {stat.S_IMODE(found.st_mode)} "
            f"{found.st_uid} {found.st_gid} {hashlib.sha256(content).hexdigest()}\n".encode()
        )
    return digest.hexdigest()


@dataclass(kw_only=True)
class World:
    """Where repairs are carried out in a test. ``readings`` and ``now`` are what the sessions are told."""

    root: Path
    guide: Guide
    wanted: str
    values: dict[str, str] = field(default_factory=dict)
    target: Target = DEVELOPMENT
    waiver: str = ""
    wall_time: Callable[[], str] = lambda: "2026-01-01T00:00:00Z"
    readings: Callable[[], Readings] = lambda: CALM
    now: Callable[[], Moment] = lambda: at(101)
    interrupts: Interrupts = field(default_factory=Interrupts)
    alarms: Alarms = field(default_factory=Alarms)

    @property
    def folder(self) -> Path:
        """The project."""
        return self.root / "project"

    @property
    def store(self) -> SessionStore:
        """Its sessions."""
        return SessionStore(self.root / "sessions", wall_time=self.wall_time)

    @property
    def case(self) -> Case:
        """The guide at the project."""
        place = Place(folder=self.folder, values=self.values, environment=dict(os.environ), alarms=self.alarms)
        return Case(guide=self.guide, place=place)

    @property
    def wish(self) -> Wish:
        """What is wanted."""
        where = f"{self.target.name}:{self.folder}"
        return Wish(case=self.case, wanted=self.wanted, target=self.target, person=BOB, where=where, waiver=self.waiver)

    def sessions(self) -> list[Stored]:
        """Every session that there is."""
        return [self.store.read(name) for name in self.store.names()]

    def desk(self, opened: OpenSession) -> SessionDesk:
        """A desk in a session."""
        return SessionDesk(
            opened,
            moment_now=self.now,
            readings_now=self.readings,
            redactor=Redactor(self.values),
            alarms=self.alarms,
        )

    def start(self, name: str) -> None:
        """Begin a session."""
        self.store.start(started(session=name, actor=ALICE, target=self.target))

    def prepared(self, desk: SessionDesk) -> Prepared:
        """What is found, and the offer."""
        return prepare(desk, self.wish, self.sessions(), self.readings())

    def offered(self, desk: SessionDesk) -> Offer:
        """The offer, which must be there."""
        prepared = self.prepared(desk)
        assert prepared.offer is not None, prepared.examined
        return prepared.offer

    def repair(self, name: str = "s1", *, before: Callable[[Offer], object] = lambda _: None) -> Finished:
        """Have the repair approved and carried out in a session of its own."""
        self.start(name)
        with self.store.open(name) as opened:
            desk = self.desk(opened)
            offer = self.offered(desk)
            require_trial(offer.plan, offer.trial)
            approval = self.approve(desk, offer)
            before(offer)
            return carry_out(ready_of(offer, approval), desk, self.interrupts)

    def approve(self, desk: SessionDesk, offer: Offer) -> str:
        """Propose, and let a person say yes."""
        propose(desk, offer)
        return approval_of(desk, offer, BOB, _yes, "a1")

    def left_behind(self, name: str) -> LeftBehind:
        """What a session left."""
        place = Place(folder=self.folder, values=self.values, environment=dict(os.environ))
        return read_left_behind(self.store.read(name), self.store.folder_of(name), place)

    def take_back(self, name: str, new: str = "s2") -> Finished:
        """Take back, in a session of its own, what another one did."""
        left = self.left_behind(name)
        wish = Wish(case=left.case, wanted=left.record.cause, target=self.target, person=BOB, where=left.where)
        offer = make_offer(wish, left.draft, chosen_again(left), tried=f"part of the plan of session {name}")
        self.start(new)
        with self.store.open(new) as opened:
            desk = self.desk(opened)
            examine_left_behind(desk, left, self.readings())
            return take_back_left(ready_of(offer, self.approve(desk, offer)), left, desk, self.interrupts)


def _yes(_: Plan) -> None:
    """A person says yes to whatever is shown."""


def env_world(root: Path) -> World:
    """A project whose ``.env`` is a directory, with a file in it."""
    world = World(root=root, guide=builtin(ENV_GUIDE), wanted=ENV_GUIDE)
    (world.folder / ".env").mkdir(parents=True)
    (world.folder / ".env" / "notes").write_text("kept by somebody\n")
    (world.folder / ".env.example").write_text("PORT=8000\n")
    (world.folder / ".env.example").chmod(0o640)
    return world


def written_world(root: Path, text: str, wanted: str) -> World:
    """A project with a guide of its own."""
    (root / "project").mkdir()
    path = root / "guides" / f"{wanted}.md"
    path.parent.mkdir()
    path.write_text(text)
    return World(root=root, guide=parse_guide(wanted, str(path), text), wanted=wanted)


def conf_world(root: Path, *steps: WrittenStep, **parts: str) -> World:
    """A project without its ``app.conf``, with a guide of these steps."""
    world = written_world(root, written(*steps, **parts), CAUSE)
    for name, content in FILES.items():
        (world.folder / name).write_text(content)
    return world


def reason_of(world: World, name: str = "s1") -> str:
    """Why a session ended."""
    session = world.store.read(name).session
    assert session is not None
    assert session.status is Status.ENDED
    return session.reason


def changes_of(world: World, name: str = "s1") -> list[tuple[str, str, str]]:
    """Each action of a session that changed something, its first argument, and its answer."""
    events = [event_of(record.body) for record in world.store.read(name).chain.records]
    answers = {event.intent: event.outcome for event in events if isinstance(event, Concluded)}
    return [
        (event.action, event.arguments[0], str(answers[event.intent]))
        for event in events
        if isinstance(event, Intended) and event.effect > Effect.OBSERVE
    ]


def at_the_changes(world: World, opened: OpenSession) -> tuple[SessionDesk, Ready, Backup]:
    """A session in which everything is approved and backed up, and nothing changed yet."""
    desk = world.desk(opened)
    offer = world.offered(desk)
    approval = world.approve(desk, offer)
    desk.enter(Stage.BACKUP)
    backup = make_backup(offer.chosen, desk)
    for stage in (Stage.ELSEWHERE, Stage.RECORD):
        desk.look("go on", (), lambda _: (None, Outcome(state=State.OK)))
        desk.enter(stage)
    return desk, ready_of(offer, approval), backup


def use_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Have the commands know this guide, and the current folder hold the project that it is for."""
    folder = tmp_path / "guides"
    folder.mkdir()
    (folder / "conf-missing.md").write_text(text)
    monkeypatch.setenv("SICKBAY_GUIDES", str(folder))
    for name, content in FILES.items():
        Path(name).write_text(content)
