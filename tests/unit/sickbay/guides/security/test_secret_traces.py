"""Secrets in what `set -x` prints: named by the guide, and nothing else in such lines is."""

from __future__ import annotations

import pytest

from sickbay.facts.context import facts_from_context
from sickbay.facts.model import Facts
from sickbay.facts.text import text_source
from sickbay.runner import builtin_engine

LEAKS = [
    "+ API_TOKEN=tok9x8f7s6d5f4",
    "++ export DB_PASSWORD=s3cr3t-dev",
    "+ curl -H 'Authorization: Bearer abcdef0123456789abcdef' https://api.example/v1",
    "+ git clone https://deploy:a1b2c3d4e5@git.example/app.git",
    "+ docker build --build-arg NPM_TOKEN=npm_devtoken42 .",
    "+ PGPASSWORD=s3cr3t-dev psql --host db",
    "+ MYSQL_PWD=s3cr3t-dev mysql",
    "web-1  | + ./upload glpat-a1B2c3D4e5F6g7H8i9J0",
]

#: Errors that were only spoken of, values that are hidden, names, paths, and what a person typed or quoted.
OTHERS = [
    "+ grep 'connection refused' app.log",
    "+ echo 'No space left on device'",
    "+ API_TOKEN='[secret:API_TOKEN]'",
    "+ export API_TOKEN=***",
    "+ export SECRET_KEY=/run/secrets/django_key_2",
    "+ docker run --env API_TOKEN --env-file app.env job:2",
    "+ sed -i 's/PASSWORD=.*/PASSWORD=changeme1/' app.env",
    "+ test -n x",
    "++ cat /run/secrets/token_1",
    "$ API_TOKEN=tok9x8f7s6d5f4 ./run",
    "> export API_TOKEN=tok9x8f7s6d5f4",
]


def _causes(text: str, exit_code: int) -> list[str]:
    values = {fact.name: fact for fact in facts_from_context({"exit_code": exit_code})}
    facts = Facts(values=values, texts=(text_source("text", text.encode()),))
    return [verdict.cause for verdict in builtin_engine().diagnose(facts).verdicts]


@pytest.mark.parametrize("line", LEAKS)
def test_a_secret_in_an_echoed_command_is_a_leak(line: str) -> None:
    assert _causes(f"begin\n{line}\nend\n", exit_code=0) == ["secret-in-log"]


def test_a_secret_in_an_echoed_command_is_named_beside_the_failure() -> None:
    text = f"{LEAKS[0]}\n+ pg_restore dump\npg_restore: error: could not write: No space left on device\n"
    assert {"secret-in-log", "disk-full"} <= set(_causes(text, exit_code=1))


@pytest.mark.parametrize("line", OTHERS)
def test_nothing_else_in_an_echoed_command_is_a_symptom(line: str) -> None:
    assert _causes(f"{line}\n", exit_code=0) == []
    assert _causes(f"{line}\n", exit_code=1) == ["unknown"]
