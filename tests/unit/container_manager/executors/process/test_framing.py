"""Writing frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from container_manager.executors.process.shim import framing


def stamps(log: bytes) -> Iterator[int]:
    while log:
        _, stamp, length = framing.HEADER.unpack_from(log)
        yield stamp
        log = log[framing.HEADER.size + length :]


def test_stamps_rise_also_when_the_clock_stands_or_is_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    clock = iter([100, 100, 50, 200])
    monkeypatch.setattr(framing.time, "time_ns", lambda: next(clock))
    writer = framing.LogWriter(str(tmp_path / "log"))
    for _ in range(4):
        writer.append(framing.STDOUT, b"x")
    assert writer.finish() == 0
    assert list(stamps((tmp_path / "log").read_bytes())) == [100, 101, 102, 200]
