"""The functions that stand beside guides: what they answer, and what they leave as it was."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path
from types import ModuleType

import pytest

import sickbay.guides
from sickbay.guides import settings_answers

GUIDES = Path(sickbay.guides.__file__).parent


def _beside(guides: str, name: str) -> ModuleType:
    """Load a module as guides do: by its file."""
    spec = importlib.util.spec_from_file_location(name, GUIDES / guides / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_setting_is_changed_and_put_back(tmp_path: Path) -> None:
    path = tmp_path / "job.env"
    path.write_text("MEMORY=16m\n")
    file = str(path)
    assert settings_answers.is_set(file=file, name="MEMORY") == 0
    assert settings_answers.is_at_least(file=file, name="MEMORY", least="64m") == 1
    assert settings_answers.changed(file=file, name="MEMORY", value="64m") == 0
    assert settings_answers.is_at_least(file=file, name="MEMORY", least="64m") == 0
    assert settings_answers.is_at_most(file=file, name="MEMORY", most="32m") == 1
    assert settings_answers.is_value(file=file, name="MEMORY", value="64m") == 0
    assert settings_answers.taken_back(file=file, name="MEMORY", value="64m") == 0
    assert path.read_text() == "MEMORY=16m\n"


def test_a_command_is_read_and_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scripts = _beside("execution", "scripts")
    path, made = tmp_path / "job.env", tmp_path / "made"
    path.write_text(f"WELL='touch {made}'\nBROKEN='if true; then echo'\n")
    assert scripts.command_parses(file=str(path), name="WELL") == 0
    assert scripts.command_parses(file=str(path), name="BROKEN") == 1
    assert scripts.command_parses(file=str(tmp_path / "none"), name="WELL") == 2
    assert not made.exists()
    assert "BROKEN does not parse" in capsys.readouterr().out


def test_line_ends_are_converted_and_given_back(tmp_path: Path) -> None:
    scripts = _beside("execution", "scripts")
    path = tmp_path / "start.sh"
    path.write_bytes(b"#!/bin/sh\r\necho hello\r\nlast")
    path.chmod(0o755)
    script = str(path)
    assert scripts.has_unix_lines(script=script) == 1
    assert scripts.give_unix_lines(script=script) == 0
    assert path.read_bytes() == b"#!/bin/sh\necho hello\nlast"
    assert scripts.has_unix_lines(script=script) == 0
    assert scripts.give_lines_back(script=script) == 0
    assert path.read_bytes() == b"#!/bin/sh\r\necho hello\r\nlast"
    assert path.stat().st_mode & 0o777 == 0o755
    assert scripts.has_unix_lines(script=str(tmp_path / "none")) == 2


def test_an_address_answers_refuses_or_cannot_be_told() -> None:
    addresses = _beside("network", "addresses")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        assert addresses.answers(host="127.0.0.1", port=port) == 0
    assert addresses.answers(host="127.0.0.1", port=port) == 1
    assert addresses.answers(host="nosuch.invalid", port="many") == 2


@pytest.mark.parametrize("module", [("network", "members", "is_member"), ("execution", "containers", "is_running")])
def test_without_an_engine_nobody_can_tell(module: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    guides, name, function = module
    arguments = {"container": "job"} | ({"network": "backend"} if name == "members" else {})
    assert getattr(_beside(guides, name), function)(**arguments) == 2
