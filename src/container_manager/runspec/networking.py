"""Checking what a job asks of its network: published ports, name servers, names of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any, Final

from container_manager.runspec.spec import Networking, PublishedPort
from container_manager.validation.plain_values import check_text, kind_of, shown
from container_manager.validation.problems import Problems, did_you_mean

_LOOPBACK: Final = "127.0.0.1"
_PROTOCOLS: Final = ("tcp", "udp", "sctp")
_PORT_KEYS: Final = ("container_port", "host_port", "host_ip", "protocol")
_PORT_EXAMPLE: Final = "'8080', '8080:80', '0.0.0.0:8080:80/udp', or {'container_port': 80, 'host_port': 8080}"
_HOST_NAME: Final = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")
#: ``ADDRESS:HOST_PORT:CONTAINER_PORT/PROTOCOL``; an IPv6 address stands in brackets.
_WRITTEN: Final = re.compile(
    r"(?:(?:\[(?P<ip6>[^\]]+)\]|(?P<ip4>[^:\[\]]*)):)??(?:(?P<host>\d*):)?(?P<container>\d+)(?:/(?P<protocol>\w+))?"
)

#: The word by which Docker puts the host's own address in: it is no address that could be checked.
HOST_GATEWAY: Final = "host-gateway"


def check_networking(fields: Mapping[str, object], problems: Problems) -> Networking:
    """Return what this request asks of its network."""
    networking = Networking(
        ports=_check_ports(fields.get("ports"), problems),
        dns=tuple(
            address
            for index, text in enumerate(_texts("dns", fields.get("dns"), problems, example="['192.0.2.53']"))
            if (address := _check_address(f"dns[{index}]", text, problems))
        ),
        dns_search=tuple(
            name
            for index, text in enumerate(_texts("dns_search", fields.get("dns_search"), problems, example="['lan']"))
            if (name := _check_host_name(f"dns_search[{index}]", text, problems))
        ),
        extra_hosts=_check_extra_hosts(fields.get("extra_hosts"), problems),
    )
    network = fields.get("network")
    if networking.ports and network in {"none", "host"}:
        what = "no network" if network == "none" else "its host's own network"
        problems.add("ports", f"cannot be published: the job has {what}.", "Leave ports out, or name another network.")
    return networking


def _check_ports(value: object, problems: Problems) -> tuple[PublishedPort, ...]:
    if value is None:
        return ()
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
        problems.add("ports", f"must be a list, not {kind_of(value)}.", f"Write [{_PORT_EXAMPLE.split(',')[0]}].")
        return ()
    good: list[PublishedPort] = []
    for index, entry in enumerate(value):
        port = _check_port(f"ports[{index}]", entry, problems)
        if port is None:
            continue
        if any(_clash(port, other) for other in good):
            place = f"{port.host_ip}:{port.host_port}/{port.protocol}"
            problems.add(f"ports[{index}]", f"asks for {place} a second time.", "Give each its own host port.")
        elif port not in good:
            good.append(port)
    return tuple(good)


def _clash(one: PublishedPort, other: PublishedPort) -> bool:
    if one == other or one.host_port is None or (one.host_port, one.protocol) != (other.host_port, other.protocol):
        return False
    return one.host_ip == other.host_ip or {"0.0.0.0", "::"} & {one.host_ip, other.host_ip} != set()  # noqa: S104  (compared, not bound)


def _check_port(field: str, value: object, problems: Problems) -> PublishedPort | None:
    if isinstance(value, PublishedPort):
        given: Mapping[Any, object] = dict(vars(value))
    elif isinstance(value, Mapping):
        given = value
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        written = _WRITTEN.fullmatch(str(value).strip())
        if written is None:
            problems.add(field, f"{shown(str(value))} is no port to publish.", f"Write {_PORT_EXAMPLE}.")
            return None
        given = _from_text(written)
    else:
        problems.add(field, f"must be text or a dictionary, not {kind_of(value)}.", f"Write {_PORT_EXAMPLE}.")
        return None
    return _port_of(field, given, problems)


def _from_text(written: re.Match[str]) -> Mapping[str, object]:
    host = written["host"]
    return {
        "container_port": int(written["container"]),
        "host_port": int(host) if host else None,
        "host_ip": written["ip6"] or written["ip4"] or None,
        "protocol": written["protocol"],
    }


def _port_of(field: str, given: Mapping[Any, object], problems: Problems) -> PublishedPort | None:
    for key in given:
        if key not in _PORT_KEYS:
            near = key if isinstance(key, str) else ""
            problems.add(field, f"has an unknown key: {shown(key)}.", did_you_mean(near, _PORT_KEYS, otherwise=_KEYS))
    container = _check_number(f"{field}.container_port", given.get("container_port"), problems)
    host_port, host_ip, protocol = given.get("host_port"), given.get("host_ip"), given.get("protocol") or "tcp"
    chosen = None if host_port is None else _check_number(f"{field}.host_port", host_port, problems)
    address = _LOOPBACK if host_ip is None else _check_address(f"{field}.host_ip", host_ip, problems)
    if protocol not in _PROTOCOLS:
        problems.add(f"{field}.protocol", f"{shown(protocol)} is none.", f"Choose one of {', '.join(_PROTOCOLS)}.")
        return None
    if container is None or not address or (chosen is None) is not (host_port is None):
        return None
    return PublishedPort(container_port=container, protocol=str(protocol), host_port=chosen, host_ip=address)


_KEYS: Final = f"There are {', '.join(_PORT_KEYS)}."


def _check_number(field: str, value: object, problems: Problems) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535:
        return value
    given = "is missing" if value is None else f"must be a port from 1 to 65535, not {shown(str(value))}"
    problems.add(field, f"{given}.", "Write for example 8080.")
    return None


def _check_address(field: str, value: object, problems: Problems) -> str:
    try:
        return str(ip_address(value)) if isinstance(value, str) else _no_address(field, value, problems)
    except ValueError:
        return _no_address(field, value, problems)


def _no_address(field: str, value: object, problems: Problems) -> str:
    problems.add(field, f"{shown(value)} is no IP address.", "Write for example '192.0.2.10'.")
    return ""


def _check_host_name(field: str, value: object, problems: Problems) -> str:
    name = check_text(field, value, problems, example="'lan'", longest=253)
    if name and not _HOST_NAME.fullmatch(name):
        problems.add(field, f"{shown(name)} is no host name.", "Letters, digits, '.', '-' and '_'.")
        return ""
    return name


def _check_extra_hosts(value: object, problems: Problems) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        message = f"must be a dictionary of names to addresses, not {kind_of(value)}."
        problems.add("extra_hosts", message, "Write {'database': '192.0.2.10'}.")
        return {}
    good = {}
    for name, address in value.items():
        field = f"extra_hosts[{shown(name)}]"
        if not _check_host_name(field, name, problems):
            continue
        checked = HOST_GATEWAY if address == HOST_GATEWAY else _check_address(field, address, problems)
        if checked:
            good[name] = checked
    return good


def _texts(field: str, value: object, problems: Problems, *, example: str) -> Sequence[object]:
    if value is None:
        return ()
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
        problems.add(field, f"must be a list, not {kind_of(value)}.", f"Write {example}.")
        return ()
    return value
