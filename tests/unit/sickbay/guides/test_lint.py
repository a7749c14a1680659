"""A good guide has no problem; broken in any known way it has one that names the line, what is wrong, and the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.lint import Problem, lint_paths

FACTS = {"exit_code", "oom_killed"}

GOOD = """\
---
guide: 1
class: docker
area: docker
severity: low
problem: It does not start.
root_cause: It is missing.
solution: Add it.
impact: Nothing runs.
signatures:
  - id: gone
    strength: strong
    pattern: 'cannot find (?P<name>\\w+)'
    example: 'cannot find widget'
    also: ['cannot find gadget']
    not_in: ['cannot find: anything']
facts:
  - id: exit-3
    when: exit_code == 3
    strength: weak
    says: The exit code is 3.
escalate:
  - says: Nobody has a widget.
proof: none
---

# It is missing

## Symptoms

Words.

## Investigation

```sh
timeout 5 tail -f log
docker logs --tail 50 web
```

## Root causes

### Gone

```yaml cause=widget-missing
title: The widget {name} is missing ({exit_code})
when: gone or exit-3
advice: Add {name}.
```

## Solution

Words.

## Verification

Words.

## Prevention

Words.

## Lessons

Words.

## Evidence

```sh symptom=gone cause=widget-missing needs=python exit_code=3
echo cannot find widget
```

## References

Words.
"""


def _lint(folder: Path, text: str) -> list[Problem]:
    path = folder / "widget-missing.md"
    path.write_text(text, encoding="utf-8")
    return list(lint_paths([path], FACTS).problems)


def test_a_good_guide_has_no_problem(tmp_path: Path) -> None:
    assert _lint(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("part", "broken", "told"),
    [
        ("## Lessons\n\nWords.\n\n", "", "'Lessons' is missing"),
        ("## Lessons\n\nWords.", "## Lessons", "'Lessons' is empty"),
        ("## Lessons", "## Insights", "'Insights' is no section"),
        ("example: 'cannot find widget'", "example: 'cannot see widget'", "does not match its example"),
        ("also: ['cannot find gadget']", "also: ['found']", "does not match its example"),
        ("not_in: ['cannot find: anything']", "not_in: ['cannot find anything']", "means something else"),
        ("cannot find (?P<name>\\w+)'\n", "cannot find (?P<name>\\w+'\n", "does not parse"),
        ("cannot find (?P<name>\\w+)'\n", "cannot find (?P<name>(?:\\w+\\s?)+)'\n", "very long"),
        ("cannot find (?P<name>\\w+)'\n", "cannot.* .*find.* (?P<name>\\w+)'\n", "very long"),
        ("cannot find (?P<name>\\w+)'\n", "(?P<name>\\w+)$'\n", "no fixed text"),
        ("- id: exit-3", "- id: gone", "two of the id 'gone'"),
        ("when: gone or exit-3", "when: gone", "No cause speaks of 'exit-3'"),
        ("when: gone or exit-3", "when: exit-3", "No cause speaks of 'gone'"),
        ("when: gone or exit-3", "when: gone or exit-3 or lost", "'lost', which does not exist"),
        ("when: exit_code == 3", "when: exit_kode == 3", "'exit_kode', which does not exist"),
        ("advice: Add {name}.", "advice: ''", "has no advice"),
        ("advice: Add {name}.", "advice: Add {widget}.", "Nothing fills {widget}"),
        ("advice: Add {name}.", "advice: Add it.\nexplains: [widget-missing]", "cannot explain"),
        ("cause=widget-missing\n", "cause=Widget_Missing\n", "is no slug"),
        ("```yaml cause=widget-missing", "```yaml result=widget-missing", "no kind of machine part"),
        ("```sh symptom=gone", "```python symptom=gone", "not written in 'python'"),
        ("needs=python", "needs=kubernetes", "Nobody provides 'kubernetes'"),
        ("needs=python", "wants=python", "no word 'wants'"),
        ("cause=widget-missing needs", "cause=other needs", "names no cause of this guide"),
        ("```sh\ntimeout", "```\ntimeout", "has no language"),
        ("timeout 5 tail -f log", "tail -f log", "never ends"),
        ("timeout 5 tail -f log", "sudo top", "never ends"),
        ("timeout 5 tail -f log", "watch -n 1 docker ps", "never ends"),
        ("docker logs --tail 50 web", "docker logs --follow web", "never ends"),
        ("docker logs --tail 50 web", "docker logs -f web", "never ends"),
        ("docker logs --tail 50 web", "journalctl -fu docker", "never ends"),
        ("docker logs --tail 50 web", "docker stats", "never ends"),
        ("guide: 1", "guide: 7", "guide format 7 is not known"),
        ("impact: Nothing", "effect: Nothing", "front matter"),
    ],
)
def test_a_broken_guide_is_told(tmp_path: Path, part: str, broken: str, told: str) -> None:
    assert part in GOOD
    problems = _lint(tmp_path, GOOD.replace(part, broken))
    assert [str(problem) for problem in problems if told in str(problem)], [str(problem) for problem in problems]


def test_a_problem_names_the_file_the_line_and_the_fix(tmp_path: Path) -> None:
    (problem,) = _lint(tmp_path, GOOD.replace("timeout 5 tail -f log", "tail -f log"))
    assert problem.line == GOOD.splitlines().index("timeout 5 tail -f log") + 1
    assert str(problem).startswith(f"{tmp_path}/widget-missing.md:{problem.line}: This command never ends: tail -f log")
    assert problem.fix


def test_the_line_of_a_signature_is_named(tmp_path: Path) -> None:
    (problem,) = _lint(tmp_path, GOOD.replace("example: 'cannot find widget'", "example: 'other'"))
    assert problem.line == GOOD.splitlines().index("  - id: gone") + 1


def test_sections_out_of_order_are_told(tmp_path: Path) -> None:
    swapped = GOOD.replace("## Lessons", "## X").replace("## Prevention", "## Lessons").replace("## X", "## Prevention")
    assert ["out of order" in problem.message for problem in _lint(tmp_path, swapped)] == [True]


@pytest.mark.parametrize(
    "command",
    [
        "top -b -n 1",
        "docker stats --no-stream",
        "docker events --since 10m --until 0s",
        "tail -n 50 log",
        "journalctl -u docker --since today",
        "rm -f file && grep -f words file",
        "docker compose -f compose.yaml logs --tail 5",
    ],
)
def test_commands_that_end_are_fine(tmp_path: Path, command: str) -> None:
    assert _lint(tmp_path, GOOD.replace("timeout 5 tail -f log", command)) == []


def test_a_cause_of_two_guides_is_told(tmp_path: Path) -> None:
    (tmp_path / "first.md").write_text(GOOD, encoding="utf-8")
    (tmp_path / "second.md").write_text(GOOD, encoding="utf-8")
    (problem,) = [each for each in lint_paths([tmp_path], FACTS).problems if "already one of" in each.message]
    assert problem.path.endswith("second.md")


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "odd.md").write_bytes(b"\xff\xfe")
    assert len(lint_paths([tmp_path], FACTS).problems) == 1
