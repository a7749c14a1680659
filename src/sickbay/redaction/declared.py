"""The layer that needs no guessing: no declared value comes out, and no password in a URL.

It works on streams too, because what it decides needs only a few bytes of what follows. A value is replaced by a label
that names it, ``[secret:API_TOKEN]``, in whatever form it is written
(:mod:`sickbay.redaction.forms`), and a password in a URL by ``[password]``. Labels are stable, so that two lines can
still be compared. Where two secrets begin at one place the longer one is hidden; what a secret covers is not looked at
again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from sickbay.redaction.forms import written_forms

PASSWORD_LABEL = b"[password]"

#: Longest user name and longest password that are looked for in a URL.
LONGEST_USER = 256
LONGEST_PASSWORD = 4096

_USER = rb"""[^\s:/?\#@"'<>\[\]]{0,%d}""" % LONGEST_USER
# A port is no password: http://localhost:8000/@vite/client has none.
_NOT_A_PORT = rb"(?!\d{1,5}[/?\#])"
_UNTIL_PATH = rb"""[^\s/?\#"'<>]"""
_WITHOUT_AT = rb"""[^\s@"'<>]"""
# A password may hold an @, and a slash before its first @; behind that only what no path can begin with.
_PASSWORD = rb"""(?:%s{%%d,%d}|%s{%%d,%d}(?:@%s{0,%d})?)""" % (
    _UNTIL_PATH,
    LONGEST_PASSWORD,
    _WITHOUT_AT,
    LONGEST_PASSWORD,
    _UNTIL_PATH,
    LONGEST_PASSWORD,
)
_URL = rb"://(?P<user>%s):%s(?P<password>%s)(?=@)" % (_USER, _NOT_A_PORT, _PASSWORD % (1, 1))
#: Groups ``user`` and ``password``.
URL_WITH_PASSWORD = re.compile(_URL)
#: What may still become a URL with a password when more bytes come.
_URL_BEGUN = re.compile(rb":/?\Z|://%s\Z|://%s:%s%s\Z" % (_USER, _USER, _NOT_A_PORT, _PASSWORD % (0, 0)))
_LONGEST_URL_BEGUN = 5 + LONGEST_USER + 2 * LONGEST_PASSWORD


class DeclaredValues:
    """Hides values that were declared. ``secrets`` maps names to them; those of a plain sequence get no names."""

    def __init__(self, secrets: Mapping[str, str] | Iterable[str] = ()) -> None:
        named = sorted(secrets.items()) if isinstance(secrets, Mapping) else [("", value) for value in secrets]
        self._labels: dict[bytes, bytes] = {}
        for name, value in named:
            label = f"[secret:{name}]" if name else "[secret]"
            for form in written_forms(value):
                self._labels.setdefault(form, label.encode("utf-8", "replace"))
        self._forms = sorted(self._labels, key=lambda form: (-len(form), form))
        self._longest = max(map(len, self._forms), default=0)
        secret = rb"(?P<secret>%s)" % b"|".join(map(re.escape, self._forms)) if self._forms else b""
        self._secret = re.compile(secret) if secret else None
        self._any = re.compile(secret + b"|" + _URL) if secret else URL_WITH_PASSWORD

    def data(self, data: bytes) -> bytes:
        """Return the bytes with everything hidden."""
        pattern = self._pattern_for(data)
        return pattern.sub(self._hidden, data) if pattern else data

    def stream(self) -> StreamRedactor:
        """Return a redactor for bytes that come piece by piece."""
        return StreamRedactor(self)

    def places(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Yield where declared values stand, from, to, and the label of each. Passwords in URLs are not among them."""
        if self._secret is not None and any(form in data for form in self._forms):
            for found in self._secret.finditer(data):
                yield found.start(), found.end(), self._labels[found.group()]

    def decided(self, data: bytes) -> tuple[bytes, int]:
        """Return what can be shown of the beginning of a stream, hidden, and how many bytes of ``data`` it stands for.

        What remains may be the beginning of something to hide.
        """
        start, shown = 0, []
        begun = self._begun(data, 0)
        pattern = self._pattern_for(data)
        while pattern and (found := pattern.search(data, start)) is not None and found.start() < begun:
            shown += [data[start : found.start()], self._hidden(found)]
            start = found.end()
            if begun < start:
                begun = self._begun(data, start)
        return b"".join([*shown, data[start:begun]]), begun

    def _hidden(self, found: re.Match[bytes]) -> bytes:
        groups = found.groupdict()
        secret = groups.get("secret")
        if secret is not None:
            return self._labels[secret]
        before = self._secrets_hidden(b"://" + groups["user"] + b":")
        return before + self._labels.get(groups["password"], PASSWORD_LABEL)

    def _secrets_hidden(self, data: bytes) -> bytes:
        return self._secret.sub(lambda found: self._labels[found.group()], data) if self._secret else data

    def _pattern_for(self, data: bytes) -> re.Pattern[bytes] | None:
        """Return what to search for: looking for each form by itself is much faster than searching for all at once."""
        if any(form in data for form in self._forms):
            return self._any
        return URL_WITH_PASSWORD if b"://" in data else None

    def _begun(self, data: bytes, start: int) -> int:
        """Return where, from ``start`` on, something begins that more bytes could make one to hide; else the end."""
        end = len(data)
        tail = max(start, end - _LONGEST_URL_BEGUN)
        url = _URL_BEGUN.search(data, tail) if data.find(b":", tail) >= 0 else None
        first = url.start() if url else end
        for form in self._forms:
            place = data.find(form[:1], max(start, end - len(form) + 1))
            while 0 <= place < first:
                if form.startswith(data[place:]):
                    first = place
                place = data.find(form[:1], place + 1)
        return first


class StreamRedactor:
    """Hides secrets in one stream of bytes. However the stream is cut, what comes out is the same."""

    def __init__(self, redactor: DeclaredValues) -> None:
        self._redactor = redactor
        self._pending = b""
        self._finished = False

    @property
    def held_back(self) -> int:
        """How many of the last bytes fed are undecided. A new one fed only these goes on exactly as this one would."""
        return len(self._pending)

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes, return those that can be shown now."""
        if self._finished:
            raise ValueError("the stream is finished")
        together = self._pending + data
        shown, count = self._redactor.decided(together)
        self._pending = together[count:]
        return shown

    def finish(self) -> bytes:
        """Return what was held back, hidden. Nothing may be fed after it."""
        self._finished = True
        pending, self._pending = self._pending, b""
        return self._redactor.data(pending)
