"""What the guide about encodings looks for in a text, and changes in it."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from sickbay.guides.function_parts import WRONG, all_well, answer, change, looked, put_back
from sickbay.guides.kept_file import CannotChangeError


def encoding(path: str) -> int:
    """Print why a file is no UTF-8, with the place of the first byte that is none."""
    return looked(path, _problems)


def is_utf8(path: str) -> int:
    """Print ``UTF-8``, or why the file is none."""
    return all_well(path, _problems, "UTF-8")


def write_as_utf8(path: str, encoding: str) -> int:
    """Write a file that is in another encoding as UTF-8."""
    if not _is_known(encoding):
        return answer([f"there is no encoding {encoding}"], WRONG)
    return change(path, lambda content: _as_utf8(content, encoding))


def restore(path: str, encoding: str) -> int:
    """Put the file back as it was."""
    return put_back(path, lambda content: _as_utf8(content, encoding))


def _problems(content: bytes) -> Iterator[str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield "UTF-16: it begins with its mark"
        return
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        yield f"not UTF-8: the byte 0x{content[error.start]:02X} at offset {error.start}, line {line}"
    if b"\0" in content:
        yield f"binary: a NUL at offset {content.index(0)}"


def _is_known(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding  # noqa: SLF001  (the only sign that a codec reads text)
    except LookupError:
        return False


def _as_utf8(content: bytes, encoding: str) -> bytes:
    if next(_problems(content), None) is None:
        return content
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in content:
        raise CannotChangeError("there are NUL bytes in it, so it is no text")
    try:
        return content.decode(encoding).encode()
    except UnicodeDecodeError as error:
        raise CannotChangeError(f"it is no {encoding} either: {error.reason} at offset {error.start}") from error
