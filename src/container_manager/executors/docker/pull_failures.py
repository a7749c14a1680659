"""Whether a pull that failed may succeed later: by status where there is one, by the engine's text where not. Pure.

The engine answers 404 for what a registry does not have, or does not show to us. All else it passes on as 500, or in
the middle of a stream, with the registry's own trouble in the text only.
"""

from __future__ import annotations

import re
from typing import Final

_PERMANENT_STATUSES: Final = frozenset({400, 401, 403, 404, 405, 410})
_TRANSIENT_STATUSES: Final = frozenset({408, 429, 502, 503, 504})

#: What passes: a registry that is busy or broken, a connection that broke, bytes that came damaged.
_TRANSIENT_TEXT: Final = re.compile(
    r"toomanyrequests|too many requests|rate limit|\b429\b"
    r"|status(?: code)?:? 5\d\d|\b50[0234] (?:internal server error|bad gateway|service unavailable|gateway time-?out)"
    r"|\bEOF\b|verification failed|does not match|digest mismatch|invalid checksum|gzip: invalid header|archive/tar"
    r"|connection (?:refused|reset|timed out)|broken pipe|no route to host|network is unreachable"
    r"|i/o timeout|handshake timeout|deadline exceeded|client\.timeout|request canceled"
    r"|temporary failure|server misbehaving|service unavailable",
    re.IGNORECASE,
)

#: What does not pass by itself, even where the text speaks of a connection, too.
_PERMANENT_TEXT: Final = re.compile(
    r"unauthorized|authentication required|no basic auth credentials|access denied|\bdenied\b"
    r"|manifest unknown|name unknown|not found|no matching manifest|no such host|x509|no space left",
    re.IGNORECASE,
)


def is_transient(status: int | None, message: str) -> bool:
    """Say whether the same pull may succeed later with nothing changed. ``status`` is the engine's or the stream's."""
    if status in _PERMANENT_STATUSES:
        return False
    if status in _TRANSIENT_STATUSES:
        return True
    if re.search(r"toomanyrequests|too many requests|\b429\b", message, re.IGNORECASE):
        return True
    return _PERMANENT_TEXT.search(message) is None and _TRANSIENT_TEXT.search(message) is not None
