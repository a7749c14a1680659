"""How the command line reaches sessions: where they are kept, who acts, and a person's word at the terminal."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sickbay.cli.exits import CommandError, ExitCode
from sickbay.cli.session_plans import plan_lines
from sickbay.safety.approvals import Actor, ActorKind, ApprovalError
from sickbay.safety.audit import AuditBusyError, AuditUnavailableError
from sickbay.safety.budget import BudgetSpentError
from sickbay.safety.clock import wall_time
from sickbay.safety.plan import InvalidPlanError, Plan
from sickbay.safety.session import IllegalTransitionError
from sickbay.safety.store import SessionStore, UnknownSessionError

#: What the kernel says of a process that nobody logged in for.
_NO_LOGIN = 2**32 - 1


def open_store() -> SessionStore:
    """Return the sessions of this user, below ``$XDG_STATE_HOME`` or its usual place."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path("~/.local/state").expanduser())
    return SessionStore(Path(state) / "sickbay" / "sessions", wall_time=wall_time)


def current_person() -> Actor:
    """Return who logged in, which the kernel remembers across ``sudo``; without a login, who this runs as."""
    try:
        user = int(Path("/proc/self/loginuid").read_text())
    except (OSError, ValueError):
        user = _NO_LOGIN
    if user == _NO_LOGIN:
        user = os.getuid()
    try:
        return Actor(kind=ActorKind.PERSON, name=pwd.getpwuid(user).pw_name)
    except KeyError:
        return Actor(kind=ActorKind.PERSON, name=f"uid {user}")


@contextmanager
def acting() -> Iterator[None]:
    """Say what the safety room refuses as a command's error."""
    try:
        yield
    except UnknownSessionError as error:
        raise CommandError(f"{error}. 'sickbay session show' lists them.") from error
    except AuditBusyError as error:
        raise CommandError(f"{error}.", ExitCode.NOT_MEASURED) from error
    except AuditUnavailableError as error:
        raise CommandError(f"{error}. Nothing is done that cannot be recorded.", ExitCode.NOT_MEASURED) from error
    except (ApprovalError, BudgetSpentError, IllegalTransitionError, InvalidPlanError) as error:
        raise CommandError(f"Refused: {error}.", ExitCode.PROBLEMS) from error


def confirmed_at_terminal(plan: Plan) -> None:
    """Show the plan at the controlling terminal and have the first of its digest typed. Raises ``ApprovalError``.

    A program that answers for a person has no such terminal, whatever its standard input is.
    """
    terminal = _terminal()
    told = "\n".join([f"Plan {plan.digest()}", *(f"  {line}" for line in plan_lines(plan))])
    with os.fdopen(terminal, "r+b", buffering=0) as stream:
        stream.write(f"{told}\nType the first 8 characters of its digest to approve it: ".encode())
        answer = stream.readline(200).decode("utf-8", "replace").strip()
    if answer != plan.digest()[:8]:
        raise ApprovalError("it was not confirmed")


def require_terminal() -> None:
    """Refuse whoever has no controlling terminal. Raises ``ApprovalError``."""
    os.close(_terminal())


def _terminal() -> int:
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise ApprovalError("a plan is approved by a person at a terminal, and there is none") from error
