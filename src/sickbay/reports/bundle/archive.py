"""Bundles as files: a ZIP archive with a manifest that names every part with its digest."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import msgspec

from sickbay.reports.bundle.contents import FORMAT, Bundle, BundledFact, BundledText, Step
from sickbay.reports.json_report import Report

MANIFEST = "manifest.json"
DOCTOR = "doctor.json"

#: Most bytes of one part when it is unpacked, so that no small file fills the memory.
_LARGEST_PART = 128 * 1024 * 1024
_MOST_PARTS = 2100  # each failed test of a run is a text, and of those are at most 2000
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bundle is the same file, whenever it is written

_README = """\
A case from sickbay, without secrets. Diagnose it with

    sickbay diagnose THIS-FILE.zip

manifest.json names every part with its digest, and every step of collecting with its time and result. Where lines of a
text were left out there are empty ones, so that the others keep their numbers.
"""


class InvalidBundleError(ValueError):
    """This file is no bundle, or it was changed or damaged since it was made."""


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    sha256: str
    bytes: int


class _TextPart(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    name: str
    line_count: int
    lines_left_out: int
    diagnosed: bool


class _Manifest(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    made: datetime.datetime
    sickbay: str
    origin: str
    steps: tuple[Step, ...]
    texts: tuple[_TextPart, ...]
    parts: tuple[_Part, ...]


class _Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    environment: dict[str, str]
    variables: tuple[str, ...]


def packed(bundle: Bundle) -> bytes:
    """Return a bundle as an archive."""
    texts = tuple(
        _TextPart(
            path=f"texts/{number:02}-{_file_name(text.name)}.txt",
            name=text.name,
            line_count=text.line_count,
            lines_left_out=text.lines_left_out,
            diagnosed=text.diagnosed,
        )
        for number, text in enumerate(bundle.texts, start=1)
    )
    contents = {
        "README.txt": _README.encode(),
        "facts.json": _as_json(bundle.facts),
        "environment.json": _as_json({"environment": dict(bundle.environment), "variables": bundle.variables}),
        "diagnosis.json": _as_json(bundle.report),
        **({} if bundle.doctor is None else {DOCTOR: _as_json(bundle.doctor)}),
        **{part.path: text.data for part, text in zip(texts, bundle.texts, strict=True)},
    }
    manifest = _Manifest(
        format=FORMAT,
        made=bundle.made,
        sickbay=bundle.version,
        origin=bundle.origin,
        steps=bundle.steps,
        texts=texts,
        parts=tuple(
            _Part(path=path, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
            for path, data in contents.items()
        ),
    )
    return _zipped({MANIFEST: _as_json(manifest), **contents})


def is_bundle(stream: IO[bytes]) -> bool:
    """Say whether a file that can be read anywhere is a bundle. It is read from its beginning afterwards."""
    try:
        with zipfile.ZipFile(stream) as archive:
            return MANIFEST in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    finally:
        stream.seek(0)


def unpacked(path: Path) -> Bundle:
    """Read a bundle. Raises :class:`InvalidBundleError`, and ``OSError`` for a file that cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > _MOST_PARTS:
                raise InvalidBundleError(f"{path} has more parts than a bundle can have")
            manifest = msgspec.json.decode(_part(archive, MANIFEST, path), type=_Manifest)
            if manifest.format != FORMAT:
                raise InvalidBundleError(f"{path} has format {manifest.format}, and this version reads {FORMAT}")
            contents = {part.path: _checked(archive, part, path) for part in manifest.parts}
        return _bundle(manifest, contents)
    except (zipfile.BadZipFile, msgspec.DecodeError, KeyError) as error:
        raise InvalidBundleError(f"{path} is no whole bundle: {error}") from error


def _bundle(manifest: _Manifest, contents: Mapping[str, bytes]) -> Bundle:
    around = msgspec.json.decode(contents["environment.json"], type=_Surroundings)
    doctor = contents.get(DOCTOR)
    report: Report = msgspec.json.decode(contents["diagnosis.json"], type=dict[str, Any])
    return Bundle(
        made=manifest.made,
        version=manifest.sickbay,
        origin=manifest.origin,
        steps=manifest.steps,
        facts=msgspec.json.decode(contents["facts.json"], type=tuple[BundledFact, ...]),
        texts=tuple(
            BundledText(
                name=part.name,
                data=contents[part.path],
                line_count=part.line_count,
                lines_left_out=part.lines_left_out,
                diagnosed=part.diagnosed,
            )
            for part in manifest.texts
        ),
        environment=around.environment,
        variables=around.variables,
        report=report,
        doctor=None if doctor is None else msgspec.json.decode(doctor, type=dict[str, Any]),
    )


def _checked(archive: zipfile.ZipFile, part: _Part, path: Path) -> bytes:
    data = _part(archive, part.path, path)
    if hashlib.sha256(data).hexdigest() != part.sha256:
        raise InvalidBundleError(f"{path}: {part.path} is not as it was when the bundle was made")
    return data


def _part(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    with archive.open(name) as stream:
        data = stream.read(_LARGEST_PART + 1)
    if len(data) > _LARGEST_PART:
        raise InvalidBundleError(f"{path}: {name} is larger than a part of a bundle can be")
    return data


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def _as_json(value: object) -> bytes:
    return json.dumps(msgspec.to_builtins(value), indent=2, ensure_ascii=False).encode() + b"\n"


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name)[:60].strip(".-") or "text"
