"""The engine says the same of a text, however long it is and however it was logged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sickbay.cli.inputs import facts_from_file
from sickbay.diagnosis.verdict import Diagnosis
from sickbay.facts.long_text import LongText
from sickbay.facts.model import Facts, TextSource
from sickbay.facts.text import MOST_BYTES, text_source
from sickbay.runner import builtin_engine

_NOTHING = "10.0.0.7 - - [22/Nov/2026:10:00:00 +0000] GET /healthz HTTP/1.1 200 99\n"
_ERROR = 'docker: Error response from daemon: exec: "nosuch": executable file not found in $PATH: unknown.\n'


def _as_records(text: str) -> str:
    return "".join(
        json.dumps({"log": line, "stream": "stderr", "time": "2026-11-22T10:00:00Z"}, separators=(",", ":")) + "\n"
        for line in text.splitlines(keepends=True)
    )


def _told(diagnosis: Diagnosis) -> list[tuple[str, str, list[tuple[int | None, str]]]]:
    return [
        (verdict.cause, verdict.certainty, [(each.line, each.text) for each in verdict.evidence])
        for verdict in diagnosis.verdicts
    ]


def test_a_long_file_is_diagnosed_as_if_it_were_held_whole(tmp_path: Path) -> None:
    filler = _NOTHING * (MOST_BYTES // len(_NOTHING) // 2 + 1000)
    raw = (filler + _ERROR + filler + _ERROR).encode()
    file = tmp_path / "long.log"
    file.write_bytes(raw)
    facts = facts_from_file(str(file))
    assert isinstance(facts.texts[0], LongText)
    of_long = builtin_engine().diagnose(facts)
    of_whole = builtin_engine().diagnose(Facts(texts=(TextSource(name="text", data=raw),)))
    assert _told(of_long) == _told(of_whole)
    assert of_long.looked_at == of_whole.looked_at
    assert [line for line, _ in _told(of_long)[0][2]] == [filler.count("\n") + 1, 2 * filler.count("\n") + 2]


@pytest.mark.parametrize("error", [_ERROR, "OSError: [Errno 28] No space left on device\n"])
def test_a_docker_log_is_diagnosed_as_what_the_program_wrote(error: str) -> None:
    text = _NOTHING + error + _NOTHING
    logged = builtin_engine().diagnose(Facts(texts=(text_source("text", _as_records(text).encode()),)))
    plain = builtin_engine().diagnose(Facts(texts=(text_source("text", text.encode()),)))
    assert _told(logged) == _told(plain)
    assert _told(plain) != []
