"""What a session keeps of a repair beside its log, so that another process can take the repair back.

Secret inputs are not kept: whoever takes it back gives them again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sickbay.guides.fences import InvalidGuideError
from sickbay.guides.parser import parse_causes
from sickbay.repair.comparing import Seen
from sickbay.repair.examining import Case
from sickbay.safety.chain import canonical, digest_of
from sickbay.safety.events import Concluded, Event, Intended
from sickbay.safety.outcome import State

FILE = "repair.json"
KEPT = "keep the record"
"""The look whose arguments are the digests of the backup and of the record."""

TAKEN_BACK = "see that it is taken back"
"""The look after the whole way back from the step that its argument names."""

_STEP = "step "


class RecordError(Exception):
    """There is no record of a repair, or it is not as it was written."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A repair as it was about to begin. ``guide`` is the guide's whole text."""

    cause: str
    slug: str
    path: str
    guide: str
    folder: str
    values: Mapping[str, str]
    secret_inputs: tuple[str, ...]
    hits: tuple[str, ...]
    before: Seen


def step_action(step: str) -> str:
    """Return the name of a step's commands in a session's log."""
    return f"{_STEP}{step}"


def record_of(case: Case, cause: str, before: Seen) -> Record:
    """Return the record of a repair that is about to begin. Raises :class:`RecordError` for a guide that is gone."""
    guide, values = case.guide, case.place.values
    try:
        text = Path(guide.path).read_text(encoding="utf-8")
        again = parse_causes(guide.slug, guide.path, text)
    except (OSError, UnicodeDecodeError, InvalidGuideError) as error:
        raise RecordError(f"the guide {guide.path} cannot be read again") from error
    if (again.front, again.body) != (guide.front, guide.body):
        raise RecordError(f"the guide {guide.path} was changed meanwhile")
    secret = {name for name, each in guide.front.inputs.items() if each.secret}
    return Record(
        cause=cause,
        slug=guide.slug,
        path=guide.path,
        guide=text,
        folder=str(case.place.folder),
        values={name: value for name, value in values.items() if name not in secret},
        secret_inputs=tuple(sorted(secret & set(values))),
        hits=tuple(sorted(case.hits or ())),
        before=before,
    )


def write_record(record: Record, session: Path) -> str:
    """Write it into a session's folder, for its owner alone, and return its digest. Raises :class:`RecordError`."""
    document = _document(record)
    try:
        file = os.open(session / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(canonical(document))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise RecordError(f"the record of the repair cannot be written: {error.strerror}") from error
    return digest_of(document)


def read_record(session: Path, digest: str) -> Record:
    """Read it again. Raises :class:`RecordError` where it is not the one of this digest."""
    try:
        document: dict[str, Any] = json.loads((session / FILE).read_bytes())
        if digest_of(document) != digest:
            raise RecordError("the record of the repair was changed")
        before = document["before"]
        seen = Seen(**{**before, "causes": tuple(before["causes"]), "undecided": frozenset(before["undecided"])})
        lists = {name: tuple(document[name]) for name in ("secret_inputs", "hits")}
        return Record(**{**document, **lists, "before": seen})
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise RecordError("the record of the repair cannot be read") from error


def begun_steps(events: Iterable[Event]) -> tuple[str, ...]:
    """Return the steps that changed something, or may have, in their order. Those taken back since are left out."""
    begun: dict[str, bool] = {}
    undone: dict[int, str] = {}
    for event in events:
        match event:
            case Intended(action=action, effect=effect, takes_back="") if effect and action.startswith(_STEP):
                begun[action.removeprefix(_STEP)] = True
            case Intended(intent=intent, action=action, arguments=(step,)) if action == TAKEN_BACK:
                undone[intent] = step
            case Concluded(intent=intent, outcome=outcome) if intent in undone and outcome.state is State.OK:
                begun.pop(undone[intent], None)
    return tuple(begun)


def kept_digests(events: Sequence[Event]) -> tuple[str, str]:
    """Return the digests of the backup and of the record. Raises :class:`RecordError` where none were kept."""
    for event in reversed(events):
        match event:
            case Intended(action=action, arguments=(backup, record)) if action == KEPT:
                return backup, record
    raise RecordError("this session has carried out no repair")


def _document(record: Record) -> dict[str, Any]:
    raw = asdict(record)
    raw["before"]["undecided"] = sorted(record.before.undecided)
    document: dict[str, Any] = json.loads(json.dumps(raw))
    return document
