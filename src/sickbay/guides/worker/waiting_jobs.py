"""What the guides about waiting jobs look for in Sickbay's database, and change in it.

The settings are those of ``DJANGO_SETTINGS_MODULE``, else of the module that is named.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

from sickbay.guides.function_parts import WRONG, answer


def add_place(host: str, settings: str) -> int:
    """Let a host run one attempt more at once."""
    row = _row(settings, "ExecutorHost", host)
    if row is None:
        return answer([f"there is no host {host}"], WRONG)
    if not row.is_active or row.is_draining or row.is_healthy is False:
        return answer([f"the host {host} takes no work now, however many places it has"], WRONG)
    _rows(settings, "ExecutorHost").filter(pk=row.pk).update(max_running=row.max_running + 1)
    return answer([f"{host}: {row.max_running + 1} places"])


def take_place(host: str, settings: str) -> int:
    """Take that place away again; what runs goes on."""
    row = _row(settings, "ExecutorHost", host)
    if row is None or row.max_running < 2:
        return answer([f"the host {host} has no place to take"], WRONG)
    _rows(settings, "ExecutorHost").filter(pk=row.pk).update(max_running=row.max_running - 1)
    return answer([f"{host}: {row.max_running - 1} places"])


def has_room(settings: str) -> int:
    """Print ``there is room`` where a host has a free place."""
    hosts = _rows(settings, "ExecutorHost").filter(is_active=True, is_draining=False)
    for host in hosts:
        taken = host.attempts.filter(ended_at__isnull=True).count()
        if host.is_healthy is not False and taken < host.max_running:
            return answer(["there is room"])
    return answer(["no host has a free place"], WRONG)


def resume(queue: str, settings: str) -> int:
    """Let jobs of a paused queue begin again; when and by whom it was paused stays in its row."""
    rows = _rows(settings, "JobQueue").filter(name=queue, is_paused=True)
    return answer([f"{queue}: resumed"]) if rows.update(is_paused=False) else _told(f"the queue {queue} is not paused")


def pause_again(queue: str, settings: str) -> int:
    """Pause a queue as it was paused before."""
    rows = _rows(settings, "JobQueue").filter(name=queue, is_paused=False, paused_at__isnull=False)
    return answer([f"{queue}: paused"]) if rows.update(is_paused=True) else _told(f"the queue {queue} was not paused")


def is_moving(queue: str, settings: str) -> int:
    """Print ``moving`` where a queue is not paused."""
    row = _row(settings, "JobQueue", queue)
    paused = row is not None and row.is_paused
    return answer([f"the queue {queue} is paused"], WRONG) if paused else answer(["moving"])


def _told(why: str) -> int:
    return answer([why], WRONG)


def _rows(settings: str, model: str) -> Any:  # noqa: ANN401  (Django's own types are not known in this package)
    """Return a model's manager."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
    if (here := os.getcwd()) not in sys.path:  # noqa: PTH109  (an entry of the path is a text)
        sys.path.insert(0, here)
    django = __import__("django.apps")
    with contextlib.suppress(RuntimeError):
        django.setup()
    return django.apps.apps.get_model("container_manager", model).objects


def _row(settings: str, model: str, name: str) -> Any:  # noqa: ANN401  (as above)
    return _rows(settings, model).filter(name=name).first()
