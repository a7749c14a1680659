"""What ``sickbay repair`` is given: a cause by its name, inputs, a log, and the machine as it is."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from sickbay.cli.exits import CommandError
from sickbay.cli.guide_library import guide_named, sound_guides_here
from sickbay.cli.inputs import facts_from_file
from sickbay.guides.model import Guide
from sickbay.investigation.alarms import Alarms
from sickbay.investigation.engine_view import engine_socket
from sickbay.investigation.place import Place
from sickbay.repair.examining import Case
from sickbay.repair.listing import may_touch_engine
from sickbay.runner import Engine
from sickbay.safety.engine_client import EngineUnreachableError, ReadOnlyEngine
from sickbay.safety.readings import read_machine
from sickbay.safety.stops import Readings

_SECONDS_FOR_ENGINE = 3.0


def case_named(wanted: str, folder: Path, inputs: Iterable[str], log: str | None) -> Case:
    """Return the guide of this name, or of this cause, at a folder. Raises ``CommandError``."""
    if not folder.is_dir():
        raise CommandError(f"There is no folder {folder}.")
    guides = sound_guides_here()
    guide, alarms = guide_named(wanted, guides), Alarms(guides)
    values = values_for(guide, inputs)
    if log is None:
        return Case(guide=guide, place=place_here(folder, values, alarms))
    facts = facts_from_file(log)
    heard = replace(facts, texts=tuple(alarms.hearing(text) for text in facts.texts))
    symptoms = Engine((guide,)).symptoms(heard, guide)
    place = place_here(folder, {**fitting_inputs(guide, symptoms.inputs), **values}, alarms)
    return Case(guide=guide, place=place, hits=symptoms.signatures)


def place_here(folder: Path, values: Mapping[str, str], alarms: Alarms) -> Place:
    """Return a folder as the place where parts act, with this process's variables."""
    return Place(folder=folder.resolve(), values=values, environment=dict(os.environ), alarms=alarms)


def values_given(inputs: Iterable[str]) -> dict[str, str]:
    """Return inputs like ``NAME=VALUE`` by name. Raises ``CommandError``."""
    values = {}
    for given in inputs:
        name, mark, value = given.partition("=")
        if not mark:
            raise CommandError(f"{given!r} is not like NAME=VALUE.")
        values[name] = value
    return values


def readings_of(guide: Guide, place: Place) -> Callable[[], Readings]:
    """Return how the machine is read: with the engine, where the guide's steps may touch it."""
    socket = engine_socket(place.environment) if may_touch_engine(guide) else None

    def read() -> Readings:
        machine = read_machine((Path("/"), place.folder))
        if socket is None:
            return machine
        return Readings(
            disk_free=machine.disk_free,
            memory_pressure=machine.memory_pressure,
            load=machine.load,
            engine_reachable=_answers(socket),
        )

    return read


def values_for(guide: Guide, inputs: Iterable[str]) -> dict[str, str]:
    """Return inputs of a guide by name, secret ones out of files that are named. Raises ``CommandError``."""
    values = values_given(inputs)
    for name, value in values.items():
        if name not in guide.front.inputs:
            known = ", ".join(sorted(guide.front.inputs)) or "none"
            raise CommandError(f"{guide.slug} has no input {name!r}. Its inputs: {known}.")
        if guide.front.inputs[name].secret and value.startswith("@"):
            values[name] = _from_file(value[1:])
    return values


def fitting_inputs(guide: Guide, captured: Mapping[str, str]) -> dict[str, str]:
    """Return the values out of a log that may stand for inputs; whoever gives one by hand is told what is wrong."""
    patterns = {name: each.pattern for name, each in guide.front.inputs.items()}
    return {name: value for name, value in captured.items() if re.fullmatch(patterns[name], value)}


def _from_file(file: str) -> str:
    """Return a secret that stands in a file, so that no list of processes shows it."""
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"Cannot read {file}.") from error


def _answers(socket: Path) -> bool:
    try:
        return ReadOnlyEngine(socket).ask("/_ping", seconds=_SECONDS_FOR_ENGINE).status == 200
    except EngineUnreachableError:
        return False
