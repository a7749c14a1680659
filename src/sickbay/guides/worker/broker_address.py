"""Looks at, and mends, where a project's environment file says that its message broker is."""

from __future__ import annotations

import contextlib
import socket
import sys
from urllib.parse import SplitResult, urlsplit

from sickbay.guides.marked_line import read_text, replace_line, restore_line, setting, setting_line, with_value

#: What is said to a broker that speaks first to nobody, by scheme, and how its answer begins.
_REDIS = (b"PING\r\n", (b"+PONG", b"-NOAUTH", b"-DENIED"))
_AMQP = (b"AMQP\x00\x00\x09\x01", (b"\x01\x00\x00", b"AMQP"))
_GREETINGS = {"redis": _REDIS, "amqp": _AMQP, "pyamqp": _AMQP}
_PORTS = {"redis": 6379, "amqp": 5672, "pyamqp": 5672}
_SECONDS = 5.0

_COULD_NOT_ASK = 3


def greet(*, file: str, key: str) -> int:
    """Print ``answers`` where a broker greets back, else ``refused``, ``silent``, or ``no broker``."""
    url = _named_url(file, key)
    if url is None or url.hostname is None:
        return _answer("not asked", _COULD_NOT_ASK)
    said, wanted = _GREETINGS[url.scheme]
    try:
        with socket.create_connection((url.hostname, url.port or _PORTS[url.scheme]), timeout=_SECONDS) as connection:
            connection.sendall(said)
            answer = connection.recv(64)
    except ConnectionRefusedError:
        return _answer("refused", 1)
    except TimeoutError:
        return _answer("silent", 1)
    except OSError:  # a name that does not resolve, a way that is blocked: the broker was not asked
        return _answer("not asked", _COULD_NOT_ASK)
    return _answer("answers") if answer.startswith(wanted) else _answer("no broker", 1)


def compare(*, file: str, key: str, port_key: str) -> int:
    """Print ``differs`` where the broker's own port in the same file is another than the URL's, else ``same``."""
    url = _named_url(file, key)
    port = _own_port(file, port_key)
    if url is None or not port:
        return _answer("unknown", _COULD_NOT_ASK)
    return _answer("same" if str(url.port or _PORTS[url.scheme]) == port else "differs")


def align(*, file: str, key: str, port_key: str) -> int:
    """Write the broker's own port into the URL; the line as it was stays above it, as a comment."""
    line = setting_line(read_text(file), key)
    changed = _aligned(line.group(), key, _own_port(file, port_key)) if line is not None else ""
    if line is None or not changed or not replace_line(file, line.group(), changed):
        return _answer("there is nothing to align, or it was repaired before", 1)
    return _answer("aligned")


def take_back(*, file: str, key: str, port_key: str) -> int:
    """Put the line back as it was. Refuses where it is no longer what the repair wrote."""
    port = _own_port(file, port_key)
    if not restore_line(file, lambda old: _aligned(old, key, port)):
        return _answer("nothing was repaired here, or somebody changed it since", 1)
    return _answer("as before")


def _named_url(file: str, key: str) -> SplitResult | None:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return _parsed(setting(read_text(file), key))
    return None


def _parsed(value: str) -> SplitResult | None:
    try:
        url = urlsplit(value)
        is_known = url.scheme in _GREETINGS and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:
        return None
    return url if is_known else None


def _own_port(file: str, port_key: str) -> str:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        port = setting(read_text(file), port_key)
        return port if port.isdecimal() and 0 < int(port) < 65536 else ""
    return ""


def _aligned(line: str, key: str, port: str) -> str:
    """Return the line with another port in its URL, empty where either is not known."""
    found = setting_line(line, key)
    url = _parsed(found["value"]) if found is not None else None
    if found is None or url is None or not port:
        return ""
    login, at, place = url.netloc.rpartition("@")
    host = place if place.endswith("]") or ":" not in place else place.rpartition(":")[0]
    return with_value(found, url._replace(netloc=f"{login}{at}{host}:{port}").geturl())


def _answer(word: str, exit_code: int = 0) -> int:
    sys.stdout.write(f"{word}\n")
    return exit_code
