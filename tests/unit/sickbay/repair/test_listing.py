from __future__ import annotations

from dataclasses import replace

from sickbay.guides.library import builtin_guides
from sickbay.guides.parser import parse_guide
from sickbay.repair.listing import list_repairs, may_touch_engine
from sickbay.safety.effects import Effect
from tests.unit.sickbay.repair.written import MAKE, RENAME, written

CONTAINER = replace(RENAME, does=("docker update --memory 1g web",), undo=("docker update --memory 2g web",))


def _guides() -> list:
    texts = {
        "restart": written(replace(RENAME, does=("docker restart web",), words="effect=disruptive")),
        "two": written(MAKE, RENAME),
        "one": written(MAKE),
        "host": written(replace(RENAME, does=("systemctl reload web",))),
        "container": written(CONTAINER),
        "destructive": written(replace(RENAME, words='effect=destructive why="x"')),
    }
    return [
        parse_guide(name, f"{name}.md", text.replace("cause=conf-missing", f"cause={name}"))
        for name, text in texts.items()
    ]


def test_the_mildest_comes_first_by_effect_then_by_reach() -> None:
    assert [each.cause.id for each in list_repairs(_guides())] == ["container", "one", "two", "host", "restart"]


def test_inputs_without_a_default_must_be_given() -> None:
    text = written(replace(RENAME, does=("mv $TOKEN b",))).replace(", default: hunter2hunter2", "")
    [outline] = list_repairs([parse_guide("x", "x.md", text)])
    assert outline.inputs == ("TOKEN",)


def test_a_guide_whose_steps_touch_the_engine_is_known() -> None:
    touching = {each.slug for each in _guides() if may_touch_engine(each)}
    assert touching == {"container", "host", "restart"}


def test_every_repair_of_the_package_may_be_listed() -> None:
    found = {each.cause.id: each.effect for each in list_repairs(builtin_guides())}
    assert found["env-file-is-directory"] is Effect.REVERSIBLE
