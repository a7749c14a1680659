"""The demo's jobs: some do real work on the project's own files, others fail in the ways people meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from container_manager.request.job_request import JobRequestFields

PROJECT = Path(__file__).resolve().parents[2]
INSIDE = "/project"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the demo runs: in containers of this image, or plainly on this machine (``image`` names nothing then)."""

    image: str
    in_containers: bool
    registry: str


def programs(place: Place) -> list[JobRequestFields]:
    """Return a dozen job requests for this place."""
    return [
        *_work(place),
        *_failures(place),
        *(_container_failures(place) if place.in_containers else _plain_failures(place)),
    ]


def _job(place: Place, what: str, program: str | list[str], **more: Unpack[JobRequestFields]) -> JobRequestFields:
    """Return a request that runs in the project's folder; a string is a shell script."""
    plain: JobRequestFields = {
        "name": what,
        "image": place.image,
        "command": ["sh", "-c", program] if isinstance(program, str) else program,
        "working_directory": INSIDE if place.in_containers else str(PROJECT),
        "timeout_seconds": 30,
        "labels": {"demo": "yes"},
    }
    contained: JobRequestFields = {"mounts": [_project_mount()], "network": "none"}
    return {**plain, **contained, **more} if place.in_containers else {**plain, **more}


def _project_mount() -> Mapping[str, object]:
    return {"kind": "bind", "source": str(PROJECT), "target": INSIDE, "read_only": True}


def _work(place: Place) -> list[JobRequestFields]:
    return [
        _job(place, "compress the source", "tar -cf - src docs | gzip -9 | wc -c", memory_limit=64),
        _job(place, "checksum every module", "find src -name '*.py' | sort | xargs sha256sum | sha256sum"),
        _job(place, "convert the README to a contents list", "sed -n 's/^## */- /p; s/^### */  - /p' README.md"),
        _job(place, "count the guides' words", "find src -name '*.md' | xargs cat | wc -w", cpu_limit=0.5),
    ]


def _failures(place: Place) -> list[JobRequestFields]:
    return [
        _job(
            place, "sort more than fits", ["dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1"], memory_limit=32
        ),
        _job(place, "transcode a film", ["ffmpeg", "-i", "film.mov", "film.webm"]),
        _job(place, "report to the API", 'echo "reporting to ${API_URL:?is not set}"'),
        _job(place, "wait for a lock", "echo waiting; sleep 60", timeout_seconds=2, stop_grace_seconds=1),
        _job(place, "run the README", ["./README.md"]),
    ]


def _container_failures(place: Place) -> list[JobRequestFields]:
    scratch = {"kind": "tmpfs", "target": "/scratch", "size_mb": 1}
    absent = {"kind": "bind", "source": "/srv/sickbay-demo/invoices", "target": "/invoices"}
    return [
        _job(
            place,
            "write a big report",
            ["dd", "if=/dev/zero", "of=/scratch/report", "bs=1M", "count=8"],
            mounts=[_project_mount(), scratch],
        ),
        _job(place, "use last year's image", ["true"], image=f"{place.registry}/reports:2025"),
        _job(place, "read the invoices", "cat /invoices/*", mounts=[_project_mount(), absent]),
    ]


def _plain_failures(place: Place) -> list[JobRequestFields]:
    return [
        _job(place, "write a big report", "cat README.md > /dev/full"),
        _job(place, "work in a removed folder", "pwd", working_directory="/srv/sickbay-demo/removed"),
        _job(place, "crash in native code", "kill -SEGV $$"),
    ]
