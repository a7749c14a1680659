"""What the guide about cut logs looks for in Sickbay's settings, and changes in them. Nothing in the file is run."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from sickbay.guides.function_parts import all_well, change, looked, put_back
from sickbay.guides.kept_file import CannotChangeError

_CAP = re.compile(r"(?P<before>[\"']log_cap_bytes[\"']\s*:\s*)(?P<value>\d[\d_]*(?:\s*(?:\*\*?)\s*\d[\d_]*)*)")


def cap(path: str, wanted: str) -> int:
    """Print the cap where it is below what is wanted; both in bytes."""
    return looked(path, lambda content: _small(content.decode("utf-8", "replace"), int(wanted)))


def is_large_enough(path: str, wanted: str) -> int:
    """Print ``large enough``, or the cap."""
    return all_well(path, lambda content: _small(content.decode("utf-8", "replace"), int(wanted)), "large enough")


def raise_cap(path: str, wanted: str) -> int:
    """Write the cap that is wanted for the one in the settings."""
    return change(path, lambda content: _raised(content, wanted))


def lower_again(path: str, wanted: str) -> int:
    """Put the settings back as they were."""
    return put_back(path, lambda content: _raised(content, wanted))


def _small(text: str, wanted: int) -> Iterator[str]:
    for found in _CAP.finditer(text):
        value = _value(found["value"])
        if value < wanted:
            yield f"log_cap_bytes is {value}, line {text.count(chr(10), 0, found.start()) + 1}"


def _value(product: str) -> int:
    """Return what a product of numbers and powers comes to."""
    factors = []
    for factor in re.split(r"(?<!\*)\*(?!\*)", product.replace(" ", "").replace("_", "")):
        base, *exponents = (int(number) for number in factor.split("**"))
        if len(exponents) > 1 or any(base.bit_length() * exponent > 64 for exponent in exponents):
            raise CannotChangeError(f"{product} is no size")
        factors.append(base ** exponents[0] if exponents else base)
    return math.prod(factors)


def _raised(content: bytes, wanted: str) -> bytes:
    text = content.decode("utf-8", "surrogateescape")
    if not _CAP.search(text):
        raise CannotChangeError("the file has no log_cap_bytes: write it into CONTAINER_MANAGER")
    raised = _CAP.sub(
        lambda found: found["before"] + (wanted if _value(found["value"]) < int(wanted) else found["value"]), text
    )
    return raised.encode("utf-8", "surrogateescape")
