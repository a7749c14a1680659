"""The sessions in which repairs are proposed, approved, carried out, and taken back."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sickbay.cli.exits import CommandError, ExitCode
from sickbay.cli.session_access import acting, confirmed_at_terminal, current_person, open_store, require_terminal
from sickbay.redaction import Redactor
from sickbay.repair.applying import ChangedMeanwhileError, Finished, carry_out
from sickbay.repair.desk import FreeDesk, RefusedError, SessionDesk
from sickbay.repair.elsewhere import UntriedError, require_trial
from sickbay.repair.examining import Case
from sickbay.repair.interrupts import held_interrupts
from sickbay.repair.preparing import Offer, Prepared, Wish, approval_of, prepare, propose, ready_of, where_of
from sickbay.repair.record import RecordError
from sickbay.repair.standing import BackupError
from sickbay.safety.approvals import Actor, ApprovalError
from sickbay.safety.clock import moment_now
from sickbay.safety.effects import Environment, Target
from sickbay.safety.events import Ended, Started
from sickbay.safety.stages import Stage
from sickbay.safety.stops import Readings
from sickbay.safety.store import SessionStore, Stored


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the command was given beside the case: the session, if one was named, and what the target is for."""

    session: str = ""
    environment: Environment | None = None
    waiver: str = ""


@contextmanager
def repairing() -> Iterator[None]:
    """Say what a repair refuses as a command's error."""
    with acting():
        try:
            yield
        except (RefusedError, ChangedMeanwhileError, UntriedError) as error:
            raise CommandError(f"Refused: {error}.", ExitCode.PROBLEMS) from error
        except (BackupError, RecordError) as error:
            raise CommandError(f"{error}. Nothing was changed.", ExitCode.PROBLEMS) from error


def redactor_of(case: Case) -> Redactor:
    """Return what hides the values of secret inputs, wherever they stand."""
    inputs = case.guide.front.inputs
    return Redactor({name: value for name, value in case.place.values.items() if inputs[name].secret and value})


def session_named(given: Given) -> str:
    """Return the session that was named, the latest for ``last``; empty where none was. Raises ``CommandError``."""
    return _existing(open_store(), given)


def dry_run(case: Case, wanted: str, given: Given, readings: Callable[[], Readings]) -> Prepared:
    """Look and plan. In a session that was named, all is on record, and the plan is put before a person."""
    store = open_store()
    with repairing():
        if not given.session:
            wish = _wish(case, wanted, given, _target(case, given))
            return prepare(FreeDesk(), wish, _all_sessions(store), readings())
        with desk_in(store, _existing(store, given), case, readings) as desk:
            wish = _wish(case, wanted, given, _target_of(desk, given))
            prepared = prepare(desk, wish, _all_sessions(store), readings())
            if prepared.offer is not None:
                propose(desk, prepared.offer)
            return prepared


def apply_now(
    case: Case, wanted: str, given: Given, readings: Callable[[], Readings], shown: Callable[[Prepared], None]
) -> tuple[Prepared, Finished | None, str]:
    """Look, plan, have a person approve it, and carry it out. Return what came of it, with the session's name."""
    store = open_store()
    with repairing():
        name = _existing(store, given) or started(store, _target(case, given), wanted, readings())
        with desk_in(store, name, case, readings) as desk:
            wish = _wish(case, wanted, given, _target_of(desk, given))
            prepared = prepare(desk, wish, _all_sessions(store), readings())
            shown(prepared)
            if prepared.offer is None:
                end_unchanged(desk, f"nothing was changed: {prepared.examined.ending}")
                return prepared, None, name
            _require_trial(desk, prepared.offer)
            ready = ready_of(prepared.offer, approved(desk, prepared.offer, wish.person))
            with held_interrupts() as interrupts:
                return prepared, carry_out(ready, desk, interrupts), name


def approved(desk: SessionDesk, offer: Offer, person: Actor) -> str:
    """Propose a plan, and return a person's approval: one given in this session, or one asked for now.

    Raises ``ApprovalError``; whoever has no terminal gets as far as the proposal.
    """
    propose(desk, offer)
    try:
        require_terminal()
        return approval_of(desk, offer, person, confirmed_at_terminal, secrets.token_hex(8))
    except ApprovalError as error:
        raise ApprovalError(
            f"{error}. The plan is proposed in {desk.session.id}, which a person names with --session to carry it out"
        ) from error


def end_unchanged(desk: SessionDesk, reason: str) -> None:
    """End a session in which nothing was planned, where it may end."""
    if desk.session.stage.may_end:
        desk.opened.record(Ended(reason=reason))


def started(store: SessionStore, target: Target, problem: str, readings: Readings) -> str:
    """Begin a session and return its name."""
    name = f"{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(4)}"
    store.start(
        Started(
            session=name,
            actor=current_person(),
            target=target,
            problem=problem,
            moment=moment_now(),
            readings=readings,
        )
    )
    return name


@contextmanager
def desk_in(store: SessionStore, name: str, case: Case, readings: Callable[[], Readings]) -> Iterator[SessionDesk]:
    """Take a session in which nothing was changed yet. Raises ``RefusedError``, and what opening raises."""
    with store.open(name) as opened:
        if opened.session.stage not in _BEFORE_CHANGES:
            raise RefusedError(f"the session is in the stage {opened.session.stage}: begin another one")
        yield SessionDesk(
            opened,
            moment_now=moment_now,
            readings_now=readings,
            redactor=redactor_of(case),
            alarms=case.place.alarms,
        )


_BEFORE_CHANGES = (
    Stage.SYMPTOMS,
    Stage.HEALTH,
    Stage.LOGS,
    Stage.CONFIGURATION,
    Stage.CONNECTIVITY,
    Stage.REPAIR,
)


def _require_trial(desk: SessionDesk, offer: Offer) -> None:
    try:
        require_trial(offer.plan, offer.trial)
    except UntriedError:
        end_unchanged(desk, "nothing was changed: the plan for production was tried nowhere")
        raise


def _wish(case: Case, wanted: str, given: Given, target: Target) -> Wish:
    return Wish(
        case=case,
        wanted=wanted,
        target=target,
        person=current_person(),
        where=where_of(socket.gethostname(), case.place.folder),
        waiver=given.waiver,
    )


def _target(case: Case, given: Given) -> Target:
    name = where_of(socket.gethostname(), case.place.folder)
    return Target(name=name, environment=given.environment or Environment.PRODUCTION)


def _target_of(desk: SessionDesk, given: Given) -> Target:
    target = desk.session.target
    if given.environment is not None and given.environment is not target.environment:
        raise CommandError(f"The session is for {target.name}, which is {target.environment}.")
    return target


def _existing(store: SessionStore, given: Given) -> str:
    if given.session != "last":
        return given.session
    names = store.names()
    if not names:
        raise CommandError("There is no session yet: 'sickbay session start' begins one.")
    return names[-1]


def _all_sessions(store: SessionStore) -> list[Stored]:
    return [store.read(name) for name in store.names()]
