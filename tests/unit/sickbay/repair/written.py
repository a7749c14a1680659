"""Small guides, whole in form, whose repairs are good or bad in one way each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CAUSE = "conf-missing"

_GUIDE = """\
---
guide: 1
class: configuration
area: widgets
severity: low
problem: There is no app.conf.
root_cause: It was never made.
solution: Make it from its example.
impact: Nothing starts.
inputs:
  TOKEN: {{pattern: '[a-z0-9]{{4,20}}', secret: true, default: hunter2hunter2}}
signatures:
  - id: told
    strength: strong
    pattern: 'cannot open app\\.conf'
    example: 'widgetd: cannot open app.conf'
escalate:
  - says: Nobody knows what should be in it.
created: 2026-11-22
---

# There is no app.conf

## Symptoms

## Investigation

```sh probe=conf timeout=5
test -f app.conf
```

```yaml facts=conf
conf-there:
  when: exit_code == 0
  unless: exit_code == 1
```

```sh probe=lock timeout=5
test -e lock
```

```yaml facts=lock
locked:
  when: exit_code == 0
  unless: exit_code == 1
```

## Root causes

```yaml cause=conf-missing
title: There is no app.conf
when: not conf-there
advice: Make it from its example.
repair: [{names}]
```

```yaml cause=lock-left
title: Somebody holds the lock
when: locked
advice: Ask who holds it.
escalate: Only whoever holds it may end it.
```

## Solution

{steps}
## Verification

```sh verify=listens timeout=5
{verify}
```

```text expect=listens match=exact
{expect}
```

## Prevention

## Lessons

## Evidence

## References
"""


@dataclass(frozen=True, kw_only=True)
class WrittenStep:
    """A step of a written guide: its commands, those of its way back, and further words of its block."""

    name: str
    does: Sequence[str]
    undo: Sequence[str]
    words: str = "effect=reversible"


MAKE = WrittenStep(
    name="make",
    does=("test ! -e app.conf", "cp app.conf.example app.conf"),
    undo=("cmp app.conf.example app.conf", "rm app.conf"),
)
RENAME = WrittenStep(name="rename", does=("test ! -e b", "mv a b"), undo=("test ! -e a", "mv b a"))
TAKE_LOCK = WrittenStep(
    name="take-lock", does=("test ! -e lock", "mv lock.off lock"), undo=("test ! -e lock.off", "mv lock lock.off")
)
LOSING = WrittenStep(
    name="edit", does=("sed -i s/kept/lost/ a",), undo=("test -e nowhere",), words="effect=reversible backup=a"
)
"""Its undo fails, and nothing but a backup brings back what it changed."""


def written(*steps: WrittenStep, verify: str = "grep -c listen app.conf", expect: str = "1") -> str:
    """A guide with these steps."""
    return _GUIDE.format(
        names=", ".join(step.name for step in steps),
        steps="\n".join(_blocks(step) for step in steps),
        verify=verify,
        expect=expect,
    )


def _blocks(step: WrittenStep) -> str:
    return (
        f"```sh step={step.name} {step.words}\n" + "\n".join(step.does) + "\n```\n\n"
        f"```sh undo={step.name}\n" + "\n".join(step.undo) + "\n```\n"
    )


FILES: Mapping[str, str] = {"app.conf.example": "listen 8000\n", "a": "kept\n", "lock.off": "pid 1\n"}
"""The project that the written guides are for."""
