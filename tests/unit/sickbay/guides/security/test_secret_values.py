"""Names that sound secret are declared, values are found in logs, and no answer shows one."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.function_parts import UNREADABLE, WELL, WRONG
from sickbay.guides.security import secret_values

VALUE = "tok9x8f7s6d5f4a3"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return tmp_path / "app.env"


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (f"REGION=eu\nAPI_TOKEN={VALUE}\n", f"REGION=eu\n#@ API_TOKEN: secret\nAPI_TOKEN={VALUE}\n"),
        (f'#@ DB_PASSWORD: str\nDB_PASSWORD="{VALUE}"\n', f'#@ DB_PASSWORD: str secret\nDB_PASSWORD="{VALUE}"\n'),
    ],
)
def test_what_sounds_secret_is_declared_and_the_template_put_back(
    content: str, declared: str, template: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template.write_text(content)
    assert secret_values.undeclared(str(template)) == WRONG
    assert secret_values.declare(str(template)) == WELL
    assert template.read_text() == declared
    assert secret_values.is_declared(str(template)) == WELL
    assert secret_values.take_back(str(template)) == WELL
    assert template.read_text() == content
    assert VALUE not in capsys.readouterr().out


@pytest.mark.parametrize(
    "content",
    [
        "",
        f"#@ API_TOKEN: secret\nAPI_TOKEN={VALUE}\n",
        "TOKEN_URL=https://login.example/token\n",
        "API_TOKEN=changeme\n",
        "API_TOKEN=${secret:API_TOKEN}\n",
        "PASSWORD_LENGTH=12\n",
        "MONKEY=12345678a\n",
    ],
)
def test_nothing_is_said_of_what_is_no_secret_or_declared(content: str, template: Path) -> None:
    template.write_text(content)
    assert secret_values.undeclared(str(template)) == WELL


def test_a_value_is_found_in_a_log_by_its_name(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = template.with_name("job.log")
    template.write_text(f"API_TOKEN={VALUE}\n")
    log.write_text(f"uploading with {VALUE}\n")
    assert secret_values.in_log(str(log), str(template)) == WRONG
    assert capsys.readouterr().out == "the value of API_TOKEN\n"
    log.write_text("uploading with [secret:API_TOKEN]\n")
    assert secret_values.in_log(str(log), str(template)) == WELL
    assert secret_values.in_log(str(log.with_name("none")), str(template)) == UNREADABLE


def test_a_key_file_is_closed_and_opened_again(template: Path) -> None:
    key = template.with_name("deploy.key")
    key.write_text("key")
    key.chmod(0o644)
    assert secret_values.key_file(str(key)) == WRONG
    assert secret_values.is_kept(str(key), str(template)) == WRONG
    assert secret_values.close(str(key)) == WELL
    assert secret_values.key_file(str(key)) == WELL
    assert secret_values.is_kept(str(key), str(template)) == WELL
    assert secret_values.open_again(str(key), "0644") == WELL
    assert key.stat().st_mode & 0o777 == 0o644


def test_a_project_without_template_or_key_file_needs_nothing(template: Path) -> None:
    assert secret_values.declare(str(template)) == WELL
    assert secret_values.close(str(template)) == WELL
    assert secret_values.open_again(str(template), "0644") == WELL
    assert not template.exists()
