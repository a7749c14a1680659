"""Columns whose content is encrypted, by the keys of the settings."""

from __future__ import annotations

import json
from collections.abc import Mapping

from container_manager.conf import sealing_keys
from container_manager.sealing.vault import UnopenableError, Vault, vault_of


def current_vault() -> Vault:
    """Return the vault of the keys that are set now."""
    return vault_of(sealing_keys())


def sealed_texts(texts: Mapping[str, str]) -> bytes | None:
    """Return named texts encrypted, ``None`` for none."""
    return current_vault().seal(json.dumps(dict(texts)).encode()) if texts else None


def opened_texts(sealed: bytes | memoryview | None) -> dict[str, str]:
    """Return what :func:`sealed_texts` sealed. Raises :class:`~container_manager.sealing.vault.UnopenableError`."""
    if sealed is None:
        return {}
    texts: dict[str, str] = json.loads(current_vault().open(bytes(sealed)))
    return texts


def opened_if_possible(sealed: bytes | memoryview | None) -> dict[str, str]:
    """Return what was sealed, and nothing where no key opens it any more."""
    try:
        return opened_texts(sealed)
    except UnopenableError:
        return {}
