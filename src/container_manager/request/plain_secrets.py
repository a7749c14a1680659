"""Plain values of a request that look like secrets. Pure, and small on purpose: it warns, and nothing depends on it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

#: Names whose values are meant to be known to few.
_TELLING_NAME = re.compile(
    r"(?:^|[_.-])(?:PASS(?:WORD|WD|PHRASE)?|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?|AUTH_?KEY)"
    r"(?:$|[_.-]|\d)",
    re.IGNORECASE,
)
#: Names that end in a telling word and say where a secret is, or what it is like.
_HARMLESS_NAME = re.compile(r"(?:FILE|PATH|DIR|URL|NAME|ID|TTL|EXPIRY|LENGTH|POLICY|ENABLED)$", re.IGNORECASE)

#: Shapes of well-known tokens, wherever they stand.
_SHAPES: Mapping[str, re.Pattern[str]] = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{50,}"),
    "a GitLab token": re.compile(r"\bglpat-[\w-]{20,}"),
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a Slack token": re.compile(r"\bxox[abeoprs]-[\w-]{10,}"),
    "a Stripe key": re.compile(r"\b[sr]k_live_[A-Za-z0-9]{16,}"),
    "a JSON web token": re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+"),
    "a password in a URL": re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@]*:[^\s/:@]{3,}@", re.IGNORECASE),
}

_SHORTEST_VALUE = 6
#: Bits for each character below which a value is a word, a number, or a placeholder.
_LEAST_ENTROPY = 2.0
_PLACEHOLDER = re.compile(r"<.*>|\$\{?\w+\}?|x+|\*+|change-?me|example|true|false|none|null|\d{1,8}", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class PlainSecret:
    """A plain value that looks like a secret; the value itself is not in it."""

    field: str
    looks_like: str

    @property
    def warning(self) -> str:
        """What to say of it, and what to do."""
        return (
            f"{self.field} looks like {self.looks_like}, and is stored and shown in plain text: "
            "store it with `manage.py set_secret` and give it by secrets, or name its variable in secret_names"
        )


def find_plain_secrets(
    *, environment: Mapping[str, str], secret_names: Set[str] = frozenset(), command: Sequence[str] = ()
) -> tuple[PlainSecret, ...]:
    """Return the variables and arguments that look like secrets and are not declared to be."""
    return tuple(_found(environment, secret_names, command))


def _found(environment: Mapping[str, str], secret_names: Set[str], command: Sequence[str]) -> Iterator[PlainSecret]:
    for name, value in environment.items():
        if name not in secret_names and (what := _shape(value) or _by_name(name, value)):
            yield PlainSecret(field=f"environment[{name!r}]", looks_like=what)
    for number, word in enumerate(command):
        if what := _shape(word):
            yield PlainSecret(field=f"command[{number}]", looks_like=what)


def _shape(value: str) -> str:
    return next((what for what, shape in _SHAPES.items() if shape.search(value)), "")


def _by_name(name: str, value: str) -> str:
    if _TELLING_NAME.search(name) is None or _HARMLESS_NAME.search(name):
        return ""
    if len(value) < _SHORTEST_VALUE or _PLACEHOLDER.fullmatch(value) or value.startswith("/"):
        return ""
    return "a secret" if _entropy(value) >= _LEAST_ENTROPY else ""


def _entropy(value: str) -> float:
    """Return how many bits each character tells, by how often it stands in the value."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())
