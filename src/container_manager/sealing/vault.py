"""Encrypting what the database keeps of secrets. Pure: keys and bytes in, bytes out.

Each key is any text; the key that encrypts is derived from it. The first one seals, every one opens, so that a new key
can be put in front and the old ones taken away once everything is sealed anew.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

#: What the derived keys are for: the same texts may serve other ends elsewhere, and those keys are then others.
_PURPOSE = b"sickbay secrets at rest, version 1"


class UnopenableError(Exception):
    """No key opens this. It was sealed with a key that is gone, or it was damaged."""


class Vault:
    """Seals with the newest key, and opens with any."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take the keys, the newest first. Raises ``ValueError`` where there is none."""
        if not keys:
            raise ValueError("a vault needs at least one key")
        derived = [Fernet(_derived(key)) for key in keys]
        self._newest = derived[0]
        self._all = MultiFernet(derived)

    def seal(self, data: bytes) -> bytes:
        """Return the data, encrypted and signed. Twice the same data gives two different results."""
        return self._newest.encrypt(data)

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed. Raises :class:`UnopenableError`."""
        try:
            return self._all.decrypt(sealed)
        except InvalidToken as error:
            raise UnopenableError from error

    def is_newest(self, sealed: bytes) -> bool:
        """Whether it was sealed with the newest key."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return False
        return True


@lru_cache(maxsize=8)
def vault_of(keys: tuple[str, ...]) -> Vault:
    """Return the vault of these keys; the keys are derived once."""
    return Vault(keys)


def _derived(key: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return base64.urlsafe_b64encode(derivation.derive(key.encode("utf-8", "surrogatepass")))
