"""A complete guide, with every kind of machine part, that tests break on purpose."""

from __future__ import annotations

SLUG = "widget-missing"

SAMPLE = """\
---
guide: 1
class: configuration
area: widgets
severity: high
problem: The service stops with a line about its widget.
root_cause: The widget's file is missing or empty.
solution: Put the widget from its example.
impact: The service is down; its data are untouched.
components: [widgetd, bash]
seen_in: [widgetd 2.4]
not_seen_in: [widgetd 3.0]
applies_to: {widgetd: '>=2,<3'}
inputs:
  WIDGET: {pattern: '[\\w./][\\w./-]*', default: widget.conf}
  TOKEN: {pattern: '[a-z]{8}', secret: true}
signatures:
  - id: gone
    strength: strong
    pattern: 'widgetd: cannot open (?P<file>\\S{1,200})'
    example: 'widgetd: cannot open widget.conf'
    not_in: ['widgetd: opened widget.conf']
  - id: empty
    strength: strong
    pattern: 'widgetd: (?P<file>\\S{1,200}) is empty'
    example: 'widgetd: widget.conf is empty'
facts:
  - id: exit-3
    when: exit_code == 3
    strength: weak
    says: The exit code is 3.
explains: [application-error-exit]
escalate:
  - says: There is no example, so its owner must write the file.
    when: not example-there
limits: {minutes: 10, probe_seconds: 5}
created: 2026-11-01
updated: 2026-11-20
tested:
  date: 2026-11-21
  versions: {widgetd: '2.4.1'}
  result: passed
---

# The widget is missing

## Symptoms

The service ends with 3. See [the causes](#root-causes).

## Investigation

```sh probe=file timeout=2
test -f $WIDGET
```

```yaml facts=file
widget-there:
  when: exit_code == 0
  unless: exit_code == 1
```

```sh probe=size timeout=2
wc -c $WIDGET
```

```yaml facts=size
widget-bytes:
  value: '^\\s*(?P<value>\\d+)'
  kind: number
  says: Its size in bytes.
```

```yaml probe=example python=widget_probes:example_there
path: widget.example
token: $TOKEN
```

```yaml facts=example
example-there:
  when: output == 'yes'
  unless: output == 'no'
```

## Root causes

### It was never put there

```yaml cause=widget-missing
title: 'The widget is missing[: {file}]'
when: gone or exit-3 and not widget-there
advice: Put the widget from its example.
repair: [put-widget, restart]
```

### It is empty

```yaml cause=widget-empty
title: 'The widget is empty[: {file}]'
when: empty or widget-bytes == 0
advice: Ask who emptied it.
escalate: Somebody emptied it, and only they know why.
```

## Solution

```sh step=put-widget effect=reversible
test ! -e $WIDGET
cp widget.example $WIDGET
```

```sh undo=put-widget
cmp widget.example $WIDGET
rm $WIDGET
```

```sh step=restart effect=disruptive backup=widget.state
sed -i.bak s/off/on/ widget.state
```

```sh undo=restart
sed -i.bak s/on/off/ widget.state
```

```sh step=reset effect=destructive why="what was cached is gone"
rm -r cache
```

## Verification

```sh verify=listening timeout=2
grep -c listen $WIDGET
```

```text expect=listening match=exact
1
```

## Prevention

```sh guard=example
test -f widget.example
```

## Lessons

An empty file is a file.

## Evidence

```ini file=widget.example
listen 8000
```

```sh reproduce=missing
rm -f widget.conf
```

```sh symptom=missing cause=widget-missing exit_code=3
echo 'widgetd: cannot open widget.conf'; exit 3
```

```sh reproduce=empty cause=widget-empty
: > widget.conf
```

```sh symptom=empty cause=widget-empty
echo 'widgetd: widget.conf is empty'
```

```text output=missing versions=widgetd:2.4.1
widgetd: cannot open widget.conf
```

## References

- [Widgets](https://widgets.example/manual)
"""

PROBES = '''\
"""What the probes of a guide about widgets ask."""


def example_there(path: str, token: str) -> str:
    """Say whether there is an example."""
    return "yes" if path and token else "no"
'''
