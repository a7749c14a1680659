"""Every argument of a job has its place in a checked request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from container_manager.request.job_request import JobRequest, JobRequestFields, check_request
from container_manager.request.places import PLACES, at, fields_of, transplanted

FULL: dict[str, Any] = {
    "image": "debian:12",
    "command": ["sh", "-c", "true"],
    "entrypoint": ["/bin/env"],
    "name": "full",
    "environment": {"A": "1", "TOKEN": "hidden"},
    "environment_template": "base",
    "secret_names": ["TOKEN"],
    "secrets": {"DB_PASSWORD": "db"},
    "inputs": [{"path": "/in/a", "content": b"x"}],
    "outputs": [{"path": "/out"}],
    "memory_limit": 64,
    "cpu_limit": 0.5,
    "swap_limit": 10,
    "shm_size": 8,
    "gpus": 1,
    "ulimits": {"nofile": 100},
    "retry": {"max_attempts": 3, "oom_memory_factor": 2},
    "stop_grace_seconds": 3,
    "stop_signal": "INT",
    "working_directory": "/work",
    "user": "1000",
    "labels": {"team": "a"},
    "mounts": [{"kind": "tmpfs", "target": "/scratch", "size_mb": 4}],
    "network": "backend",
    "ports": ["8080"],
    "dns": ["1.1.1.1"],
    "dns_search": ["example.org"],
    "extra_hosts": {"db": "10.0.0.1"},
    "pull_policy": "always",
    "pull_timeout_seconds": 9,
    "registry_secret": "registry",
    "add_capabilities": ["NET_ADMIN"],
    "drop_capabilities": ["CHOWN"],
    "seccomp_profile": "unconfined",
    "apparmor_profile": "mine",
    "allow_unconfined": True,
    "allow_new_privileges": True,
    "pids_limit": 10,
    "log_cap_mb": 2,
    "init": False,
    "read_only_root": True,
    "queue": "night",
    "priority": 5,
    "not_before": timedelta(minutes=1),
    "deadline": timedelta(hours=1),
    "queue_timeout_seconds": 5,
    "start_timeout_seconds": 6,
    "timeout_seconds": 7,
    "total_timeout_seconds": 8,
    "dedup_key": "once",
    "concurrency_key": "tenant",
    "concurrency_limit": 4,
    "host_labels": {"zone": "eu"},
    "after": [1],
    "after_failure": [2],
    "after_either": [3],
}


def request(*names: str) -> JobRequest:
    needed = {"image", *names}
    needed |= {other for name, other in _TOGETHER.items() if name in names}
    return check_request({name: FULL[name] for name in needed})


_TOGETHER = {
    "secret_names": "environment",
    "concurrency_limit": "concurrency_key",
    "seccomp_profile": "allow_unconfined",
    "retry": "memory_limit",
    "swap_limit": "memory_limit",
}


def test_every_argument_has_a_place_and_an_example() -> None:
    assert set(PLACES) == set(JobRequestFields.__annotations__)
    assert set(FULL) == set(PLACES)


@pytest.mark.parametrize("name", sorted(name for name, places in PLACES.items() if places))
def test_an_argument_stands_where_its_places_say(name: str) -> None:
    plain, given = check_request({"image": "plain:1"}), request(name)
    assert any(at(given, path) != at(plain, path) for path in PLACES[name])
    moved = transplanted(plain, given, [name])
    assert all(at(moved, path) == at(given, path) for path in PLACES[name])


@pytest.mark.parametrize("name", sorted(name for name, places in PLACES.items() if places))
def test_a_request_is_still_good_when_it_is_checked_with_a_change(name: str) -> None:
    everything = {key: value for key, value in FULL.items() if key != "read_only_root"}
    original = check_request(everything)
    changes = {name: FULL[name]}
    if name == "seccomp_profile":
        changes["allow_unconfined"] = True
    if name == "concurrency_limit":
        changes["concurrency_key"] = FULL["concurrency_key"]
    again = check_request({**fields_of(original, changes), **changes})
    if name not in {"read_only_root", "environment_template"}:
        assert transplanted(original, again, [name]).spec == original.spec


def test_a_secret_stays_one_where_the_environment_is_given_anew() -> None:
    original = check_request({name: FULL[name] for name in ("image", "environment", "secret_names")})
    changes = {"environment": {"TOKEN": "another", "B": "2"}}
    assert fields_of(original, changes)["secret_names"] == ["TOKEN"]
