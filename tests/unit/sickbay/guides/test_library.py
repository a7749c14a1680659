"""Guides come from this package, from packages that are installed, and from the project's own folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sickbay.guides.fences import InvalidGuideError
from sickbay.guides.library import all_guides, builtin_guides, guides_in, packaged_guides
from tests.unit.sickbay.guides.sample import SAMPLE


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """A folder from which packages can be imported, as if they were installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.startswith("widget_guides")]:
        del sys.modules[name]


def _install(site: Path, entry: str) -> None:
    information = site / "widget_guides-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: widget-guides\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(f"[sickbay.guides]\nwidgets = {entry}\n")


def test_an_installed_package_brings_its_guides(site: Path) -> None:
    (site / "widget_guides" / "area").mkdir(parents=True)
    (site / "widget_guides" / "__init__.py").touch()
    (site / "widget_guides" / "area" / "widget-missing.md").write_text(SAMPLE)
    _install(site, "widget_guides")
    assert [guide.slug for guide in packaged_guides()] == ["widget-missing"]
    assert {guide.slug for guide in all_guides()} == {"widget-missing", *(guide.slug for guide in builtin_guides())}


def test_an_entry_point_that_names_no_package_is_told(site: Path) -> None:
    _install(site, "widget_guides_missing")
    with pytest.raises(InvalidGuideError, match="'widgets'"):
        packaged_guides()


def test_a_projects_guide_stands_before_one_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "disk-full.md").write_text(SAMPLE)
    found = {guide.slug: guide for guide in all_guides(tmp_path)}
    assert found["disk-full"].title == "The widget is missing"
    assert len(found) == len(builtin_guides())


def test_other_pages_may_lie_beside_guides_and_a_missing_folder_has_none(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nnot: a guide\n---\n")
    (tmp_path / "index.md").write_text("# A page\n")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "widget-missing.md").write_text(SAMPLE)
    assert [guide.slug for guide in guides_in(tmp_path)] == ["widget-missing"]
    assert guides_in(tmp_path / "none") == ()


def test_a_guide_that_is_not_utf_8_is_told_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "odd.md").write_bytes(b"---\n\xff")
    with pytest.raises(InvalidGuideError, match=r"odd\.md"):
        guides_in(tmp_path)
