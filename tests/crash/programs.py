"""Programs whose every trace can be counted: how often they ran, what they wrote, how they ended."""

from __future__ import annotations

from typing import Any

EXIT_CODE = 7
_LINES = 12

STDOUT = b"".join(b"out %d\n" % number for number in range(_LINES)) + b"\xff\x00 and no last newline"
STDERR = b"".join(b"err %d\n" % number for number in range(_LINES))


def countable(*, pause: float = 0.05, **fields: Any) -> dict[str, Any]:
    """A job that notes that it ran, writes both streams piece by piece, and exits with 7."""
    script = (
        f"i=0; while [ $i -lt {_LINES} ]; do printf 'out %d\\n' $i; printf 'err %d\\n' $i >&2; "
        f"i=$((i+1)); sleep {pause}; done; "
        f"printf '\\377\\000 and no last newline'; exit {EXIT_CODE}"
    )
    return counted(script, **fields)


def counted(script: str, **fields: Any) -> dict[str, Any]:
    """A job that notes that it ran, then does what the script says."""
    return {"command": ["sh", "-c", f'echo ran >> "$TRACE"; {script}'], **fields}
