from __future__ import annotations

import io

import pytest

from container_manager.request.job_request import InvalidJobError, check_request
from container_manager.runspec.spec import FileTransfer


def request(**fields: object):
    return check_request({"image": "debian:12", **fields})


def test_files_get_the_names_of_their_paths_and_a_gigabyte() -> None:
    made = request(inputs=[{"path": "/in/a b.csv", "content": b"x"}], outputs=[{"path": "/out", "name": "all"}])
    assert made.spec.inputs == (FileTransfer(path="/in/a b.csv", name="a_b.csv", max_bytes=1024**3),)
    assert made.spec.outputs == (FileTransfer(path="/out", name="all", max_bytes=1024**3),)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"inputs": {"path": "/a"}}, "must be a list"),
        ({"inputs": ["a"]}, "must be a dictionary"),
        ({"inputs": [{"path": "a", "content": b""}]}, "no plain absolute path"),
        ({"inputs": [{"path": "/a/../b", "content": b""}]}, "no plain absolute path"),
        ({"inputs": [{"path": "//a", "content": b""}]}, "no plain absolute path"),
        ({"inputs": [{"path": "/a"}]}, "either content or stored"),
        ({"inputs": [{"path": "/a", "content": b"", "stored": "x"}]}, "either content or stored"),
        ({"inputs": [{"path": "/a", "content": "text"}]}, "neither bytes nor a file"),
        ({"inputs": [{"path": "/a", "content": b"12345", "max_bytes": 4}]}, "is 5 bytes long"),
        ({"inputs": [{"path": "/a", "content": b"", "mode": 1}]}, "unknown key 'mode'"),
        ({"inputs": [{"path": "/a", "content": b"", "name": "../x"}]}, "name that cannot be kept"),
        ({"inputs": [{"path": "/a", "content": b""}, {"path": "/b", "name": "a", "content": b""}]}, "two of the name"),
        ({"outputs": [{"path": "/a"}, {"path": "/a", "name": "b"}]}, "two of the path"),
        ({"outputs": [{"path": "/a", "max_bytes": 0}]}, "at least 1"),
        ({"outputs": [{"path": "/tmp/x"}], "mounts": [{"kind": "tmpfs", "target": "/tmp"}]}, "mounted at '/tmp'"),
        (
            {
                "inputs": [{"path": "/v/x", "content": b""}],
                "mounts": [{"kind": "volume", "source": "volume", "target": "/v"}],
            },
            "mounted at '/v'",
        ),
        ({"inputs": [{"path": "/a", "content": b""}], "read_only_root": True}, "read-only root"),
    ],
)
def test_what_is_wrong_with_files_is_said(fields: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidJobError, match=words):
        request(**fields)


def test_an_opened_file_is_taken_as_it_is() -> None:
    opened = io.BytesIO(b"content")
    [source] = request(inputs=[{"path": "/a", "content": opened}]).files.sources
    assert source.content is opened
    assert opened.tell() == 0
