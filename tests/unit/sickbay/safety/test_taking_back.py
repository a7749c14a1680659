"""What a plan has done is taken back also where nothing more may be changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sickbay.safety.approvals import Approval, Proposal
from sickbay.safety.effects import Effect
from sickbay.safety.events import (
    Advanced,
    Approved,
    Concluded,
    Ended,
    Escalated,
    Event,
    Intended,
    Proposed,
    Redeemed,
    Stopped,
)
from sickbay.safety.gate import Go, Refused, decide_taking_back
from sickbay.safety.outcome import Outcome, State
from sickbay.safety.plan import plan_document
from sickbay.safety.session import IllegalTransitionError, Session, follow, replay
from sickbay.safety.stages import Stage
from sickbay.safety.stops import Stop, StopCause
from tests.unit.sickbay.safety.made import AGENT, BOB, at, plan, started

OK = Outcome(state=State.OK)


def _intended(session: Session, action: str, effect: Effect = Effect.REVERSIBLE, takes_back: str = "") -> Intended:
    number = session.budget.calls_used + 1
    return Intended(intent=number, action=action, arguments=(), effect=effect, moment=at(110), takes_back=takes_back)


def _changing() -> Session:
    """A session in which one step was carried out."""
    proposal = Proposal(digest=plan().digest(), session="s1", proposer=AGENT)
    approval = Approval(id="a1", digest=plan().digest(), session="s1", proposer=AGENT, approver=BOB, given=at(101))
    session = replay([started()])
    for stage in Stage:
        if stage is Stage.BACKUP:
            session = follow(session, Proposed(proposal=proposal, plan=plan_document(plan())))
            session = follow(session, Approved(approval=approval))
        if stage is not Stage.SYMPTOMS:
            session = follow(session, Advanced(to=stage))
        if stage is Stage.RECORD:
            break
        session = _done(session, _intended(session, "look", Effect.OBSERVE))
    session = follow(session, Redeemed(approval="a1"))
    return _done(session, _intended(session, "step one"))


def _done(session: Session, event: Intended) -> Session:
    return follow(follow(session, event), Concluded(intent=event.intent, outcome=OK))


def _stopped(cause: StopCause) -> Event:
    return Stopped(reasons=(Stop(cause=cause, detail="it is so"),))


def test_a_session_knows_what_changed_something() -> None:
    session = _changing()
    assert session.changed == {"step one"}
    assert _done(session, _intended(session, "undo one", takes_back="step one")).changed == {"step one"}


@pytest.mark.parametrize("event", [None, _stopped(StopCause.DISK), Escalated(reason="x")])
def test_after_a_stop_it_may_still_be_taken_back(event: Event | None) -> None:
    session = _changing() if event is None else follow(_changing(), event)
    assert isinstance(decide_taking_back(session, "step one", now=at(120)), Go)
    _done(session, _intended(session, "undo one", takes_back="step one"))


def test_in_the_stage_verify_too_and_not_later() -> None:
    session = follow(_changing(), Advanced(to=Stage.VERIFY))
    session = _done(session, _intended(session, "undo one", takes_back="step one"))
    session = follow(session, Advanced(to=Stage.WATCH))
    assert isinstance(decide_taking_back(session, "step one", now=at(120)), Refused)
    with pytest.raises(IllegalTransitionError, match="in the stage watch"):
        follow(session, _intended(session, "undo one", takes_back="step one"))


@pytest.mark.parametrize("cause", [StopCause.SECURITY, StopCause.CORRUPTION])
def test_a_suspicion_freezes_everything(cause: StopCause) -> None:
    session = follow(_changing(), _stopped(cause))
    refused = decide_taking_back(session, "step one", now=at(120))
    assert isinstance(refused, Refused)
    assert "stays as it is" in refused.why
    with pytest.raises(IllegalTransitionError, match="stopped"):
        follow(session, _intended(session, "undo one", takes_back="step one"))


def test_only_what_was_done_here_is_taken_back() -> None:
    session = _changing()
    assert isinstance(decide_taking_back(session, "step two", now=at(120)), Refused)
    with pytest.raises(IllegalTransitionError, match="was done here"):
        follow(session, _intended(session, "undo two", takes_back="step two"))
    unchanged = replace(session, changed=frozenset())
    with pytest.raises(IllegalTransitionError, match="was done here"):
        follow(unchanged, _intended(session, "undo one", takes_back="step one"))


def test_taking_back_does_not_lengthen_the_session() -> None:
    session = _changing()
    refused = decide_taking_back(session, "step one", now=at(100 + 1800))
    assert isinstance(refused, Refused)
    assert refused.events == (Escalated(reason="the session's 30 minutes are over"),)
    ended = follow(follow(session, Escalated(reason="x")), Ended(reason="x"))
    assert isinstance(decide_taking_back(ended, "step one", now=at(120)), Refused)
