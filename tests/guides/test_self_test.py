"""The lab proves a whole guide, and names the damage in each that was broken in a way that only running shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sickbay.guides.parser import parse_guide
from sickbay.lab.bench import Bench
from tests.guides.proving import GUIDE, SLUG, damaged, proof_of

#: Each: what kind of damage, the part that is damaged, what it becomes, and the check that does not pass.
MUTANTS = [
    ("fault that is not made", "echo 0 > limit.txt", "exit 3", "the fault can be made"),
    ("fault that never ends", "echo 0 > limit.txt", "kill -STOP $$", "the fault can be made"),
    ("symptom that is none", 'is below one"; exit 1', 'is fine"; exit 1', "the symptom is named with evidence"),
    ("symptom of a success", 'is below one"; exit 1', 'is below one"; exit 0', "the symptom is named with evidence"),
    ("signature that never matches", "is below one'\n    example", "is under one'\n    example", "with evidence"),
    ("signature too wide", "'limit (?P<limit>\\d{1,9}) is below one'", "'limit|started'", "the symptom is gone"),
    (
        "probe of another file",
        "```sh probe=limit timeout=5\ncat $SETTINGS",
        "```sh probe=limit timeout=5\ncat limit.example",
        "a look speaks for its cause",
    ),
    (
        "probe that writes",
        "timeout=5\ncat $SETTINGS\n```\n\n```yaml facts",
        "timeout=5\nmv $SETTINGS moved\n```\n\n```yaml facts",
        "a look speaks for its cause",
    ),
    (
        "probe of a program that is not there",
        "timeout=5\ncat $SETTINGS\n```\n\n```yaml facts",
        "timeout=5\nno-such-program\n```\n\n```yaml facts",
        "a look speaks for its cause",
    ),
    (
        "probe that takes too long",
        "timeout=5\ncat $SETTINGS\n```\n\n```yaml facts",
        "timeout=0.2\nsleep 3\n```\n\n```yaml facts",
        "a look speaks for its cause",
    ),
    (
        "fact the wrong way round",
        "when: output == '0'\n  unless: exit_code == 0 and output != '0'",
        "when: exit_code == 0 and output != '0'\n  unless: output == '0'",
        "a look speaks for its cause",
    ),
    (
        "cause that always holds",
        "refused or limit-is-zero",
        "refused or limit-is-zero or not limit-is-zero",
        "no cause holds after the repair",
    ),
    (
        "verification that always holds",
        "^[1-9]\n```\n\n## Prevention",
        "^[0-9]\n```\n\n## Prevention",
        "a verification fails before the repair",
    ),
    (
        "verification that never holds",
        "^[1-9]\n```\n\n## Prevention",
        "^seven$\n```\n\n## Prevention",
        "every verification passes after the repair",
    ),
    (
        "verification of a program that is not there",
        "verify=allowed timeout=5\ncat",
        "verify=allowed timeout=5\nno-such-program",
        "every verification can be asked",
    ),
    ("step that fails", "test ! -e limit.before\nmv", "test -e limit.before\nmv", "the step raise-limit can be done"),
    (
        "step that does nothing",
        "mv $SETTINGS limit.before\ncp limit.example $SETTINGS",
        "test -e $SETTINGS",
        "every verification passes after the repair",
    ),
    (
        "step that repairs half",
        "cp limit.example $SETTINGS\n```\n\n```sh undo",
        "cp limit.before $SETTINGS\n```\n\n```sh undo",
        "every verification passes after the repair",
    ),
    ("guard that fails when all is well", '"^[1-9]" limit.example', '"^7" limit.example', "the guard example passes"),
    (
        "guard of nothing",
        'grep -q "^[1-9]" limit.example',
        'grep -q "^[1-9]" limit.forgotten',
        "the guard example passes",
    ),
    (
        "undo that fails",
        "cmp limit.example $SETTINGS",
        "cmp limit.before $SETTINGS",
        "the step raise-limit can be taken back",
    ),
    (
        "undo that does nothing",
        "cmp limit.example $SETTINGS\nrm $SETTINGS\nmv limit.before $SETTINGS",
        "test -e limit.before",
        "the state is as before the repair",
    ),
    (
        "undo that loses what was there",
        "rm $SETTINGS\nmv limit.before $SETTINGS",
        "rm limit.before",
        "the state is as before the repair",
    ),
    (
        "undo that leaves something behind",
        "rm $SETTINGS\nmv limit.before $SETTINGS",
        "mv $SETTINGS limit.after\nmv limit.before $SETTINGS",
        "the state is as before the repair",
    ),
    (
        "undo that changes the mode",
        "mv limit.before $SETTINGS",
        "chmod 600 limit.before\nmv limit.before $SETTINGS",
        "the state is as before the repair",
    ),
    (
        "input without a value",
        "{pattern: '[\\w.]+', default: limit.txt}",
        "{pattern: '[\\w.]+'}",
        "a look speaks for its cause",
    ),
    ("input that is refused", "default: limit.txt}", "default: ../limit.txt}", "a look speaks for its cause"),
    (
        "symptom that stays",
        'if [ "$limit" -lt 1 ]; then echo "limit $limit',
        'if true; then echo "limit $limit',
        "the symptom is gone",
    ),
    (
        "symptom that leaves something behind",
        'echo "started with $limit"',
        'echo "started with $limit" | tee started',
        "showing the symptom leaves nothing behind",
    ),
]


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench(script_seconds=8) as opened:
        yield opened


def test_a_whole_guide_is_proved_with_every_check(bench: Bench) -> None:
    proof = proof_of(parse_guide(SLUG, f"{SLUG}.md", GUIDE), bench)
    assert proof.passed, proof.checks
    assert [check.name for check in proof.checks] == [
        "the fault can be made",
        "the symptom is named with evidence",
        "its cause is the first verdict",
        "looking changes nothing",
        "exactly its cause holds",
        "a look speaks for its cause",
        "every verification can be asked",
        "a verification fails before the repair",
        "the step raise-limit can be done",
        "every verification passes after the repair",
        "no cause holds after the repair",
        "the guard example passes",
        "the symptom is gone",
        "showing the symptom leaves nothing behind",
        "the step raise-limit can be taken back",
        "the state is as before the repair",
        "the symptom is back",
    ]


@pytest.mark.parametrize(("old", "new", "failing"), [each[1:] for each in MUTANTS], ids=[each[0] for each in MUTANTS])
def test_a_guide_that_lies_is_not_proved(old: str, new: str, failing: str, bench: Bench) -> None:
    proof = proof_of(damaged(old, new), bench)
    assert not proof.passed
    assert failing in proof.checks[-1].name, proof.checks
    assert not proof.checks[-1].passed


def test_nothing_of_a_proof_is_left(bench: Bench) -> None:
    with bench.site([]) as site:
        folder = site.folder
        (folder / "file").write_text("something")
    assert not folder.exists()


def test_what_a_script_leaves_running_ends_with_its_site(bench: Bench) -> None:
    guide = damaged(
        "echo 0 > limit.txt",
        'echo 0 > limit.txt\nsetsid sleep 600 > /dev/null 2>&1 &\necho $! > pid\ncp pid "$SICKBAY_INPUTS"',
    )
    assert proof_of(guide, bench).passed


def test_what_is_missing_here_is_said_and_nothing_is_tried(bench: Bench) -> None:
    proof = proof_of(damaged("```sh symptom\n", "```sh symptom needs=teleporter\n"), bench)
    assert (proof.passed, proof.checks) == (False, ())
    assert "teleporter" in proof.missing
