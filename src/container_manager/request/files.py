"""Checking the files that go into a job and come out of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from container_manager.runspec.mounts import check_mounts
from container_manager.runspec.spec import FileTransfer, Mount, MountKind
from container_manager.validation.plain_values import NumberRange, check_whole, kind_of, shown, text_defect
from container_manager.validation.problems import Problems

_INPUT_KEYS = frozenset({"path", "name", "content", "stored", "max_bytes"})
_OUTPUT_KEYS = frozenset({"path", "name", "max_bytes"})
_EXAMPLES = {
    "inputs": "Write [{'path': '/in/data.csv', 'content': b'…'}], or 'stored' with a name in Django's storage.",
    "outputs": "Write [{'path': '/out', 'name': 'result'}].",
}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_SIZE = NumberRange(least=1, most=1024**4, unit="bytes", example="1024**3")
DEFAULT_MAX_BYTES = FileTransfer(path="", name="").max_bytes


@dataclass(frozen=True, kw_only=True)
class InputSource:
    """Where an input's content comes from: bytes, a file to read, or a name in Django's storage."""

    transfer: FileTransfer
    content: bytes | BinaryIO | None = field(default=None, repr=False)
    stored: str = ""


@dataclass(frozen=True, kw_only=True)
class JobFiles:
    """The files of a request."""

    sources: tuple[InputSource, ...] = ()
    outputs: tuple[FileTransfer, ...] = ()

    @property
    def inputs(self) -> tuple[FileTransfer, ...]:
        """What goes in."""
        return tuple(source.transfer for source in self.sources)


def check_files(fields: Mapping[str, object], problems: Problems) -> JobFiles:
    """Return the good inputs and outputs."""
    mounts = check_mounts(fields.get("mounts"), Problems())
    vanishing = [mount.target for mount in mounts if mount.kind is MountKind.TMPFS]
    inputs = [_input(*entry, problems) for entry in _entries("inputs", fields, _INPUT_KEYS, problems)]
    outputs = [_transfer(*entry, problems) for entry in _entries("outputs", fields, _OUTPUT_KEYS, problems)]
    sources = tuple(source for source in inputs if source is not None)
    taken_out = tuple(transfer for transfer in outputs if transfer is not None)
    _refuse_doubles("inputs", [source.transfer for source in sources], problems)
    _refuse_doubles("outputs", taken_out, problems)
    _refuse_hidden("inputs", [source.transfer for source in sources], _targets(mounts), problems)
    _refuse_hidden("outputs", taken_out, vanishing, problems)
    if sources and fields.get("read_only_root") is True:
        problems.add("inputs", "cannot be put into a read-only root.", "Mount them, or leave read_only_root out.")
    return JobFiles(sources=sources, outputs=taken_out)


def _entries(
    field_name: str, fields: Mapping[str, object], keys: Collection[str], problems: Problems
) -> list[tuple[str, Mapping[str, object]]]:
    value = fields.get(field_name)
    if value is None:
        return []
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
        problems.add(field_name, f"must be a list, not {kind_of(value)}.", _EXAMPLES[field_name])
        return []
    good = []
    for number, entry in enumerate(value):
        where = f"{field_name}[{number}]"
        if not isinstance(entry, Mapping):
            problems.add(where, f"must be a dictionary, not {kind_of(entry)}.", _EXAMPLES[field_name])
        elif unknown := sorted(str(key)[:100] for key in entry if key not in keys):
            problems.add(where, f"has an unknown key {unknown[0]!r}.", f"There are {', '.join(sorted(keys))}.")
        else:
            good.append((where, entry))
    return good


def _transfer(where: str, entry: Mapping[str, object], problems: Problems) -> FileTransfer | None:
    path = entry.get("path")
    if not isinstance(path, str) or text_defect(path) or not _is_plain_absolute(path):
        problems.add(where, f"has no plain absolute path but {shown(path)}.", "Write for example '/out/result.csv'.")
        return None
    name = entry.get("name") or _name_from(path)
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        problems.add(where, f"has a name that cannot be kept: {shown(name)}.", "Use letters, digits, '.', '_' and '-'.")
        return None
    most = check_whole(f"{where}['max_bytes']", entry.get("max_bytes"), problems, _SIZE)
    return FileTransfer(path=path, name=name, max_bytes=most or DEFAULT_MAX_BYTES)


def _input(where: str, entry: Mapping[str, object], problems: Problems) -> InputSource | None:
    transfer = _transfer(where, entry, problems)
    content, stored = entry.get("content"), entry.get("stored")
    if (content is None) == (stored is None):
        problems.add(where, "must have either content or stored.", _EXAMPLES["inputs"])
    elif stored is not None and (not isinstance(stored, str) or not stored or text_defect(stored)):
        problems.add(where, f"names no stored file but {shown(stored)}.", _EXAMPLES["inputs"])
    elif content is not None and not isinstance(content, bytes) and not callable(getattr(content, "read", None)):
        problems.add(
            where, f"has content that is neither bytes nor a file but {kind_of(content)}.", _EXAMPLES["inputs"]
        )
    elif transfer is not None and isinstance(content, bytes) and len(content) > transfer.max_bytes:
        problems.add(where, f"is {len(content)} bytes long.", f"At most {transfer.max_bytes} are taken: max_bytes.")
    elif transfer is not None:
        given = cast("bytes | BinaryIO | None", content)
        return InputSource(transfer=transfer, content=given, stored=str(stored) if stored is not None else "")
    return None


def _is_plain_absolute(path: str) -> bool:
    is_plain = len(path) <= 1000 and path.startswith("/") and path != "/" and str(PurePosixPath(path)) == path
    return is_plain and not path.startswith("//") and ".." not in path.split("/")


def _name_from(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", PurePosixPath(path).name).lstrip(".-")[:200] or "file"


def _targets(mounts: Sequence[Mount]) -> list[str]:
    return [mount.target for mount in mounts]


def _refuse_doubles(field_name: str, transfers: Sequence[FileTransfer], problems: Problems) -> None:
    for what in ("name", "path"):
        seen: set[str] = set()
        for transfer in transfers:
            value = getattr(transfer, what)
            if value in seen:
                problems.add(field_name, f"has two of the {what} {value[:200]!r}.", "Give each one of its own.")
            seen.add(value)


def _refuse_hidden(
    field_name: str, transfers: Sequence[FileTransfer], targets: Sequence[str], problems: Problems
) -> None:
    for transfer in transfers:
        hiding = [target for target in targets if PurePosixPath(transfer.path).is_relative_to(target)]
        if hiding:
            fix = "Choose a path outside of the mount, or put the file there yourself."
            problems.add(field_name, f"{transfer.path!r} lies in what is mounted at {hiding[0]!r}.", fix)
