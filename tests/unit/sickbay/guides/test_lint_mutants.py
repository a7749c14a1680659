"""A complete guide has no problem; damaged in each of many known ways it has the one that names the damage."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.lint import LintReport, lint_paths
from tests.unit.sickbay.guides.sample import PROBES, SAMPLE, SLUG

FACTS = {"exit_code", "oom_killed"}

_EXPECT = "```text expect=listening match=exact\n1\n```"
_GUARD = "```sh guard=example\ntest -f widget.example\n```"
_ESCALATE = """\
escalate:
  - says: There is no example, so its owner must write the file.
    when: not example-there
"""
_SIGN = "  - id: empty\n    strength: strong"
_UNDO = "```sh undo=put-widget\ncmp widget.example $WIDGET\nrm $WIDGET\n```\n\n"

#: Each: what kind of damage, the part that is damaged, what it becomes, and what the linter says.
MUTANTS = [
    # Steps and their way back.
    ("no undo", _UNDO, "", "'put-widget' has no undo"),
    ("undo of nothing", "undo=restart", "undo=restarted", "There is no step for undo=restarted"),
    ("undo loses data", "cmp widget.example $WIDGET\nrm $WIDGET", "rm $WIDGET", "undo deletes, so it may lose"),
    ("undo loses data by force", "\nrm $WIDGET", "\nrm -f $WIDGET", "undo deletes, so it may lose"),
    ("no effect", " effect=reversible", "", "effect= is not known"),
    ("unknown effect", "effect=reversible", "effect=harmless", "effect=harmless is not known"),
    ("destructive and no why", ' why="what was cached is gone"', "", "does not say why"),
    ("destructive and run", "[put-widget, restart]", "[put-widget, restart, reset]", "only a person does it"),
    ("deletion", "cp widget.example $WIDGET", "rm -r old", "the step says effect=reversible"),
    (
        "deletion of a log",
        "rm -r cache",
        "rm -r /var/log/widgets",
        "are never deleted, and this does: /var/log/widgets",
    ),
    ("deletion of a database", "rm -r cache", "dropdb widgets", "never deleted, and this does: dropdb widgets"),
    ("deletion by SQL", "rm -r cache", "psql -c 'DROP TABLE widgets'", "never deleted"),
    ("deletion of configuration", "rm -r cache", "sudo -n -u root rm /etc/widgets.conf", "never deleted"),
    ("deletion of volumes", "rm -r cache", "docker -H tcp://a:1 volume rm widgets", "never deleted"),
    ("deletion of a container", "cp widget.example $WIDGET", "docker rm --force web", "deletes for good"),
    ("deletion in a container", "cp widget.example $WIDGET", "docker run --rm app rm -r /w", "deletes for good"),
    ("engine wide pruning", "cp widget.example $WIDGET", "docker system prune --force", "deletes for good"),
    ("lost work", "cp widget.example $WIDGET", "git -C src reset --hard", "deletes for good"),
    ("no backup", " backup=widget.state", "", "What was in the file is lost"),
    ("overwriting", "test ! -e $WIDGET\ncp", "cp", "This writes over '$WIDGET'"),
    ("unused step", "[put-widget, restart]", "[put-widget]", "No cause repairs with the step 'restart'"),
    # Looks that are more, or less, than looks.
    ("probe that writes", "test -f $WIDGET", "touch $WIDGET", "A probe may change nothing"),
    ("probe that writes by an option", "test -f $WIDGET", "find $WIDGET -delete", "'-delete' writes"),
    ("probe that asks for rights", "test -f $WIDGET", "sudo -n test -f $WIDGET", "never asks for more rights"),
    ("probe that writes in a container", "test -f $WIDGET", "docker exec web touch /x", "A probe may change nothing"),
    ("probe of an unknown program", "test -f $WIDGET", "widgetctl fix", "not known to change nothing"),
    ("probe behind a wrapper", "test -f $WIDGET", "timeout 5 nice -n 5 rm $WIDGET", "A probe may change nothing"),
    ("probe that changes an address", "test -f $WIDGET", "ip addr add 10.0.0.1", "A probe may change nothing"),
    ("probe without facts", "```yaml facts=file", "```yaml facts=other", "No fact is taken from the probe 'file'"),
    ("facts without a probe", "```yaml facts=file", "```yaml facts=other", "There is no probe for facts=other"),
    (
        "fact that is asked by nobody",
        "exit-3 and not widget-there",
        "exit-3",
        "Nothing asks for the fact 'widget-there'",
    ),
    ("fact decided one way", "  unless: exit_code == 1\n", "", "is not decided both ways"),
    ("fact without a group", "(?P<value>\\d+)", "\\d+", "has no group 'value'"),
    ("fact of something else", "unless: exit_code == 1", "unless: color == 1", "'color', which no probe answers"),
    ("fact twice", "example-there:\n", "widget-there:\n", "'widget-there' is taken already"),
    ("two commands in a probe", "test -f $WIDGET", "test -f $WIDGET\nls", "exactly one command"),
    ("no time", "probe=file timeout=2", "probe=file timeout=forever", "timeout=forever is no time limit"),
    ("more time than there is", "probe=file timeout=2", "probe=file timeout=9999", "timeout=9999 is no time limit"),
    ("function that is not there", "widget_probes:example_there", "widget_probes:other", "has no function 'other'"),
    ("file of a function that is not there", "widget_probes:", "other_probes:", "cannot be read beside the guide"),
    ("argument that is not taken", "path: widget.example", "place: widget.example", "takes no argument 'place'"),
    ("function that is none", "python=widget_probes:example_there", "python=os.system", "The function cannot be read"),
    # Commands that are no single commands, or not finite, or not alone.
    ("pipe", "wc -c $WIDGET", "cat $WIDGET | wc -c", "a pipe needs a shell"),
    ("redirection", "cp widget.example $WIDGET", "cat widget.example > $WIDGET", "a redirection needs a shell"),
    ("substitution", "wc -c $WIDGET", "wc -c $(cat names)", "no shell to substitute"),
    ("two in one", "cp widget.example $WIDGET", "cp a b && cp b c", "'&' or '&&' needs a shell"),
    ("file name pattern", "wc -c $WIDGET", "wc -c *.conf", "a pattern of file names needs a shell"),
    ("open quote", "wc -c $WIDGET", "wc -c 'widget", "No closing quotation"),
    ("program from outside", "wc -c $WIDGET", "$WIDGET -c", "the program is an input"),
    ("half an input", "wc -c $WIDGET", "wc -c /etc/$WIDGET", "is not one whole input"),
    ("shell", "cp widget.example $WIDGET", "sh -c 'cp a b'", "There is no shell"),
    ("shell in a container", "cp widget.example $WIDGET", "docker exec web bash -lc id", "There is no shell"),
    ("program in an argument", "wc -c $WIDGET", "python3 -c 'print(1)'", "no program in an argument"),
    ("endless look", "wc -c $WIDGET", "tail -f $WIDGET", "This command never ends"),
    ("endless events", "wc -c $WIDGET", "docker logs --follow web", "This command never ends"),
    ("endless top", "test -f widget.example\n", "top\n", "This command never ends"),
    ("endless watch", "test -f widget.example\n", "watch ls\n", "This command never ends"),
    ("question", "cp widget.example $WIDGET", "docker exec -it web id", "Nobody is there to answer"),
    ("editor", "cp widget.example $WIDGET", "vi $WIDGET", "Nobody is there to answer"),
    ("password", "cp widget.example $WIDGET", "sudo systemctl restart widgetd", "asks for a password"),
    ("unknown input", "wc -c $WIDGET", "wc -c $GADGET", "$GADGET is no input"),
    ("placeholder", "wc -c $WIDGET", "wc -c YOUR_FILE", "The placeholder 'YOUR_FILE' is no input"),
    ("input without its sign", "wc -c $WIDGET", "wc -c WIDGET", "The placeholder 'WIDGET' is no input"),
    # Inputs.
    ("input nobody uses", "token: $TOKEN\n", "token: none\n", "Nothing uses the input 'TOKEN'"),
    ("default that does not fit", "default: widget.conf", "default: '!'", "The default of 'WIDGET' does not match"),
    ("secret that everybody reads", "secret: true", "secret: true, default: abcdefgh", "has a default"),
    ("input that is an option", "'[\\w./][\\w./-]*'", "'[\\w./-]*'", "may be read as an option"),
    # Causes.
    ("cause without repair", "repair: [put-widget, restart]\n", "", "has neither repair nor escalation"),
    ("cause with both", "repair: [put-widget, restart]", "repair: [put-widget, restart]\nescalate: Ask.", "both"),
    ("repair that is no step", "[put-widget, restart]", "[put-widget, restart, pray]", "'pray', which is no step"),
    ("unknown fact", "not widget-there\nadvice", "not gadget-there\nadvice", "'gadget-there', which does not exist"),
    (
        "two causes with the same facts",
        "when: empty or widget-bytes == 0",
        "when: not (not gone and not (exit-3 and not widget-there))",
        "have the same facts",
    ),
    ("no way to hand over", _ESCALATE, "", "does not say when to escalate"),
    ("escalation on nothing", "when: not example-there", "when: not gadget", "escalate speaks of 'gadget'"),
    # Proofs that prove nothing.
    ("verify without expectation", _EXPECT + "\n\n", "", "'listening' expects nothing"),
    ("verify that proves nothing", "grep -c listen $WIDGET", "echo 1", "so it proves nothing"),
    ("expectation of anything", _EXPECT, "```text expect=listening match=regex\n.*\n```", "fits anything"),
    ("expectation of any text", _EXPECT, "```text expect=listening match=glob\n*\n```", "fits anything"),
    ("expectation of nothing", _EXPECT, "```text expect=listening match=exact\n```", "fits anything"),
    ("unknown match", "match=exact", "match=roughly", "match=roughly is not known"),
    ("verify that writes", "grep -c listen $WIDGET", "touch $WIDGET", "A check may change nothing"),
    ("guard that writes", "test -f widget.example\n", "mkdir widget.example\n", "A check may change nothing"),
    ("no guard", _GUARD, "Words.", "The guide has no guard"),
    ("no reproduction", "```sh reproduce=missing\nrm -f widget.conf\n```\n\n", "", "The symptom has no reproduction"),
    (
        "cause without a reproduction",
        "symptom=empty cause=widget-empty",
        "symptom=empty cause=widget-missing",
        "'widget-empty' has no reproduction",
    ),
    ("empty symptom", "echo 'widgetd: widget.conf is empty'\n", "", "The symptom is empty"),
    ("file elsewhere", "file=widget.example", "file=../widget.example", "outside of the lab's folder"),
    ("claims no proof and repairs", "updated: 2026-11-20", "updated: 2026-11-20\nproof: none", "only documents"),
    # Evidence.
    ("stale evidence", "versions=widgetd:2.4.1", "versions=widgetd:2.3.0", "The evidence is stale"),
    ("stale proof", "updated: 2026-11-20", "updated: 2026-11-22", "changed after it was last tested"),
    ("evidence of nothing", "output=missing", "output=other", "Nothing of this guide prints output=other"),
    ("evidence without versions", " versions=widgetd:2.4.1", "", "does not say which versions"),
    ("example that does not match", "example: 'widgetd: widget.conf is empty'", "example: 'empty'", "not match its"),
    ("pattern that is slow", "(?P<file>\\S{1,200}) is empty", "(?P<file>(?:\\S+)+) is empty", "can take very long"),
    # Tags.
    (
        "tag on a weak sign",
        _SIGN,
        _SIGN.replace("strong", "weak\n    tags: [security]"),
        "stops a session, and is weak",
    ),
    ("tag twice", _SIGN, f"{_SIGN}\n    tags: [security, security]", "has a tag twice"),
    (
        "tag without a line that looks alike",
        _SIGN,
        f"{_SIGN}\n    tags: [corruption]",
        "names no line that looks alike",
    ),
    ("tag of no meaning", _SIGN, f"{_SIGN}\n    tags: [urgent]", "Invalid enum value 'urgent'"),
    # Form.
    ("broken anchor", "(#root-causes)", "(#the-causes)", "no such heading"),
    ("broken link", "(#root-causes)", "(../widgets/other.md)", "no such file"),
    ("broken address", "https://widgets.example/manual", "https://manual", "it names no host"),
    ("wrong language", "```sh probe=file", "```python probe=file", "not written in 'python'"),
    ("wrong section", f"{_GUARD}\n\n## Lessons", f"## Lessons\n\n{_GUARD}", "belongs elsewhere than under 'Lessons'"),
    ("unknown key", "severity: high", "severity: high\nseverety: low", "Did you mean 'severity'?"),
    ("range of versions", "'>=2,<3'", "'2 to 3'", "is no range of versions"),
    ("range of something else", "{widgetd: '>=2,<3'}", "{gadgetd: '>=2'}", "is none of the components"),
    ("fill-in mark", "An empty file is a file.", "FILL IN: what surprised you.", "Not filled in yet"),
    ("part without a name", "```sh guard=example", "```sh guard", "The guard has no name"),
    ("time without an end", "{minutes: 10", "{minutes: 600", "These limits are none"),
]


def _lint(folder: Path, text: str) -> LintReport:
    (folder / f"{SLUG}.md").write_text(text, encoding="utf-8")
    (folder / "widget_probes.py").write_text(PROBES, encoding="utf-8")
    return lint_paths([folder], FACTS)


def test_the_complete_guide_has_no_problem_and_counts_as_proved(tmp_path: Path) -> None:
    report = _lint(tmp_path, SAMPLE)
    assert [str(problem) for problem in report.problems] == []
    assert (report.proved, report.unproved, report.documentation) == ((SLUG,), (), ())


def test_a_whole_guide_without_a_recorded_proof_counts_as_not_proved(tmp_path: Path) -> None:
    start, end = SAMPLE.index("tested:\n"), SAMPLE.index("---\n\n# ")
    report = _lint(tmp_path, SAMPLE[:start] + SAMPLE[end:])
    assert (report.problems, report.proved, report.unproved) == ((), (), (SLUG,))


def test_evidence_of_a_version_that_is_said_less_exactly_is_fresh(tmp_path: Path) -> None:
    assert _lint(tmp_path, SAMPLE.replace("versions=widgetd:2.4.1", "versions=widgetd:2.4")).problems == ()


@pytest.mark.parametrize(("part", "damage", "told"), [m[1:] for m in MUTANTS], ids=[m[0] for m in MUTANTS])
def test_a_damaged_guide_is_told_by_its_damage(tmp_path: Path, part: str, damage: str, told: str) -> None:
    assert part in SAMPLE
    report = _lint(tmp_path, SAMPLE.replace(part, damage))
    problems = [str(problem) for problem in report.problems]
    assert [problem for problem in problems if told in problem], problems
    assert report.proved == ()


def test_a_pattern_that_matches_another_guides_evidence_is_told_and_one_that_explains_it_is_not(tmp_path: Path) -> None:
    other = (
        SAMPLE.replace("'widgetd: ", "'gadgetd: ")
        .replace("\nwidgetd: ", "\ngadgetd: ")
        .replace("cause=widget-", "cause=gadget-")
    )
    (tmp_path / "gadget-missing.md").write_text(other, encoding="utf-8")
    wide = SAMPLE.replace("pattern: 'widgetd: cannot", "pattern: '(?:widget|gadget)d: cannot")
    told = "matches the evidence of 'gadget-missing'"
    assert [told in problem.message for problem in _lint(tmp_path, wide).problems] == [True]
    assert _lint(tmp_path, wide.replace("explains: [", "explains: [gadget-missing, ")).problems == ()
    assert _lint(tmp_path, SAMPLE).problems == ()


def test_an_input_that_only_a_port_needs_is_used(tmp_path: Path) -> None:
    text = SAMPLE.replace("inputs:\n", "inputs:\n  PORT: {pattern: '[1-9][0-9]{0,4}', default: '80'}\n")
    assert [each.message for each in _lint(tmp_path, text).problems] == ["Nothing uses the input 'PORT'."]
    assert _lint(tmp_path, text.replace("probe=file timeout=2", "probe=file timeout=2 tcp=$PORT")).problems == ()
