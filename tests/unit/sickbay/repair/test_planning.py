from __future__ import annotations

from dataclasses import fields, replace

import pytest

from sickbay.guides.model import Cause, Guide
from sickbay.guides.parser import parse_guide
from sickbay.repair.command_lines import shown_lines
from sickbay.repair.guide_source import source_of
from sickbay.repair.planning import Draft, Setting, UnplannableError, draft_repair, is_reading, make_plan
from sickbay.safety.effects import Effect, Environment, Target
from sickbay.safety.plan import InvalidPlanError, Plan, check_plan
from tests.unit.sickbay.repair.written import CAUSE, MAKE, RENAME, WrittenStep, written

STAGING = Target(name="web", environment=Environment.STAGING)


def _guide(text: str) -> Guide:
    return parse_guide(CAUSE, f"{CAUSE}.md", text)


def _cause(guide: Guide, name: str = CAUSE) -> Cause:
    [cause] = [each for each in guide.causes if each.id == name]
    return cause


def _draft(*steps: WrittenStep, **values: str) -> Draft:
    guide = _guide(written(*steps))
    return draft_repair(guide, _cause(guide), values)


def _plan(draft: Draft, **changed: object) -> Plan:
    setting = Setting(target=STAGING, folder="web:/srv", source=source_of(draft.guide), backup="copies of a", impact=())
    return make_plan(draft, replace(setting, **changed))  # type: ignore[arg-type]  # fields of the setting


def test_a_plan_holds_every_command_with_its_way_back() -> None:
    plan = _plan(_draft(MAKE, RENAME))
    assert [step.action for step in plan.steps] == ["make", "rename"]
    assert plan.steps[0].arguments == ("test ! -e app.conf", "cp app.conf.example app.conf")
    assert plan.steps[0].undo == "cmp app.conf.example app.conf && rm app.conf"
    assert plan.verification == ("grep -c listen app.conf",)
    check_plan(plan, STAGING)


def test_the_same_plan_elsewhere_has_the_same_recipe_and_another_digest() -> None:
    draft = _draft(MAKE)
    here, there = _plan(draft), _plan(draft, folder="other:/srv", impact=("job 1",), tried="x", backup="y")
    assert here.recipe() == there.recipe()
    assert here.digest() != there.digest()
    assert here.recipe() != _plan(_draft(RENAME)).recipe()


def test_each_field_of_the_setting_is_in_the_digest() -> None:
    draft = _draft(MAKE)
    changed = {
        "target": replace(STAGING, name="x"),
        "folder": "x",
        "source": "x",
        "backup": "x",
        "impact": ("x",),
        "tried": "x",
    }
    assert {each.name for each in fields(Setting)} == set(changed)
    digests = {_plan(draft, **{name: value}).digest() for name, value in changed.items()}
    assert len(digests | {_plan(draft).digest()}) == len(changed) + 1


def test_another_text_of_the_guide_is_another_plan() -> None:
    guide = _guide(written(MAKE))
    other = _guide(written(MAKE).replace("There is no app.conf\n", "There is no app.conf at all\n"))
    assert source_of(guide) != source_of(other)
    assert _plan(_draft(MAKE)).guide == source_of(guide)


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (replace(RENAME, words='effect=destructive why="nobody could"'), "a person does it"),
        (replace(RENAME, does=("rm a",)), "deletes for good"),
        (replace(RENAME, does=("bash -c 'mv a b'",)), "there is no shell"),
        (replace(RENAME, does=("tail -f a",)), "would never end"),
        (replace(RENAME, does=("vi a",)), "nobody is there to answer"),
        (replace(RENAME, undo=("rm b",)), "on its way back rm deletes"),
        (replace(RENAME, undo=("cmp a b", "rm c")), "on its way back rm deletes"),
        (replace(RENAME, words="effect=reversible backup=../a"), "leave its folder"),
    ],
)
def test_what_no_step_may_do_is_not_planned(step: WrittenStep, why: str) -> None:
    with pytest.raises(UnplannableError, match=why):
        _draft(MAKE, step)


def test_a_repair_brings_steps_undo_and_verification_or_is_none() -> None:
    whole = written(MAKE)
    without_undo = whole[: whole.index("```sh undo=make")] + "## Verification" + whole.split("## Verification")[1]
    without_proof = whole.split("```sh verify=")[0] + "## Prevention" + whole.split("## Prevention")[1]
    for text, why in ((without_undo, "how it is taken back"), (without_proof, "how a repair is verified")):
        guide = _guide(text)
        with pytest.raises(UnplannableError, match=why):
            draft_repair(guide, _cause(guide), {})


def test_a_cause_that_escalates_has_no_plan() -> None:
    guide = _guide(written(MAKE))
    with pytest.raises(UnplannableError, match="Only whoever holds it may end it"):
        draft_repair(guide, _cause(guide, "lock-left"), {})


def test_data_are_not_changed_in_production() -> None:
    step = WrittenStep(name="index", does=("psql --command 'create index i on t (a)'",), undo=("psql --list",))
    production = Target(name="web")
    plan = _plan(_draft(step), target=production)
    with pytest.raises(InvalidPlanError, match="production data"):
        check_plan(plan, production)


def test_a_secret_input_is_masked_and_a_wrong_one_is_refused() -> None:
    step = WrittenStep(name="token", does=("cp a --name=$TOKEN",), undo=("cp $TOKEN a",))
    draft = _draft(step, TOKEN="s3cr3tvalue")
    assert "s3cr3tvalue" not in str(_plan(draft))
    assert draft.steps[0].lines == ("cp a '--name=[secret:TOKEN]'",)
    with pytest.raises(UnplannableError, match="does not match"):
        _draft(step, TOKEN="-rf /")


def test_a_function_is_shown_with_what_it_is_given() -> None:
    text = written(MAKE).replace(
        "```sh step=make effect=reversible\ntest ! -e app.conf\ncp app.conf.example app.conf\n```",
        "```yaml step=make effect=reversible python=making:make\ntoken: $TOKEN\nname: app.conf\n```",
    )
    guide = _guide(text)
    [step] = guide.parts.steps
    assert shown_lines(guide, step.action, {}) == ('making:make(name="app.conf", token="[secret:TOKEN]")',)
    assert draft_repair(guide, _cause(guide), {}).steps[0].touched.may_interrupt


def test_paths_that_are_named_and_that_are_written_are_known() -> None:
    draft = _draft(MAKE, replace(RENAME, words="effect=reversible backup=a"))
    assert (draft.named_paths, draft.written_paths) == (("a",), ("app.conf", "b"))
    assert draft.effect is Effect.REVERSIBLE


def test_looks_within_steps_are_told_from_changes() -> None:
    assert is_reading(["test", "!", "-e", "a"])
    assert not is_reading(["mv", "a", "b"])
