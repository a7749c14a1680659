"""The guide about `.env`, run by hand's order: its commands find the cause, repair it, prove it, and take it back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sickbay.guides.answers import CommandAnswer, meets, read_facts
from sickbay.guides.commands import Command, filled_in
from sickbay.guides.conditions import Value, evaluate
from sickbay.guides.library import builtin_guides
from sickbay.guides.parts import Action

GUIDE = next(guide for guide in builtin_guides() if guide.slug == "env-file-is-directory")
INPUTS = GUIDE.front.inputs


def _answer(action: Action, folder: Path) -> CommandAnswer:
    """Run a part's commands until one fails, without a shell."""
    assert isinstance(action, tuple)
    answer = CommandAnswer(exit_code=0)
    for command in action:
        answer = _run(command, folder)
        if answer.exit_code != 0:
            break
    return answer


def _run(command: Command, folder: Path) -> CommandAnswer:
    done = subprocess.run(
        filled_in(command, INPUTS, {}),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=30,
    )
    return CommandAnswer(exit_code=done.returncode, output=done.stdout.decode(), errors=done.stderr.decode())


def _known(folder: Path) -> dict[str, Value]:
    """Return what the probes learn; a signature that nobody looked for counts as a no."""
    known: dict[str, Value] = {signature.id: False for signature in GUIDE.front.signatures}
    known.update(dict.fromkeys(GUIDE.conditions, False))
    for probe in GUIDE.parts.probes:
        facts = read_facts(probe, _answer(probe.action, folder))
        known.update({name: value for name, value in facts.items() if value is not None})
    return known


def _causes(folder: Path) -> list[str]:
    known = _known(folder)
    return [cause.id for cause in GUIDE.causes if evaluate(cause.condition, known) is True]


def _proved(folder: Path) -> bool:
    (verify,) = GUIDE.parts.verifications
    assert verify.expect is not None
    return meets(verify.expect, _answer(verify.action, folder), INPUTS, {})


def _state(folder: Path) -> dict[str, str | None]:
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("cause", ["env-file-is-directory", "env-file-missing"])
def test_each_cause_is_told_apart_repaired_proved_and_taken_back(cause: str, tmp_path: Path) -> None:
    for part in GUIDE.parts.files:
        (tmp_path / part.name).write_text(part.content)
    if cause == "env-file-is-directory":
        (tmp_path / ".env").mkdir()
        (tmp_path / ".env" / "kept").write_text("somebody's")
    before = _state(tmp_path)
    assert _causes(tmp_path) == [cause]
    assert _state(tmp_path) == before
    assert not _proved(tmp_path)

    (repair,) = [each.repair for each in GUIDE.causes if each.id == cause]
    steps = {step.id: step for step in GUIDE.parts.steps}
    for name in repair:
        assert _answer(steps[name].action, tmp_path).exit_code == 0
    assert _proved(tmp_path)
    assert _causes(tmp_path) == []
    assert [_answer(guard.action, tmp_path).exit_code for guard in GUIDE.parts.guards] == [0]

    for name in reversed(repair):
        undo = steps[name].undo
        assert undo is not None
        assert _answer(undo.action, tmp_path).exit_code == 0
    assert _state(tmp_path) == before
    assert _causes(tmp_path) == [cause]


def test_a_file_that_was_filled_in_meanwhile_is_not_removed_by_the_way_back(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("PORT=8000\n")
    step = next(each for each in GUIDE.parts.steps if each.id == "put-file")
    assert _answer(step.action, tmp_path).exit_code == 0
    (tmp_path / ".env").write_text("PORT=9000\n")
    assert step.undo is not None
    assert _answer(step.undo.action, tmp_path).exit_code != 0
    assert (tmp_path / ".env").read_text() == "PORT=9000\n"


def test_nothing_is_moved_into_what_lies_aside_already(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    (tmp_path / ".env.aside").mkdir()
    step = next(each for each in GUIDE.parts.steps if each.id == "move-aside")
    assert _answer(step.action, tmp_path).exit_code != 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", ".env.aside"]
    assert _known(tmp_path)["aside-is-taken"] is True


def test_a_healthy_folder_has_none_of_its_causes(tmp_path: Path) -> None:
    for name in (".env", ".env.example"):
        (tmp_path / name).write_text("PORT=8000\n")
    assert _causes(tmp_path) == []
    assert _proved(tmp_path)
