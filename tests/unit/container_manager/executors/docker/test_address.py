from __future__ import annotations

from pathlib import Path

import pytest

from container_manager.executors.docker.address import endpoint_of
from container_manager.executors.docker.tls import TlsFiles, tls_option


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
    ],
)
def test_an_engine_that_wants_tls_is_never_spoken_to_in_plain(address: str, environment: dict[str, str]):
    with pytest.raises(ValueError, match="TLS"):
        endpoint_of(address, environment)


@pytest.mark.parametrize(
    "address", ["ssh://me@engine", "npipe:////./pipe/docker", "ftp://engine", "unix://relative", "tcp://"]
)
def test_what_cannot_be_spoken_is_refused_with_the_address_in_the_message(address: str):
    with pytest.raises(ValueError, match=address.partition(":")[0]):
        endpoint_of(address, {})


TLS = TlsFiles(ca=Path("/c/ca.pem"), cert=Path("/c/cert.pem"), key=Path("/c/key.pem"))


@pytest.mark.parametrize(
    ("address", "base_url"),
    [
        ("tcp://engine", "https://engine:2376"),
        ("tcp://engine:1234", "https://engine:1234"),
        ("https://engine:2376", "https://engine:2376"),
    ],
)
def test_with_files_for_it_tls_is_spoken(address: str, base_url: str):
    endpoint = endpoint_of(address, {}, TLS)
    assert (endpoint.base_url, endpoint.tls) == (base_url, TLS)


def test_dockers_own_variables_ask_for_tls_where_the_host_has_no_address():
    asked = {"DOCKER_HOST": "tcp://engine:1234", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/c"}
    endpoint = endpoint_of("", asked)
    assert (endpoint.base_url, endpoint.tls) == ("https://engine:1234", TLS)
    assert endpoint_of("tcp://other:1", asked).tls is None


@pytest.mark.parametrize("address", ["unix:///run/docker.sock", "http://engine"])
def test_tls_where_it_cannot_be_is_refused(address: str):
    with pytest.raises(ValueError, match="option tls"):
        endpoint_of(address, {}, TLS)


def test_the_option_names_files():
    assert tls_option({"ca": "/c/ca.pem", "cert": "/c/cert.pem", "key": "/c/key.pem"}) == TLS
    assert tls_option(None) is None


@pytest.mark.parametrize("value", [True, {"ca": 7}, {"ca": ""}, {"verify": "no"}, {"cert": "/c"}, {"key": "/k"}])
def test_what_names_no_files_is_refused(value: object):
    with pytest.raises(ValueError, match="tls"):
        tls_option(value)
