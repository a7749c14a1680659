"""A bundle is read back as it was written; one that was changed, or is none, is refused."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from sickbay.reports.bundle.archive import InvalidBundleError, is_bundle, packed, unpacked
from sickbay.reports.bundle.contents import Bundle, BundledFact, BundledText, Step

MADE = datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.UTC)
BUNDLE = Bundle(
    made=MADE,
    version="1.2.3",
    origin="job 17",
    steps=(Step(name="the case", began=MADE, seconds=0.25, outcome="ok"),),
    facts=(
        BundledFact(name="exit_code", value=137, source="engine"),
        BundledFact(name="image", value="a:1", source="job"),
    ),
    texts=(
        BundledText(name="std/out", data=b"one\n\nthree\n", line_count=3, lines_left_out=1),
        BundledText(name="std/out", data=b"", line_count=0, lines_left_out=0, diagnosed=False),
    ),
    environment={"Python": "3.11"},
    variables=("PATH",),
    report={"verdicts": [], "looked_at": [], "unknown": False, "engine": "1.2.3"},
)


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _changed(content: bytes, name: str, new: bytes) -> bytes:
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as made:
        for entry in old.infolist():
            made.writestr(entry, new if entry.filename == name else old.read(entry))
    return changed.getvalue()


def test_it_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    assert unpacked(_written(tmp_path / "b.zip", packed(BUNDLE))) == BUNDLE


def test_a_preflight_is_a_part_of_its_own(tmp_path: Path) -> None:
    whole = replace(BUNDLE, doctor={"checks": [{"check": "disk", "state": "ok"}]})
    assert unpacked(_written(tmp_path / "b.zip", packed(whole))) == whole
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert json.loads(archive.read("doctor.json")) == whole.doctor


def test_a_test_run_with_hundreds_of_failures_fits(tmp_path: Path) -> None:
    whole = replace(BUNDLE, texts=BUNDLE.texts * 1000)
    assert len(unpacked(_written(tmp_path / "b.zip", packed(whole))).texts) == 2000


def test_the_same_bundle_is_the_same_file() -> None:
    assert packed(BUNDLE) == packed(BUNDLE)


def test_the_manifest_names_every_part_with_its_digest_and_every_step() -> None:
    with zipfile.ZipFile(io.BytesIO(packed(BUNDLE))) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert {part["path"] for part in manifest["parts"]} == set(archive.namelist()) - {"manifest.json"}
    assert manifest["steps"] == [
        {"name": "the case", "began": "2026-11-22T12:00:00Z", "seconds": 0.25, "outcome": "ok"}
    ]


@pytest.mark.parametrize("name", ["facts.json", "environment.json", "diagnosis.json", "texts/01-std-out.txt"])
def test_a_changed_part_is_named(name: str, tmp_path: Path) -> None:
    path = _written(tmp_path / "b.zip", _changed(packed(BUNDLE), name, b"[]"))
    with pytest.raises(InvalidBundleError, match=f"{name} is not as it was"):
        unpacked(path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 broken"])
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InvalidBundleError):
        unpacked(_written(tmp_path / "b.zip", content))
    assert not is_bundle(io.BytesIO(content))


def test_another_archive_is_no_bundle() -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("file.txt", "text")
    assert not is_bundle(other)
    assert is_bundle(io.BytesIO(packed(BUNDLE)))


def test_a_layout_of_another_version_is_refused(tmp_path: Path) -> None:
    content = packed(BUNDLE)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest = json.loads(archive.read("manifest.json")) | {"format": 2}
    path = _written(tmp_path / "b.zip", _changed(content, "manifest.json", json.dumps(manifest).encode()))
    with pytest.raises(InvalidBundleError, match="format 2"):
        unpacked(path)


def test_a_part_that_unpacks_to_more_than_a_bundle_holds_is_refused(tmp_path: Path) -> None:
    huge = io.BytesIO()
    with zipfile.ZipFile(huge, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("manifest.json", "w") as part:
        for _ in range(129):
            part.write(bytes(1024 * 1024))
    with pytest.raises(InvalidBundleError, match="larger than"):
        unpacked(_written(tmp_path / "b.zip", huge.getvalue()))
