"""``sickbay guide`` as a user runs it, in a project of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sickbay.cli.app import app
from sickbay.cli.exits import CommandError, ExitCode
from sickbay.guides.library import builtin_guides
from tests.unit.sickbay.guides.sample import PROBES, SAMPLE


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, which is the current folder, in a terminal of 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("SICKBAY_GUIDES", raising=False)
    return tmp_path


def _guide(*arguments: str) -> tuple[int, str]:
    """Run a command and return its exit code and what it prints. Raises what it raises."""
    done = CliRunner().invoke(app, ["guide", *arguments], standalone_mode=False, catch_exceptions=False)
    return int(done.return_value), done.output


def _own(folder: Path, text: str = SAMPLE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "widget_probes.py").write_text(PROBES)
    path = folder / "widget-missing.md"
    path.write_text(text)
    return path


def test_a_list_can_be_narrowed_by_class_and_area() -> None:
    code, shown = _guide("list", "--class", "resource", "--area", "resources", "--format", "json")
    found = json.loads(shown)
    assert code == 0
    assert {each["class"] for each in found} == {"resource"}
    assert {"guide": "disk-full", "proof": "lab"}.items() <= next(
        each for each in found if each["guide"] == "disk-full"
    ).items()
    assert len(json.loads(_guide("list", "--format", "json")[1])) == len(builtin_guides())


def test_a_list_in_which_nothing_fits_says_so_by_its_exit_code() -> None:
    assert _guide("list", "--area", "moon")[0] == ExitCode.PROBLEMS
    assert _guide("list", "--area", "moon", "--format", "json") == (ExitCode.PROBLEMS, "[]\n")


def test_a_guide_is_shown_within_80_columns_by_its_name_and_by_a_cause() -> None:
    code, shown = _guide("show", "env-file-is-directory")
    assert code == 0
    assert max(map(len, shown.splitlines())) <= 80
    assert "mv $ENV_FILE $ASIDE" in shown
    assert "Hand over when" in shown
    assert _guide("show", "env-file-missing")[1] == shown


def test_an_unknown_guide_is_told_with_what_is_near() -> None:
    with pytest.raises(CommandError, match="Did you mean disk-full"):
        _guide("show", "disk-fool")


@pytest.mark.parametrize("given", ["default", "option", "variable"])
def test_a_projects_own_guides_are_found_like_the_others(
    project: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    folder = project / ("docs/troubleshooting" if given == "default" else "guides")
    _own(folder / "widgets")
    if given == "variable":
        monkeypatch.setenv("SICKBAY_GUIDES", str(folder))
    option = ("--folder", str(folder)) if given == "option" else ()
    assert "widget-missing" in _guide("list", *option)[1]
    assert _guide("search", "widgetd", *option)[1].startswith("widget-missing  The widget is missing")
    assert "The widget is missing" in _guide("show", "widget-empty", *option)[1]
    assert _guide("lint", str(folder), *option) == (ExitCode.HEALTHY, "Proved in the lab (1): widget-missing\n")


@pytest.mark.parametrize("damage", [False, True])
def test_a_diagnosis_uses_the_projects_guides_and_goes_on_without_a_broken_one(project: Path, damage: bool) -> None:
    broken = SAMPLE.replace("severity: high", "severity: dire")
    _own(project / "docs" / "troubleshooting", broken if damage else SAMPLE)
    log = project / "job.log"
    log.write_text("widgetd: cannot open widget.conf\n")
    done = CliRunner().invoke(app, ["diagnose", str(log)], standalone_mode=False, catch_exceptions=False)
    assert ("The widget is missing: widget.conf" in done.stdout) is not damage
    assert ("widget-missing.md:5: " in done.stderr) is damage
    assert done.return_value == (ExitCode.HEALTHY if damage else ExitCode.PROBLEMS)


def test_a_folder_that_is_not_there_is_wrong_use() -> None:
    with pytest.raises(CommandError, match="There is no folder"):
        _guide("list", "--folder", "nowhere")


def test_lint_names_each_problem_and_what_is_not_proved(project: Path) -> None:
    path = _own(project / "guides", SAMPLE.replace("impact:", "impacts:"))
    code, shown = _guide("lint", str(path))
    assert code == ExitCode.PROBLEMS
    assert shown.startswith(f"{path}:9: front matter: the key 'impacts' is not known. Did you mean 'impact'?")
    _own(project / "docs" / "troubleshooting")
    code, shown = _guide("lint")
    assert code == 0
    assert re.search(r"^Proved in the lab \(\d+\): .*\bwidget-missing\b", shown, re.MULTILINE)
    assert "Not proved, documentation and detector only (" in shown
    untested = re.sub(r"^tested:\n(?: .*\n)+", "", SAMPLE, flags=re.MULTILINE)
    code, shown = _guide("lint", str(_own(project / "untested", untested)))
    assert (code, shown) == (0, "Whole, and not run in the lab yet (1): widget-missing\n")


def test_lint_shows_the_name_of_a_guide_about_secrets_and_hides_the_secret_in_it(project: Path) -> None:
    path = _own(project / "guides", f"{SAMPLE}\n" * 20 + "[lost](/nowhere/API_TOKEN=tok9x8f7s6d5f4)\n")
    path = path.rename(path.with_name("secret-in-widgets.md"))
    shown = _guide("lint", str(path))[1]
    assert re.search(r"secret-in-widgets\.md:\d{3}: ", shown)
    assert "secret-in-widgets.md:[" not in shown
    assert "tok9x8f7s6d5f4" not in shown


def test_lint_of_one_guide_compares_it_with_all_others(project: Path) -> None:
    wide = SAMPLE.replace("pattern: 'widgetd: cannot open", "pattern: '(?:read error: Is|.env: is) a|: cannot open")
    path = _own(project / "guides", wide)
    assert "matches the evidence of 'env-file-is-directory'" in _guide("lint", str(path))[1]


def test_a_broken_guide_of_the_project_is_a_problem_and_no_traceback(project: Path) -> None:
    _own(project / "docs" / "troubleshooting", SAMPLE.replace("severity: high", "severity: dire"))
    with pytest.raises(CommandError, match=r"widget-missing\.md:5: .*\n.*guide lint") as caught:
        _guide("list")
    assert caught.value.code == ExitCode.PROBLEMS
    assert _guide("lint", "docs/troubleshooting")[0] == ExitCode.PROBLEMS


def test_a_new_guide_is_written_once(project: Path) -> None:
    code, shown = _guide("new", "widgets/widget-lost")
    path = project / "docs" / "troubleshooting" / "widgets" / "widget-lost.md"
    assert code == 0
    assert "docs/troubleshooting/widgets/widget-lost.md" in shown
    assert path.read_text().startswith("---\nguide: 1\n")
    for name, told in [("widgets/widget-lost", "exists already"), ("x/disk-full", "already: "), ("x", "is not like")]:
        with pytest.raises(CommandError, match=told):
            _guide("new", name)


def test_the_index_is_written_and_found_current_until_a_guide_changes(project: Path) -> None:
    assert _guide("index", "--check")[0] == ExitCode.PROBLEMS
    assert list(project.iterdir()) == []
    assert _guide("index")[0] == 0
    assert _guide("index", "--check") == (0, "")
    assert (project / "TROUBLESHOOTING.md").is_file()
    assert (project / "docs" / "troubleshooting" / "disk-full.md").is_file()
    _own(project / "docs" / "troubleshooting" / "widgets")
    code, shown = _guide("index", "--check")
    assert code == ExitCode.PROBLEMS
    assert "docs/troubleshooting/widget-missing.md differs from its guides" in shown


def test_the_pages_of_this_project_are_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[4])
    assert _guide("index", "--check") == (0, "")
