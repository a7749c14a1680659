"""Taking back, on a person's word, what another session did."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sickbay.cli.exits import CommandError, ExitCode
from sickbay.cli.guide_library import guides_here
from sickbay.cli.repair_inputs import place_here, readings_of, values_given
from sickbay.cli.repair_sessions import approved, desk_in, redactor_of, repairing, started
from sickbay.cli.session_access import current_person, open_store
from sickbay.investigation.alarms import Alarms
from sickbay.redaction import Redactor
from sickbay.repair.applying import Finished
from sickbay.repair.interrupts import held_interrupts
from sickbay.repair.preparing import Offer, Wish, make_offer, ready_of
from sickbay.repair.undoing import (
    LeftBehind,
    chosen_again,
    examine_left_behind,
    read_left_behind,
    take_back_left,
    taken_back_in,
)
from sickbay.safety.events import Ended, Escalated
from sickbay.safety.session import Status
from sickbay.safety.store import OpenSession, SessionStore


@dataclass(frozen=True, kw_only=True)
class TakenBack:
    """What came of it: the way back that was offered, and what it came to where it was carried out."""

    offer: Offer | None
    redactor: Redactor
    finished: Finished | None = None
    session: str = ""


def undo_session(
    name: str, inputs: Iterable[str], *, apply: bool, shown: Callable[[Offer, Redactor], None]
) -> TakenBack:
    """Plan the way back from a session's repair, and carry it out with ``apply``. Raises ``CommandError``."""
    store = open_store()
    name = _named(store, name)
    if other := taken_back_in(name, (store.read(each) for each in store.names())):
        raise CommandError(f"Session {name} was taken back in session {other}.", ExitCode.PROBLEMS)
    place = place_here(Path.cwd(), values_given(inputs), Alarms(guides_here()))
    with repairing(), store.open(name) as old:  # held, so that nobody still works in it
        left = read_left_behind(store.read(name), store.folder_of(name), place)
        redactor = redactor_of(left.case)
        if left.is_nothing:
            return TakenBack(offer=None, redactor=redactor)
        wish = _wish(left)
        offer = make_offer(wish, left.draft, chosen_again(left), tried=f"part of the plan of session {name}")
        if not apply:
            shown(offer, redactor)
            return TakenBack(offer=offer, redactor=redactor)
        readings = readings_of(left.case.guide, left.case.place)
        new = started(store, wish.target, f"take back session {name}", readings())
        with desk_in(store, new, left.case, readings) as desk:
            examine_left_behind(desk, left, readings())
            ready = ready_of(offer, approved(desk, offer, wish.person))
            with held_interrupts() as interrupts:
                finished = take_back_left(ready, left, desk, interrupts)
        _close(old, f"taken back in session {new}: {finished.ending}")
        return TakenBack(offer=offer, redactor=redactor, finished=finished, session=new)


def _close(old: OpenSession, reason: str) -> None:
    """End the session that was taken back, where it has not ended by itself."""
    if old.session.status is Status.OPEN:
        old.record(Escalated(reason=reason))
    if old.session.status is not Status.ENDED:
        old.record(Ended(reason=reason))


def _wish(left: LeftBehind) -> Wish:
    return Wish(
        case=left.case,
        wanted=left.record.cause,
        target=left.session.target,
        person=current_person(),
        where=left.where,
    )


def _named(store: SessionStore, name: str) -> str:
    names = store.names()
    if name == "last" and not names:
        raise CommandError("There is no session yet: 'sickbay session start' begins one.")
    return names[-1] if name == "last" else name
