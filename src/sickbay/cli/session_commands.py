"""``sickbay session``: starting, looking at, approving in, ending, and verifying sessions."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from sickbay.cli import output
from sickbay.cli.exits import CommandError, ExitCode
from sickbay.cli.session_access import acting, confirmed_at_terminal, current_person, open_store
from sickbay.cli.session_alarms import stop_if_alarming
from sickbay.cli.session_plans import proposed_plans
from sickbay.cli.session_view import print_session, print_sessions, print_verified, session_report, verified_report
from sickbay.safety.actions import Action, Registry
from sickbay.safety.approvals import Actor, ActorKind
from sickbay.safety.audit import AuditUnavailableError
from sickbay.safety.clock import moment_now
from sickbay.safety.dispatcher import Dispatcher, Looked
from sickbay.safety.effects import Effect, Environment, Resource, Target, Verb
from sickbay.safety.events import Advanced, Ended, Started
from sickbay.safety.outcome import NotMeasured, Outcome, State, not_measured
from sickbay.safety.permits import Here, approve_plan, propose_plan
from sickbay.safety.plan import InvalidPlanError, Plan, plan_of
from sickbay.safety.readings import read_machine
from sickbay.safety.session import IllegalTransitionError
from sickbay.safety.store import OpenSession, SessionStore, Stored

session_app = typer.Typer(
    help="Troubleshoot in a session: half an hour, on record, and read-only until a person approves.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Format(StrEnum):
    """How the answer is written."""

    TEXT = "text"
    JSON = "json"


class Found(StrEnum):
    """What somebody found by looking."""

    OK = "ok"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NO_PERMISSION = "no-permission"
    UNREACHABLE = "unreachable"

    def outcome(self, detail: str) -> Outcome:
        """Return it as a look's answer."""
        match self:
            case Found.NO_PERMISSION:
                return not_measured(NotMeasured.PERMISSION, detail)
            case Found.UNREACHABLE:
                return not_measured(NotMeasured.UNREACHABLE, detail)
            case _:
                return Outcome(state=State(self.value), detail=detail)


NOTE = Action(name="note", verb=Verb.LOOK, resource=Resource.HOST, effect=Effect.OBSERVE, collects=True)
"""Somebody looked by hand."""

_SessionOrAll = Annotated[
    str | None, typer.Argument(metavar="[SESSION]", help="A session; 'last' for the latest; nothing for all.")
]
_Format = Annotated[Format, typer.Option("--format", help="How the answer is written.")]
_Name = Annotated[str, typer.Argument(metavar="SESSION", help="A session's name; 'last' for the latest.")]
_Agent = Annotated[
    str, typer.Option("--agent", metavar="NAME", help="Act as this agent, which may look and propose, and no more.")
]


@session_app.command("start")
def start_session(
    target: Annotated[str, typer.Argument(help="What it is about: a host, a project, a job.")],
    problem: Annotated[str, typer.Option("--problem", help="What was seen, in a sentence.")] = "",
    environment: Annotated[
        Environment, typer.Option("--environment", help="What the target is for.")
    ] = Environment.PRODUCTION,
    agent: _Agent = "",
    output_format: _Format = Format.TEXT,
) -> int:
    """Begin a session. Its 30 minutes begin with it."""
    name = f"{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(4)}"
    started = Started(
        session=name,
        actor=_actor(agent),
        target=Target(name=target, environment=environment),
        problem=problem,
        moment=moment_now(),
        readings=read_machine(),
    )
    store = open_store()
    try:
        store.start(started)
    except AuditUnavailableError as error:
        raise CommandError(f"{error}. Nothing is done that cannot be recorded.", ExitCode.NOT_MEASURED) from error
    return _shown(store.read(name), output_format)


@session_app.command("show")
def show_session(
    name: _SessionOrAll = None,
    output_format: _Format = Format.TEXT,
) -> int:
    """Show a session, or the list of all."""
    store = open_store()
    if name is not None:
        return _shown(_stored(store, name), output_format)
    sessions = [store.read(each) for each in store.names()]
    if output_format is Format.JSON:
        output.say(json.dumps({"sessions": [session_report(each, moment_now()) for each in sessions]}, indent=2))
    else:
        print_sessions(sessions, moment_now())
    return ExitCode.PROBLEMS if any(each.chain.damage for each in sessions) else ExitCode.HEALTHY


@session_app.command("note")
def note(
    name: _Name,
    found: Annotated[Found, typer.Argument(help="What was found in the present stage.")],
    detail: Annotated[str, typer.Argument(help="It in a sentence.")],
    go_on: Annotated[bool, typer.Option("--next", help="Go on to the next stage afterwards.")] = False,
    output_format: _Format = Format.TEXT,
) -> int:
    """Record what somebody looked at and found, in the stage where the session is."""
    store = open_store()
    name = _resolved(store, name)
    with acting(), store.open(name) as opened:
        desk = Dispatcher(opened, Registry([NOTE]), moment_now=moment_now, readings_now=read_machine)
        outcome = desk.look(NOTE.name, (detail,), lambda _: Looked(outcome=found.outcome(detail)))
        if outcome.reason is NotMeasured.REFUSED:
            raise CommandError(f"{outcome.detail}.", ExitCode.PROBLEMS)
        stopped = stop_if_alarming(opened, detail, read_machine())
        if go_on and not stopped:
            _go_on(opened)
    return max(_shown(store.read(name), output_format), ExitCode.PROBLEMS if stopped else ExitCode.HEALTHY)


@session_app.command("propose")
def propose(
    name: _Name,
    file: Annotated[Path, typer.Argument(metavar="PLAN.json", help="The plan.")],
    agent: _Agent = "",
    output_format: _Format = Format.TEXT,
) -> int:
    """Put a plan of repair before a person. Nothing is changed by that."""
    plan = _plan_from(file)
    store = open_store()
    with acting(), store.open(_resolved(store, name)) as opened:
        proposal = propose_plan(opened, plan, _actor(agent), _here())
    if output_format is Format.JSON:
        output.say(json.dumps({"session": proposal.session, "digest": proposal.digest}, indent=2))
    else:
        output.say(f"Proposed. Another person reads it and approves it:\n  sickbay session show {proposal.session}")
        output.say(f"  sickbay session approve {proposal.session} {proposal.digest[:12]}")
    return ExitCode.HEALTHY


@session_app.command("approve")
def approve(
    name: _Name, digest: Annotated[str, typer.Argument(help="The plan's digest, or its first 12 characters.")]
) -> int:
    """Approve exactly one proposed plan, once, for ten minutes. Asks at the terminal."""
    store = open_store()
    with acting(), store.open(_resolved(store, name)) as opened:
        plan = _proposed_plan(store.read(opened.session.id), digest)
        confirmed_at_terminal(plan)
        approval = approve_plan(opened, plan, approver=current_person(), here=_here(), new_id=secrets.token_hex(8))
    output.say(f"Approved as {approval.id}, for ten minutes and one use.")
    return ExitCode.HEALTHY


@session_app.command("end")
def end_session(
    name: _Name,
    reason: Annotated[str, typer.Option("--reason", help="What came of it.")] = "ended by hand",
    output_format: _Format = Format.TEXT,
) -> int:
    """End a session. Its record stays."""
    store = open_store()
    found = _resolved(store, name)
    with acting(), store.open(found) as opened:
        opened.record(Ended(reason=reason))
    return _shown(store.read(found), output_format)


@session_app.command("verify")
def verify_session(
    name: _SessionOrAll = None,
    output_format: _Format = Format.TEXT,
) -> int:
    """Verify that no record was changed, removed, or added behind the session's back."""
    store = open_store()
    names = store.names() if name is None else [_resolved(store, name)]
    sessions = [store.read(each) for each in names]
    if output_format is Format.JSON:
        output.say(json.dumps({"sessions": [verified_report(each) for each in sessions]}, indent=2))
    else:
        print_verified(sessions)
    return ExitCode.PROBLEMS if any(each.chain.damage for each in sessions) else ExitCode.HEALTHY


def _here() -> Here:
    return Here(now=moment_now(), readings=read_machine())


def _actor(agent: str) -> Actor:
    return Actor(kind=ActorKind.AGENT, name=agent) if agent else current_person()


def _resolved(store: SessionStore, name: str) -> str:
    if name != "last":
        return name
    names = store.names()
    if not names:
        raise CommandError("There is no session yet: 'sickbay session start' begins one.")
    return names[-1]


def _stored(store: SessionStore, name: str) -> Stored:
    with acting():
        return store.read(_resolved(store, name))


def _shown(stored: Stored, output_format: Format) -> int:
    if output_format is Format.JSON:
        output.say(json.dumps(session_report(stored, moment_now()), indent=2))
    else:
        print_session(stored, moment_now())
    return ExitCode.PROBLEMS if stored.chain.damage else ExitCode.HEALTHY


def _go_on(opened: OpenSession) -> None:
    following = opened.session.stage.next
    if following is None:
        raise IllegalTransitionError(f"{opened.session.stage} is the last stage: end the session")
    opened.record(Advanced(to=following))


def _plan_from(file: Path) -> Plan:
    try:
        document: Any = msgspec.json.decode(file.read_bytes())
        return plan_of(document)
    except OSError as error:
        raise CommandError(f"Cannot read {file}: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise CommandError(f"{file} is no JSON: {error}") from error
    except InvalidPlanError as error:
        raise CommandError(f"{file}: {error}") from error


def _proposed_plan(stored: Stored, digest: str) -> Plan:
    if len(digest) < 12:
        raise CommandError("Give at least 12 characters of the plan's digest, as 'sickbay session show' prints it.")
    for proposal, plan in proposed_plans(stored):
        if proposal.digest.startswith(digest):
            return plan
    raise CommandError(f"No plan {digest} was proposed in this session.")
