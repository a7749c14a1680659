"""The session's machine against a model of its own: a list of stages, and what is allowed in each."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

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
    event_document,
    event_of,
)
from sickbay.safety.outcome import NotMeasured, Outcome, State, not_measured
from sickbay.safety.plan import plan_document
from sickbay.safety.session import IllegalTransitionError, Session, Status, follow, replay
from sickbay.safety.stages import Stage
from sickbay.safety.stops import Stop, StopCause
from tests.unit.sickbay.safety.made import AGENT, ALICE, BOB, at, plan, started

ORDER = [
    "symptoms",
    "health",
    "logs",
    "configuration",
    "connectivity",
    "repair",
    "backup",
    "elsewhere",
    "record",
    "verify",
    "watch",
]
REPAIRING = {"backup", "elsewhere", "record", "verify"}
OK = Outcome(state=State.OK)
STOP = Stopped(reasons=(Stop(cause=StopCause.DISK, detail="full"),))
PROPOSAL = Proposal(digest=plan().digest(), session="s1", proposer=AGENT)
APPROVAL = Approval(id="a1", digest=plan().digest(), session="s1", proposer=AGENT, approver=BOB, given=at(120))


def _intent(number: int, effect: Effect = Effect.OBSERVE) -> Intended:
    return Intended(intent=number, action="look", arguments=(), effect=effect, moment=at(110))


class SessionMachine(RuleBasedStateMachine):
    """Random events; the model says which of them must be refused."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = [started()]
        self.session = follow(None, self.events[0])
        self.place, self.status = 0, "open"
        self.answered, self.calls = False, 0
        self.open: set[int] = set()
        self.proposed = self.approved = self.redeemed = False

    @initialize(place=st.sampled_from([8, 5, 8, 0, 9, 8, 10, 6, 8]))
    def walk(self, place: int) -> None:
        while self.place < place:
            if self.stage == "repair":
                self.propose()
                self.approve()
            self.look()
            self.advance()

    def happens(self, event: Event, *, allowed: bool) -> bool:
        if not allowed or self.status == "ended":
            with pytest.raises(IllegalTransitionError):
                follow(self.session, event)
            return False
        self.session = follow(self.session, event)
        self.events.append(event)
        return True

    @property
    def stage(self) -> str:
        return ORDER[self.place]

    @rule(effect=st.sampled_from(Effect), skipped=st.integers(0, 1))
    def intend(self, effect: Effect, skipped: int) -> None:
        changing_here = self.status == "open" and self.stage == "record" and self.redeemed
        allowed = skipped == 0 and (effect is Effect.OBSERVE or changing_here)
        if self.happens(_intent(self.calls + 1 + skipped, effect), allowed=allowed):
            self.calls += 1
            self.open.add(self.calls)

    @rule(number=st.integers(0, 4), outcome=st.sampled_from([OK, not_measured(NotMeasured.TIMEOUT)]))
    def conclude(self, number: int, outcome: Outcome) -> None:
        if self.happens(Concluded(intent=number, outcome=outcome, answer_bytes=7), allowed=number in self.open):
            self.open.discard(number)
            self.answered = True

    @precondition(lambda self: self.calls < 40)
    @rule()
    def look(self) -> None:
        self.intend(Effect.OBSERVE, 0)
        self.conclude(self.calls, OK)

    @rule(to=st.sampled_from(ORDER))
    def advance_anywhere(self, to: str) -> None:
        self._advance(to)

    @rule()
    def advance(self) -> None:
        if self.place + 1 < len(ORDER):
            self._advance(ORDER[self.place + 1])

    def _advance(self, to: str) -> None:
        follows = ORDER.index(to) == self.place + 1
        permitted = to != "backup" or self.approved
        allowed = self.status == "open" and follows and self.answered and permitted
        if self.happens(Advanced(to=Stage(to)), allowed=allowed):
            self.place, self.answered = self.place + 1, False

    @rule()
    def propose(self) -> None:
        allowed = self.status == "open" and self.stage == "repair"
        self.proposed |= self.happens(Proposed(proposal=PROPOSAL, plan=plan_document(plan())), allowed=allowed)

    @rule()
    def approve(self) -> None:
        allowed = self.status == "open" and self.stage == "repair" and self.proposed and not self.approved
        self.approved |= self.happens(Approved(approval=APPROVAL), allowed=allowed)

    @rule()
    def redeem(self) -> None:
        allowed = self.status == "open" and self.stage == "record" and self.approved and not self.redeemed
        self.redeemed |= self.happens(Redeemed(approval="a1"), allowed=allowed)

    @precondition(lambda self: self.calls > 12)
    @rule()
    def stop(self) -> None:
        if self.happens(STOP, allowed=self.status == "open"):
            self.status = "stopped"

    @precondition(lambda self: self.calls > 12)
    @rule()
    def escalate(self) -> None:
        if self.happens(Escalated(reason="x"), allowed=self.status != "escalated"):
            self.status = "escalated"

    @precondition(lambda self: self.calls > 12)
    @rule()
    def end(self) -> None:
        allowed = self.status != "open" or self.stage not in REPAIRING
        if self.happens(Ended(reason="x"), allowed=allowed):
            self.status = "ended"

    @invariant()
    def the_session_is_where_the_model_is(self) -> None:
        assert (self.session.stage, self.session.status) == (self.stage, self.status)
        assert set(self.session.open_intents) == self.open
        assert self.session.budget.calls_used == self.calls

    def teardown(self) -> None:
        stored = [event_of(event_document(event)) for event in self.events]
        assert replay(stored) == self.session


SessionMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=60, deadline=None)
TestSessionMachine = SessionMachine.TestCase


def _at_stage(stage: str) -> Session:
    session = follow(None, started())
    for number, (_, to) in enumerate(pairwise(ORDER[: ORDER.index(stage) + 1]), start=1):
        session = follow(session, _intent(number))
        session = follow(session, Concluded(intent=number, outcome=OK))
        if to == "backup":
            session = follow(session, Proposed(proposal=PROPOSAL, plan=plan_document(plan())))
            session = follow(session, Approved(approval=APPROVAL))
        session = follow(session, Advanced(to=Stage(to)))
    return session


def test_the_stages_stand_in_their_order() -> None:
    assert list(Stage) == ORDER
    assert _at_stage("watch").stage is Stage.WATCH


@pytest.mark.parametrize(("stage", "to"), list(product(ORDER, ORDER)))
def test_no_stage_is_skipped_or_entered_again(stage: str, to: str) -> None:
    session = _at_stage(stage)
    number = session.budget.calls_used + 1
    session = follow(follow(session, _intent(number)), Concluded(intent=number, outcome=OK))
    if ORDER.index(to) == ORDER.index(stage) + 1 and to != "backup":
        assert follow(session, Advanced(to=Stage(to))).stage == to
    else:
        with pytest.raises(IllegalTransitionError):
            follow(session, Advanced(to=Stage(to)))


@pytest.mark.parametrize("stage", ORDER[:-1])
def test_a_stage_without_an_answer_is_not_left(stage: str) -> None:
    session = _at_stage(stage)
    with pytest.raises(IllegalTransitionError, match="no answer yet"):
        follow(session, Advanced(to=Stage(ORDER[ORDER.index(stage) + 1])))


@pytest.mark.parametrize("stage", sorted(REPAIRING))
def test_a_repair_under_way_is_not_simply_ended(stage: str) -> None:
    session = _at_stage(stage)
    with pytest.raises(IllegalTransitionError, match="escalate it"):
        follow(session, Ended(reason="enough"))
    assert follow(follow(session, Escalated(reason="x")), Ended(reason="x")).status is Status.ENDED


@pytest.mark.parametrize("stage", ORDER)
@pytest.mark.parametrize("effect", [Effect.REVERSIBLE, Effect.DISRUPTIVE, Effect.DESTRUCTIVE])
def test_nothing_changes_without_a_redeemed_approval(stage: str, effect: Effect) -> None:
    session = _at_stage(stage)
    with pytest.raises(IllegalTransitionError):
        follow(session, _intent(session.budget.calls_used + 1, effect))


@pytest.mark.parametrize(("proposer", "approver"), [(AGENT, AGENT), (ALICE, ALICE), (ALICE, AGENT)])
def test_a_forged_approval_is_no_event_of_a_session(proposer: object, approver: object) -> None:
    proposal = Proposal(digest="d", session="s1", proposer=proposer)  # type: ignore[arg-type]  # parametrized
    session = follow(_at_stage("repair"), Proposed(proposal=proposal, plan={}))
    forged = Approval(id="a", digest="d", session="s1", proposer=proposer, approver=approver, given=at(1))  # type: ignore[arg-type]  # parametrized
    with pytest.raises(IllegalTransitionError):
        follow(session, Approved(approval=forged))


def test_a_session_begins_with_its_start_and_only_once() -> None:
    with pytest.raises(IllegalTransitionError):
        follow(None, STOP)
    with pytest.raises(IllegalTransitionError):
        follow(follow(None, started()), started())
    with pytest.raises(IllegalTransitionError):
        replay([])
