"""What comes to a template from outside of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a job gives, and what may be looked up.

    ``overrides`` are the job's variables: taken as they are, never interpolated. ``secrets`` are its variables that
    come from stored secrets (variable to the secret's name). ``secret_names`` are those of its variables that are
    secret. ``outside`` has what may be referred to and is no variable of the job by itself. ``complete`` is False
    where a template is checked before any job: what only a job can give is then not missed.
    """

    overrides: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    secret_names: frozenset[str] = frozenset()
    outside: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True

    def gives(self, name: str) -> bool:
        """Whether the job gives this variable itself."""
        return name in self.overrides or name in self.secrets
