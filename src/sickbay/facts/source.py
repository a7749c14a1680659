"""How a case comes from somewhere else: what a loader behind the entry points ``sickbay.sources`` may raise."""

from __future__ import annotations


class SourceError(Exception):
    """A case could not be loaded: its store cannot be asked. The message says why and what helps."""


class CaseNotFoundError(SourceError):
    """There is no such case, or what was given does not name one."""
