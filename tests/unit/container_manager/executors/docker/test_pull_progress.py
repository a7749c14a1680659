from __future__ import annotations

import msgspec

from container_manager.executors.base import PullProgress
from container_manager.executors.docker import wire
from container_manager.executors.docker.pull_progress import PullMeter

#: As Docker 20.10 writes them.
LINES = """
{"status":"Pulling from app","id":"1"}
{"status":"Already exists","progressDetail":{},"id":"aaa"}
{"status":"Pulling fs layer","progressDetail":{},"id":"bbb"}
{"status":"Pulling fs layer","progressDetail":{},"id":"ccc"}
{"status":"Downloading","progressDetail":{"current":100,"total":1000},"progress":"[=> ]","id":"bbb"}
{"status":"Downloading","progressDetail":{"current":50,"total":200},"progress":"[=> ]","id":"ccc"}
{"status":"Downloading","progressDetail":{"current":600,"total":1000},"progress":"[=> ]","id":"bbb"}
{"status":"Verifying Checksum","progressDetail":{},"id":"ccc"}
{"status":"Download complete","progressDetail":{},"id":"ccc"}
{"status":"Extracting","progressDetail":{"current":10,"total":200},"progress":"[=> ]","id":"ccc"}
{"status":"Download complete","progressDetail":{},"id":"bbb"}
{"status":"Pull complete","progressDetail":{},"id":"bbb"}
{"status":"Digest: sha256:00"}
"""


def progress_after(count: int) -> PullProgress:
    meter = PullMeter()
    for line in LINES.strip().splitlines()[:count]:
        meter.take(msgspec.json.decode(line, type=wire.Progress))
    return meter.progress("app:1")


def test_nothing_is_known_before_the_first_bytes():
    assert progress_after(4) == PullProgress(image="app:1", bytes_done=0, bytes_total=0)


def test_the_layers_are_added_up():
    assert progress_after(7) == PullProgress(image="app:1", bytes_done=650, bytes_total=1200)


def test_a_layer_that_is_here_counts_whole_though_it_is_still_unpacked():
    assert progress_after(10) == PullProgress(image="app:1", bytes_done=800, bytes_total=1200)
    assert progress_after(13) == PullProgress(image="app:1", bytes_done=1200, bytes_total=1200)
