"""What the guide about structured output looks for in a file that should hold JSON, and changes in it."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator

from sickbay.guides.function_parts import all_well, change, looked, put_back
from sickbay.guides.kept_file import CannotChangeError

_BEGINNING = re.compile(r"(?m)^[ \t]*(?=[{\[])")
_READER = json.JSONDecoder()


def kind(path: str) -> int:
    """Print why a file is no JSON document: ``empty``, ``cut``, ``mixed``, or ``broken``."""
    return looked(path, _problems)


def is_document(path: str) -> int:
    """Print ``one document``, or why the file is none."""
    return all_well(path, _problems, "one document")


def keep_document(path: str) -> int:
    """Keep the document alone, without the lines that others wrote around it."""
    return change(path, _document)


def restore(path: str) -> int:
    """Put the file back as it was."""
    return put_back(path, _document)


def _problems(content: bytes) -> Iterator[str]:
    try:
        json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        yield _why(content.decode("utf-8-sig", "replace"))


def _why(text: str) -> str:
    if not text.strip():
        return "empty: nothing was written"
    if _found(text) is not None:
        return "mixed: a document stands between other text"
    return "cut: a document begins and does not end" if _is_cut(text) else "broken: no document is in it"


def _is_cut(text: str) -> bool:
    for beginning in _BEGINNING.finditer(text):
        try:
            _READER.raw_decode(text, beginning.end())
        except json.JSONDecodeError as error:
            if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
                return True
        except RecursionError:
            return False
    return False


def _found(text: str) -> tuple[int, int] | None:
    """Return where the largest document stands that begins a line; none behind one that is cut."""
    best: tuple[int, int] | None = None
    if _is_cut(text):
        return None
    for beginning in _BEGINNING.finditer(text):
        if best is not None and beginning.end() < best[1]:
            continue
        try:
            _, end = _READER.raw_decode(text, beginning.end())
        except (ValueError, RecursionError):
            continue
        if best is None or end - beginning.end() > best[1] - best[0]:
            best = (beginning.end(), end)
    return best


def _document(content: bytes) -> bytes:
    try:
        text = content.decode("utf-8")
        json.loads(text)
    except UnicodeDecodeError as error:
        raise CannotChangeError("it is not UTF-8") from error
    except (ValueError, RecursionError):
        pass
    else:
        return content
    text = text.removeprefix(codecs.BOM_UTF8.decode())
    place = _found(text)
    if place is None:
        raise CannotChangeError(f"{_why(text)}; only the program can write it anew")
    return f"{text[place[0] : place[1]]}\n".encode()
