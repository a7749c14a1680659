"""Keeping a job's secrets out of whatever is stored or shown of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from container_manager.models import ContainerJob
from container_manager.services.given_secrets import known_secrets, spec_with
from sickbay.redaction import Redactor


class StreamMasker(Protocol):
    """Masks a byte stream piece by piece; what may be the beginning of a secret is held back until it is decided."""

    @property
    def held_back(self) -> int:
        """How many of the last bytes fed are undecided. A new masker fed only these goes on exactly as this one would.

        The log's reader saves the place before them, so that a restart neither loses nor doubles a byte.
        """
        ...

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes, return those that are safe to store now."""
        ...

    def finish(self) -> bytes:
        """Return what was held back, masked. Nothing may be fed after it."""
        ...


def stream_masker(secrets: Mapping[str, str]) -> StreamMasker:
    """Return a masker for one stream of one attempt.

    ``secrets`` maps names to values, so that the labels can say which one was hidden. At most some kilobytes more than
    the longest secret are held back.
    """
    return Redactor(secrets).stream()


def masked(text: str, secrets: Mapping[str, str]) -> str:
    """Return a whole text with these secrets, by name, and everything that looks like one hidden."""
    return Redactor(secrets).text(text)


def redactor_of(job: ContainerJob) -> Redactor:
    """Return the sink that hides what the job declares secret."""
    return Redactor(spec_with(job.run_spec(), job, known_secrets([job])).secrets)
