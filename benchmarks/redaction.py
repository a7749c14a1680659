"""What redaction hides, what it touches by mistake, and how fast it is, beside a public scanner on the same corpus.

The scanner is ``detect-secrets`` with all its plugins, on each text by itself, as a file and line by line; a secret
counts as hidden when nothing of it is left once the values that the scanner names are taken out. ``--scanner`` names a
Python that has it; without it that part is left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from importlib.util import find_spec

from benchmarks.scan_log import web_server_log
from sickbay.redaction import Redactor
from tests.redaction.carriers import KNOWN
from tests.redaction.kinds import KINDS
from tests.redaction.measuring import Case, cases, share_hidden, survives, touched
from tests.redaction.ordinary import ordinary_lines
from tests.redaction.unseen import UNSEEN

_MB = 1_000_000

#: Read by the scanner's own interpreter: a list of texts comes in, the secrets it found in each go out.
_SCAN = """
import json, pathlib, sys, tempfile
from detect_secrets.core.scan import scan_file, scan_line
from detect_secrets.settings import default_settings
with default_settings(), tempfile.TemporaryDirectory() as folder:
    for number, text in enumerate(json.load(sys.stdin)):
        if sys.argv[1] == "lines":
            found = [each for line in text.splitlines() for each in scan_line(line)]
        else:
            path = pathlib.Path(folder, f"{number}.txt")
            path.write_text(text)
            found = list(scan_file(str(path)))
        print(json.dumps([each.secret_value for each in found if each.secret_value]))
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--lines", type=int, default=20_000, help="ordinary lines")
    parser.add_argument("--megabytes", type=int, default=200, help="size of the log whose pace is taken")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--scanner", default=None, help="a Python in which detect-secrets is installed")
    options = parser.parse_args(argv)
    known, unseen = cases(KINDS, KNOWN, options.seed), cases(KINDS, UNSEEN, options.seed)
    lines = list(ordinary_lines(options.lines))
    print(
        f"{len(KINDS)} kinds in {len(KNOWN)} carriers, {len(known)} cases; in {len(UNSEEN)} more, {len(unseen)} cases"
    )
    print(f"{'':32}{'known':>9}{'kept out':>10}{'ordinary lines touched':>24}")
    redactor = Redactor()
    _row(
        "sickbay",
        share_hidden(known, redactor.text)[0],
        share_hidden(unseen, redactor.text)[0],
        len(touched(lines, redactor.text)) / len(lines),
    )
    if scanner := _scanner(options.scanner):
        for mode in ("files", "lines"):
            found = [_found_by(scanner, mode, chosen) for chosen in (known, unseen)]
            marked = sum(map(bool, _values(scanner, mode, lines)))
            _row(f"detect-secrets, {mode}", *found, marked / len(lines))
    else:
        print("detect-secrets: not installed, left out")
    _pace(options.megabytes)
    return 0


def _row(name: str, known: float, unseen: float, ordinary: float) -> None:
    print(f"{name:32}{known:9.2%}{unseen:10.2%}{ordinary:24.3%}")


def _scanner(given: str | None) -> str | None:
    if given is not None:
        return given
    return sys.executable if find_spec("detect_secrets") else None


def _found_by(scanner: str, mode: str, chosen: Sequence[Case]) -> float:
    """Return which share of the cases would be hidden if what the scanner names were taken out."""
    hidden = 0
    for case, values in zip(chosen, _values(scanner, mode, [case.text for case in chosen]), strict=True):
        shown = case.text
        for value in sorted(values, key=len, reverse=True):
            shown = shown.replace(value, "*")
        hidden += not survives(case, shown)
    return hidden / len(chosen)


def _values(scanner: str, mode: str, texts: Iterable[str]) -> list[list[str]]:
    done = subprocess.run(  # noqa: S603  (the interpreter that was named)
        [scanner, "-c", _SCAN, mode], input=json.dumps(list(texts)), capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _pace(megabytes: int) -> None:
    """Print the pace on a log without secrets, and on one with a secret every thousand lines, on one core."""
    clean = "".join(web_server_log(megabytes * _MB)).encode()
    lines = clean.split(b"\n")
    lines[::1000] = [b"DB_PASSWORD=hunter-%d" % (number % 20) for number in range(len(lines[::1000]))]
    secret = b"\n".join(lines)
    Redactor(large_text=0).data(b"ready")
    for name, text in (("no secret", clean), ("a secret every 1000 lines", secret)):
        began = time.process_time()
        Redactor().data(text)
        seconds = time.process_time() - began
        print(f"{name:32}{len(text) / _MB / seconds:7.0f} MB/s per core ({len(text) / _MB:.0f} MB)")


if __name__ == "__main__":
    raise SystemExit(main())
