"""Turning a template's name and a job's own variables into the variables that are stored with the job.

Pure: the templates come from a library, and what may be looked up outside of them by parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from container_manager.environment.compiler import Compilation, compile_template
from container_manager.environment.diagnostics import Diagnostic
from container_manager.environment.given import Given
from container_manager.environment.includes import Library
from container_manager.environment.showing import Role, shown_lines
from container_manager.request.secrets import check_secrets
from container_manager.runspec.variables import check_environment
from container_manager.validation.plain_values import check_text
from container_manager.validation.problems import Problems, did_you_mean

FIELD = "environment_template"


def check_template_name(value: object, problems: Problems) -> str:
    """Return the name of the template that a job begins with; the empty one for none."""
    return check_text(FIELD, value, problems, example="'web'", longest=200)


def resolve_template(
    fields: Mapping[str, object], library: Library, outside: Mapping[str, str], problems: Problems
) -> Mapping[str, object]:
    """Return the fields of a request with what its template says in ``environment``, ``secret_names``, ``secrets``.

    What the request gives itself overrides the template. Fields that are wrong stay as they are, for whoever checks
    the request. What is wrong with the template goes to ``problems``.
    """
    name, given = check_template_name(fields.get(FIELD), Problems()), fields.get("environment")
    if not name or not isinstance(given, Mapping | None):
        return fields
    content = library.find(name)
    if content is None:
        _tell_unknown(name, library, problems)
        return {**fields, "secret_names": None}
    good = check_environment(given, Problems())
    bad = {key: value for key, value in (given or {}).items() if key not in good}
    compilation = compile_template(
        name, content, library=library, given=_given(fields, good, outside, complete=not bad)
    )
    for error in compilation.errors:
        _tell(error, problems)
    if compilation.errors:
        return {**fields, "secret_names": None}
    return {
        **fields,
        "environment": {**bad, **compilation.environment, **_given_twice(fields, good)},
        "secret_names": _secret_names(fields.get("secret_names"), compilation),
        "secrets": _secrets(fields.get("secrets"), compilation),
    }


def _given(
    fields: Mapping[str, object], good: Mapping[str, str], outside: Mapping[str, str], *, complete: bool
) -> Given:
    return Given(
        overrides=good,
        secrets={each.variable: each.secret for each in check_secrets(_alone(fields), Problems()) if each.variable},
        secret_names=frozenset(_names(fields.get("secret_names"))),
        outside=outside,
        complete=complete,
    )


def _alone(fields: Mapping[str, object]) -> Mapping[str, object]:
    return {"secrets": fields.get("secrets")}


def _given_twice(fields: Mapping[str, object], good: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables that the request gives as text and as a secret: whoever checks it refuses them."""
    secret = {each.variable for each in check_secrets(_alone(fields), Problems())}
    return {name: text for name, text in good.items() if name in secret}


def _names(value: object) -> Sequence[str]:
    if isinstance(value, str | bytes) or not isinstance(value, Sequence | frozenset | set):
        return ()
    return tuple(name for name in value if isinstance(name, str))


def _secret_names(value: object, compilation: Compilation) -> object:
    if value is not None and (isinstance(value, str | bytes) or not isinstance(value, Sequence | frozenset | set)):
        return value
    return [*dict.fromkeys([*(value or ()), *sorted(compilation.secret_names)])]


def _secrets(value: object, compilation: Compilation) -> object:
    if value is None:
        return compilation.secrets or None
    if isinstance(value, Mapping):
        return {**compilation.secrets, **value}
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        return value
    given = {entry.get("variable") for entry in value if isinstance(entry, Mapping)}
    more = [{"variable": name, "secret": ref} for name, ref in compilation.secrets.items() if name not in given]
    return [*value, *more]


def _tell_unknown(name: str, library: Library, problems: Problems) -> None:
    fix = did_you_mean(name, library.names(), otherwise="`manage.py list_templates` shows those there are.")
    problems.add(FIELD, f"no template is called {name!r}.", fix)


def _tell(error: Diagnostic, problems: Problems) -> None:
    if error.variable is not None:
        problems.add(f"environment[{error.variable[:100]!r}]", error.message, error.fix)
        return
    shown = [line.text for line in shown_lines(error, width=120) if line.role is not Role.FIX]
    problems.add(FIELD, "\n".join(shown) + "\n", error.fix)
