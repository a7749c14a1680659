"""The page about this executor runs."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

PAGE = Path(__file__).parents[3] / "docs/executors/process.md"


async def test_the_pages_example_prints_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    text = PAGE.read_text()
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    [promised] = re.findall(r"it prints `(.*?)`", text)
    example = ModuleType("example_of_the_page")
    exec(code, vars(example))
    await example.main(str(tmp_path / "root"))
    assert capsys.readouterr().out.strip() == promised
    assert list((tmp_path / "root").iterdir()) == []
