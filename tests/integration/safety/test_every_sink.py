"""Every kind of secret through every sink: what is shown, written, kept, and packed holds none of them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sickbay.checks.accepting import Accepted, with_another
from sickbay.checks.examination import Examination
from sickbay.checks.finding import problem
from sickbay.checks.running import Result
from sickbay.cli import guide_testing
from sickbay.cli.app import app
from sickbay.cli.doctor import _wish
from sickbay.cli.doctor_report import hidden, report_of_examination
from sickbay.cli.doctor_view import rendered_report
from sickbay.cli.output import stderr
from sickbay.cli.repair_report import finished_report, print_report
from sickbay.cli.repair_view import print_finished, print_prepared
from sickbay.lab.proof import Check, Proof
from sickbay.redaction import Redactor
from sickbay.repair.applying import Finished
from sickbay.repair.comparing import Seen
from sickbay.repair.examining import Ending, Examined
from sickbay.repair.preparing import Prepared
from sickbay.repair.taking_back import WayBack
from sickbay.reports.formats import ReportFormat
from tests.integration.repair.world import builtin, written_world
from tests.redaction.measuring import survives
from tests.redaction.one_each import FEW, ONE_EACH, VARIABLES, evidence, leaked, named
from tests.unit.sickbay.repair.written import CAUSE, FILES, MAKE, WrittenStep, written

ALL = {case.kind for case in ONE_EACH}
LOCK = "locked:\n  when: exit_code == 0\n  unless: exit_code == 1\n"
SAID = "what:\n  value: '(?P<value>.{1,4000})'\n  kind: text\n"
TEXTS = tuple(case.text for case in ONE_EACH)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, sessions: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> str:
        app([*arguments], standalone_mode=False)
        captured = capsys.readouterr()
        return captured.out + captured.err

    return run


@pytest.fixture
def log(folder: Path) -> str:
    path = folder / "job.log"
    path.write_text("".join(f"{evidence(*few)}\n" for few in FEW))
    return str(path)


def _below(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted(folder.rglob("*")) if path.is_file())


def test_each_kind_is_hidden_in_its_own_line_and_seen_where_it_is_not() -> None:
    assert [case.kind for case in ONE_EACH if survives(case, Redactor().text(evidence(case)))] == []
    assert set(leaked("\n".join(TEXTS))) == ALL == named("\n".join(TEXTS))


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_diagnosis(told: Any, folder: Path, form: str) -> None:
    shown = []
    for few in FEW:
        (folder / "one.log").write_text(evidence(*few))
        shown.append(told("diagnose", "one.log", "--format", form))
    everything = "\n".join(shown)
    assert leaked(everything) == []
    if form == "json":
        assert named(everything) == ALL


def test_a_batch(told: Any, folder: Path) -> None:
    lines = [json.dumps({"id": number, "text": evidence(*few)}) for number, few in enumerate(FEW)]
    (folder / "cases").write_text("\n".join([*lines, *(f"no case: {text}" for text in TEXTS)]))
    shown = told("diagnose", "--batch", "cases")
    assert leaked(shown) == []
    assert named(shown) == ALL


@pytest.mark.parametrize("form", list(ReportFormat))
def test_a_report(told: Any, log: str, folder: Path, form: ReportFormat) -> None:
    shown = told("report", log, "--format", form)
    assert leaked(shown) == []
    assert named(shown)


def test_a_report_in_a_file(told: Any, log: str, folder: Path) -> None:
    told("report", log, "--output", "written.md")
    shown = (folder / "written.md").read_text()
    assert leaked(shown) == []
    assert named(shown) == ALL


def test_a_bundle(told: Any, log: str, folder: Path) -> None:
    (folder / "more.txt").write_text("\n".join(TEXTS))
    (folder / "facts.json").write_text(json.dumps({"command": TEXTS[0], "failure_message": "; ".join(TEXTS[:9])}))
    shown = told("bundle", log, "--add", "more.txt", "--context", "facts.json", "--output", "b.zip", "--yes")
    with zipfile.ZipFile(folder / "b.zip") as archive:
        packed = "\n".join(archive.read(name).decode() for name in archive.namelist())
    assert leaked(shown + packed) == []
    assert named(packed) == ALL


def test_a_session_on_disk_and_as_it_is_shown(told: Any, folder: Path) -> None:
    shown = [told("session", "start", TEXTS[0], "--environment", "development", "--problem", "; ".join(TEXTS[::2]))]
    shown += [told("session", "note", "last", "fail", "; ".join(TEXTS[at : at + 9])) for at in range(0, len(TEXTS), 9)]
    kept = _below(folder / "state")
    shown += [told("session", "show", "last"), told("session", "show", "last", "--format", "json")]
    shown += [told("session", "end", "last", "--reason", TEXTS[1]), told("session", "show")]
    assert leaked("\n".join([*shown, kept, _below(folder / "state")])) == []
    assert named(kept) == ALL == named("\n".join(shown))


def test_a_repair_as_it_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    guide = builtin("env-file-is-directory")
    found = Examined(ending=Ending.ESCALATED, seen=Seen(), reasons=TEXTS)
    print_prepared(Prepared(examined=found), guide, Redactor())
    way_back = WayBack(taken_back=TEXTS, put_back=TEXTS, left=TEXTS)
    print_finished(Finished(ending=Ending.ESCALATED, reasons=TEXTS, way_back=way_back), "s", Redactor())
    shown = capsys.readouterr().out
    assert leaked(shown) == []
    assert len(named(shown)) > len(ALL) / 2  # others are wrapped


def test_a_repair_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    seen = Seen(facts={f"what-{number}": text for number, text in enumerate(TEXTS)})
    prepared = Prepared(examined=Examined(ending=Ending.ESCALATED, seen=seen, reasons=TEXTS))
    way_back = WayBack(taken_back=TEXTS, put_back=TEXTS, left=TEXTS)
    finished = Finished(ending=Ending.ESCALATED, done=TEXTS, reasons=TEXTS, way_back=way_back)
    print_report(finished_report(prepared, "g", finished, session="s", guard="; ".join(TEXTS)), Redactor())
    shown = capsys.readouterr().out
    assert leaked(shown) == []
    assert named(shown) == ALL
    assert json.loads(shown)["ending"] == "escalated"


@pytest.mark.parametrize("some", [slice(start, None, 4) for start in range(4)])
def test_a_repair_as_it_is_kept(tmp_path: Path, some: slice) -> None:
    chosen = [case for case in ONE_EACH[some] if len(case.text) < 300]
    line = " ".join(case.text for case in chosen)
    fails = WrittenStep(name="fails", does=("diff /dev/null said",), undo=("test -e said",))
    text = (
        written(MAKE, fails)
        .replace("test -e lock", "cat said")
        .replace(LOCK, SAID)
        .replace("when: locked", "when: what == 'no'")
    )
    world = written_world(tmp_path, text, CAUSE)
    for name, content in FILES.items():
        (world.folder / name).write_text(content)
    (world.folder / "said").write_text(line)
    world.repair()
    kept = "\n".join(path.read_text() for path in sorted((tmp_path / "sessions" / "s1").glob("*")) if path.is_file())
    assert leaked(kept) == []
    assert named(kept) >= {case.kind for case in chosen}


def _examination() -> Examination:
    findings = [problem(case.text, evidence=(case.text, evidence(case)), advice=case.text) for case in ONE_EACH]
    results = [Result(id=f"check-{at}", title="check", finding=each, seconds=0.1) for at, each in enumerate(findings)]
    return Examination(results=tuple(results), seconds=1.0, accepted={})


def test_a_preflight() -> None:
    report = hidden(report_of_examination(_examination(), 1))
    page = io.StringIO()
    Console(file=page, width=80, highlight=False).print(rendered_report(report, show_all=True))
    assert leaked(json.dumps(report) + page.getvalue()) == []
    assert named(json.dumps(report)) == ALL


def test_what_a_preflight_accepts() -> None:
    today, text = date(2026, 11, 22), ""
    for number, case in enumerate(ONE_EACH):
        wish = _wish(f"check-{number}", str(today + timedelta(days=3)), case.text, today)
        assert wish is not None
        text = with_another(text, Accepted(check=wish.check, found="x", until=wish.until, reason=wish.reason))
    assert leaked(text) == []
    assert named(text) == ALL


def test_the_proofs_of_guides(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def proofs(*_: object) -> Iterator[Proof]:
        for case in ONE_EACH:
            detail = f"{case.text}\nas printed:\n{VARIABLES[case.kind]}='{case.value}'"
            yield Proof(guide="g", symptom="s", cause="c", checks=(Check(name="named", passed=False, detail=detail),))
            yield Proof(guide="g", symptom="s", cause="c", missing=case.text)

    monkeypatch.setattr(guide_testing, "_proofs", proofs)
    shown = told("guide", "test", "disk-full")
    assert leaked(shown) == []
    assert named(shown) == ALL


def test_what_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    stderr().write("\n".join(TEXTS))
    assert leaked(capsys.readouterr().err) == []
