"""Sessions, plans, and moments for tests."""

from __future__ import annotations

from sickbay.safety.actions import Action, Change
from sickbay.safety.approvals import Actor, ActorKind
from sickbay.safety.budget import Moment
from sickbay.safety.effects import Effect, Environment, Reach, Resource, Target, Verb
from sickbay.safety.events import Started
from sickbay.safety.plan import Plan, PlanStep
from sickbay.safety.stops import Readings

ALICE = Actor(kind=ActorKind.PERSON, name="alice")
BOB = Actor(kind=ActorKind.PERSON, name="bob")
AGENT = Actor(kind=ActorKind.AGENT, name="nightly")

TARGET = Target(name="web", environment=Environment.STAGING)

CALM = Readings(disk_free=0.5, memory_pressure=0.0, load=0.5, engine_reachable=True, errors=1.0)

NO_CHANGE = Change(dry_run=lambda _: "nothing", apply=lambda _: None, undo=lambda _: None, verify=lambda _: True)

LOOK = Action(name="look", verb=Verb.LOOK, resource=Resource.HOST, effect=Effect.OBSERVE)
COLLECT = Action(name="collect", verb=Verb.LOOK, resource=Resource.LOG, effect=Effect.OBSERVE, collects=True)
RESTART = Action(
    name="restart", verb=Verb.RESTART, resource=Resource.SERVICE, effect=Effect.DISRUPTIVE, change=NO_CHANGE
)


def at(seconds: float, boot: str = "b1") -> Moment:
    """A moment, in seconds since the machine's start."""
    return Moment(boot=boot, seconds=seconds)


def started(seconds: float = 100.0, **changed: object) -> Started:
    """The start of a session."""
    fields: dict[str, object] = {
        "session": "s1",
        "actor": ALICE,
        "target": TARGET,
        "problem": "jobs fail",
        "moment": at(seconds),
        "readings": CALM,
    }
    return Started(**fields | changed)  # type: ignore[arg-type]  # the fields above are those of the event


def plan(**changed: object) -> Plan:
    """A plan that may be approved."""
    step = PlanStep(
        action="restart",
        verb=Verb.RESTART,
        resource=Resource.SERVICE,
        effect=Effect.DISRUPTIVE,
        undo="start it with the old settings",
        reach=Reach.ONE_OBJECT,
        arguments=("web",),
    )
    fields: dict[str, object] = {
        "cause": "worker-hangs",
        "target": TARGET,
        "steps": (step,),
        "backup": "its settings",
        "impact": ("job 17",),
    }
    return Plan(**fields | changed)  # type: ignore[arg-type]  # the fields above are those of the plan
