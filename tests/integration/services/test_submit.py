from __future__ import annotations

import pytest

from container_manager.executors.base import Capabilities
from container_manager.lifecycle.status import Status
from container_manager.models import ContainerJob
from container_manager.request.job_request import InvalidJobError, check_request
from container_manager.services.submit import submit_job, unsupported_fields

NOTHING = Capabilities(
    isolated=False,
    images=False,
    mounts=False,
    memory_limit=False,
    cpu_limit=False,
    users=False,
    networks=False,
    pids_limit=False,
    hardening=False,
)
EVERYTHING = Capabilities(**dict.fromkeys(NOTHING.__dataclass_fields__, True))

ASKED = {
    "mounts": [{"kind": "tmpfs", "target": "/t"}],
    "memory_limit": 64,
    "cpu_limit": 1,
    "user": "1000",
    "network": "none",
    "pids_limit": 10,
    "add_capabilities": ["CHOWN"],
    "read_only_root": True,
    "drop_capabilities": ["CHOWN"],
    "seccomp_profile": {"defaultAction": "SCMP_ACT_ALLOW"},
    "apparmor_profile": "docker-default",
    "entrypoint": "tini --",
    "shm_size": 64,
    "gpus": 1,
    "ulimits": {"nofile": 64},
    "stop_signal": "SIGINT",
    "ports": ["80"],
    "dns": ["192.0.2.53"],
    "dns_search": ["lan"],
    "extra_hosts": {"db": "192.0.2.1"},
    "pull_policy": "always",
    "pull_timeout_seconds": 5,
}


def test_a_submitted_job_is_pending(store) -> None:
    store.host("north")
    answer = submit_job(image="debian", host="north")
    assert answer.status is Status.PENDING
    assert ContainerJob.objects.get(pk=answer.id).host.name == "north"


@pytest.mark.parametrize("field", ASKED)
def test_what_the_host_cannot_honor_is_refused_before_anything_is_stored(store, field) -> None:
    spec = check_request({"image": "debian", field: ASKED[field]}).spec
    assert [problem.field for problem in unsupported_fields(spec, NOTHING, host_name="north")] == [field]
    assert unsupported_fields(spec, EVERYTHING, host_name="north") == []


def test_a_plain_request_asks_nothing_of_an_executor() -> None:
    assert unsupported_fields(check_request({"image": "debian"}).spec, NOTHING, host_name="north") == []


def test_a_process_host_refuses_mounts_and_stores_nothing(store) -> None:
    store.host("here", executor_type="process")
    with pytest.raises(InvalidJobError, match="mounts: cannot be honored by host 'here'"):
        submit_job(image="debian", host="here", mounts=[{"kind": "tmpfs", "target": "/t"}])
    assert not ContainerJob.objects.exists()


def test_a_host_whose_executor_does_not_exist_is_told(store) -> None:
    store.host("odd", executor_type="nomad")
    with pytest.raises(InvalidJobError, match="no executor is called 'nomad'"):
        submit_job(image="debian", host="odd")
