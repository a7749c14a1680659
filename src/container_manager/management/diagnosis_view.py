"""How a diagnosis looks on a terminal. Takes the report in the form of ``sickbay diagnose --format json``.

Reports may have been stored by another version: what is missing is left out, what has another shape is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from container_manager.management.screen import visible

_CERTAINTY_STYLES = {"confirmed": "bold red", "likely": "yellow", "possible": "dim yellow"}
_MOST_EVIDENCE = 6


def diagnosis_view(report: Mapping[str, object]) -> RenderableType:
    """Return the verdicts, best first, or what was looked at in vain."""
    verdicts = _mappings(report.get("verdicts"))
    if not verdicts:
        return _unknown(report)
    parts: list[RenderableType] = []
    for rank, verdict in enumerate(verdicts):
        parts += [*([Text("")] if rank else []), *_verdict(verdict, is_best=rank == 0)]
    return Group(*parts)


def _verdict(verdict: Mapping[str, object], *, is_best: bool) -> Iterator[RenderableType]:
    certainty = _text(verdict.get("certainty"))
    headline = Text(_text(verdict.get("title")) or _text(verdict.get("cause")) or "a cause without a name", "bold")
    if not is_best:
        headline = Text("Also possible: ").append_text(headline)
    yield headline
    yield from _field("cause", _text(verdict.get("cause")))
    yield from _field("certainty", certainty, style=_CERTAINTY_STYLES.get(certainty, ""))
    yield from _evidence(verdict.get("evidence"))
    yield from _block("repair", _steps(verdict.get("repair")))
    yield from _field("guide", _text(verdict.get("guide")))


def _field(label: str, value: str, *, style: str = "") -> Iterator[RenderableType]:
    if value:
        yield Padding(Text(f"{label:<10}", "dim").append(value, style or "default"), (0, 0, 0, 2))


def _evidence(value: object) -> Iterator[RenderableType]:
    items = _mappings(value)
    if items:
        yield Padding(Text("evidence", "dim"), (0, 0, 0, 2))
    for item in items[:_MOST_EVIDENCE]:
        line = item.get("line")
        place = _text(item.get("source")) + (f":{line}" if isinstance(line, int) and not isinstance(line, bool) else "")
        shown = Text(f"{place}  " if place else "", "cyan").append(_text(item.get("text")).rstrip(), "default")
        yield Padding(shown, (0, 0, 0, 4))
    if len(items) > _MOST_EVIDENCE:
        yield Padding(Text(f"and {len(items) - _MOST_EVIDENCE} more", "dim"), (0, 0, 0, 4))


def _block(label: str, lines: Sequence[str]) -> Iterator[RenderableType]:
    if lines:
        yield Padding(Text(label, "dim"), (0, 0, 0, 2))
    for line in lines:
        yield Padding(Text(line), (0, 0, 0, 4))


def _steps(value: object) -> list[str]:
    if isinstance(value, str):
        return visible(value).strip().splitlines()
    if isinstance(value, Mapping):
        return _steps(value.get("steps") or value.get("summary") or value.get("text"))
    if isinstance(value, Sequence):
        steps = [line for item in value for line in _steps(item)]
        return [f"{number}. {step}" for number, step in enumerate(steps, 1)] if len(steps) > 1 else steps
    return []


def _unknown(report: Mapping[str, object]) -> RenderableType:
    looked_at = report.get("looked_at")
    seen = (
        [_text(item) for item in looked_at]
        if isinstance(looked_at, Sequence) and not isinstance(looked_at, str)
        else []
    )
    if report.get("unknown") is False:
        return Text("No problem was found.")
    return Group(
        Text("The cause is unknown: nothing that is known fits.", "bold"),
        *_block("looked at", [item for item in seen if item]),
    )


def _mappings(value: object) -> list[Mapping[str, object]]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [item for item in value if isinstance(item, Mapping)]
    return []


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{visible(str(key))} {_text(item)}" for key, item in value.items())
    return visible(str(value))
