"""What may be asked of an engine: a list of calls with the bounds that each must have. Pure. All else is refused.

The engine decides what a text means, so a call is judged by the text that is sent: one that could be read in two ways
(escapes in a path, a name given twice) is refused whatever it means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

MOST_LOG_LINES = 20_000

_LONGEST = 4096
_VERSION = re.compile(r"/v1\.[0-9]{1,3}(?=/)")
_PATH_CHARACTERS = re.compile(r"/[A-Za-z0-9_./:@-]*")
_QUERY_CHARACTERS = re.compile(r"[A-Za-z0-9_.,:=&%+~*-]*")
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}"
_IMAGE = r"[A-Za-z0-9][A-Za-z0-9_.:@-]*(?:/[A-Za-z0-9][A-Za-z0-9_.:@-]*){0,8}"


class RefusedCallError(PermissionError):
    """The engine is not asked this."""


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


_NUMBER = _matches(r"[0-9]{1,9}")
_TIME = _matches(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")
_YES_OR_NO = _matches(r"0|1|true|false")
_NO = _matches(r"0|false")
_FILTERS = _matches(r"\{[^\x00-\x1f\x7f]{0,2000}\}")


def _few_lines(value: str) -> bool:
    return _NUMBER(value) and int(value) <= MOST_LOG_LINES


@dataclass(frozen=True, kw_only=True)
class _Call:
    """A path with the queries it must have and those it may have."""

    path: re.Pattern[str]
    must: Mapping[str, Callable[[str], bool]] = field(default_factory=dict)
    may: Mapping[str, Callable[[str], bool]] = field(default_factory=dict)


def _call(path: str, *, must: Mapping[str, Callable[[str], bool]] | None = None, **may: Callable[[str], bool]) -> _Call:
    return _Call(path=re.compile(path), must=must or {}, may=may)


_CALLS = (
    _call("/_ping"),
    _call("/version"),
    _call("/info"),
    _call("/containers/json", all=_YES_OR_NO, limit=_NUMBER, filters=_FILTERS),
    _call(f"/containers/{_NAME}/json"),
    _call(f"/containers/{_NAME}/changes"),
    _call(f"/containers/{_NAME}/top"),
    _call(f"/containers/{_NAME}/stats", must={"stream": _NO}, **{"one-shot": _YES_OR_NO}),
    _call(
        f"/containers/{_NAME}/logs",
        must={"tail": _few_lines, "until": _TIME},
        follow=_NO,
        stdout=_YES_OR_NO,
        stderr=_YES_OR_NO,
        timestamps=_YES_OR_NO,
        since=_TIME,
    ),
    _call("/events", must={"since": _TIME, "until": _TIME}, filters=_FILTERS),
    _call("/images/json", all=_YES_OR_NO, filters=_FILTERS),
    _call(f"/images/{_IMAGE}/json"),
    _call(f"/images/{_IMAGE}/history"),
    _call("/networks", filters=_FILTERS),
    _call(f"/networks/{_NAME}"),
    _call("/volumes", filters=_FILTERS),
    _call(f"/volumes/{_NAME}"),
)


def check_call(method: str, target: str, *, has_body: bool = False) -> None:
    """Refuse what is not on the list. ``target`` is the path with its query. Raises :class:`RefusedCallError`."""
    if method not in {"GET", "HEAD"}:
        raise RefusedCallError(f"{method[:20]!r} does more than ask")
    if has_body:
        raise RefusedCallError("a question has no body")
    if len(target) > _LONGEST:
        raise RefusedCallError("the call is too long")
    path, mark, query = target.partition("?")
    if not _PATH_CHARACTERS.fullmatch(path) or "//" in path or "/." in path:
        raise RefusedCallError(f"the path {path[:80]!r} is not plain")
    if not _QUERY_CHARACTERS.fullmatch(query) or (mark and not query):
        raise RefusedCallError("the query is not plain")
    path = _VERSION.sub("", path, count=1) if _VERSION.match(path) else path
    for call in _CALLS:
        if call.path.fullmatch(path):
            _check_query(call, path, query)
            return
    raise RefusedCallError(f"{path[:80]} is not on the list of what may be asked")


def _check_query(call: _Call, path: str, query: str) -> None:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict") if query else []
    except ValueError as error:
        raise RefusedCallError("the query is not plain") from error
    given = dict(pairs)
    if len(given) != len(pairs):
        raise RefusedCallError("the query gives a name twice")
    for name in call.must:
        if name not in given:
            raise RefusedCallError(f"{path[:80]} needs the bound {name}=")
    allowed = {**call.must, **call.may}
    for name, value in pairs:
        if name not in allowed or not allowed[name](value):
            raise RefusedCallError(f"{path[:80]} is not asked with {name[:40]}={value[:40]}")
