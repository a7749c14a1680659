"""The stages of a session, in their one order. Pure."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Where a session is. Each is entered from the one before, and none is skipped."""

    SYMPTOMS = "symptoms"
    HEALTH = "health"
    LOGS = "logs"
    CONFIGURATION = "configuration"
    CONNECTIVITY = "connectivity"
    """Connections and permissions."""
    REPAIR = "repair"
    """The smallest repair is planned, proposed, and approved. Nothing is changed yet."""
    BACKUP = "backup"
    ELSEWHERE = "elsewhere"
    """The same plan is tried where nothing is lost."""
    RECORD = "record"
    """The plan is carried out on the target, every step on record before and after it."""
    VERIFY = "verify"
    WATCH = "watch"

    @property
    def next(self) -> Stage | None:
        """The only stage that may follow; after the last there is none."""
        following = _ORDER[_ORDER.index(self) + 1 :]
        return following[0] if following else None

    @property
    def may_change(self) -> bool:
        """Whether an approved plan is carried out here."""
        return self is Stage.RECORD

    @property
    def may_take_back(self) -> bool:
        """Whether what a plan has done is taken back here."""
        return self in {Stage.RECORD, Stage.VERIFY}

    @property
    def may_end(self) -> bool:
        """Whether a session may simply end here: not while a repair is under way."""
        return self not in {Stage.BACKUP, Stage.ELSEWHERE, Stage.RECORD, Stage.VERIFY}


_ORDER = tuple(Stage)
