"""Looks at, and mends, the connection URL of a project's environment file, for the guides about unreachable databases.

A server that was set up from the same file says there what is right: ``POSTGRES_USER``, ``POSTGRES_PASSWORD``, and
their like. Nothing here prints a password.
"""

from __future__ import annotations

import os
import re
import subprocess
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from sickbay.guides.function_parts import NOT_ASKED, WRONG, answer, change_text, put_text_back
from sickbay.guides.kept_file import CannotChangeError, Edit
from sickbay.guides.settings_file import read_settings, settings_in, with_value

_SCHEME = re.compile(r"postgres(?:ql)?(?:\+\w+)?")
_PARTS = {"host": "POSTGRES_HOST", "port": "POSTGRES_PORT", "user": "POSTGRES_USER", "password": "POSTGRES_PASSWORD"}
_OPTIONS = {"sslmode": "PGSSLMODE", "connect_timeout": "PGCONNECT_TIMEOUT", "sslrootcert": "PGSSLROOTCERT"}

#: What a client's or a server's text means; the first that is found counts.
_MEANINGS = (
    ("refused", "Connection refused|No such file or directory"),
    ("timeout", "timeout expired|Connection timed out"),
    ("unresolvable", "could not translate host name|failed to resolve host"),
    ("tls", "does not support SSL|SSL error|root certificate file"),
    ("rejected", r"pg_hba\.conf"),
    ("password", "authentication failed|no password supplied"),
    ("role", r"role .{1,80} (?:does not exist|is not permitted to log in)"),
    ("database", r"database .{1,80} does not exist"),
    ("forbidden", "permission denied"),
    ("closed", "server closed the connection|terminating connection"),
)

#: Names that need no quoting of their own within double quotes.
_NAME = re.compile(r"[A-Za-z_][\w-]{0,62}")

_MADE = "made empty by a repair of sickbay"

#: How many objects a database holds that do not come with every new one, and what was said of it.
_CONTENT = """
select (select count(*) from pg_class where relnamespace not in (11, 99)
          and relnamespace::regnamespace::text not in ('information_schema', 'pg_toast'))
     + (select count(*) from pg_proc where oid >= 16384)
     + (select count(*) from pg_type where oid >= 16384)
     + (select count(*) from pg_namespace where oid >= 16384)
     + (select count(*) from pg_extension where oid >= 16384)
     + (select count(*) from pg_largeobject_metadata),
       shobj_description((select oid from pg_database where datname = current_database()), 'pg_database')
"""


def look(*, file: str, key: str) -> int:
    """Print ``connected``, or one word for what the server or the way there says. Returns 0, 1, or 3: not asked."""
    url = named_url(file, key)
    if url is None:
        return answer("nothing to connect to", NOT_ASKED)
    try:
        done = run_psql(url, "select 1")
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return answer(f"not asked: {type(error).__name__}", NOT_ASKED)
    if done.returncode == 0:
        return answer("connected")
    if "failed: Permission denied" in done.stderr:  # we are kept from connecting, whatever the server would say
        return answer("not asked: kept from connecting", NOT_ASKED)
    word = next((word for word, text in _MEANINGS if re.search(text, done.stderr)), "other")
    return answer(word, WRONG)


def compare(*, file: str, key: str, part: str) -> int:
    """Print ``differs`` where the server's own setting in the same file is another than the URL's, else ``same``."""
    url, right = named_url(file, key), _settings(file).get(_PARTS[part], "")
    if url is None or not right:
        return answer("unknown", NOT_ASKED)
    return answer("differs" if _with(url, part, right) != url.geturl() else "same")


def align(*, file: str, key: str, part: str) -> int:
    """Write the server's own setting into the URL. The file as it was is kept beside it."""
    return change_text(file, _aligned(key, part))


def take_back(*, file: str, key: str, part: str) -> int:
    """Put the file back as it was. Refuses where it is no longer what the repair wrote."""
    return put_text_back(file, _aligned(key, part))


def create_database(*, file: str, key: str) -> int:
    """Make the database that the URL names, empty and marked as made here."""
    url = named_url(file, key)
    if url is None or not _NAME.fullmatch(name := _database(url)):
        return answer("no database is named", WRONG)
    done = run_psql(_beside(url), f'create database "{name}"', f"comment on database \"{name}\" is '{_MADE}'")
    return answer("made" if done.returncode == 0 else done.stderr.strip(), done.returncode)


def remove_empty_database(*, file: str, key: str) -> int:
    """Take the database away again, only while it is the empty one that was made here."""
    url = named_url(file, key)
    if url is None or not _NAME.fullmatch(name := _database(url)):
        return answer("no database is named", WRONG)
    found = run_psql(url, _CONTENT)
    if found.returncode != 0 or found.stdout.strip() != f"0 {_MADE}":
        return answer("it is not the empty database that was made here", WRONG)
    done = run_psql(_beside(url), f'drop database "{name}"')
    return answer("gone" if done.returncode == 0 else done.stderr.strip(), done.returncode)


def _aligned(key: str, part: str) -> Edit:
    """Return the edit that makes one part of the URL what the server was set up with."""

    def edit(text: str) -> str:
        settings = settings_in(text)
        url, right = _parsed(settings.get(key, "")), settings.get(_PARTS[part], "")
        if url is None or not right:
            raise CannotChangeError("there is nothing to align")
        return with_value(text, key, _with(url, part, right))

    return edit


def named_url(file: str, key: str) -> SplitResult | None:
    """Return the URL that a setting of the file holds, ``None`` where there is none that can be read."""
    return _parsed(_settings(file).get(key, ""))


def _parsed(value: str) -> SplitResult | None:
    try:
        url = urlsplit(value)
        is_whole = bool(_SCHEME.fullmatch(url.scheme) and url.hostname) and (url.port or 1) > 0
    except ValueError:
        return None
    return url if is_whole else None


def _settings(file: str) -> dict[str, str]:
    try:
        return read_settings(file)
    except OSError:
        return {}


def _with(url: SplitResult, part: str, value: str) -> str:
    """Return the URL with one part replaced."""
    user, password = url.username or "", url.password or ""
    host, port = url.hostname or "", str(url.port or "")
    named = {"host": host, "port": port, "user": user, "password": password}
    named[part] = quote(value, safe="") if part in {"user", "password"} else value
    login = named["user"] + (f":{named['password']}" if named["password"] else "")
    place = named["host"] + (f":{named['port']}" if named["port"] else "")
    return url._replace(netloc=f"{login}@{place}" if login else place).geturl()


def _database(url: SplitResult) -> str:
    return unquote(url.path.lstrip("/"))


def _beside(url: SplitResult) -> SplitResult:
    """Return the URL of the database that every server has."""
    return url._replace(path="/postgres")


def run_psql(url: SplitResult, *statements: str) -> subprocess.CompletedProcess[str]:
    """Run statements as the URL says. The password goes by the environment, which other users cannot read."""
    given = {
        "PGHOST": url.hostname or "",
        "PGPORT": str(url.port or 5432),
        "PGUSER": unquote(url.username or ""),
        "PGPASSWORD": unquote(url.password or ""),
        "PGDATABASE": _database(url),
        "PGCONNECT_TIMEOUT": "5",
        "LC_ALL": "C",
    }
    given |= {_OPTIONS[name]: value for name, value in parse_qsl(url.query) if name in _OPTIONS}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    arguments = ["psql", "--no-psqlrc", "--no-password", "--no-align", "--tuples-only", "--field-separator= "]
    arguments += [f"--command={statement}" for statement in statements]
    return subprocess.run(
        arguments,
        env=kept | {name: value for name, value in given.items() if value},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=15,
    )
