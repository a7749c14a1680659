"""``sickbay report --job ID``: what the database knows of a job, as an issue."""

from __future__ import annotations

import json
from pathlib import Path

from container_manager.lifecycle.status import FailureReason
from sickbay.cli.app import app
from tests.integration.troubleshooting.conftest import EndedAttempt


def _report(job: int, output: Path) -> int:
    code = app(["report", "--job", str(job), "--output", str(output)], standalone_mode=False)
    assert isinstance(code, int)
    return code


def test_a_job_is_reported_with_its_image_command_limits_and_logs(ended: EndedAttempt, tmp_path: Path) -> None:
    attempt = ended(
        job={"command": ["copy", "--to", "/my data"], "memory_limit": 64},
        stderr=b"OSError: [Errno 28] No space left on device: '/my data/out'\n",
        stdout=b"copying\n",
        exit_code=1,
        failure_reason=FailureReason.EXIT_CODE,
    )
    assert _report(attempt.job_id, tmp_path / "report.md") == 1
    text = (tmp_path / "report.md").read_text()
    assert "docker run --rm --memory 64m example/app:1 copy --to '/my data'" in text
    assert f"sickbay diagnose --job {attempt.job_id}" in text
    assert f"### `stderr` of `job {attempt.job_id}`" in text
    assert "> 1 | OSError: [Errno 28] No space left on device" in text
    assert "- `executor`: `docker`" in text


def test_the_place_of_a_jobs_evidence_has_a_name_for_programs(ended: EndedAttempt, tmp_path: Path) -> None:
    attempt = ended(stderr=b"write: No space left on device\n", exit_code=1, failure_reason=FailureReason.EXIT_CODE)
    assert _report(attempt.job_id, tmp_path / "report.sarif") == 1
    (run,) = json.loads((tmp_path / "report.sarif").read_text())["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == f"job-{attempt.job_id}/stderr"
