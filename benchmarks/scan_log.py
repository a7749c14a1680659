"""How long a large log takes: this machine's ``grep`` and ``re`` beside both ways of scanning, in one run.

Prints a table: seconds, and the ratio to one ``grep`` for the same patterns' fixed texts. ``re`` alone is timed on a
small part and scaled, because it takes minutes.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sickbay.guides.library import builtin_guides
from sickbay.signatures.factors import factors
from sickbay.signatures.pattern import Pattern
from sickbay.signatures.scanner import Scanner

_MB = 1024 * 1024
_PATHS = ("/", "/healthz", "/api/v1/users/{}", "/search?q=http+timeout+{}", "/static/app.{}.js", "/orders/{}/error")
_AGENTS = ("curl/8.5.0", "kube-probe/1.29", "python-requests/2.31.0", "Mozilla/5.0 (X11; Linux x86_64)")
_STATUSES = (200, 200, 200, 200, 304, 404, 499, 502)
_END = 'Traceback (most recent call last):\n  File "app.py", line 3\nOSError: [Errno 28] No space left on device\n'


def web_server_log(size: int, seed: int = 7) -> Iterator[str]:
    """Yield the lines of an access log of about ``size`` bytes that ends with an error."""
    chance = random.Random(seed)  # noqa: S311  (no secret)
    written = 0
    while written < size:
        path = chance.choice(_PATHS).format(chance.randint(1, 99999))
        line = (
            f"10.{chance.randint(0, 255)}.{chance.randint(0, 255)}.7 - - [22/Nov/2026:10:00:00 +0000] "
            f'"GET {path} HTTP/1.1" {chance.choice(_STATUSES)} {chance.randint(99, 99999)} '
            f'"https://example.com/denied" "{chance.choice(_AGENTS)}"\n'
        )
        written += len(line)
        yield line
    yield _END


def measured(log: Path) -> Iterator[tuple[str, float]]:
    """Yield each way with its seconds."""
    patterns = [
        Pattern(id=f"{guide.slug}/{each.id}", expression=each.pattern)
        for guide in builtin_guides()
        for each in guide.front.signatures
    ]
    data = log.read_bytes()
    yield "grep -F -c, fixed texts of all patterns", _timed(lambda: _grep(log, patterns))
    yield "sickbay diagnose FILE, start to end", _timed(lambda: _diagnose(log))
    yield "Vectorscan, with making it ready", _timed(lambda: Scanner(patterns, large_text=0).scan(data))
    part = data[: max(len(data) // 50, 1)]
    scale = len(data) / len(part)
    fixed = Scanner(patterns, large_text=sys.maxsize)
    yield "fixed texts one by one, scaled from a part", scale * _timed(lambda: fixed.scan(part))
    few = part[: len(part) // 20]
    yield "re alone, scaled from a part", scale * 20 * _timed(lambda: _plain(few, patterns))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _grep(log: Path, patterns: Sequence[Pattern]) -> None:
    texts = sorted({text for pattern in patterns for text in factors(pattern.expression)[0]})
    with tempfile.NamedTemporaryFile() as listed:
        listed.write(b"\n".join(texts) + b"\n")
        listed.flush()
        subprocess.run(["grep", "-F", "-i", "-c", "-f", listed.name, str(log)], check=False, capture_output=True)  # noqa: S603, S607  (our own file)


def _diagnose(log: Path) -> None:
    subprocess.run([sys.executable, "-m", "sickbay", "diagnose", str(log)], check=False, capture_output=True)  # noqa: S603  (our own)


def _plain(data: bytes, patterns: Sequence[Pattern]) -> None:
    searches = [re.compile(pattern.expression).search for pattern in patterns]
    for line in data.decode("utf-8", "replace").split("\n"):
        for search in searches:
            search(line)


def main(argv: Sequence[str] | None = None) -> int:
    """Make a log, measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--mb", type=int, default=50, help="size of the log")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "access.log"
        with log.open("w", encoding="utf-8") as file:
            file.writelines(web_server_log(options.mb * _MB))
        rows = list(measured(log))
    grep = rows[0][1]
    print(f"{options.mb} MB, {sum(len(guide.front.signatures) for guide in builtin_guides())} patterns")
    for name, seconds in rows:
        print(f"  {name:44} {seconds:8.2f} s  {seconds / grep:8.1f} x")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  {'largest memory of one of the programs':44} {peak:8.0f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
