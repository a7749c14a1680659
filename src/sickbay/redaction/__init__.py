"""Secrets out of everything that is shown, stored, or shared."""

from sickbay.redaction.redactor import Redactor, StreamRedactor

__all__ = ["Redactor", "StreamRedactor"]
