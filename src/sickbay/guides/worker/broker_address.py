"""Looks at, and mends, where a project's environment file says that its message broker is."""

from __future__ import annotations

import contextlib
import socket
from urllib.parse import SplitResult, urlsplit

from sickbay.guides.function_parts import NOT_ASKED, WRONG, answer, change_text, put_text_back
from sickbay.guides.kept_file import CannotChangeError, Edit
from sickbay.guides.settings_file import read_settings, settings_in, with_value

#: What is said to a broker that speaks first to nobody, by scheme, and how its answer begins.
_REDIS = (b"PING\r\n", (b"+PONG", b"-NOAUTH", b"-DENIED"))
_AMQP = (b"AMQP\x00\x00\x09\x01", (b"\x01\x00\x00", b"AMQP"))
_GREETINGS = {"redis": _REDIS, "amqp": _AMQP, "pyamqp": _AMQP}
_PORTS = {"redis": 6379, "amqp": 5672, "pyamqp": 5672}
_SECONDS = 5.0


def greet(*, file: str, key: str) -> int:
    """Print ``answers`` where a broker greets back, else ``refused``, ``silent``, or ``no broker``."""
    url = _parsed(_settings(file).get(key, ""))
    if url is None or url.hostname is None:
        return answer("not asked", NOT_ASKED)
    said, wanted = _GREETINGS[url.scheme]
    try:
        with socket.create_connection((url.hostname, url.port or _PORTS[url.scheme]), timeout=_SECONDS) as connection:
            connection.sendall(said)
            greeting = connection.recv(64)
    except ConnectionRefusedError:
        return answer("refused", WRONG)
    except TimeoutError:
        return answer("silent", WRONG)
    except OSError:  # a name that does not resolve, a way that is blocked: the broker was not asked
        return answer("not asked", NOT_ASKED)
    return answer("answers") if greeting.startswith(wanted) else answer("no broker", WRONG)


def compare(*, file: str, key: str, port_key: str) -> int:
    """Print ``differs`` where the broker's own port in the same file is another than the URL's, else ``same``."""
    settings = _settings(file)
    url, port = _parsed(settings.get(key, "")), _own_port(settings, port_key)
    if url is None or not port:
        return answer("unknown", NOT_ASKED)
    return answer("same" if str(url.port or _PORTS[url.scheme]) == port else "differs")


def align(*, file: str, key: str, port_key: str) -> int:
    """Write the broker's own port into the URL. The file as it was is kept beside it."""
    return change_text(file, _aligned(key, port_key))


def take_back(*, file: str, key: str, port_key: str) -> int:
    """Put the file back as it was. Refuses where it is no longer what the repair wrote."""
    return put_text_back(file, _aligned(key, port_key))


def _settings(file: str) -> dict[str, str]:
    with contextlib.suppress(OSError):
        return read_settings(file)
    return {}


def _parsed(value: str) -> SplitResult | None:
    try:
        url = urlsplit(value)
        is_known = url.scheme in _GREETINGS and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:
        return None
    return url if is_known else None


def _own_port(settings: dict[str, str], port_key: str) -> str:
    port = settings.get(port_key, "")
    return port if port.isdecimal() and 0 < int(port) < 65536 else ""


def _aligned(key: str, port_key: str) -> Edit:
    """Return the edit that puts the broker's own port into its URL."""

    def edit(text: str) -> str:
        settings = settings_in(text)
        url, port = _parsed(settings.get(key, "")), _own_port(settings, port_key)
        if url is None or not port:
            raise CannotChangeError("there is nothing to align")
        login, at, place = url.netloc.rpartition("@")
        host = place if place.endswith("]") or ":" not in place else place.rpartition(":")[0]
        return with_value(text, key, url._replace(netloc=f"{login}{at}{host}:{port}").geturl())

    return edit
