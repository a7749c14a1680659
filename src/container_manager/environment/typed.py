"""What a conversion gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A value of its type, and the canonical text that the job gets."""

    value: object
    text: str


class ConversionError(ValueError):
    """A text is no value of its type. Neither part repeats the text, which may be a secret."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
