"""Short ways to compile a text and to look at what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from container_manager.environment.compiler import Compilation, compile_template
from container_manager.environment.given import Given
from container_manager.environment.includes import MappingLibrary


def compiled(text: str | bytes, templates: Mapping[str, str] | None = None, **given: object) -> Compilation:
    return compile_template("web", text, library=MappingLibrary(templates), given=Given(**given))


def environment(text: str | bytes, templates: Mapping[str, str] | None = None, **given: object) -> dict[str, str]:
    compilation = compiled(text, templates, **given)
    assert compilation.errors == ()
    return compilation.environment


def codes(text: str | bytes, templates: Mapping[str, str] | None = None, **given: object) -> list[str]:
    return [problem.code for problem in compiled(text, templates, **given).problems]
