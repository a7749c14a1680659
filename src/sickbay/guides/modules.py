"""Where the Python functions of a guide stand."""

from __future__ import annotations

from pathlib import Path


def module_of(guide_path: str, module: str) -> Path:
    """Return the file of a module that a guide names: beside it, or, where areas share one, a folder above."""
    folder = Path(guide_path).parent
    beside, above = folder / f"{module}.py", folder.parent / f"{module}.py"
    return above if above.is_file() and not beside.is_file() else beside
