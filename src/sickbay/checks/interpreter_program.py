"""What the project's interpreter is asked to run: which Python it is, and whether its packages fit each other.

A program by itself, for any Python 3 and without any package. It reads metadata, imports nothing of the project, and
prints one JSON object.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import sys
from typing import Any

MOST = 20


def requirement_class() -> Any:  # noqa: ANN401  (whichever copy of the parser there is)
    """Return the parser of requirements, from wherever it is, or nothing."""
    for name in ("packaging", "pip._vendor.packaging", "setuptools._vendor.packaging"):
        try:
            module = importlib.import_module(name + ".requirements")
        except ImportError:
            continue
        return module.Requirement
    return None


def headers(distribution: Any) -> dict[str, list[str]]:  # noqa: ANN401  (each Python has its own class for them)
    """Return the lines of a distribution's metadata by name, without its long description; none where it has none."""
    found: dict[str, list[str]] = {}
    with contextlib.suppress(OSError, ValueError):
        # The last is a distribution that is one file, as some systems still have them.
        texts = (distribution.read_text(name) for name in ("METADATA", "PKG-INFO", ""))
        text = next((text for text in texts if text), "")
        for line in text.partition("\n\n")[0].splitlines():
            name, colon, value = line.partition(": ")
            if colon:
                found.setdefault(name, []).append(value.strip())
    return found


def versions() -> tuple[dict[str, Any], list[str]]:
    """Return version and requirements of what is installed, by normal name, and the names of damaged distributions."""
    found: dict[str, Any] = {}
    damaged: list[str] = []
    for distribution in importlib.metadata.distributions():
        told = headers(distribution)
        name, version = told.get("Name", [""])[0], told.get("Version", [""])[0]
        if name and version:
            found.setdefault(normal(name), (version, told.get("Requires-Dist", [])))
        else:
            damaged.append(str(getattr(distribution, "_path", "a distribution without a name")))
    return found, damaged


def normal(name: str) -> str:
    """Return a name as indexes compare it."""
    return name.lower().replace("_", "-").replace(".", "-")


def misfits(found: dict[str, Any], requirement_of: Any) -> tuple[list[str], list[str]]:  # noqa: ANN401  (the same)
    """Return what is missing, and what has another version than is asked for, as sentences."""
    missing: list[str] = []
    unfit: list[str] = []
    for name, (version, requires) in sorted(found.items()):
        for line in requires:
            try:
                requirement = requirement_of(line)
                if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
                    continue
                there = found.get(normal(requirement.name))
                if there is None:
                    missing.append(f"{name} {version} needs {requirement.name}, which is not installed")
                elif not requirement.specifier.contains(there[0], prereleases=True):
                    wanted = f"{requirement.name}{requirement.specifier}"
                    unfit.append(f"{name} {version} needs {wanted}, and {there[0]} is installed")
            except ValueError:
                continue
    return missing, unfit


def main() -> None:
    """Print the answer."""
    found, damaged = versions()
    requirement_of = requirement_class()
    missing, unfit = misfits(found, requirement_of) if requirement_of else ([], [])
    answer = {
        "version": list(sys.version_info[:3]),
        "prefix": sys.prefix,
        "is_virtual": sys.prefix != sys.base_prefix,
        "packages": len(found),
        "compared": requirement_of is not None,
        "damaged": damaged[:MOST],
        "missing": missing[:MOST],
        "unfit": unfit[:MOST],
    }
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
