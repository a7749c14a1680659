from __future__ import annotations

import pytest

from container_manager.executors.docker.address import endpoint_of


def test_without_any_address_it_is_the_local_socket():
    assert endpoint_of("", {}).socket_path == "/var/run/docker.sock"


def test_docker_host_is_used_where_the_host_has_no_address():
    assert endpoint_of("", {"DOCKER_HOST": "tcp://engine:1234"}).base_url == "http://engine:1234"


def test_the_hosts_own_address_comes_before_docker_host():
    endpoint = endpoint_of("unix:///run/other.sock", {"DOCKER_HOST": "tcp://engine:1234"})
    assert endpoint.socket_path == "/run/other.sock"


@pytest.mark.parametrize(
    ("address", "base_url"),
    [
        ("tcp://10.0.0.1", "http://10.0.0.1:2375"),
        ("10.0.0.1:4243", "http://10.0.0.1:4243"),
        ("tcp://[::1]:99", "http://[::1]:99"),
        ("http://engine", "http://engine:2375"),
    ],
)
def test_tcp_addresses_are_plain_http(address: str, base_url: str):
    endpoint = endpoint_of(address, {})
    assert endpoint.base_url == base_url
    assert endpoint.socket_path is None


@pytest.mark.parametrize(
    ("address", "environment"),
    [
        ("https://engine:2376", {}),
        ("tcp://engine:2376", {}),
        ("", {"DOCKER_HOST": "tcp://engine:1234", "DOCKER_TLS_VERIFY": "1"}),
    ],
)
def test_an_engine_that_wants_tls_is_never_spoken_to_in_plain(address: str, environment: dict[str, str]):
    with pytest.raises(ValueError, match=r"TLS|https"):
        endpoint_of(address, environment)


@pytest.mark.parametrize(
    "address", ["ssh://me@engine", "npipe:////./pipe/docker", "ftp://engine", "unix://relative", "tcp://"]
)
def test_what_cannot_be_spoken_is_refused_with_the_address_in_the_message(address: str):
    with pytest.raises(ValueError, match=address.partition(":")[0]):
        endpoint_of(address, {})
