"""Looks at, and mends, how the connection URL in a project's environment file is written. Nothing is connected to."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from sickbay.guides.function_parts import NOT_ASKED, WELL, WRONG, answer, change_text, put_text_back
from sickbay.guides.kept_file import CannotChangeError, Edit
from sickbay.guides.settings_file import read_settings, settings_in, with_value

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


def check(*, file: str, key: str) -> int:
    """Print ``readable``, or what no program can read: ``form``, ``scheme``, ``login``, or ``place``."""
    try:
        value = read_settings(file).get(key, "")
    except OSError:
        return answer("there is no such file", NOT_ASKED)
    if not value:
        return answer("there is no such setting", NOT_ASKED)
    wrong = _wrong(value)
    return answer(wrong or "readable", WRONG if wrong else WELL)


def mend(*, file: str, key: str) -> int:
    """Write the URL as programs read it. The file as it was is kept beside it."""
    return change_text(file, _with_url_mended(key))


def take_back(*, file: str, key: str) -> int:
    """Put the file back as it was. Refuses where it is no longer what the repair wrote."""
    return put_text_back(file, _with_url_mended(key))


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


def _with_url_mended(key: str) -> Edit:
    """Return the edit that mends the URL, if what is meant can be told."""

    def edit(text: str) -> str:
        settings = settings_in(text)
        mended = _mended(settings.get(key, "").strip(), settings.get("POSTGRES_PORT", ""))
        if not mended or _wrong(mended):
            raise CannotChangeError("nothing is wrong with the URL, or what is meant cannot be told")
        return with_value(text, key, mended)

    return edit


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
