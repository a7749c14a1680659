"""Secrets out of everything that is shown, stored, or shared."""

from sickbay.redaction.declared import StreamRedactor
from sickbay.redaction.redactor import Redactor

__all__ = ["Redactor", "StreamRedactor"]
