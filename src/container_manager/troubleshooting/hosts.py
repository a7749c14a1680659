"""Which guide tells more about a host that is not well."""

from __future__ import annotations

from sickbay.facts.model import Facts
from sickbay.facts.text import text_source
from sickbay.runner import builtin_engine

#: The guide for a host that cannot be used, where its own words fit no finer one.
UNAVAILABLE = "executor-host-unavailable"


def guide_for_health(detail: str) -> str:
    """Return the slug of the guide that fits best what a health check said."""
    text = text_source("health", detail.encode("utf-8", "replace"))
    best = builtin_engine().diagnose(Facts(values={}, texts=(text,))).best
    return best.cause if best is not None else UNAVAILABLE
