"""``sickbay bundle`` as a user runs it: shown before it is written, without secrets, the same verdict elsewhere."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from sickbay.diagnosis.verdict import Diagnosis
from sickbay.facts.model import Facts, TextSource
from sickbay.guides.library import builtin_guides
from sickbay.guides.model import Guide
from sickbay.reports.bundle.archive import packed, unpacked
from sickbay.reports.bundle.assembly import bundle_of, facts_of
from sickbay.reports.bundle.contents import Bundle
from sickbay.reports.case import Case, Surroundings
from sickbay.runner import builtin_engine
from tests.redaction.carriers import KNOWN
from tests.redaction.kinds import KINDS
from tests.redaction.measuring import cases, survives
from tests.unit.sickbay.reports.bundle.test_archive import MADE

SICK = 'starting\nOCI runtime create failed: exec: "nosuch": executable file not found in $PATH: unknown\n'
CANARY = "kQ7vT2mXw9Lp4RzB8nYc"


def _run(*arguments: str, given: str = "", cwd: Path) -> subprocess.CompletedProcess[str]:
    if arguments[0] == "bundle" and "--diff" not in arguments and "--doctor" not in arguments:
        arguments = (*arguments, "--no-doctor")  # what it finds here is another test's
    command = [sys.executable, "-m", "sickbay", *(each for each in arguments if each != "--doctor")]
    return subprocess.run(command, input=given, capture_output=True, encoding="utf-8", check=False, cwd=cwd)


def test_nothing_is_written_unless_that_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "job.log").write_text(SICK)
    done = _run("bundle", "job.log", "--output", "b.zip", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "text: 2 lines" in done.stdout
    assert "container-command-not-found" in done.stdout
    assert "doctor   left out" in done.stdout
    assert done.stdout.endswith("Nothing was written.\n")
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert not (tmp_path / "b.zip").exists()


def test_it_is_diagnosed_elsewhere_with_the_same_answer(tmp_path: Path) -> None:
    (tmp_path / "job.log").write_text(SICK)
    (tmp_path / "facts.json").write_text('{"exit_code": 127, "command": "nosuch --now"}')
    here = _run("diagnose", "job.log", "--context", "facts.json", "--format", "json", cwd=tmp_path)
    done = _run("bundle", "job.log", "--context", "facts.json", "--output", "b.zip", "--yes", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    there = _run("diagnose", "b.zip", "--format", "json", cwd=tmp_path)
    assert (there.returncode, there.stdout) == (here.returncode, here.stdout)


def test_a_file_that_exists_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("mine")
    done = _run("bundle", "-", "--output", "b.zip", "--yes", given=SICK, cwd=tmp_path)
    assert done.returncode == 4
    assert "exists already" in done.stderr
    assert (tmp_path / "b.zip").read_text() == "mine"


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    _run("bundle", "-", "--output", "b.zip", "--yes", given=SICK, cwd=tmp_path)
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600


def test_what_could_not_be_collected_is_said_and_recorded(tmp_path: Path) -> None:
    done = _run("bundle", "-", "--add", "missing.conf", "--output", "b.zip", "--yes", given=SICK, cwd=tmp_path)
    assert done.returncode == 3
    assert "the file missing.conf: not measured: No such file or directory" in " ".join(done.stdout.split())
    outcomes = {step.name: step.outcome for step in unpacked(tmp_path / "b.zip").steps}
    assert outcomes["the file missing.conf"] == "not measured: No such file or directory"


def test_two_bundles_are_compared(tmp_path: Path) -> None:
    _run("bundle", "-", "--output", "good.zip", "--yes", given="starting\nready in 3 s\n", cwd=tmp_path)
    _run("bundle", "-", "--output", "bad.zip", "--yes", given=SICK, cwd=tmp_path)
    same = _run("bundle", "--diff", "good.zip", "good.zip", cwd=tmp_path)
    assert (same.returncode, same.stdout) == (0, "Nothing differs but numbers and times.\n")
    other = _run("bundle", "--diff", "good.zip", "bad.zip", cwd=tmp_path)
    assert other.returncode == 1
    assert "  + container-command-not-found: likely" in other.stdout
    assert "  + text:2: OCI runtime create failed" in other.stdout


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken"])
def test_a_damaged_bundle_is_refused_when_it_is_compared(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(content)
    done = _run("bundle", "--diff", "b.zip", "b.zip", cwd=tmp_path)
    assert done.returncode == 4
    assert "no whole bundle" in done.stderr


def test_no_canary_is_anywhere_in_the_finished_file(tmp_path: Path) -> None:
    encoded = base64.b64encode(CANARY.encode()).decode()
    log = f"DB_PASSWORD={CANARY}\nagain: {CANARY}\nin base64 {encoded}\npostgres://me:{quote(CANARY)}@db/x\n{SICK}"
    (tmp_path / "job.log").write_text(log)
    (tmp_path / f"token={CANARY}.conf").write_text(f"api_key: {CANARY}\n")
    (tmp_path / "facts.json").write_text(json.dumps({"command": f"run --password {CANARY}", "exit_code": 127}))
    added = ["--add", f"token={CANARY}.conf", "--add", f"missing-token={CANARY}"]
    done = _run("bundle", "job.log", "--context", "facts.json", *added, "--output", "b.zip", "--yes", cwd=tmp_path)
    assert done.returncode == 3
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        everything = {entry.filename: archive.read(entry).decode() for entry in archive.infolist()}
    shown = "\n".join([done.stdout, *everything, *everything.values()])
    assert [form for form in (CANARY, encoded, quote(CANARY)) if form in shown] == []
    assert "DB_PASSWORD=[" in everything["texts/01-text.txt"]


def test_what_doctor_finds_here_is_shown_and_put_in_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    (tmp_path / "manage.py").write_text(_DJANGO)
    (tmp_path / "of_mine.py").write_text(f"raise RuntimeError('postgres://me:{CANARY}@db/x')\n")
    done = _run("bundle", "-", "--doctor", "--output", "b.zip", "--yes", given=SICK, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "\n  doctor   " in done.stdout
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        doctor = archive.read("doctor.json").decode()
    settings = next(check for check in json.loads(doctor)["checks"] if check["check"] == "settings")
    assert settings["severity"] == "problem"
    assert "RuntimeError" in doctor
    assert CANARY not in doctor + done.stdout


_DJANGO = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "of_mine")  # a project of Django
"""


def _bundle(text: str) -> Bundle:
    facts = Facts(texts=(TextSource(name="text", data=text.encode()),))
    case = Case(facts=facts, diagnosis=builtin_engine().diagnose(facts), origin="text")
    return bundle_of(case, Surroundings(made=MADE, environment={}, variables=[]), [])


def test_every_kind_of_secret_is_hidden_in_the_archive() -> None:
    known = cases(KINDS, KNOWN)[::9]  # each kind in some of the carriers; the redactor's own tests take all
    left = []
    for case in known:
        with zipfile.ZipFile(io.BytesIO(packed(_bundle(case.text)))) as archive:
            shown = "\n".join(archive.read(name).decode() for name in archive.namelist())
        if survives(case, shown):
            left.append(case)
    assert {case.kind for case in known} == {kind.name for kind in KINDS}
    assert len(left) <= len(known) // 100


@pytest.mark.parametrize("guide", builtin_guides(), ids=lambda guide: guide.slug)
def test_what_every_guide_knows_is_named_from_a_bundle_too(guide: Guide, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    for signature in guide.front.signatures:
        text = "\n".join(["before", signature.example, *signature.also, "after", ""])
        before = builtin_engine().diagnose(Facts(texts=(TextSource(name="text", data=text.encode()),)))
        path.write_bytes(packed(_bundle(text)))
        after = builtin_engine().diagnose(facts_of(unpacked(path)))
        told, expected = _told(after), _told(before)
        if guide.slug == "secret-in-logs":  # a bundle hides what this guide points at: the lines left still say so
            told, expected = [each[:2] for each in told], [each[:2] for each in expected][: len(told)]
        assert told == expected


def _told(diagnosis: Diagnosis) -> list[tuple[object, ...]]:
    return [(each.cause, each.certainty, [line.line for line in each.evidence]) for each in diagnosis.verdicts]
