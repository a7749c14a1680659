from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_manager.sealing.vault import UnopenableError, Vault, vault_of


@given(st.binary(max_size=2000), st.text(min_size=1))
def test_what_was_sealed_can_be_opened_and_is_not_readable(data: bytes, key: str) -> None:
    sealed = Vault([key]).seal(data)
    assert Vault([key]).open(sealed) == data
    assert len(data) < 8 or data not in sealed


def test_older_keys_open_and_the_newest_seals() -> None:
    old, both = Vault(["old"]), Vault(["new", "old"])
    sealed = old.seal(b"value")
    assert both.open(sealed) == b"value"
    assert not both.is_newest(sealed)
    assert both.is_newest(both.seal(b"value"))
    assert Vault(["new"]).open(both.seal(b"value")) == b"value"


@pytest.mark.parametrize(
    "damage", [lambda sealed: sealed[:-5], lambda sealed: b"", lambda sealed: sealed[:20] + b"xxxx" + sealed[24:]]
)
def test_what_was_damaged_or_sealed_by_others_is_not_opened(damage) -> None:
    sealed = Vault(["key"]).seal(b"value")
    with pytest.raises(UnopenableError):
        Vault(["key"]).open(damage(sealed))
    with pytest.raises(UnopenableError) as caught:
        Vault(["another"]).open(sealed)
    assert "value" not in repr(caught.value)


def test_the_same_value_is_never_sealed_to_the_same_bytes() -> None:
    assert Vault(["key"]).seal(b"value") != Vault(["key"]).seal(b"value")


def test_a_vault_without_keys_is_none() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        vault_of(())
