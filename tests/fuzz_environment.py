"""Throw random texts at the env-template compiler: ``python -m tests.fuzz_environment --seconds 30 --seed N``.

Prints the seed and the text where a promise is broken, and exits with 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from dataclasses import dataclass

from tests.unit.container_manager.environment.holding import everything_holds
from tests.unit.container_manager.environment.writing import random_text


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A text that breaks a promise, made smaller."""

    number: int
    text: str
    error: str


def fuzz(*, seed: int, seconds: float | None, texts: int | None = None) -> Broken | None:
    """Try texts for so many seconds, or so many texts. The same seed gives the same texts in the same order."""
    source = random.Random(seed)
    end = None if seconds is None else time.monotonic() + seconds
    number = 0
    while (end is None or time.monotonic() < end) and (texts is None or number < texts):
        text = random_text(source)
        if (error := _error(text)) is not None:
            smaller = _smaller(text)
            return Broken(number=number, text=smaller, error=_error(smaller) or error)
        number += 1
    print(f"seed {seed}: {number} texts, nothing found")
    return None


def _error(text: str) -> str | None:
    try:
        everything_holds(text)
    except Exception:  # noqa: BLE001  (whatever is raised is what is looked for)
        return traceback.format_exc()
    return None


def _smaller(text: str) -> str:
    """Take characters away for as long as a promise stays broken."""
    size = len(text) // 2
    while size:
        start = 0
        while start < len(text):
            shorter = text[:start] + text[start + size :]
            if _error(shorter) is not None:
                text = shorter
            else:
                start += size
        size //= 2
    return text


def main() -> int:
    """Read the arguments, try, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    arguments = parser.parse_args()
    broken = fuzz(seed=arguments.seed, seconds=arguments.seconds)
    if broken is None:
        return 0
    print(f"seed {arguments.seed}, text {broken.number}: {broken.text!r}\n{broken.error}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
