"""Proving a guide: its fault is made for real, found, repaired, and made again by taking the repair back."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from sickbay.facts.context import facts_from_context
from sickbay.facts.model import Facts
from sickbay.facts.text import text_source
from sickbay.guides.commands import InputError
from sickbay.guides.conditions import Value, evaluate, supports
from sickbay.guides.model import Cause, Guide
from sickbay.guides.parts import Script, Step
from sickbay.investigation.acting import act
from sickbay.investigation.investigating import Investigation, Result, investigate, known_values, proved
from sickbay.investigation.place import Place
from sickbay.lab.bench import Bench, Site
from sickbay.lab.folder_state import differences
from sickbay.lab.proof import Check, Proof
from sickbay.lab.scripts import MOST_SECONDS, ScriptRan, run_script
from sickbay.runner import Engine

_SECONDS = 120.0
_INPUT_LINE = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")


class _Failed(Exception):  # noqa: N818  (it ends a proof, and is no error)
    """A check did not pass, so what follows would say nothing."""


def provable(guide: Guide) -> tuple[Script, ...]:
    """Return the symptoms that a guide can be proved with."""
    return guide.parts.symptoms if guide.front.proof == "lab" else ()


def prove(guide: Guide, symptom: Script, engine: Engine, bench: Bench) -> Proof:
    """Prove one symptom of a guide, in a site of its own that is gone afterwards."""
    begun = time.monotonic()
    reproductions = [each for each in guide.parts.reproductions if each.name == symptom.name]
    needs = {need for script in (symptom, *reproductions) for need in script.needs}
    cause = next(each for each in guide.causes if each.id == (symptom.cause or guide.causes[0].id))

    def found(checks: Sequence[Check] = (), missing: str = "") -> Proof:
        seconds = time.monotonic() - begun
        return Proof(
            guide=guide.slug,
            symptom=symptom.name,
            cause=cause.id,
            checks=tuple(checks),
            missing=missing,
            seconds=seconds,
        )

    if why := bench.why_missing(needs):
        return found(missing=why)
    with bench.site(needs) as site:
        trial = _Trial(guide, cause, symptom, engine, site)
        trial.script_seconds = bench.script_seconds
        trial.run(reproductions)
        return found(trial.checks)


class _Trial:
    """One proof while it runs."""

    def __init__(self, guide: Guide, cause: Cause, symptom: Script, engine: Engine, site: Site) -> None:
        self.checks: list[Check] = []
        self._guide, self._cause, self._symptom = guide, cause, symptom
        self._engine, self._site = engine, site
        self.script_seconds = MOST_SECONDS
        self._values: Mapping[str, str] = {}
        self._known: Mapping[str, Value] = {}

    def run(self, reproductions: Sequence[Script]) -> None:
        """Go through all checks; the first that fails ends it."""
        try:
            self._reproduce(reproductions)
            hits = self._see_symptom()
            self._find_cause(hits)
            if self._cause.repair:
                self._repair_and_take_back(hits)
        except _Failed:
            return
        except InputError as error:
            self.checks.append(Check(name="every input has a value", passed=False, detail=str(error)))

    def _check(self, name: str, passed: bool, detail: str | Callable[[], str] = "") -> None:
        said = "" if passed else detail if isinstance(detail, str) else detail()
        self.checks.append(Check(name=name, passed=passed, detail=said))
        if not passed:
            raise _Failed

    @property
    def _place(self) -> Place:
        return Place(folder=self._site.folder, values=self._values, environment=self._site.environment)

    def _script(self, script: Script) -> ScriptRan:
        return run_script(self._guide, script, self._site.folder, self._site.environment, seconds=self.script_seconds)

    def _reproduce(self, reproductions: Sequence[Script]) -> None:
        for part in self._guide.parts.files:
            path = self._site.folder / part.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(part.content, encoding="utf-8")
        for script in reproductions:
            made = self._script(script)
            self._check("the fault can be made", made.exit_code == 0, made.shown)

    def _see_symptom(self) -> frozenset[str]:
        """Show the symptom, and return the signatures of this guide that it hits."""
        ran = self._script(self._symptom)
        facts = symptom_facts(self._symptom, ran)
        hits = self._engine.symptoms(facts, self._guide)
        self._known = {fact.name: fact.value for fact in facts.values.values()}
        best = self._engine.diagnose(facts).best
        self._check("the symptom is named with evidence", best is not None and bool(best.evidence), ran.shown)
        named = best.cause if best is not None else "nothing"
        self._check(
            "its cause is the first verdict", named == self._cause.id, lambda: f"{named} was named; {ran.shown}"
        )
        self._values = {**hits.inputs, **_inputs_of(self._site.inputs_file)}
        return hits.signatures

    def _find_cause(self, hits: frozenset[str]) -> None:
        before = self._site.state()
        found = self._investigated(hits, self._known)
        changed = differences(before, self._site.state())
        self._check("looking changes nothing", not changed, "; ".join(changed))
        self._check("exactly its cause holds", found.causes == (self._cause.id,), lambda: _told(found))
        self._check("a look speaks for its cause", self._is_confirmed(hits, found), lambda: _told(found))
        proofs = proved(self._guide, self._place, seconds_left=_SECONDS)
        failing = [each for each in proofs if each.holds is False]
        unasked = [each for each in proofs if each.holds is None]
        self._check("every verification can be asked", not unasked, lambda: str([each.looked for each in unasked]))
        self._check("a verification fails before the repair", bool(failing) or not proofs, "all of them pass")

    def _is_confirmed(self, hits: frozenset[str], found: Investigation) -> bool:
        """Say whether the cause would not stand as it does without what the looks found."""
        with_looks = known_values(self._guide, hits, {**self._known, **found.facts})
        without = known_values(self._guide, hits, self._known)
        condition = self._cause.condition
        spoken_for = supports(condition, with_looks) & self._guide.parts.fact_names
        return bool(spoken_for) or evaluate(condition, without) is not True

    def _repair_and_take_back(self, hits: frozenset[str]) -> None:
        before = self._site.state()
        steps = {step.id: step for step in self._guide.parts.steps}
        chosen = [steps[name] for name in self._cause.repair]
        for step in chosen:
            answer = act(self._guide, step.action, self._place, seconds=_SECONDS)
            self._check(f"the step {step.id} can be done", answer.exit_code == 0, str(answer))
        self._is_well()
        for step in reversed(chosen):
            self._take_back(step)
        changed = differences(before, self._site.state())
        self._check("the state is as before the repair", not changed, "; ".join(changed))
        again = self._script(self._symptom)
        back = self._engine.symptoms(symptom_facts(self._symptom, again), self._guide).signatures
        self._check("the symptom is back", hits <= back, again.shown)

    def _is_well(self) -> None:
        proofs = proved(self._guide, self._place, seconds_left=_SECONDS)
        lacking = [each for each in proofs if each.holds is not True]
        self._check("every verification passes after the repair", not lacking, lambda: str([e.looked for e in lacking]))
        found = self._investigated(frozenset(), {})
        self._check("no cause holds after the repair", not found.causes, lambda: _told(found))
        for guard in self._guide.parts.guards:
            answer = act(self._guide, guard.action, self._place, seconds=_SECONDS)
            self._check(f"the guard {guard.id} passes", answer.exit_code == 0, str(answer))
        between = self._site.state()
        ran = self._script(self._symptom)
        printed = Facts(texts=(text_source("text", ran.output),))  # a pattern that fits a success is too wide
        left = self._engine.symptoms(printed, self._guide).signatures
        self._check("the symptom is gone", not left, lambda: f"{', '.join(sorted(left))}; {ran.shown}")
        changed = differences(between, self._site.state())
        self._check("showing the symptom leaves nothing behind", not changed, "; ".join(changed))

    def _take_back(self, step: Step) -> None:
        if step.undo is None:
            self._check(f"the step {step.id} can be taken back", passed=False, detail="it has no undo")
            return
        answer = act(self._guide, step.undo.action, self._place, seconds=_SECONDS)
        self._check(f"the step {step.id} can be taken back", answer.exit_code == 0, str(answer))

    def _investigated(self, hits: frozenset[str], known: Mapping[str, Value]) -> Investigation:
        return investigate(self._guide, self._place, hits=hits, known=known, seconds_left=_SECONDS)


def symptom_facts(symptom: Script, ran: ScriptRan) -> Facts:
    """Return what the diagnosis is given: the output, the exit code, and the facts that the block names."""
    context: dict[str, object] = {"exit_code": ran.exit_code, **symptom.facts}
    values = {fact.name: fact for fact in facts_from_context(context)}
    return Facts(values=values, texts=(text_source("text", ran.output),))


def healthy_findings(
    guides: Sequence[Guide], bench: Bench, needs: frozenset[str], project: Path
) -> Iterator[tuple[str, str]]:
    """Look with every guide where nothing is wrong; yield guide and cause of each that is named all the same.

    ``project`` is a healthy project's folder, which is copied.
    """
    with bench.site(needs) as site:
        shutil.copytree(project, site.folder, dirs_exist_ok=True)
        for guide in guides:
            place = Place(folder=site.folder, values={}, environment=site.environment)
            found = investigate(guide, place, seconds_left=_SECONDS)
            if found.result in {Result.MATCHED, Result.AMBIGUOUS}:
                yield from ((guide.slug, cause) for cause in found.causes)


def _inputs_of(path: Path) -> Mapping[str, str]:
    """Read what a reproduction wrote down for the guide's inputs: ``NAME=value`` lines."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {found.group(1): found.group(2) for line in lines if (found := _INPUT_LINE.fullmatch(line))}


def _told(found: Investigation) -> str:
    facts = ", ".join(f"{name}={value}" for name, value in found.facts.items())
    looks = "; ".join(
        f"{name}: {looked.outcome} {looked.outcome.detail} {looked.answer or ''}"
        for name, looked in found.looks.items()
    )
    return f"{found.result}: {', '.join(found.causes) or 'none'} ({facts}) {looks}"
