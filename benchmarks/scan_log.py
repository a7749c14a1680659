"""How fast a large log is scanned with every signature, beside ripgrep with the same patterns, in one run.

Each way runs in a process of its own, on one core. Prints megabytes for each second of processor time (of programs, of
the whole process), the ratio to ripgrep, and the most memory that was resident. The slow ways take a part of the log.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sickbay.guides.library import builtin_guides
from sickbay.signatures.kept import user_cache
from sickbay.signatures.pattern import Pattern
from sickbay.signatures.scanner import Scanner, Way
from sickbay.signatures.vectorscan import Vectorscan

_MB = 1024 * 1024
_BLOCK = 256 * 1024  # of larger ones the allocator may give the memory back each time (docs/benchmarks.md)
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


def patterns() -> list[Pattern]:
    """Return all signatures."""
    return [
        Pattern(id=f"{guide.slug}/{each.id}", expression=each.pattern)
        for guide in builtin_guides()
        for each in guide.front.signatures
    ]


def _blocks(log: Path) -> Iterator[bytes]:
    with log.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _scan(log: Path) -> float:
    """Find the lines that are worth a look, and which patterns they are worth it for."""
    kept = user_cache()
    looker = (kept and Vectorscan.loaded(patterns(), kept)) or Vectorscan.compiled(patterns(), kept)
    began, rest = time.process_time(), b""
    for block in _blocks(log):
        end = block.rfind(b"\n") + 1
        text, rest = rest + block[:end], block[end:]
        list(looker.candidates(text).lines(text))
    return time.process_time() - began


def _evidence(log: Path, way: Way) -> float:
    """Find the hits, with their lines and captures."""
    scanner = Scanner(patterns(), way=way, kept=user_cache())
    scanner.looker(0)
    began = time.process_time()
    stream = scanner.stream()
    for block in _blocks(log):
        stream.feed(block)
    stream.finish()
    return time.process_time() - began


def _plain(log: Path) -> float:
    """Try every pattern on every line."""
    searches = [re.compile(pattern.expression).search for pattern in patterns()]
    began = time.process_time()
    for line in log.read_text(encoding="utf-8", errors="replace").split("\n"):
        for search in searches:
            search(line)
    return time.process_time() - began


#: What runs in a process of its own, by its name on the command line; each returns its seconds, made ready before.
_INSIDE: Mapping[str, Callable[[Path], float]] = {
    "scan": _scan,
    "evidence": lambda log: _evidence(log, Way.VECTORSCAN),
    "aho-corasick": lambda log: _evidence(log, Way.AHO_CORASICK),
    "fixed-texts": lambda log: _evidence(log, Way.FIXED_TEXTS),
    "re": _plain,
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    name: str
    speed: float
    memory: float


def measured(log: Path, part: Path, few: Path) -> Iterator[Row]:
    """Yield each way with its figures."""
    program = [sys.executable, "-m", "benchmarks.scan_log", "--inside"]
    if shutil.which("rg"):
        yield _row("ripgrep, without knowing which pattern", log, _ripgrep(log.parent))
    _row("what is compiled here is kept", few, [*program, "scan"])
    yield _row("scanning (Vectorscan)", log, [*program, "scan"])
    yield _row("with evidence (Vectorscan + re)", log, [*program, "evidence"])
    yield _row("sickbay diagnose FILE", log, [sys.executable, "-m", "sickbay", "diagnose"])
    if Way.AHO_CORASICK.is_available:
        yield _row("with evidence (ahocorasick_rs + re)", part, [*program, "aho-corasick"])
    yield _row("with evidence (fixed texts + re)", part, [*program, "fixed-texts"])
    yield _row("re, one by one", few, [*program, "re"])


def _row(name: str, log: Path, command: Sequence[str]) -> Row:
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([*command, str(log)], stdout=output)  # noqa: S603  (our own programs)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        answer = output.read().decode()
    if process.returncode not in {0, 1}:
        raise SystemExit(f"{' '.join(command)} failed: {process.returncode}")
    seconds = float(answer) if "--inside" in command else used.ru_utime + used.ru_stime
    return Row(name=name, speed=log.stat().st_size / _MB / seconds, memory=used.ru_maxrss / 1024)


def _ripgrep(folder: Path) -> list[str]:
    """Return the command with all patterns that its engine knows, written in its own way."""
    listed = folder / "patterns"
    known = []
    for pattern in patterns():
        expression = re.sub(r"\(\?P<\w+>", "(?:", pattern.expression)
        check = subprocess.run(["rg", "-e", expression, os.devnull], check=False, capture_output=True)  # noqa: S603, S607  (our own patterns)
        known += [expression] if check.returncode < 2 else []
    listed.write_text("\n".join(known) + "\n", encoding="utf-8")
    print(f"ripgrep takes {len(known)} of {len(patterns())} patterns: it has no lookaround")
    limits = ["--regex-size-limit", "4G", "--dfa-size-limit", "4G"]
    return ["rg", "--threads", "1", "--count", "--no-config", *limits, "--file", str(listed)]


def main(argv: Sequence[str] | None = None) -> int:
    """Make a log, measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--mb", type=int, default=500, help="size of the log")
    parser.add_argument("--inside", nargs=2, metavar=("WAY", "LOG"), help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.inside:
        way, log = options.inside
        print(_INSIDE[way](Path(log)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        rows = list(measured(*_logs(Path(folder), options.mb)))
    if rows[0].name.startswith("ripgrep"):
        print(f"{options.mb} MB, {len(patterns())} patterns   MB per CPU second   to ripgrep   resident")
    else:
        print("ripgrep (rg) is not installed: there is nothing to compare with")
    for row in rows:
        print(f"  {row.name:40} {row.speed:8.1f} {row.speed / rows[0].speed:12.2f} x {row.memory:8.0f} MB")
    return 0


def _logs(folder: Path, megabytes: int) -> tuple[Path, Path, Path]:
    """Write the log, and two small ones. This process stays small: what it starts is measured from its size on."""
    log, part, few = folder / "log", folder / "part", folder / "few"
    for path, size in ((part, 4 * _MB), (few, _MB // 2), (folder / "once", min(megabytes, 50) * _MB)):
        with path.open("w", encoding="utf-8") as file:
            file.writelines(web_server_log(size))
    with log.open("wb") as whole:
        for _ in range(max(megabytes // 50, 1)):
            with (folder / "once").open("rb") as file:
                shutil.copyfileobj(file, whole)
    return log, part, few


if __name__ == "__main__":
    raise SystemExit(main())
