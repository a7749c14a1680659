"""``sickbay guide guard``: what a repair offers for a project's CI, passing while all is well and failing when not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sickbay.cli.exits import CommandError, ExitCode
from tests.integration.repair.terminal import at_terminal
from tests.integration.repair.world import ENV_GUIDE, use_guide
from tests.unit.sickbay.repair.written import MAKE, written

pytestmark = pytest.mark.usefixtures("project")

GUARDED = written(MAKE).replace(
    "## Prevention\n", "## Prevention\n\n```sh guard=conf\ntest -f app.conf\ngrep -q $TOKEN a\n```\n"
)


def test_what_a_repair_offers_fails_before_it_passes_after_it_and_fails_when_it_is_back(
    told: Any, project: Path
) -> None:
    assert told("guide", "guard", ENV_GUIDE)[0] == ExitCode.PROBLEMS
    code, shown = at_terminal("repair", ENV_GUIDE, "--environment", "development", "--apply")
    assert code == ExitCode.HEALTHY, shown
    assert f"sickbay guide guard {ENV_GUIDE} (for your CI" in " ".join(shown.split())

    code, text = told("guide", "guard", ENV_GUIDE)
    assert (code, text) == (ExitCode.HEALTHY, "OK  no-directory: test ! -d .env && test -f .env.example\n")

    (project / ".env").unlink()
    (project / ".env").mkdir()
    code, text = told("guide", "guard", ENV_GUIDE)
    assert code == ExitCode.PROBLEMS
    assert text.startswith("FAIL  no-directory: ")


def test_inputs_are_filled_in_and_secret_ones_shown_nowhere(
    told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_guide(tmp_path, monkeypatch, GUARDED)
    Path("app.conf").touch()
    (tmp_path / "token").write_text("s3cr3tvalue\n")
    given = ("guide", "guard", "conf-missing", "--input", f"TOKEN=@{tmp_path}/token")
    code, text = told(*given)
    assert (code, "s3cr3tvalue" in text) == (ExitCode.PROBLEMS, False)
    assert "[secret:TOKEN]" in text
    Path("a").write_text("s3cr3tvalue\n")
    code, text = told(*given)
    assert (code, "s3cr3tvalue" in text) == (ExitCode.HEALTHY, False)


def test_who_has_no_answer_is_not_measured(told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_guide(tmp_path, monkeypatch, GUARDED.replace("test -f app.conf", "no-such-program app.conf"))
    code, text = told("guide", "guard", "conf-missing")
    assert code == ExitCode.NOT_MEASURED
    assert "no-such-program: No such file or directory" in text


def test_a_guide_without_a_guard_and_a_wrong_input_are_wrong_use(
    told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_guide(tmp_path, monkeypatch, written(MAKE))
    for arguments in (("conf-missing",), (ENV_GUIDE, "--input", "NOSUCH=1"), (ENV_GUIDE, "--input", "ENV_FILE=-rf")):
        with pytest.raises(CommandError) as refused:
            told("guide", "guard", *arguments)
        assert refused.value.code == ExitCode.WRONG_USE
