"""A filter of system calls (seccomp) for what Landlock does not cover: owners, modes, other processes, local sockets.

Local sockets matter most: an engine that listens on one would do for a confined program what the program itself cannot.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Iterable, Iterator

from sickbay.safety.kernel import PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, address, prctl
from sickbay.safety.syscall_table import CLONE, CLONE3, PRLIMIT, REFUSED, SENDING, SIGNALS, SOCKET, Numbers

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_FILTER_MODE = 2

#: Numbers from here on are the 32-bit calls of x86-64.
_X32 = 0x40000000
#: A flag of sending by which TCP connects without being asked whether it may.
_FAST_OPEN = 0x20000000
#: The Internet sockets that are let through: streams of TCP, whose ports Landlock knows, and perhaps datagrams of UDP.
_TCP, _UDP = (socket.SOCK_STREAM, socket.IPPROTO_TCP), (socket.SOCK_DGRAM, socket.IPPROTO_UDP)
_TYPE_BITS = 0xF
#: Flags of ``clone`` that make namespaces.
_NAMESPACES = 0x7E020000

_Instruction = tuple[int, int, int, int]


class FilterMissingError(OSError):
    """This kernel, or this machine, does not enforce such a filter."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def filter_calls(*, signals_are_kept_inside: bool, internet: bool, datagrams: bool) -> None:
    """Confine this thread and all it starts. It cannot be taken back.

    ``internet`` allows TCP; where it may lead is Landlock's part. ``datagrams`` allows UDP besides, to anywhere. Raises
    :class:`FilterMissingError`.
    """
    machine = os.uname().machine
    if machine not in _ARCHITECTURES:
        raise FilterMissingError(errno.ENOSYS, f"system calls cannot be filtered on {machine}")
    refused = [*REFUSED.values(), *(() if signals_are_kept_inside else SIGNALS.values())]
    families = [socket.AF_NETLINK, *((socket.AF_INET, socket.AF_INET6) if internet else ())]
    program = list(_program(machine, refused, families, datagrams=datagrams))
    raw = b"".join(struct.pack("HBBI", code, yes, no, value) for code, yes, no, value in program)
    held = ctypes.create_string_buffer(raw, len(raw))
    try:
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        prctl(PR_SET_SECCOMP, _FILTER_MODE, address(_Program(len(program), address(held))))
    except OSError as error:
        raise FilterMissingError(error.errno, "this kernel does not filter system calls") from error


def machine_number(numbers: Numbers) -> int:
    """Return a system call's number on this machine. Raises :class:`FilterMissingError`."""
    machine = os.uname().machine
    if machine not in _ARCHITECTURES:
        raise FilterMissingError(errno.ENOSYS, f"system calls have other numbers on {machine}")
    return _at(numbers, _ARCHITECTURES[machine][0])


def _program(
    machine: str, refused: Iterable[Numbers], families: Iterable[int], *, datagrams: bool
) -> Iterator[_Instruction]:
    place, architecture = _ARCHITECTURES[machine]
    yield _LOAD, 0, 0, _ARCHITECTURE_AT
    yield _EQUAL, 1, 0, architecture
    yield _RETURN, 0, 0, _KILL
    yield _LOAD, 0, 0, _NUMBER_AT
    if machine == "x86_64":
        yield _AT_LEAST, 0, 1, _X32
        yield _RETURN, 0, 0, _KILL
    for numbers in refused:
        number = numbers[place]
        if number is not None:
            yield from _refuse(number, errno.EPERM)
    yield from _refuse(_at(CLONE3, place), errno.ENOSYS)  # its flags lie in memory; programs then use clone
    yield from _special(_at(CLONE, place), [(_ANY_BIT, _NAMESPACES, errno.EPERM)])
    yield from _special(_at(PRLIMIT, place), [(_EQUAL, 0, 0)], otherwise=_REFUSE | errno.EPERM)
    for numbers, flags in SENDING.values():
        yield from _special(_at(numbers, place), [(_ANY_BIT, _FAST_OPEN, errno.EPERM)], argument=flags)
    yield from _sockets(_at(SOCKET, place), families, (_TCP, _UDP) if datagrams else (_TCP,))
    yield _RETURN, 0, 0, _ALLOW


def _at(numbers: Numbers, place: int) -> int:
    number = numbers[place]
    if number is None:
        raise FilterMissingError(errno.ENOSYS, "a system call has no number on this machine")
    return number


def _refuse(number: int, error: int) -> Iterator[_Instruction]:
    yield _EQUAL, 0, 1, number
    yield _RETURN, 0, 0, _REFUSE | error


def _sockets(number: int, families: Iterable[int], kinds: Iterable[tuple[int, int]]) -> Iterator[_Instruction]:
    """Allow the families; of the Internet's only these kinds, types with their protocols."""
    refused = _REFUSE | errno.EACCES
    plain = [family for family in families if family not in {socket.AF_INET, socket.AF_INET6}]
    internet = [family for family in families if family in {socket.AF_INET, socket.AF_INET6}]
    rules: list[_Instruction] = [(_LOAD, 0, 0, _FIRST_ARGUMENT_AT)]
    for family in plain:
        rules += [(_EQUAL, 0, 1, family), (_RETURN, 0, 0, _ALLOW)]
    of_family = [(_EQUAL, len(internet) - place, 0, family) for place, family in enumerate(internet)]
    rules += [*of_family, (_RETURN, 0, 0, refused)]
    types, protocols = zip(*kinds, strict=True)
    rules += [(_LOAD, 0, 0, _FIRST_ARGUMENT_AT + 8), (_AND, 0, 0, _TYPE_BITS), *_one_of(types, refused)]
    rules += [(_LOAD, 0, 0, _FIRST_ARGUMENT_AT + 16), *_one_of((0, *protocols), refused), (_RETURN, 0, 0, _ALLOW)]
    yield _EQUAL, 0, len(rules), number
    yield from rules


def _one_of(values: tuple[int, ...], refused: int) -> Iterator[_Instruction]:
    """Go on behind these where the loaded value is one of them."""
    for place, value in enumerate(values):
        yield _EQUAL, len(values) - place, 0, value
    yield _RETURN, 0, 0, refused


def _special(
    number: int, cases: list[tuple[int, int, int]], *, otherwise: int = _ALLOW, argument: int = 0
) -> Iterator[_Instruction]:
    """Judge one call by one of its arguments, counted from 0. A case with error 0 is allowed."""
    yield _EQUAL, 0, 2 * len(cases) + 2, number
    yield _LOAD, 0, 0, _FIRST_ARGUMENT_AT + 8 * argument
    for test, value, error in cases:
        yield test, 0, 1, value
        yield _RETURN, 0, 0, _REFUSE | error if error else _ALLOW
    yield _RETURN, 0, 0, otherwise
