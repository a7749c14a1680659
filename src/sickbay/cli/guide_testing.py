"""``sickbay guide test``: guides proved in the lab."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sickbay.cli import output
from sickbay.cli.exits import CommandError, ExitCode
from sickbay.cli.guide_library import FolderOption, guide_named, known_guides
from sickbay.runner import Engine

if TYPE_CHECKING:
    from sickbay.guides.model import Guide
    from sickbay.lab.proof import Proof


def prove_guides(
    slugs: Annotated[list[str] | None, typer.Argument(help="Guides or causes; nothing for all.")] = None,
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=32, help="How many proofs run side by side.")] = 4,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show every check, also those that passed.")] = False,
    record: Annotated[bool, typer.Option("--record", help="Write date, versions, and result into each guide.")] = False,
    folder: FolderOption = None,
) -> int:
    """Prove guides: make their faults for real, find them, repair them, and take the repair back.

    Everything is made in folders, containers, and servers of its own and thrown away. Nothing else is touched.
    """
    guides = known_guides(folder)
    chosen = list(dict.fromkeys(guide_named(slug, guides).slug for slug in slugs or []))
    picked = [guide for guide in guides if guide.slug in chosen] if chosen else list(guides)
    unproved = [guide.slug for guide in picked if guide.front.proof != "lab"]
    if chosen and unproved:
        raise CommandError(f"These guides document and detect only ('proof: none'): {', '.join(unproved)}.")
    proofs = []
    for proof in _proofs(picked, guides, at_once):
        proofs.append(proof)
        output.say("\n".join(_told(proof, verbose=verbose)))  # as one text: a secret may go over several lines
    if record:
        _record([guide for guide in picked if guide.front.proof == "lab"], proofs)
    failed = [proof for proof in proofs if not proof.passed and not proof.missing]
    missing = [proof for proof in proofs if proof.missing]
    output.say(
        f"{sum(proof.passed for proof in proofs)} proved, {len(failed)} not, {len(missing)} could not be tried here."
    )
    return ExitCode.PROBLEMS if failed else ExitCode.NOT_MEASURED if missing else ExitCode.HEALTHY


def _proofs(picked: Sequence[Guide], guides: Sequence[Guide], at_once: int) -> Iterator[Proof]:
    from sickbay.lab.bench import Bench  # noqa: PLC0415  (only this command needs a lab)
    from sickbay.lab.self_test import provable, prove  # noqa: PLC0415  (the same)

    engine = Engine(guides)
    with Bench() as bench, ThreadPoolExecutor(max_workers=at_once) as pool:
        running = [pool.submit(prove, guide, symptom, engine, bench) for guide in picked for symptom in provable(guide)]
        for done in as_completed(running):
            yield done.result()


def _record(guides: Sequence[Guide], proofs: Sequence[Proof]) -> None:
    """Write into each guide how it was proved; into none of which a part could not be tried."""
    from sickbay.lab.recording import versions_of, with_record  # noqa: PLC0415  (only this command needs a lab)

    today = datetime.datetime.now(datetime.UTC).date()
    for guide in guides:
        own = [proof for proof in proofs if proof.guide == guide.slug]
        if any(proof.missing for proof in own):
            continue
        needs = {need for script in (*guide.parts.symptoms, *guide.parts.reproductions) for need in script.needs}
        path = Path(guide.path)
        passed = bool(own) and all(proof.passed for proof in own)
        text = path.read_text(encoding="utf-8")
        output.write_file(path, with_record(text, date=today, versions=versions_of(needs), passed=passed))


def _told(proof: Proof, *, verbose: bool) -> Iterator[str]:
    if proof.missing:
        yield f"not tried  {proof.name} ({proof.cause}): {proof.missing}"
        return
    yield f"{'proved' if proof.passed else 'NOT PROVED':10} {proof.name} ({proof.cause}), {proof.seconds:.1f} s"
    for check in proof.checks:
        if verbose or not check.passed:
            yield f"    {'ok' if check.passed else 'FAILED':6} {check.name}"
        if check.detail:
            yield from (f"           {line}" for line in check.detail.splitlines())
