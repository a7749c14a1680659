"""The texts of a JSON value, and which of them are secrets because of the name, or the argument, before them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sickbay.redaction.keys import Key, key_of
from sickbay.redaction.values import is_secret


class Text(NamedTuple):
    """A text; with a kind where all of it is a secret."""

    text: str
    kind: str | None = None


def texts_in(value: object, key: Key | None = None) -> Iterator[Text]:
    """Yield every text of a value, keys too, in the order in which :func:`with_texts` takes them."""
    match value:
        case str():
            secret = key is not None and is_secret(key, value.encode("utf-8", "surrogatepass"))
            yield Text(value, key.kind if key and secret else None)
        case Mapping():
            named = _named(value)
            for name, item in value.items():
                yield from texts_in(name)
                yield from texts_in(item, named if named and name in _VALUES else _key(name) or key)
        case list() | tuple():
            before: Key | None = None
            for item in value:
                yield from texts_in(item, key or before)
                before = _key(item) if isinstance(item, str) and item.startswith("-") and "=" not in item else None
        case _:
            return


def with_texts(value: object, texts: Iterator[str]) -> object:
    """Return the value with its texts replaced, one after the other."""
    match value:
        case str():
            return next(texts)
        case Mapping():
            return {with_texts(name, texts): with_texts(item, texts) for name, item in value.items()}
        case list() | tuple():
            return [with_texts(item, texts) for item in value]
        case _:
            return value


_VALUES = frozenset({"value", "Value", "VALUE"})


def _named(value: Mapping[object, object]) -> Key | None:
    """Return what ``{"name": "DB_PASSWORD", "value": …}`` promises."""
    for name in ("name", "Name", "key", "Key"):
        if isinstance(given := value.get(name), str) and (key := _key(given)):
            return key
    return None


def _key(name: object) -> Key | None:
    return key_of(name.encode("utf-8", "surrogatepass")) if isinstance(name, str) and len(name) <= 120 else None
