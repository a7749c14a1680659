"""How far a pull has come, from the engine's lines about each layer. Pure."""

from __future__ import annotations

from typing import Final

from container_manager.executors.base import PullProgress
from container_manager.executors.docker import wire

_DOWNLOADING: Final = "Downloading"
#: What the engine says of a layer whose bytes are all here.
_DOWNLOADED: Final = frozenset({"Verifying Checksum", "Download complete", "Extracting", "Pull complete"})


class PullMeter:
    """Adds up the layers of one pull. Layers that were there already count for nothing."""

    def __init__(self) -> None:
        self._done: dict[str, int] = {}
        self._total: dict[str, int] = {}

    def take(self, step: wire.Progress) -> None:
        """Take one line of the engine's."""
        if step.status == _DOWNLOADING and step.detail.total > 0:
            self._done[step.id] = step.detail.current
            self._total[step.id] = step.detail.total
        elif step.status in _DOWNLOADED and step.id in self._total:
            self._done[step.id] = self._total[step.id]

    def progress(self, image: str) -> PullProgress:
        """Return the sums so far."""
        return PullProgress(image=image, bytes_done=sum(self._done.values()), bytes_total=sum(self._total.values()))
