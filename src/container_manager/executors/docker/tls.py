"""Talking to an engine by TLS: which files, and the context made of them. Verification is always on."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_KEYS: Final = ("ca", "cert", "key")


@dataclass(frozen=True, kw_only=True)
class TlsFiles:
    """Paths of PEM files: whose certificates are trusted (``None``: this machine's own list), and who we are."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None


def tls_option(value: object) -> TlsFiles | None:
    """Return the files that a host's option ``tls`` names, ``None`` without one. Raises ``ValueError``."""
    if value is None:
        return None
    if not isinstance(value, Mapping) or not all(isinstance(path, str) and path for path in value.values()):
        raise ValueError("the option tls names files: {'ca': …, 'cert': …, 'key': …}")
    unknown = sorted(str(key) for key in value if key not in _KEYS)
    if unknown:
        raise ValueError(f"the option tls has no {', '.join(unknown)}; it has: {', '.join(_KEYS)}")
    if ("cert" in value) is not ("key" in value):
        raise ValueError("the option tls needs cert and key together")
    return TlsFiles(**{key: Path(path) for key, path in value.items()})


def files_in(folder: Path) -> TlsFiles:
    """Return the files that Docker's command line looks for in ``DOCKER_CERT_PATH``."""
    return TlsFiles(ca=folder / "ca.pem", cert=folder / "cert.pem", key=folder / "key.pem")


def context_of(files: TlsFiles) -> ssl.SSLContext:
    """Return a context that trusts nobody else and checks the engine's name.

    Raises ``ValueError``, which names the files.
    """
    try:
        context = ssl.create_default_context(cafile=files.ca)
        if files.cert is not None:
            context.load_cert_chain(files.cert, files.key)
    except OSError as error:  # a file that is missing, and by inheritance one that holds no certificate
        named = ", ".join(str(path) for path in (files.ca, files.cert, files.key) if path is not None)
        raise ValueError(f"the TLS files {named} cannot be used: {error}") from error
    return context
