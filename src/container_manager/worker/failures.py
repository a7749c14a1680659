"""Telling of what went wrong in a loop that goes on."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from django.db import DatabaseError, InterfaceError

from container_manager.worker.call_groups import passes_by_itself


def log_failure(logger: logging.Logger, what: str, error: Exception, **extra: object) -> None:
    """Log what failed; only what does not pass by itself, as an absent database does, is worth a traceback."""
    if isinstance(error, DatabaseError | InterfaceError) and passes_by_itself(error):
        logger.warning("%s: %s", what, error, extra={**extra, "error": str(error)})
    else:
        logger.error("%s: %s", what, error, exc_info=error, extra=extra)


def take_note(future: asyncio.Future[Any]) -> None:
    """Keep asyncio from complaining of an error whose caller is gone for good."""
    if not future.cancelled():
        future.exception()
