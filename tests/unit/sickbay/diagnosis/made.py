"""Small guides for the ranking, and cases for them."""

from __future__ import annotations

from textwrap import dedent

from sickbay.diagnosis.verdict import Check, Diagnosis
from sickbay.facts.context import facts_from_context
from sickbay.facts.model import Fact, Facts
from sickbay.facts.text import text_source
from sickbay.guides.model import Guide
from sickbay.guides.parser import parse_guide
from sickbay.runner import Engine

_FRONT = """\
---
guide: 1
class: docker
area: docker
severity: low
problem: p
root_cause: r
solution: s
impact: i
signatures:
  - {id: sure, strength: strong, pattern: 'SURE (?P<what>\\w+)', example: SURE x}
  - {id: hint, strength: medium, pattern: HINT, example: HINT}
  - {id: trace, strength: weak, pattern: TRACE, example: TRACE}
  - {id: state, strength: strong, pattern: STATE, example: STATE, despite_success: true}
  - {id: leak, strength: medium, pattern: LEAK, example: LEAK, despite_success: true, despite_echo: true}
  - {id: also, strength: strong, pattern: 'SURE|ALSO', example: ALSO}
facts:
  - {id: killed, when: oom_killed, strength: strong, says: 'The kernel killed it.'}
  - {id: code-9, when: exit_code == 9, strength: weak, says: 'The exit code is {exit_code}.'}
  - {id: code-8, when: exit_code == 8, strength: medium, says: 'The exit code is {exit_code}.'}
"""

_PROBE = """
```sh probe={name} timeout={seconds}
test -d {name}
```

```yaml facts={name}
{name}:
  when: exit_code == 0
  unless: exit_code == 1
```
"""


def guide(slug: str, causes: str, *, more: str = "", probes: str = "", body: str = "") -> Guide:
    """Return a guide. ``causes`` are lines like ``name: when: sure``, ``probes`` words like ``there=2``: a fact that a
    look takes so many seconds to learn; ``body`` is put behind them as it stands.
    """
    blocks = []
    for line in causes.strip().splitlines():
        name, _, rest = line.strip().partition(": ")
        blocks.append(f"```yaml cause={name}\n{{title: 'It is {{what}}', advice: do, {rest}}}\n```\n")
    looks = [_PROBE.format(name=word.split("=")[0], seconds=word.split("=")[1]) for word in probes.split()]
    investigation = f"## Investigation\n{''.join(looks)}{body}\n" if looks or body else ""
    text = f"{_FRONT}{dedent(more)}---\n# Title\n\n{investigation}## Root causes\n\n" + "\n".join(blocks)
    return parse_guide(slug, f"{slug}.md", text)


def facts(text: str = "", learned: dict[str, bool | float | str] | None = None, **context: object) -> Facts:
    """Return a case; ``learned`` are facts that probes brought, by ``GUIDE/NAME``."""
    values = {fact.name: fact for fact in facts_from_context(context)}
    values |= {name: Fact(name=name, value=value, source="probe") for name, value in (learned or {}).items()}
    return Facts(values=values, texts=(text_source("text", text.encode()),))


def diagnosed(
    *guides: Guide, text: str = "", learned: dict[str, bool | float | str] | None = None, **context: object
) -> Diagnosis:
    """Return what the engine says with these guides."""
    return Engine(guides).diagnose(facts(text, learned, **context))


def causes(*guides: Guide, text: str = "", **context: object) -> list[str]:
    """Return the causes that are named, best first."""
    return [verdict.cause for verdict in diagnosed(*guides, text=text, **context).verdicts]


def check(diagnosis: Diagnosis, cause: str) -> Check:
    """Return what became of a cause."""
    (found,) = [each for each in diagnosis.checks if each.cause == cause]
    return found
