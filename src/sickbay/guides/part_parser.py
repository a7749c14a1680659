"""Reading a guide's code blocks into its machine parts. What cannot be read is a flaw, not an exception."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import get_args

import msgspec
import yaml

from sickbay.guides.commands import CommandError, parse_commands
from sickbay.guides.condition_parser import ConditionError, parse
from sickbay.guides.conditions import Condition, names
from sickbay.guides.fences import Fence
from sickbay.guides.model import Limits
from sickbay.guides.part_kinds import FUNCTION_WORD
from sickbay.guides.parts import (
    Action,
    Effect,
    Expect,
    FactRule,
    FilePart,
    Flaw,
    FunctionCall,
    Guard,
    Match,
    Output,
    Parts,
    Probe,
    ProbeFact,
    Reach,
    Script,
    Step,
    Undo,
    Verify,
)

_FUNCTION = re.compile(r"(?P<module>[a-z_]\w*):(?P<function>[a-z_]\w*)")
_PORT = re.compile(r"\d{1,5}|\$[A-Z][A-Z0-9_]*")
_VARIABLE = re.compile(r"[A-Za-z_]\w*")
_ANSWERS = frozenset({"exit_code", "output", "errors"})
_SCRIPT_WORDS = frozenset({"reproduce", "symptom", "cause", "needs", FUNCTION_WORD})


def parse_parts(fences: Iterable[Fence], limits: Limits) -> Parts:
    """Read all machine parts of a guide."""
    reader = _Reader(fences, limits)
    return Parts(
        files=tuple(FilePart(name=f.words["file"], content=f.content, line=f.line) for f in reader.of("file")),
        reproductions=tuple(script for f in reader.of("reproduce") for script in reader.script(f, "reproduce")),
        symptoms=tuple(script for f in reader.of("symptom") for script in reader.script(f, "symptom")),
        probes=tuple(probe for f in reader.of("probe") for probe in reader.probe(f)),
        steps=tuple(step for f in reader.of("step") for step in reader.step(f)),
        verifications=tuple(verify for f in reader.of("verify") for verify in reader.verify(f)),
        guards=tuple(
            Guard(id=f.words["guard"], action=action, line=f.line)
            for f in reader.of("guard")
            for action in reader.action(f)
        ),
        outputs=tuple(output for f in reader.of("output") for output in reader.output(f)),
        flaws=tuple(sorted([*reader.flaws, *reader.alone()], key=lambda flaw: flaw.line)),
    )


class _Reader:
    """The blocks of one guide by kind, and what was wrong with those that were read.

    A method that reads a block answers with a list of one, or with an empty one and a flaw.
    """

    def __init__(self, fences: Iterable[Fence], limits: Limits) -> None:
        self.flaws: list[Flaw] = []
        self._limits = limits
        self._fences: dict[str, list[Fence]] = {}
        for fence in fences:
            if fence.words:
                self._fences.setdefault(next(iter(fence.words)), []).append(fence)

    def of(self, kind: str) -> list[Fence]:
        """Return the blocks of one kind."""
        return self._fences.get(kind, [])

    def alone(self) -> list[Flaw]:
        """Return a flaw for each block whose other half is missing: facts, undo, or expect."""
        flaws = []
        for kind, other in (("facts", "probe"), ("undo", "step"), ("expect", "verify")):
            known = {fence.words[other] for fence in self.of(other)}
            for fence in self.of(kind):
                name = fence.words[kind]
                if name not in known:
                    fix = f"Write the block {other}={name}, or take this one out."
                    flaws.append(Flaw(line=fence.line, message=f"There is no {other} for {kind}={name}.", fix=fix))
        return flaws

    def action(self, fence: Fence, *, one: bool = False) -> list[Action]:
        """Read what a block does; with ``one`` it is exactly one command."""
        if FUNCTION_WORD in fence.words:
            return list(self._function(fence))
        try:
            commands = parse_commands(fence.content, fence.line + 1)
        except CommandError as error:
            self._flaw(
                error.line, f"This is no single command: {error.message}.", "One command a line, without a shell."
            )
            return []
        if not commands or (one and len(commands) > 1):
            count = "exactly one command" if one else "at least one command"
            self._flaw(fence.line, f"This part holds {len(commands)} commands.", f"Write {count}.")
            return []
        return [commands]

    def script(self, fence: Fence, kind: str) -> list[Script]:
        """Read a reproduction or a symptom."""
        called = list(self._function(fence)) if FUNCTION_WORD in fence.words else [fence.content]
        if not fence.content.strip() and FUNCTION_WORD not in fence.words:
            self._flaw(fence.line, f"The {kind} is empty.", "Write the commands that show it.")
            called = []
        return [
            Script(
                name=fence.words[kind],
                action=action,
                cause=fence.words.get("cause", ""),
                needs=tuple(need for need in fence.words.get("needs", "").split(",") if need),
                facts={name: word for name, word in fence.words.items() if name not in _SCRIPT_WORDS},
                line=fence.line,
            )
            for action in called
        ]

    def probe(self, fence: Fence) -> list[Probe]:
        """Read a probe with its facts."""
        name = fence.words["probe"]
        facts = [fact for block in self.of("facts") if block.words["facts"] == name for fact in self._facts(block)]
        return [
            Probe(id=name, action=action, timeout=timeout, facts=tuple(facts), line=fence.line, reach=reach)
            for action in self.action(fence, one=True)
            for timeout in self._seconds(fence)
            for reach in self._reach(fence)
        ]

    def step(self, fence: Fence) -> list[Step]:
        """Read a step with its undo."""
        name, effect = fence.words["step"], fence.words.get("effect", "")
        undos = [
            Undo(id=name, action=action, line=block.line)
            for block in self.of("undo")
            if block.words["undo"] == name
            for action in self.action(block)
        ]
        return [
            Step(
                id=name,
                action=action,
                effect=known,
                backup=fence.words.get("backup", ""),
                why=fence.words.get("why", ""),
                undo=undos[0] if undos else None,
                line=fence.line,
            )
            for action in self.action(fence)
            for known in self._effect(fence, effect)
        ]

    def verify(self, fence: Fence) -> list[Verify]:
        """Read a verification with what it must print."""
        name = fence.words["verify"]
        expects = [each for block in self.of("expect") if block.words["expect"] == name for each in self._expect(block)]
        return [
            Verify(
                id=name,
                action=action,
                timeout=timeout,
                expect=expects[0] if expects else None,
                line=fence.line,
                reach=reach,
            )
            for action in self.action(fence, one=True)
            for timeout in self._seconds(fence)
            for reach in self._reach(fence)
        ]

    def output(self, fence: Fence) -> list[Output]:
        """Read recorded evidence."""
        pairs = [part.partition(":") for part in fence.words.get("versions", "").split(",") if part]
        if not pairs or not all(name and version for name, _, version in pairs):
            fix = "Write versions=COMPONENT:VERSION, several with commas between."
            self._flaw(fence.line, "The evidence does not say which versions printed it.", fix)
            return []
        versions = {name: version for name, _, version in pairs}
        return [Output(id=fence.words["output"], text=fence.content, versions=versions, line=fence.line)]

    def _function(self, fence: Fence) -> list[FunctionCall]:
        found = _FUNCTION.fullmatch(fence.words[FUNCTION_WORD])
        try:
            arguments = yaml.safe_load(fence.content) or {}
        except yaml.YAMLError:
            arguments = None
        if found is None or not isinstance(arguments, dict):
            fix = "Write python=MODULE:FUNCTION and, in the block, its arguments as YAML: NAME: VALUE."
            self._flaw(fence.line, "The function cannot be read.", fix)
            return []
        return [FunctionCall(module=found["module"], function=found["function"], arguments=arguments, line=fence.line)]

    def _facts(self, fence: Fence) -> list[ProbeFact]:
        try:
            rules = msgspec.convert(yaml.safe_load(fence.content), dict[str, FactRule])
        except (yaml.YAMLError, msgspec.ValidationError) as error:
            self._flaw(
                fence.line, f"The facts cannot be read: {error}.", "Write NAME: with when: and unless:, or with value:."
            )
            return []
        return [fact for name, rule in rules.items() for fact in self._fact(fence, name, rule)]

    def _fact(self, fence: Fence, name: str, rule: FactRule) -> list[ProbeFact]:
        if bool(rule.value) == bool(rule.when or rule.unless) or bool(rule.when) != bool(rule.unless):
            fix = "Say with when: and unless: how yes and no show, or with value: which pattern holds it."
            self._flaw(fence.line, f"The fact {name!r} is not decided both ways.", fix)
            return []
        try:
            grouped = not rule.value or "value" in re.compile(rule.value).groupindex
            conditions = [parse(text) if text else None for text in (rule.when, rule.unless)]
        except (re.error, ConditionError) as error:
            self._flaw(fence.line, f"The fact {name!r}: {error}.", "Correct it.")
            return []
        if not grouped:
            self._flaw(fence.line, f"The pattern of {name!r} has no group 'value'.", "Write (?P<value>…) in it.")
            return []
        self._check_answers(fence, name, conditions)
        when, unless = conditions
        return [
            ProbeFact(
                name=name, when=when, unless=unless, value=rule.value, kind=rule.kind, says=rule.says, line=fence.line
            )
        ]

    def _check_answers(self, fence: Fence, fact: str, conditions: Iterable[Condition | None]) -> None:
        spoken = frozenset[str]().union(*(names(condition) for condition in conditions if condition is not None))
        for unknown in sorted(spoken - _ANSWERS):
            fix = f"A probe answers with: {', '.join(sorted(_ANSWERS))}."
            self._flaw(fence.line, f"The fact {fact!r} speaks of {unknown!r}, which no probe answers.", fix)

    def _expect(self, fence: Fence) -> list[Expect]:
        known = self._one_of(fence, "match", fence.words.get("match", "exact"), get_args(Match))
        matches: Mapping[str, Match] = {match: match for match in get_args(Match)}
        return [
            Expect(id=fence.words["expect"], text=fence.content, match=matches[match], line=fence.line)
            for match in known
        ]

    def _effect(self, fence: Fence, effect: str) -> list[Effect]:
        effects: Mapping[str, Effect] = {each: each for each in get_args(Effect)}
        return [effects[known] for known in self._one_of(fence, "effect", effect, get_args(Effect))]

    def _one_of(self, fence: Fence, word: str, given: str, known: tuple[str, ...]) -> list[str]:
        if given in known:
            return [given]
        self._flaw(fence.line, f"{word}={given} is not known.", f"Write {word}= with one of: {', '.join(known)}.")
        return []

    def _reach(self, fence: Fence) -> list[Reach]:
        """Read which ports and which of the caller's variables a confined part gets."""
        ports = tuple(word for word in fence.words.get("tcp", "").split(",") if word)
        variables = tuple(word for word in fence.words.get("env", "").split(",") if word)
        for word in ports:
            if not _PORT.fullmatch(word):
                self._flaw(fence.line, f"tcp={word} is no port.", "Write numbers or inputs: tcp=5432 or tcp=$PORT.")
                return []
        for word in variables:
            if not _VARIABLE.fullmatch(word):
                self._flaw(fence.line, f"env={word} is no variable.", "Write names: env=PGHOST,PGPASSWORD.")
                return []
        return [Reach(ports=ports, variables=variables)]

    def _seconds(self, fence: Fence) -> list[float]:
        given = fence.words.get("timeout", str(self._limits.probe_seconds))
        try:
            seconds = float(given)
        except ValueError:
            seconds = 0
        if 0 < seconds <= self._limits.minutes * 60:
            return [seconds]
        fix = f"Write seconds above 0 and within limits.minutes ({self._limits.minutes:g})."
        self._flaw(fence.line, f"timeout={given} is no time limit.", fix)
        return []

    def _flaw(self, line: int, message: str, fix: str) -> None:
        self.flaws.append(Flaw(line=line, message=message, fix=fix))
