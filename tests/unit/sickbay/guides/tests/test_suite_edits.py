"""Suites of tests are changed where they are meant, and their other lines stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from sickbay.guides.tests import async_code, captured_logs, suite_edits, suite_looks, waiting


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_argument_goes_out_of_what_is_added_to_every_run(folder: Path) -> None:
    file = folder / "pyproject.toml"
    file.write_text('[tool.pytest.ini_options]\naddopts = "-q --cov=shop --cov-report=xml"\n')
    assert suite_edits.drop_argument("cov") == 0
    assert file.read_text() == '[tool.pytest.ini_options]\naddopts = "-q --cov-report=xml"\n'
    assert suite_edits.add_argument_again("cov") == 0
    assert suite_edits.drop_argument("covers") == 1


def test_an_option_is_written_as_the_file_writes_options(folder: Path) -> None:
    file = folder / "pyproject.toml"
    file.write_text('[tool.pytest.ini_options]\nasyncio_mode = "strict"\n')
    assert suite_edits.set_option("asyncio_mode", "auto") == 0
    assert file.read_text() == '[tool.pytest.ini_options]\nasyncio_mode = "auto"\n'
    assert suite_edits.unset_option("asyncio_mode", "auto") == 0


def test_a_module_is_marked_behind_its_imports(folder: Path) -> None:
    file = folder / "test_shop.py"
    file.write_text('"""Tests."""\nimport os\n\n\ndef test_a():\n    assert os\n')
    assert suite_edits.mark_module("test_shop.py", "django_db") == 0
    assert file.read_text().startswith(
        '"""Tests."""\nimport os\nimport pytest\n\npytestmark = pytest.mark.django_db\n\n\ndef test_a'
    )
    assert suite_edits.mark_module("test_shop.py", "django_db") == 1


def test_only_what_lives_longer_than_what_it_asks_for_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "conftest.py").write_text(
        "import pytest\n\n@pytest.fixture(scope='module')\ndef a(): ...\n\n@pytest.fixture\ndef b(a): ...\n\n"
        "@pytest.fixture(scope='session')\ndef c(b, request, tmp_path_factory): ...\n"
    )
    suite_looks.look()
    assert capsys.readouterr().out == "scope: c in conftest.py lives longer than b\n"
    assert suite_edits.narrow("b", "session", "function") == 0
    assert '@pytest.fixture(scope="function")\ndef c' in (folder / "conftest.py").read_text()


def test_async_tests_that_somebody_takes_are_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "test_a.py").write_text(
        "import pytest, unittest\n\n@pytest.mark.anyio\nasync def test_a(): ...\n\n"
        "class B(unittest.IsolatedAsyncioTestCase):\n    async def test_b(self): ...\n"
    )
    suite_looks.look()
    assert capsys.readouterr().out == "nothing is amiss\n"


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("nested", "return asyncio.run(job(1))", "return await job(1)"),
        ("nested", "total = 1 + asyncio.run(job(1))", "total = 1 + (await job(1))"),
        ("queries", "rows = list(Row.objects.filter(a=1))", "rows = [item async for item in Row.objects.filter(a=1)]"),
        ("queries", "return Row.objects.count()", "return await Row.objects.acount()"),
        ("queries", "if Row.objects.exists(): pass", "if await Row.objects.aexists(): pass"),
    ],
)
def test_waiting_calls_of_asynchronous_functions_get_their_other_form(
    kind: str, before: str, after: str, folder: Path
) -> None:
    file = folder / "job.py"
    text = f"async def main():\n    {before}\n\ndef other():\n    {before}\n"
    file.write_text(text)
    assert async_code.change(kind) == 0
    assert file.read_text() == f"async def main():\n    {after}\n\ndef other():\n    {before}\n"
    assert async_code.undo(kind) == 0
    assert file.read_text() == text


def test_a_call_within_a_call_is_changed_with_the_next_round_alone(folder: Path) -> None:
    file = folder / "job.py"
    file.write_text("async def main():\n    return list(Row.objects.filter(a=Row.objects.count()))\n")
    assert async_code.change("queries") == 0
    assert file.read_text().endswith("[item async for item in Row.objects.filter(a=Row.objects.count())]\n")


def test_sessions_whose_objects_expire_are_told_and_those_that_say_so_are_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.py").write_text(
        "S = async_sessionmaker(engine)\nT = async_sessionmaker(engine, expire_on_commit=True)\n"
    )
    async_code.look("nested queries")
    async_code.look("expiring")
    assert capsys.readouterr().out == "nothing is amiss\nexpiring: a.py:1\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("async_sessionmaker()", "async_sessionmaker(expire_on_commit=False)"),
        ("async_sessionmaker(engine,\n)", "async_sessionmaker(engine, expire_on_commit=False)"),
        (
            "sessionmaker(engine, class_=AsyncSession)",
            "sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)",
        ),
    ],
)
def test_objects_live_on_behind_a_commit(folder: Path, before: str, after: str) -> None:
    file = folder / "db.py"
    file.write_text(f"Session = {before}\n")
    assert async_code.change("expiring") == 0
    assert file.read_text() == f"Session = {after}\n"
    assert async_code.undo("expiring") == 0
    assert file.read_text() == f"Session = {before}\n"


def test_a_level_is_named_once_in_each_test_that_names_none(folder: Path) -> None:
    file = folder / "test_log.py"
    file.write_text("def test_a(caplog):\n    pass\n\ndef test_b(caplog):\n    caplog.set_level(10)\n")
    assert captured_logs.name_level("test_log.py", "INFO") == 0
    assert file.read_text().startswith('def test_a(caplog):\n    caplog.set_level("INFO")\n    pass\n\ndef test_b')
    assert file.read_text().count("set_level") == 2
    assert captured_logs.unname_level("test_log.py", "INFO") == 0


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("python server.py &\npytest\n", "does not wait behind line 1"),
        ("docker compose up -d db\npytest\n", "does not wait behind line 1"),
        ("docker compose up --wait -d db\npytest\n", "waits"),
        ("python server.py &\nuntil curl localhost; do sleep 1; done\npytest\n", "waits"),
        ("make && pytest\n", "starts nothing"),
    ],
)
def test_a_script_is_read_for_what_it_starts_and_waits_for(
    script: str, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "ci.sh").write_text(script)
    waiting.look("ci.sh")
    assert capsys.readouterr().out == f"{told}\n"
    if told.startswith("does not"):
        assert waiting.wait_in("ci.sh", "127.0.0.1", "8000") == 0
        assert (folder / "ci.sh").read_text().splitlines()[1] == "python3 wait_for_port.py 127.0.0.1 8000 60 || exit 1"
        assert waiting.do_not_wait_in("ci.sh", "127.0.0.1", "8000") == 0
        assert [path.name for path in folder.iterdir()] == ["ci.sh"]
