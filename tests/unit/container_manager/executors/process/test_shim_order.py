"""Orders: what is put in comes out, and half an order is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_manager.executors.process.shim.order import CutShortError, Order, encode

VALUES = st.text(st.characters(exclude_characters="\0", codec="utf-8"))


@given(st.lists(VALUES), st.dictionaries(VALUES.filter(lambda name: name and "=" not in name), VALUES))
def test_commands_and_environments_arrive_as_they_were(command: list[str], environment: dict[str, str]):
    items = [("argument", argument) for argument in command]
    items += [("variable", f"{name}={value}") for name, value in environment.items()]
    order = Order(encode([("directory", "/d"), *items]))
    assert [argument.decode() for argument in order.command] == command
    assert {name.decode(): value.decode() for name, value in order.environment.items()} == environment
    assert order.directory == "/d"


def test_an_order_that_was_cut_short_is_not_obeyed():
    whole = encode([("directory", "/d"), ("argument", "rm"), ("argument", "-r"), ("argument", "/tmp/a/b")])
    for size in range(len(whole)):
        with pytest.raises(CutShortError):
            Order(whole[:size])
