"""What the guide about rights on mounted paths looks at, and changes: owner and mode of one path, by number."""

from __future__ import annotations

import os
from pathlib import Path

from sickbay.guides.function_parts import UNREADABLE, WRONG, answer


def rights(path: str, user: str) -> int:
    """Print whether a user, ``UID:GID``, may write a path; root may always."""
    try:
        status = Path(path).stat()
    except OSError as error:
        return answer([str(error)], UNREADABLE)
    uid, gid = _numbers(user)
    shift = 6 if status.st_uid == uid else 3 if status.st_gid == gid else 0
    if uid == 0 or (status.st_mode >> shift) & 0o2:
        return answer(["may write"])
    return answer([f"may not write: it belongs to {status.st_uid}:{status.st_gid}"], WRONG)


def give(path: str, user: str) -> int:
    """Give a path, and nothing below it, to a user; whose it was is kept beside it, as ``NAME.owner``."""
    kept = Path(f"{path}.owner")
    uid, gid = _numbers(user)
    try:
        status = Path(path).stat()
        with kept.open("x", encoding="ascii") as file:
            file.write(f"{status.st_uid}:{status.st_gid}\n")
        try:
            os.chown(path, uid, gid)
        except OSError:
            kept.unlink()
            raise
    except OSError as error:
        return answer([str(error)], WRONG)
    return answer([f"{path}: belongs to {user}"])


def give_back(path: str, user: str) -> int:
    """Give a path back to whom it belonged, unless somebody else has it by now."""
    kept = Path(f"{path}.owner")
    try:
        status = Path(path).stat()
        if (status.st_uid, status.st_gid) != _numbers(user):
            return answer([f"{path} belongs to {status.st_uid}:{status.st_gid} by now"], WRONG)
        os.chown(path, *_numbers(kept.read_text(encoding="ascii").strip()))
        kept.unlink()
    except OSError as error:
        return answer([str(error)], WRONG)
    return answer([f"{path}: as before"])


def _numbers(user: str) -> tuple[int, int]:
    uid, _, gid = user.partition(":")
    return int(uid), int(gid)
