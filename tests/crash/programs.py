"""A program whose every trace can be counted: how often it ran, what it wrote, how it ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

EXIT_CODE = 7
_LINES = 12

STDOUT = b"".join(b"out %d\n" % number for number in range(_LINES)) + b"\xff\x00 and no last newline"
STDERR = b"".join(b"err %d\n" % number for number in range(_LINES))


def countable(folder: Path, *, pause: float = 0.05, **fields: Any) -> dict[str, Any]:
    """A job that writes both streams piece by piece, notes in a file that it ran, and exits with 7."""
    script = (
        'echo ran >> "$TRACE"; i=0; '
        f"while [ $i -lt {_LINES} ]; do printf 'out %d\\n' $i; printf 'err %d\\n' $i >&2; "
        f"i=$((i+1)); sleep {pause}; done; "
        f"printf '\\377\\000 and no last newline'; exit {EXIT_CODE}"
    )
    environment = {"TRACE": str(folder / "trace"), "SCRATCH": str(folder)}
    return {"command": ["sh", "-c", script], "environment": environment, **fields}


def times_run(folder: Path) -> int:
    """How often the program ran."""
    trace = folder / "trace"
    return trace.read_text().count("ran") if trace.exists() else 0
