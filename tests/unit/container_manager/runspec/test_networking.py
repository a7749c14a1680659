from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_manager.runspec.networking import check_networking
from container_manager.runspec.spec import Networking, PublishedPort
from container_manager.validation.problems import Problems
from tests.unit.container_manager.runspec.told import told


def networking_of(**fields: object) -> Networking:
    problems = Problems()
    networking = check_networking(fields, problems)
    problems.raise_if_any()
    return networking


@pytest.mark.parametrize(
    ("written", "port"),
    [
        ("8080", PublishedPort(container_port=8080)),
        (8080, PublishedPort(container_port=8080)),
        ("53/udp", PublishedPort(container_port=53, protocol="udp")),
        ("8080:80", PublishedPort(container_port=80, host_port=8080)),
        ("0.0.0.0:8080:80/udp", PublishedPort(container_port=80, host_port=8080, host_ip="0.0.0.0", protocol="udp")),
        ("192.0.2.1::80", PublishedPort(container_port=80, host_ip="192.0.2.1")),
        ("[::1]:8080:80", PublishedPort(container_port=80, host_port=8080, host_ip="::1")),
        ({"container_port": 80}, PublishedPort(container_port=80)),
        (
            {"container_port": 80, "host_port": 81, "host_ip": "0.0.0.0", "protocol": "tcp"},
            PublishedPort(container_port=80, host_port=81, host_ip="0.0.0.0"),
        ),
    ],
)
def test_a_port_is_published_on_loopback_unless_an_address_is_named(written: object, port: PublishedPort) -> None:
    assert networking_of(ports=[written]).ports == (port,)
    assert networking_of(ports=[port]).ports == (port,)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "http",
        "80:",
        "0",
        "65536",
        "8080:0",
        "1.2.3:80:80",
        "example.org:80:80",
        "::1:80:80",
        "80/icmp",
        "-1",
        True,
        None,
        {},
        {"container_port": "80"},
        {"container_port": 80, "port": 1},
        {"container_port": 80, "host_port": 0},
    ],
)
def test_what_is_no_port_is_told_by_its_place(written: object) -> None:
    assert all(field.startswith("ports[1]") for field in told(check_networking, ports=["1", written]))


@given(st.text())
def test_no_text_is_taken_for_a_port_by_accident(text: str) -> None:
    problems = Problems()
    for port in check_networking({"ports": [text]}, problems).ports:
        assert str(port.container_port) in text


def test_two_claims_of_one_host_port_are_told_and_the_same_port_twice_is_one() -> None:
    assert networking_of(ports=["80:80", "80:80", "80:80/udp", "80", "81"]).ports != ()
    assert "ports[1]" in told(check_networking, ports=["80:80", "80:81"])
    assert "ports[1]" in told(check_networking, ports=["0.0.0.0:80:80", "80:80"])


@pytest.mark.parametrize("network", ["none", "host"])
def test_ports_without_a_network_of_ones_own_are_told(network: str) -> None:
    assert "ports" in told(check_networking, ports=["80"], network=network)


def test_names_and_addresses_are_taken() -> None:
    networking = networking_of(
        dns=["192.0.2.53", "2001:db8::53"],
        dns_search=["lan", "example.org"],
        extra_hosts={"database": "192.0.2.10", "gateway": "host-gateway"},
    )
    assert networking.dns == ("192.0.2.53", "2001:db8::53")
    assert networking.dns_search == ("lan", "example.org")
    assert networking.extra_hosts == {"database": "192.0.2.10", "gateway": "host-gateway"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"dns": ["ns.example"]}, "dns[0]"),
        ({"dns": "192.0.2.53"}, "dns"),
        ({"dns_search": ["a b"]}, "dns_search[0]"),
        ({"dns_search": [7]}, "dns_search[0]"),
        ({"extra_hosts": ["a:1.2.3.4"]}, "extra_hosts"),
        ({"extra_hosts": {"a": "b"}}, "extra_hosts['a']"),
        ({"extra_hosts": {"a:b": "192.0.2.1"}}, "extra_hosts['a:b']"),
        ({"ports": "80"}, "ports"),
    ],
)
def test_what_is_no_name_or_address_is_told(fields: dict[str, object], field: str) -> None:
    assert field in told(check_networking, **fields)
