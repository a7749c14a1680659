"""Every symptom of a guide that the lab does not prove is made for real, and the first verdict names its cause."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay.diagnosis.verdict import Certainty
from sickbay.facts.context import facts_from_context
from sickbay.facts.model import Facts
from sickbay.facts.text import text_source
from sickbay.facts.vocabulary import VOCABULARY
from sickbay.guides.fences import Fence
from sickbay.guides.library import builtin_guides
from sickbay.guides.model import Guide
from sickbay.runner import builtin_engine
from tests import engine

GUIDES = builtin_guides()

#: Seconds until a symptom that hangs is ended; a symptom itself ought to take under ten.
TIME_LIMIT = 60


def _needs(fence: Fence) -> list[str]:
    return [need for need in fence.words.get("needs", "").split(",") if need]


def _symptoms() -> Iterator[object]:
    for guide in GUIDES:
        for fence in guide.fences if guide.front.proof == "none" else ():
            if fence.language != "sh" or "symptom" not in fence.words:
                continue
            marks = [getattr(pytest.mark, need) for need in _needs(fence) if need != "python"]
            yield pytest.param(guide, fence, id=f"{guide.slug}/{fence.words['symptom']}", marks=marks)


def _reproduced(guide: Guide, fence: Fence) -> str:
    """Return what builds the fault that a symptom shows: the script of the same name, where the guide has one."""
    name = fence.words["symptom"]
    return "\n".join(each.content for each in guide.fences if each.words.get("reproduce") == name)


def _cause(guide: Guide, fence: Fence) -> str:
    """Return the cause that a symptom is to lead to: the one that it names, or the guide's only one."""
    return fence.words.get("cause", guide.causes[0].id)


def _facts(fence: Fence, output: bytes, exit_code: int) -> Facts:
    context: dict[str, object] = {"exit_code": exit_code}
    for name, word in fence.words.items():
        if name in VOCABULARY:
            kind = VOCABULARY[name].kind
            context[name] = word == "true" if kind is bool else kind(word)
    values = {fact.name: fact for fact in facts_from_context(context)}
    return Facts(values=values, texts=(text_source("text", output),))


def _run(script: str, folder: Path, environment: dict[str, str]) -> tuple[bytes, int]:
    """Run a script with ``sh`` and return its output as a person sees it, and its exit code as a shell gives it."""
    process = subprocess.Popen(
        ["sh", "-c", script],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        pytest.fail(f"the symptom did not end within {TIME_LIMIT} s:\n{output.decode(errors='replace')}")
    code = process.returncode
    return output, 128 - code if code < 0 else code


@pytest.mark.parametrize(("guide", "fence"), list(_symptoms()))
def test_a_real_fault_is_named_with_evidence(guide: Guide, fence: Fence, tmp_path: Path, symptom_name: str) -> None:
    environment = {"SICKBAY_NAME": symptom_name, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    if "docker" in _needs(fence):
        environment["SICKBAY_IMAGE"] = engine.test_image()
    tmp_path.chmod(0o755)
    for part in guide.parts.files:
        (tmp_path / part.name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / part.name).write_text(part.content, encoding="utf-8")
    if script := _reproduced(guide, fence):
        made, code = _run(script, tmp_path, environment)
        assert code == 0, made.decode(errors="replace")
    output, exit_code = _run(fence.content, tmp_path, environment)
    best = builtin_engine().diagnose(_facts(fence, output, exit_code)).best
    shown = f"exit code {exit_code}, output:\n{output.decode(errors='replace')}"
    assert best is not None, shown
    assert best.cause == _cause(guide, fence), shown
    assert best.evidence, shown
    assert best.certainty is not Certainty.UNKNOWN


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.slug)
def test_every_cause_has_a_symptom_or_says_in_evidence_why_not(guide: Guide) -> None:
    shown = {_cause(guide, fence) for fence in guide.fences if "symptom" in fence.words}
    missing = [cause.id for cause in guide.causes if cause.id not in shown]
    assert [cause for cause in missing if f"`{cause}`" not in guide.sections.get("Evidence", "")] == []


@pytest.mark.parametrize(
    "command",
    [
        "echo 'all 12 tests passed'; date",
        "ls -la /etc; df -h /; free -m",
        f"{sys.executable} -c 'import json, sys; print(json.dumps(dict(errors=0, failed=0, killed=None)))'",
        f"{sys.executable} -m pytest --version",
        f"{sys.executable} -c 'import logging; logging.warning(\"retry 1 of 3: timeout, trying again\")'",
        f"{sys.executable} -m compileall -q . && echo 'Out of scope: memory, disk, permission' && exit 0",
        "printf 'GET /healthz 200 3ms\\nGET /killed 200 1ms\\n0 errors, 0 failed\\n'",
        "gzip --help; tar --version; sh -c 'ulimit -a'",
        "dd if=/dev/zero of=file bs=1024 count=64 && gzip file && sha256sum file.gz && ls -l",
        "set -x; true; test -d /nonexistent || echo 'not there, made a new one'",
    ],
)
def test_healthy_programs_get_no_verdict(command: str, tmp_path: Path) -> None:
    output, exit_code = _run(command, tmp_path, {})
    facts = Facts(
        values={fact.name: fact for fact in facts_from_context({"exit_code": exit_code})},
        texts=(text_source("text", output),),
    )
    assert exit_code == 0
    assert builtin_engine().diagnose(facts).verdicts == ()


@pytest.mark.parametrize(
    "text",
    [
        "INFO started worker pid=7\nINFO 200 GET /\nINFO done in 3.2s\n",
        "Downloading model (3.1 GB)\n100% |########|\nSaved checkpoint, memory use 512 MB of 2048 MB\n",
        "WARN slow query took 1.2s\nINFO killed 0 stale sessions\nINFO permission check passed for user 5\n",
        "test_timeout_is_handled PASSED\ntest_oom_is_reported PASSED\n====== 2 passed in 0.05s ======\n",
    ],
)
def test_a_healthy_log_without_any_context_gets_no_verdict(text: str) -> None:
    assert builtin_engine().diagnose(Facts(texts=(text_source("text", text.encode()),))).verdicts == ()
