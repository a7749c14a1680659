"""Which text a plan was made from: the guide's, and those of the functions beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sickbay.guides.model import Guide
from sickbay.guides.parts import FunctionCall
from sickbay.repair.planning import UnplannableError


def source_of(guide: Guide) -> str:
    """Return the guide's name with the digest of all that it says and runs.

    Raises :class:`~sickbay.repair.planning.UnplannableError` where a function's file cannot be read.
    """
    digest = hashlib.sha256(f"{guide.front}\n{guide.body}".encode())
    actions = [part.action for part in guide.parts.acting]
    for name in sorted({action.module for action in actions if isinstance(action, FunctionCall)}):
        try:
            content = Path(guide.path).resolve().with_name(f"{name}.py").read_bytes()
        except OSError as error:
            raise UnplannableError(f"the functions {name} of {guide.slug} cannot be read: {error.strerror}") from error
        digest.update(f"\n{name} {hashlib.sha256(content).hexdigest()}".encode())
    return f"{guide.slug} {digest.hexdigest()}"
