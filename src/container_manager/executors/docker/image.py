"""Image references: what is to be pulled. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?"
_REFERENCE = re.compile(
    rf"(?P<repository>(?:{_DOMAIN}/)?{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}))?"
)
_ID = re.compile(r"(?:sha256:)?[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class ImageReference:
    """Where an image is pulled from, and which of its versions: a tag or a digest."""

    repository: str
    version: str


class InvalidReferenceError(ValueError):
    """This is not the name of an image, so no registry can have it."""


def reference_of(image: str) -> ImageReference | None:
    """Return what to pull for this image, ``None`` for an id, which no registry can be asked for.

    Raises :class:`InvalidReferenceError`.
    """
    if _ID.fullmatch(image):
        return None
    match = _REFERENCE.fullmatch(image)
    if match is None:
        raise InvalidReferenceError(f"invalid reference format: {image!r}")
    return ImageReference(
        repository=match["repository"],
        version=match["digest"] or match["tag"] or "latest",
    )
