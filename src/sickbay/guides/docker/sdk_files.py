"""Whether the Docker SDK for Python in a folder of packages fits the HTTP library beside it."""

from __future__ import annotations

from pathlib import Path

from sickbay.guides.function_parts import UNREADABLE, answer, failed

#: What newer releases of requests ask an adapter for; the SDK has it since 7.1.
_ASKED_FOR = "get_connection_with_tls_context"


def judge_sdk(folder: str) -> int:
    """Print ``fits`` or ``too-old``. Returns 2 where the folder does not hold the SDK."""
    adapters = sorted((Path(folder) / "docker" / "transport").glob("*.py"))
    try:
        texts = [path.read_text(encoding="utf-8") for path in adapters]
    except OSError as error:
        return failed(error)
    if not texts:
        return UNREADABLE
    return answer("fits" if any(_ASKED_FOR in text for text in texts) else "too-old")
