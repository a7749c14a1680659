from __future__ import annotations

import pytest

from sickbay.safety import landlock
from sickbay.safety.syscall_table import REFUSED, SIGNALS
from sickbay.safety.syscalls import _program

WRITE, TREE = 0b10, 0b1_1111_1111_0000
EXPECTED = [
    (1, WRITE | TREE),
    (2, WRITE | TREE | 1 << 13),
    (3, WRITE | TREE | 1 << 13 | 1 << 14),
    (4, WRITE | TREE | 1 << 13 | 1 << 14),
    (5, WRITE | TREE | 1 << 13 | 1 << 14 | 1 << 15),
    (9, WRITE | TREE | 1 << 13 | 1 << 14 | 1 << 15),
]


@pytest.mark.parametrize(("version", "rights"), EXPECTED)
def test_each_version_is_asked_for_all_it_knows_and_no_more(version: int, rights: int) -> None:
    assert landlock._changing_rights(version) == rights


@pytest.mark.parametrize("datagrams", [True, False])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_filter_fits_into_the_kernel_and_jumps_inside_itself(machine: str, datagrams: bool) -> None:
    program = list(_program(machine, [*REFUSED.values(), *SIGNALS.values()], [16, 2, 10], datagrams=datagrams))
    assert len(program) < 4096
    for place, (code, yes, no, _) in enumerate(program):
        if code & 0x07 == 0x05:
            assert place + 1 + max(yes, no) < len(program)
    assert program[-1] == (0x06, 0, 0, 0x7FFF0000)


@pytest.mark.parametrize("place", [0, 1])
def test_no_number_stands_twice(place: int) -> None:
    numbers = [each[place] for each in (*REFUSED.values(), *SIGNALS.values()) if each[place] is not None]
    assert len(set(numbers)) == len(numbers)
