"""Where a job goes, and what stands against each host."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_manager.scheduling.placement import (
    Demand,
    HostState,
    Obstacle,
    Promised,
    explain,
    judge,
    place,
    with_job,
)


def host(pk: int = 1, **fields) -> HostState:
    return HostState(**{"pk": pk, "name": f"host-{pk}", "max_running": 4, "memory_mb": 1000, "cpus": 4.0, **fields})


def obstacles(state: HostState, demand: Demand) -> set[Obstacle]:
    return {objection.obstacle for objection in judge(state, demand).objections}


@pytest.mark.parametrize(
    ("state", "demand", "obstacle"),
    [
        (host(), Demand(host=2), Obstacle.OTHER_HOST_NAMED),
        (host(is_active=False), Demand(), Obstacle.INACTIVE),
        (host(is_draining=True), Demand(), Obstacle.DRAINING),
        (host(is_healthy=False, health_detail="refused"), Demand(), Obstacle.UNHEALTHY),
        (host(held_off="it comes and goes"), Demand(), Obstacle.HELD_OFF),
        (host(isolation_refusal="no isolation"), Demand(), Obstacle.NOT_ISOLATED),
        (host(unsupported=("user",)), Demand(), Obstacle.UNSUPPORTED),
        (host(), Demand(labels={"disk": "ssd"}), Obstacle.LABELS),
        (host(labels={"disk": "hdd"}), Demand(labels={"disk": "ssd"}), Obstacle.LABELS),
        (host(promised=Promised(places=4)), Demand(), Obstacle.NO_PLACE),
        (host(promised=Promised(memory_mb=600)), Demand(memory_mb=500), Obstacle.MEMORY),
        (host(promised=Promised(cpus=3.5)), Demand(cpus=1.0), Obstacle.CPU),
        (host(), Demand(memory_mb=1001), Obstacle.TOO_LARGE),
        (host(), Demand(cpus=4.5), Obstacle.TOO_LARGE),
    ],
)
def test_each_obstacle_is_named(state: HostState, demand: Demand, obstacle: Obstacle) -> None:
    assert obstacles(state, demand) == {obstacle}
    assert place([state], demand) is None


def test_every_objection_is_told_and_not_only_the_first() -> None:
    state = host(is_draining=True, promised=Promised(places=4), labels={})

    assert obstacles(state, Demand(labels={"gpu": "yes"})) == {
        Obstacle.DRAINING,
        Obstacle.LABELS,
        Obstacle.NO_PLACE,
    }


def test_a_host_that_says_so_is_promised_more_memory_than_it_has() -> None:
    assert place([host(allow_overcommit=True, promised=Promised(memory_mb=900))], Demand(memory_mb=500)) is not None


def test_a_host_of_unknown_size_is_limited_by_its_places_alone() -> None:
    assert place([host(memory_mb=None, cpus=None)], Demand(memory_mb=10**6, cpus=100)) is not None


def test_a_job_that_names_an_unisolated_host_goes_there_to_be_told() -> None:
    assert place([host(isolation_refusal="no isolation")], Demand(host=1)) is not None


def test_the_emptier_host_is_chosen() -> None:
    full = host(1, promised=Promised(places=2))

    assert place([full, host(2)], Demand()).pk == 2


def test_weight_draws_work_to_a_host() -> None:
    assert place([host(1, weight=100), host(2, weight=300, promised=Promised(places=2))], Demand()).pk == 2


def test_what_can_take_the_job_comes_first_then_what_may_later() -> None:
    never, later, now = host(1, memory_mb=100), host(2, promised=Promised(places=4)), host(3)

    judged = explain([never, later, now], Demand(memory_mb=500))

    assert [one.host.pk for one in judged] == [3, 2, 1]
    assert [one.may_fit_later for one in judged] == [True, True, False]


DEMANDS = st.builds(
    Demand,
    memory_mb=st.none() | st.integers(min_value=6, max_value=1200),
    cpus=st.none() | st.floats(min_value=0.1, max_value=5.0),
)


@given(st.lists(DEMANDS, max_size=40), st.integers(min_value=1, max_value=4))
def test_no_order_of_jobs_promises_a_host_more_than_it_has(demands: list[Demand], count: int) -> None:
    hosts = {pk: host(pk) for pk in range(1, count + 1)}
    for demand in demands:
        chosen = place(hosts.values(), demand)
        if chosen is not None:
            hosts[chosen.pk] = with_job(chosen, demand)

    for state in hosts.values():
        assert state.promised.places <= state.max_running
        assert state.promised.memory_mb <= state.memory_mb
        assert state.promised.cpus <= state.cpus + 1e-3


@given(st.lists(DEMANDS, min_size=1, max_size=20))
def test_a_job_is_placed_exactly_where_some_host_fits(demands: list[Demand]) -> None:
    hosts = [host(1), host(2, promised=Promised(places=3, memory_mb=700, cpus=2.0))]

    for demand in demands:
        assert (place(hosts, demand) is not None) == any(judgement.fits for judgement in explain(hosts, demand))
