"""Checking an image reference against the grammar of the OCI distribution specification."""

from __future__ import annotations

import re

from container_manager.validation.plain_values import check_text
from container_manager.validation.problems import Problems

_LONGEST_NAME = 255
_EXAMPLE = "'debian:12-slim'"

_DOMAIN_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = re.compile(rf"(?:{_DOMAIN_LABEL}(?:\.{_DOMAIN_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]{{1,5}})?")
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}")
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")


def check_image(value: object, problems: Problems) -> str:
    """Return the image reference; the empty text when something is wrong with it."""
    if value is None or value == "":
        problems.add("image", "is missing.", f"Name the image to run, for example {_EXAMPLE}.")
        return ""
    image = check_text("image", value, problems, example=_EXAMPLE)
    if image:
        defect = _surface_defect(image) or _structure_defect(image)
        if defect is None:
            return image
        problems.add("image", *defect)
    return ""


def _surface_defect(image: str) -> tuple[str, str] | None:
    scheme = _SCHEME.match(image)
    if scheme:
        rest = image[scheme.end() :]
        return f"begins with {scheme[0]!r}, but an image reference is no URL.", _write(
            rest, "registry.example:5000/app:1.0"
        )
    if any(character.isspace() for character in image):
        return f"holds white space: {image!r}.", _write("".join(image.split()), "debian:12-slim")
    if image.startswith("-"):
        return f"begins with a hyphen: {image!r}.", "Options are arguments of their own, not part of the image."
    if len(_split(image)[0]) > _LONGEST_NAME:
        return "has a name that is too long.", f"At most {_LONGEST_NAME} characters come before the tag."
    return None


def _structure_defect(image: str) -> tuple[str, str] | None:
    name, tag, digest = _split(image)
    if digest is not None and not _is_digest(digest):
        return f"has a bad digest: {digest!r}.", "A digest is 'sha256:' and 64 hexadecimal digits."
    if tag is not None and not _TAG.fullmatch(tag):
        return _tag_defect(name, tag)
    domain, path = _split_domain(name)
    if domain is not None and not _DOMAIN.fullmatch(domain):
        return f"has a bad registry address: {domain!r}.", "Write it as host or host:port."
    if all(_COMPONENT.fullmatch(component) for component in path.split("/")):
        return None
    return _path_defect(image, path)


def _split(image: str) -> tuple[str, str | None, str | None]:
    rest, at, digest = image.partition("@")
    head, slash, last = rest.rpartition("/")
    last, colon, tag = last.partition(":")
    return head + slash + last, tag if colon else None, digest if at else None


def _split_domain(name: str) -> tuple[str | None, str]:
    first, slash, rest = name.partition("/")
    if slash and (first == "localhost" or any(mark in first for mark in ".:[") or first != first.lower()):
        return first, rest
    return None, name


def _is_digest(digest: str) -> bool:
    if digest.startswith("sha256:"):
        return bool(_SHA256.fullmatch(digest))
    return bool(_DIGEST.fullmatch(digest))


def _tag_defect(name: str, tag: str) -> tuple[str, str]:
    if not tag:
        return "ends with a colon and no tag.", _write(name, f"{name}:latest")
    return (
        f"has a bad tag: {tag[:150]!r}.",
        "A tag has at most 128 letters, digits, '_', '.' and '-', and begins with a letter, a digit or '_'.",
    )


def _path_defect(image: str, path: str) -> tuple[str, str]:
    if path != path.lower():
        lowered = image.replace(path, path.lower(), 1)
        return f"has capital letters in its repository: {path!r}.", _write(lowered, "team/app:1.0")
    if "" in path.split("/"):
        return f"has an empty part between slashes: {path!r}.", "Write for example 'team/app:1.0'."
    return (
        f"has a bad repository: {path!r}.",
        "Its parts are small letters and digits, joined by '.', '_', '__' or hyphens, with '/' between parts.",
    )


def _write(suggestion: str, example: str) -> str:
    """Offer the mended reference where it is a good one, an example where it is not."""
    good = suggestion != "" and _surface_defect(suggestion) is None and _structure_defect(suggestion) is None
    return f"Write {suggestion!r}." if good else f"Write for example {example!r}."
