"""From facts to the sentences of a report: how to see it again, what was expected, what happened. Pure.

What no fact answers becomes a question to the person who sends the report.
"""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator, Mapping

from sickbay.diagnosis.verdict import Diagnosis
from sickbay.diagnosis.wording import shown
from sickbay.facts.model import FactValue
from sickbay.reports.characters import shortened
from sickbay.reports.issue import Item, Statement

Values = Mapping[str, FactValue]
"""Facts by name, secrets hidden."""

_ASKED = Statement(text="What leads to this? Name each command or click, from a fresh start.", to_fill_in=True)

_LIMITS = {"memory_limit_mb": "memory {} MB", "cpu_limit": "CPUs {}", "timeout_seconds": "{} seconds"}
_HOST = {"host_memory_mb": "memory {} MB", "host_cpus": "CPUs {}"}

#: Executors whose command line starts a container as their engine does.
_COMMAND_LINES = frozenset({"docker", "podman"})


def steps(values: Values, diagnosis: Diagnosis, again: str) -> tuple[Statement, ...]:
    """Return how to see it again. ``again`` is the command that shows the diagnosis, empty where none can."""
    shown_again = (Statement(text="Have the outcome diagnosed:", code=again),) if again else ()
    if diagnosis.best is None:
        return shown_again or (Statement(text="There is nothing to reproduce."),)
    return (*(tuple(_run(values)) or (_ASKED,)), *shown_again)


def expected(values: Values, diagnosis: Diagnosis) -> tuple[Statement, ...]:
    """Return what should have happened, as far as it was asked for."""
    if diagnosis.best is None:
        return (Statement(text="Nothing to report: what was looked at is as it should be."),)
    if not {"command", "image", "exit_code", "job_status"} & values.keys():
        return (Statement(text="What should have happened instead?", to_fill_in=True),)
    within = f" within {shown(values['timeout_seconds'])} seconds" if "timeout_seconds" in values else ""
    below = f", using no more than {shown(values['memory_limit_mb'])} MB of memory" if _has_limit(values) else ""
    return (Statement(text=f"The command ends with exit code 0{within}{below}."),)


def actual(values: Values, diagnosis: Diagnosis) -> tuple[Statement, ...]:
    """Return what happened, as far as facts and evidence say."""
    outcome = " ".join(_outcome(values))
    told = (*((Statement(text=outcome),) if outcome else ()), *_found(diagnosis))
    return told or (Statement(text="What happened?", to_fill_in=True),)


def place(values: Values) -> tuple[Item, ...]:
    """Return where the command ran, and within which limits: what the facts add to the environment of the report."""
    named = {"Image": "image", "Executor": "executor", "Platform": "platform"}
    items = [Item(name=name, value=shown(values[fact])) for name, fact in named.items() if fact in values]
    for name, facts in (("Limits of the command", _LIMITS), ("Host of the command", _HOST)):
        told = [text.format(shown(values[fact])) for fact, text in facts.items() if fact in values]
        items += [Item(name=name, value=", ".join(told))] if told else []
    return tuple(items)


def _has_limit(values: Values) -> bool:
    return "memory_limit_mb" in values


def _run(values: Values) -> Iterator[Statement]:
    command, executor = str(values.get("command", "")), str(values.get("executor", ""))
    if "image" in values and executor in {*_COMMAND_LINES, ""}:
        line = _engine_command(values, executor or "docker")
        yield Statement(text="Run the image with what is known of the job:", code=line)
        yield Statement(
            text="Its variables, mounts, and input files are not known here. Does any of them matter?", to_fill_in=True
        )
    elif command:
        folder = f" in `{values['working_directory']}`" if "working_directory" in values else ""
        yield Statement(text=f"Run the command{folder}:", code=command)


def _engine_command(values: Values, program: str) -> str:
    words = [program, "run", "--rm"]
    if _has_limit(values):
        words += ["--memory", f"{_whole(values['memory_limit_mb'])}m"]
    if "cpu_limit" in values:
        words += ["--cpus", shown(values["cpu_limit"])]
    for name, option in (("user", "--user"), ("working_directory", "--workdir"), ("platform", "--platform")):
        if name in values:
            words += [option, shlex.quote(str(values[name]))]
    return " ".join([*words, shlex.quote(str(values["image"])), str(values.get("command", ""))]).rstrip()


def _whole(value: FactValue) -> str:
    return str(int(value)) if isinstance(value, int | float) else str(value)


def _outcome(values: Values) -> Iterator[str]:
    if "job_status" in values:
        reason = f"; the worker's reason is `{values['failure_reason']}`" if "failure_reason" in values else ""
        yield f"The job is `{values['job_status']}`{reason}."
    if "exit_code" in values:
        yield f"The command ended with exit code {shown(values['exit_code'])}{_meaning_of(values['exit_code'])}."
    if values.get("oom_killed") is True:
        yield "The kernel killed one of its processes at its memory limit."
    if "duration_seconds" in values:
        yield f"It ran for {shown(values['duration_seconds'])} seconds."
    if "peak_memory_mb" in values:
        limit = f" of {shown(values['memory_limit_mb'])} MB" if _has_limit(values) else ""
        yield f"It used up to {shown(values['peak_memory_mb'])} MB{limit} of memory."


def _meaning_of(exit_code: FactValue) -> str:
    """Return the signal that an exit code above 128 stands for."""
    if not isinstance(exit_code, int) or exit_code <= 128:
        return ""
    try:
        return f" (128 + {exit_code - 128}: {signal.Signals(exit_code - 128).name})"
    except ValueError:
        return ""


def _found(diagnosis: Diagnosis) -> Iterator[Statement]:
    best = diagnosis.best
    texts = [looked for looked in diagnosis.looked_at if " = " not in looked.detail]
    if best is None:
        names = ", ".join(f"{looked.source} ({looked.detail})" for looked in texts) or "facts alone"
        yield Statement(text=f"No known problem was found in {names}.")
        return
    for evidence in best.evidence[:1]:
        if evidence.line is not None:
            told = shortened(evidence.text, column=evidence.column).strip()
            yield Statement(text=f"The telling line is line {evidence.line} of {evidence.source}:", code=told)
    for looked in texts:
        if looked.last_lines:
            last = looked.last_lines[-1]
            told = shortened(last.text).strip()
            yield Statement(text=f"The last line of {looked.source} is line {last.line}:", code=told)
