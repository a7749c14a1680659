"""Which guide tells more about what a host, or a database, said of itself."""

from __future__ import annotations

from sickbay.diagnosis.verdict import UNKNOWN
from sickbay.facts.model import Facts
from sickbay.facts.text import text_source
from sickbay.runner import builtin_engine

#: The guide for a host that cannot be used, where its own words fit no finer one.
UNAVAILABLE = "executor-host-unavailable"


def guide_for_health(detail: str) -> str:
    """Return the slug of the guide that fits best what a health check said."""
    return cause_of_text(detail, "health") or UNAVAILABLE


def cause_of_text(message: str, source: str = "text") -> str:
    """Return the cause that fits best what a platform or a driver said; nothing where no guide knows it."""
    text = text_source(source, message.encode("utf-8", "replace"))
    best = builtin_engine().diagnose(Facts(values={}, texts=(text,))).best
    return best.cause if best is not None and best.cause != UNKNOWN else ""
