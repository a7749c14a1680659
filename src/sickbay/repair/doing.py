"""Doing a repair's steps, and the ways back from them, command by command in a session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sickbay.guides.answers import CommandAnswer
from sickbay.guides.parts import Action as Part
from sickbay.guides.parts import FunctionCall
from sickbay.investigation.acting import act, argument_lists
from sickbay.repair.command_lines import shown_lines
from sickbay.repair.desk import Doing, SessionDesk, told
from sickbay.repair.examining import Case, see
from sickbay.repair.interrupts import Interrupts
from sickbay.repair.planning import Draft, DraftStep, is_reading
from sickbay.repair.record import step_action
from sickbay.safety.actions import Action, Change, Registry
from sickbay.safety.effects import Effect

COMMAND_SECONDS = 300.0
"""The longest that one command of a repair may take."""

RESERVE_SECONDS = 120.0
"""What stays of the session's time for proving and for the way back, at least, whatever a step would like to take."""


class StepFailedError(Exception):
    """A command failed, or was not begun because somebody asked to end."""


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """One command (or the function) of a part, what is shown of it, and whether it only looks."""

    part: Part
    line: str
    reads: bool


@dataclass(frozen=True, kw_only=True)
class Worker:
    """Does the parts of one repair in one session."""

    desk: SessionDesk
    case: Case
    draft: Draft
    interrupts: Interrupts

    @cached_property
    def repair(self) -> Action:
        """The repair as a registered action. Raises ``ForbiddenActionError`` for what may never be done."""
        gravest = max(self.draft.steps, key=lambda step: (step.effect, step.touched.verb.least_effect))
        action = Action(
            name=self.draft.cause.id,
            verb=gravest.touched.verb,
            resource=gravest.touched.resource,
            effect=self.draft.effect,
            reach=self.draft.reach,
            environments=frozenset({self.desk.session.target.environment}),
            change=Change(dry_run=self._told, apply=self._apply, undo=self._undo, verify=self._verify),
        )
        return Registry([action])[action.name]

    def do(self, step: DraftStep) -> None:
        """Carry out a step. Raises :class:`StepFailedError`, ``RefusedError``, and what recording raises."""
        for piece in self._pieces(step.action):
            if self.interrupts.why:
                raise StepFailedError(self.interrupts.why)
            effect = Effect.OBSERVE if piece.reads else step.effect
            doing = Doing(name=step_action(step.name), arguments=(piece.line,), effect=effect)
            answer = self._done(doing, piece, RESERVE_SECONDS)
            if answer.exit_code != 0:
                raise StepFailedError(f"{piece.line}: {told(answer)}")

    def take_back(self, step: DraftStep) -> None:
        """Carry out a step's way back. Raises as :meth:`do` does."""
        for piece in self._pieces(step.undo.action):
            effect = Effect.OBSERVE if piece.reads else step.effect
            doing = Doing(
                name=f"undo {step.name}",
                arguments=(piece.line,),
                effect=effect,
                takes_back=step_action(step.name),
            )
            answer = self._done(doing, piece, 0.0)
            if answer.exit_code != 0:
                raise StepFailedError(f"{piece.line}: {told(answer)}")

    def _told(self, _: tuple[str, ...]) -> str:
        return "\n".join(line for step in self.draft.steps for line in step.lines)

    def _apply(self, _: tuple[str, ...]) -> None:
        for step in self.draft.steps:
            self.do(step)

    def _undo(self, _: tuple[str, ...]) -> None:
        for step in reversed(self.draft.steps):
            self.take_back(step)

    def _verify(self, _: tuple[str, ...]) -> bool:
        proofs = self.desk.look("verify", (), lambda seconds: see(self.case, seconds)).proofs
        return bool(proofs) and all(proofs.values())

    def _done(self, doing: Doing, piece: _Piece, reserve: float) -> CommandAnswer:
        guide, place = self.case.guide, self.case.place

        def run(seconds: float) -> CommandAnswer:
            return act(guide, piece.part, place, seconds=min(seconds, COMMAND_SECONDS))

        return self.desk.change(doing, self.repair, run, reserve=reserve)

    def _pieces(self, part: Part) -> Iterator[_Piece]:
        guide, place = self.case.guide, self.case.place
        lines = shown_lines(guide, part, place.values)
        if isinstance(part, FunctionCall):
            yield _Piece(part=part, line=lines[0], reads=False)
            return
        for command, line, arguments in zip(part, lines, argument_lists(guide, part, place), strict=True):
            yield _Piece(part=(command,), line=line, reads=is_reading(arguments))
