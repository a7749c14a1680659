"""A small guide that is whole and that the lab proves within seconds, to be damaged by tests."""

from __future__ import annotations

from pathlib import Path

from sickbay.guides.model import Guide
from sickbay.guides.parser import parse_guide
from sickbay.lab.bench import Bench
from sickbay.lab.proof import Proof
from sickbay.lab.self_test import prove
from sickbay.runner import Engine

SLUG = "limit-too-low"

GUIDE = """\
---
guide: 1
class: configuration
area: example
severity: low
problem: The program refuses its limit.
root_cause: The limit in its file is below one.
solution: Write a limit that is allowed.
impact: The program does not start.
inputs:
  SETTINGS: {pattern: '[\\w.]+', default: limit.txt}
signatures:
  - id: refused
    strength: strong
    pattern: 'limit (?P<limit>\\d{1,9}) is below one'
    example: 'limit 0 is below one'
escalate:
  - says: The limit is somebody else's to decide.
created: 2026-11-22
---

# The limit is too low

## Symptoms

The program says so.

## Investigation

```sh probe=limit timeout=5
cat $SETTINGS
```

```yaml facts=limit
limit-is-zero:
  when: output == '0'
  unless: exit_code == 0 and output != '0'
```

## Root causes

### It is zero

```yaml cause=limit-too-low
title: 'The limit is too low'
when: refused or limit-is-zero
advice: Write another limit.
repair: [raise-limit]
```

## Solution

```sh step=raise-limit effect=reversible
test ! -e limit.before
mv $SETTINGS limit.before
cp limit.example $SETTINGS
```

```sh undo=raise-limit
cmp limit.example $SETTINGS
rm $SETTINGS
mv limit.before $SETTINGS
```

## Verification

```sh verify=allowed timeout=5
cat $SETTINGS
```

```text expect=allowed match=regex
^[1-9]
```

## Prevention

```sh guard=example
grep -q "^[1-9]" limit.example
```

## Lessons

- Limits have limits.

## Evidence

```text file=limit.example
5
```

```sh reproduce
echo 0 > limit.txt
```

```sh symptom
limit=$(cat limit.txt)
if [ "$limit" -lt 1 ]; then echo "limit $limit is below one"; exit 1; fi
echo "started with $limit"
```

## References

- [Limits](https://docs.example/limits)
"""


def damaged(old: str, new: str) -> Guide:
    """Return the guide with one part replaced. The part must be there."""
    assert old in GUIDE, f"the guide does not hold {old!r}"
    return parse_guide(SLUG, str(Path(SLUG).with_suffix(".md")), GUIDE.replace(old, new))


def proof_of(guide: Guide, bench: Bench) -> Proof:
    """Prove the guide's only symptom."""
    (symptom,) = guide.parts.symptoms
    return prove(guide, symptom, Engine([guide]), bench)
