"""A new guide, whole in form, in which a person fills in what is marked."""

from __future__ import annotations

import datetime
import re
from pathlib import PurePosixPath

from sickbay.guides.model import FORMAT_VERSION

MARK = "FILL IN"
"""What stands wherever a person must write; the linter names every line that still has it."""

_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def new_guide(name: str, today: datetime.date) -> str:
    """Return the text of a new guide called ``AREA/SLUG``. Raises ``ValueError`` where that is no such name."""
    parts = PurePosixPath(name).parts
    if len(parts) != 2 or not all(_WORD.fullmatch(part) for part in parts):
        raise ValueError(f"{name!r} is not like mounts/volume-path-missing: lower-case words with hyphens, and one '/'")
    area, slug = parts
    return _TEMPLATE.format(area=area, slug=slug, today=today.isoformat(), version=FORMAT_VERSION, mark=MARK)


_TEMPLATE = """\
---
guide: {version}
class: configuration # {mark}: system, configuration, docker, resource, or network
area: {area}
severity: medium # {mark}: critical, high, medium, or low
problem: "{mark}: what a person sees, in one sentence."
root_cause: "{mark}: what is behind it, in one sentence."
solution: "{mark}: what helps, in one sentence."
impact: "{mark}: what does not work meanwhile, and what still does."
components: [] # {mark}: programs that print these messages
inputs:
  CONFIG: {{pattern: '[\\w./][\\w./-]*', default: app.conf}} # {mark}: what varies, or nothing
signatures:
  - id: told
    strength: strong
    pattern: '{mark}: cannot open (?P<file>\\S{{1,200}})'
    example: '{mark}: cannot open app.conf'
escalate:
  - says: "{mark}: when a person must take over, and who."
created: {today}
---

# {mark}: the title, which says what is wrong

## Symptoms

{mark}: what the programs print, word for word, and how it looks from outside.

## Investigation

{mark}: how to find out which cause it is. A probe only reads.

```sh probe=config timeout=5
test -f $CONFIG
```

```yaml facts=config
config-there:
  when: exit_code == 0
  unless: exit_code == 1
```

## Root causes

### {mark}: one heading for each cause

```yaml cause={slug}
title: "{mark}: the cause[: {{file}}]"
when: told or not config-there
advice: >
  {mark}: the repair in plain words.
repair: [put-config]
```

## Solution

{mark}: what the steps do, and what to think of before.

```sh step=put-config effect=reversible
test ! -e $CONFIG
cp app.conf.example $CONFIG
```

```sh undo=put-config
cmp app.conf.example $CONFIG
rm $CONFIG
```

## Verification

{mark}: how to see that it is well again. This fails before the repair.

```sh verify=config
grep -c listen $CONFIG
```

```text expect=config match=exact
1
```

## Prevention

{mark}: what keeps it from coming back.

```sh guard=config
test -f app.conf.example
```

## Lessons

{mark}: what surprised you.

## Evidence

{mark}: with which versions this was made.

```sh reproduce
echo 'listen 8000 {mark}' > app.conf.example
```

```sh symptom
cat app.conf
```

## References

{mark}: links to the official documents.
"""
