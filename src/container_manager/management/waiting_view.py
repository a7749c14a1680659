"""What a pending job waits for, on a screen."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from container_manager.management.screen import one_line
from container_manager.services.waiting import HostAnswer, Waiting


def print_waiting(waiting: Waiting, console: Console) -> None:
    """Print the queue's reasons, then every host with its answer."""
    for reason in waiting.reasons():
        console.print(Text(one_line(reason)))
    if not waiting.hosts:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("HOST", no_wrap=True)
    table.add_column("ANSWER")
    for answer in waiting.hosts:
        table.add_row(Text(one_line(answer.name)), _words(answer))
    console.print()
    console.print(table)


def _words(answer: HostAnswer) -> Text:
    if answer.takes_it:
        return Text("takes it now", "green")
    words = "; ".join(one_line(objection) for objection in answer.objections)
    return Text(f"later: {words}", "yellow") if answer.may_later else Text(f"no: {words}", "red")
