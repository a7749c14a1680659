"""Looks at, and mends, how the connection URL in a project's environment file is written. Nothing is connected to."""

from __future__ import annotations

import re
import sys
from urllib.parse import quote, unquote

from sickbay.guides.marked_line import read_text, replace_line, restore_line, setting, setting_line, with_value

#: Up to the last ``@`` stands the login, whatever is in the password.
_URL = re.compile(
    r"(?P<scheme>(?:jdbc:)?[A-Za-z][\w.+-]*?):/{0,3}(?:(?P<login>[^\s]*)@)?(?P<place>[^\s@/?]*)(?P<rest>[/?]\S*)?"
)
_RIGHT_SCHEME = re.compile(
    r"(?:jdbc:)?(?:postgres(?:ql)?|mysql|mariadb|sqlite|oracle|mssql|sqlserver|cockroachdb)(?:\+\w+)?"
)
_SCHEMES = {"pg": "postgresql", "pgsql": "postgresql", "psql": "postgresql"}
_SCHEMES |= {"postgre": "postgresql", "postgresq": "postgresql", "postgress": "postgresql", "postgressql": "postgresql"}
_LOGIN = re.compile(r"(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")
_PLACE = re.compile(r"(?:[\w.-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")

_COULD_NOT_ASK = 3


def check(*, file: str, key: str) -> int:
    """Print ``readable``, or what no program can read: ``form``, ``scheme``, ``login``, or ``place``."""
    try:
        value = setting(read_text(file), key)
    except (OSError, UnicodeDecodeError):
        return _answer("there is no such file", _COULD_NOT_ASK)
    if not value:
        return _answer("there is no such setting", _COULD_NOT_ASK)
    wrong = _wrong(value)
    return _answer(wrong or "readable", 1 if wrong else 0)


def mend(*, file: str, key: str) -> int:
    """Write the URL as programs read it; the line as it was stays above it, as a comment."""
    text = read_text(file)
    line = setting_line(text, key)
    mended = _mended_line(text, line.group(), key) if line is not None else ""
    if line is None or not mended or not replace_line(file, line.group(), mended):
        return _answer("what is meant cannot be told, or it was repaired before", 1)
    return _answer("mended")


def take_back(*, file: str, key: str) -> int:
    """Put the line back as it was. Refuses where it is no longer what the repair wrote."""
    text = read_text(file)
    if not restore_line(file, lambda old: _mended_line(text, old, key)):
        return _answer("nothing was repaired here, or somebody changed it since", 1)
    return _answer("as before")


def _wrong(value: str) -> str:
    """Name the first part that cannot be read, empty where all can."""
    found = _URL.fullmatch(value)
    if found is None or not value[len(found["scheme"]) :].startswith("://"):
        return "form"
    if not _RIGHT_SCHEME.fullmatch(found["scheme"]):
        return "scheme"
    user, _, password = (found["login"] or "").partition(":")
    if not (_LOGIN.fullmatch(user) and _LOGIN.fullmatch(password)):
        return "login"
    port = found["place"].rpartition(":")[2]
    is_place = _PLACE.fullmatch(found["place"]) and (not port.isdecimal() or 0 < int(port) < 65536)
    return "" if is_place else "place"


def _mended_line(text: str, line: str, key: str) -> str:
    """Return the line with its URL mended, empty where what is meant cannot be told, or nothing is wrong."""
    found = setting_line(line, key)
    mended = _mended(found["value"].strip(), setting(text, "POSTGRES_PORT")) if found is not None else ""
    return with_value(found, mended) if found is not None and mended and not _wrong(mended) else ""


def _mended(value: str, known_port: str) -> str:
    found = _URL.fullmatch(value)
    if found is None or not _wrong(value):
        return ""
    scheme = _SCHEMES.get(found["scheme"].lower(), found["scheme"])
    user, colon, password = (found["login"] or "").partition(":")
    login = f"{_encoded(user)}{colon}{_encoded(password)}@" if found["login"] else ""
    place = found["place"]
    host, _, port = place.rpartition(":")
    if host and not port.isdecimal() and "]" not in port:
        place = f"{host}:{known_port}" if known_port else place
    return f"{scheme}://{login}{place}{found['rest'] or ''}"


def _encoded(text: str) -> str:
    """Return a user or a password as a URL needs it. What is encoded already stays."""
    return text if _LOGIN.fullmatch(text) else quote(unquote(text) if _is_encoded(text) else text, safe="")


def _is_encoded(text: str) -> bool:
    return "%" in text and re.fullmatch(r"(?:[^%]|%[0-9A-Fa-f]{2})*", text) is not None


def _answer(word: str, exit_code: int = 0) -> int:
    sys.stdout.write(f"{word}\n")
    return exit_code
