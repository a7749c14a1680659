"""``TROUBLESHOOTING.md``: where somebody begins who has a problem and no time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files

from sickbay.guides.model import Guide
from sickbay.guides.pages import MADE, table

INSTALLATION = "Installation Issues"
EXECUTION = "Job Execution Problems"
EXECUTORS = "Executor-Specific Issues"
CONFIGURATION = "Environment and Configuration"
PERFORMANCE = "Performance Issues"
SECURITY = "Security and Permissions"

#: Words of a slug that put a guide under this section, whatever its area is.
_SECURITY_WORDS = frozenset({"permission", "denied", "auth", "secret", "exposed", "credentials", "tls"})

_AREAS: Mapping[str, str] = {
    "installation": INSTALLATION,
    "database": INSTALLATION,
    "python": INSTALLATION,
    "execution": EXECUTION,
    "worker": EXECUTION,
    "docker": EXECUTORS,
    "executors": EXECUTORS,
    "mounts": EXECUTORS,
    "network": EXECUTORS,
    "configuration": CONFIGURATION,
    "environment": CONFIGURATION,
    "resources": PERFORMANCE,
    "logging": PERFORMANCE,
    "security": SECURITY,
}
#: Where a section's table of guides stands in the page's text.
_TABLE = re.compile(r"<!-- guides: (?P<section>[\w -]+) -->")


def overview_page(guides: Sequence[Guide], folder: str) -> str:
    """Return the page. Every guide stands in exactly one section; their pages lie in ``folder`` (with its slash)."""
    text = files("sickbay.guides").joinpath("overview.md").read_text(encoding="utf-8")
    return _TABLE.sub(lambda found: _table(found["section"], guides, folder), text) + f"\n{MADE}\n"


def section_of(guide: Guide) -> str:
    """Return the section that a guide stands in; those of an unknown area stand with the configuration."""
    if _SECURITY_WORDS & set(guide.slug.split("-")):
        return SECURITY
    return _AREAS.get(guide.front.area, CONFIGURATION)


def _table(section: str, guides: Sequence[Guide], folder: str) -> str:
    here = sorted((guide for guide in guides if section_of(guide) == section), key=lambda guide: guide.slug)
    return "\n".join(table(here, folder)) if here else "There is no guide for this yet."
