"""Every arrow of the architecture is checked, and every check has been seen to fail."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS = {contract["id"]: contract["name"] for contract in CONFIG["contracts"]}

#: One forbidden import for each contract: the file that gets it, and the line.
PLANTED = {
    "app-layers": ("container_manager/services/planted.py", "import container_manager.worker"),
    "engine-layers": ("sickbay/signatures/planted.py", "import sickbay.diagnosis"),
    "engine-is-free": ("sickbay/facts/planted.py", "import django"),
    "pure-rooms": ("container_manager/lifecycle/planted.py", "import django.db"),
    "executor-siblings": ("container_manager/executors/process/planted.py", "import container_manager.executors.fake"),
    "faces": ("container_manager/management/planted.py", "import container_manager.models"),
    "only-troubleshooting-knows-both": ("container_manager/worker/planted.py", "import sickbay.runner"),
}


def lint_imports(source: Path) -> subprocess.CompletedProcess[str]:
    """Check a copy of the source with the project's contracts."""
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from importlinter.cli import lint_imports_command as c; c()"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(source), "--config", str(ROOT / "pyproject.toml"), "--no-cache"],
        cwd=source.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def broken(output: str) -> set[str]:
    """Return the ids of the contracts that were reported as broken."""
    return {contract for contract, name in CONTRACTS.items() if re.search(re.escape(name) + r"\s+BROKEN", output)}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    copy = tmp_path / "src"
    shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    return copy


def test_the_source_keeps_every_contract(source: Path) -> None:
    done = lint_imports(source)

    assert done.returncode == 0, done.stdout + done.stderr
    assert broken(done.stdout) == set()


def test_every_contract_has_a_forbidden_import_to_be_tried_with() -> None:
    assert set(PLANTED) == set(CONTRACTS)


@pytest.mark.parametrize("contract", PLANTED)
def test_a_forbidden_import_breaks_its_contract(contract: str, source: Path) -> None:
    file, line = PLANTED[contract]
    (source / file).write_text(line + "\n")

    done = lint_imports(source)

    assert done.returncode == 1, done.stdout + done.stderr
    assert contract in broken(done.stdout)


@pytest.mark.parametrize(("package", "contract"), [("container_manager", "app-layers"), ("sickbay", "engine-layers")])
def test_a_new_room_must_be_given_its_place(package: str, contract: str, source: Path) -> None:
    room = source / package / "unplaced"
    room.mkdir()
    (room / "__init__.py").write_text("")

    done = lint_imports(source)

    assert done.returncode == 1, done.stdout + done.stderr
    assert contract in broken(done.stdout)


@pytest.mark.parametrize("contract", ["app-layers", "engine-layers"])
def test_the_architecture_page_draws_the_rooms_as_the_contracts_order_them(contract: str) -> None:
    [layers] = [each["layers"] for each in CONFIG["contracts"] if each["id"] == contract]
    rooms = [[room.strip(" ()") for room in layer.split("|")] for layer in layers]
    page = (ROOT / "ARCHITECTURE.md").read_text()
    drawing = re.search(rf"<!-- {contract} -->\n+```text\n(.*?)```", page, re.DOTALL)

    assert drawing is not None
    drawn = [[room.strip(" ()") for room in line.split("|")] for line in drawing.group(1).splitlines()]
    assert drawn == rooms
