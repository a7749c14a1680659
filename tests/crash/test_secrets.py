"""A secret is nowhere to be found: not in a table, not in a worker's log, not in what any command prints."""

from __future__ import annotations

import signal
import zlib
from collections.abc import Iterator

import pytest

from sickbay.redaction.forms import written_forms
from tests import engine
from tests.crash.scratch import Scratch

STORED = "canary-Zx81/qW+7#stored&value"
SEALED = "canary-Kp39 sealed?value=%41"
FORMS = sorted(written_forms(STORED) | written_forms(SEALED))

#: Writes the values as they are, split over two writes, and encoded; then fails.
LEAK = """
echo "stored $TOKEN sealed $PASSWORD"
printf '%s' "${TOKEN%????}"; sleep 0.4; printf '%s\\n' "${TOKEN#"${TOKEN%????}"}"
printf '%s' "$TOKEN" | base64 >&2
printf 'x%s' "$PASSWORD" | base64 >&2
cat "$SICKBAY_SECRETS/key.pem" >&2
echo "error: cannot log in with $TOKEN" >&2
exit 3
"""

GIVEN = {
    "environment": {"PASSWORD": SEALED},
    "secret_names": ["PASSWORD"],
    "secrets": [{"secret": "token", "variable": "TOKEN"}, {"secret": "token", "file": "key.pem"}],
}


@pytest.fixture(params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def host(request: pytest.FixtureRequest) -> dict[str, object]:
    return {"name": "here", "executor_type": request.param}


def jobs_on(host: dict[str, object]) -> list[dict[str, object]]:
    """A job that leaks what it can, and one that is refused."""
    in_docker = host["executor_type"] == "docker"
    place = {"image": engine.test_image(), "network": "none"} if in_docker else {"image": "any"}
    leak, refused = ["sh", "-c", LEAK], ["/no-such-program"]
    return [{**place, **GIVEN, "command": leak}, {**place, **GIVEN, "command": refused, "init": False}]


def test_no_secret_is_stored_logged_or_shown(scratch: Scratch, host: dict[str, object]) -> None:
    leaking, refused = scratch.make(*jobs_on(host), host=host, secrets={"token": STORED})
    worker = scratch.worker()
    scratch.wait_until_cleared(leaking, refused)
    assert scratch.end(worker) == 0

    assert b"stored [secret:TOKEN] sealed [secret:PASSWORD]" in scratch.log(leaking, "stdout")
    assert scratch.attempts_of(refused)[0]["failure_reason"] == "launch_refused"
    assert scratch.attempts_of(leaking)[0]["sealed_secrets"] is None
    assert found_in(scratch) == []


@pytest.mark.parametrize("fault_point", ["secrets", "log-stored"])
def test_a_worker_that_takes_over_masks_what_was_given_though_the_secret_was_replaced(
    scratch: Scratch, fault_point: str
) -> None:
    host = {"name": "here", "executor_type": "process"}
    [leaking] = scratch.make(jobs_on(host)[0], host=host, secrets={"token": STORED})
    assert scratch.worker(fault_point=fault_point).wait(timeout=60) == -signal.SIGKILL
    replaced = scratch.folder / "value"
    replaced.write_text("another value that was never given to it")
    assert scratch.manage("set_secret", "token", "--from-file", str(replaced)).returncode == 0

    worker = scratch.worker()
    scratch.wait_until_cleared(leaking)
    assert scratch.end(worker) == 0

    assert b"error: cannot log in with [secret:TOKEN]" in scratch.log(leaking, "stderr")
    assert found_in(scratch) == []


def test_nothing_is_stored_of_an_attempt_whose_secrets_cannot_be_opened_until_a_key_is_back(scratch: Scratch) -> None:
    first, second = (f"{which} key {'k' * 32}" for which in ("first", "second"))
    scratch.configure(secret_keys=[first])
    host = {"name": "here", "executor_type": "process"}
    [leaking] = scratch.make(jobs_on(host)[0], host=host, secrets={"token": STORED})
    assert scratch.worker(fault_point="launched").wait(timeout=60) == -signal.SIGKILL

    scratch.configure(secret_keys=[second])
    blind = scratch.worker()
    scratch.wait_until(lambda: "cannot be masked" in scratch.said(blind), "the worker says why it does not go on")
    assert scratch.end(blind) == 0
    assert scratch.log(leaking, "stdout") == b""
    assert scratch.job(leaking)["finished_at"] is None

    scratch.configure(secret_keys=[second, first])
    worker = scratch.worker()
    scratch.wait_until_cleared(leaking)
    assert scratch.end(worker) == 0
    assert b"error: cannot log in with [secret:TOKEN]" in scratch.log(leaking, "stderr")
    assert found_in(scratch) == []


def found_in(scratch: Scratch) -> list[str]:
    """Where a form of a secret stands."""
    found = []
    for where, data in everything(scratch):
        found += [f"{form!r} in {where}" for form in FORMS if form in data]
    return found


def everything(scratch: Scratch) -> Iterator[tuple[str, bytes]]:
    """All that was stored, logged, and is shown."""
    for table in tables(scratch):
        for row in scratch.rows(f'select * from "{table}"'):
            for column, value in row.items():
                yield f"{table}.{column}", plain(value)
    for worker in scratch.workers:
        yield "a worker's log", scratch.said(worker).encode()
    shown = scratch.python("-c", _EVERY_COMMAND, *map(str, scratch.jobs))
    assert shown.stdout.count(b"[secret:TOKEN]") >= 3
    yield "what the commands print", shown.stdout + shown.stderr


#: In one process, because each takes a while to begin.
_EVERY_COMMAND = """
import sys
import django
django.setup()
from django.core.management import call_command
for job in sys.argv[1:]:
    for command in ("show_job", "job_logs", "explain_job", "job_artifacts"):
        call_command(command, job)
    call_command("show_job", job, "--json")
for command in (["list_jobs"], ["list_jobs", "--json"], ["list_secrets"], ["list_secrets", "--json"]):
    call_command(*command)
"""


def tables(scratch: Scratch) -> list[str]:
    if scratch.database.kind == "sqlite":
        return [row["name"] for row in scratch.rows("select name from sqlite_master where type = 'table'")]
    rows = scratch.rows("select table_name from information_schema.tables where table_schema = 'public'")
    return [row["table_name"] for row in rows]


def plain(value: object) -> bytes:
    """A column's content as text; compressed ones unpacked."""
    if not isinstance(value, bytes | memoryview):
        return str(value).encode()
    data = bytes(value)
    try:
        return zlib.decompress(data)
    except zlib.error:
        return data
