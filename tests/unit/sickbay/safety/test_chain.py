from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sickbay.safety.chain import Head, Record, next_record, read_chain

BODIES = [{"event": "started", "note": "é"}, {"event": "intended", "n": 1}, {"event": "concluded", "n": 1.5}]


def _records(count: int = 3) -> list[Record]:
    head, records = Head(), []
    for number in range(count):
        record = next_record(head, f"t{number}", BODIES[number % 3])
        records.append(record)
        head = Head(number=record.number, digest=record.digest)
    return records


RECORDS = _records()
LINES = [record.line() for record in RECORDS]
DATA = b"".join(LINES)
HEAD = Head(number=3, digest=RECORDS[-1].digest)


def test_what_was_written_is_read() -> None:
    chain = read_chain(DATA, HEAD)
    assert (list(chain.records), chain.damage, chain.head) == (RECORDS, None, HEAD)


@given(place=st.integers(0, len(DATA) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_is_found_and_its_record_named(place: int, byte: int) -> None:
    damaged = DATA[:place] + bytes([byte]) + DATA[place + 1 :]
    chain = read_chain(damaged, HEAD)
    if damaged == DATA:
        assert chain.damage is None
    else:
        assert chain.damage is not None
        assert chain.damage.number == 1 + DATA[:place].count(b"\n")
        assert list(chain.records) == RECORDS[: chain.damage.number - 1]


def test_a_blank_is_a_change() -> None:
    damage = read_chain(DATA.replace(b',"body"', b', "body"', 1), HEAD).damage
    assert str(damage) == "record 1 was changed"


@pytest.mark.parametrize("missing", [1, 2])
def test_a_record_taken_out_is_found(missing: int) -> None:
    damage = read_chain(b"".join(line for number, line in enumerate(LINES, 1) if number != missing), HEAD).damage
    assert damage is not None
    assert damage.number == missing


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_an_end_cut_off_is_found(kept: int) -> None:
    damage = read_chain(b"".join(LINES[:kept]), HEAD).damage
    assert str(damage) == f"record {kept + 1} is missing: the end was cut off"


def test_a_whole_chain_written_anew_is_found() -> None:
    head, lines = Head(), []
    for body in BODIES:
        record = next_record(head, "later", body)
        lines.append(record.line())
        head = Head(number=record.number, digest=record.digest)
    assert str(read_chain(b"".join(lines), HEAD).damage) == "record 3 is not the one confirmed"


def test_a_crash_before_the_head_is_confirmed_is_no_damage() -> None:
    chain = read_chain(DATA, Head(number=2, digest=RECORDS[1].digest))
    assert (chain.damage, len(chain.records)) == (None, 3)


def test_more_than_one_record_past_the_head_is_damage() -> None:
    damage = read_chain(DATA, Head(number=1, digest=RECORDS[0].digest)).damage
    assert str(damage) == "record 3 was added past what was confirmed"


def test_a_record_half_written_is_named() -> None:
    damage = read_chain(DATA[:-5], Head(number=2, digest=RECORDS[1].digest)).damage
    assert str(damage) == "record 3 is cut off"


def test_a_record_of_other_form_is_damage() -> None:
    for line in (b"[]\n", b"null\n", b"{}\n", b"[" * 100_000 + b"\n", b"\xff\n"):
        assert read_chain(line, Head()).damage is not None


def test_another_number_is_another_record() -> None:
    first = replace(RECORDS[0], number=2)
    assert str(read_chain(first.line(), Head()).damage) == "record 1 does not follow the one before"


def test_numbers_without_a_form_are_refused() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        next_record(Head(), "t", {"seconds": float("nan")})
