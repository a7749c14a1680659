"""Which paths a repair has copied before it begins: those that its guide names, and those that it is seen to write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sickbay.repair.backup import absolute, require_writable
from sickbay.repair.planning import Draft
from sickbay.repair.standing import BackupError, read_standing

_MOST_UNNAMED_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The absolute paths to copy, and what a plan says of them."""

    paths: tuple[Path, ...]
    says: str


def choose_backup(draft: Draft, folder: Path) -> Chosen:
    """Choose what is copied. What the guide does not name and is too large, or no file, is left out and said.

    Raises ``BackupError`` where what the guide names cannot be copied, and for what may never be written.
    """
    paths, copied, left_out = [], [], []
    for name in draft.named_paths:
        path = absolute(folder, name)
        require_writable(path)
        copied.append(name if read_standing(path) else f"{name} (nothing is there yet)")
        paths.append(path)
    for name in draft.written_paths:
        path = absolute(folder, name)
        require_writable(path)
        try:
            standing = read_standing(path, most_bytes=_MOST_UNNAMED_BYTES)
        except BackupError as error:
            left_out.append(f"{name} ({error})")
            continue
        copied.append(name if standing else f"{name} (nothing is there yet)")
        paths.append(path)
    parts = [f"copies of {', '.join(copied)}"] if copied else ["no file is written that is known"]
    if left_out:
        parts.append(f"without a copy, so its step's way back is all there is: {', '.join(left_out)}")
    return Chosen(paths=tuple(dict.fromkeys(paths)), says="; ".join(parts))
