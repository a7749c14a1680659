"""Asks a project that uses Sickbay's Django app what its own database knows of hosts, workers, and waiting jobs.

The project is loaded in a child alone: this file, run by its path with what to ask as its first argument. Nothing is
written.
"""

from __future__ import annotations

import sys

from sickbay.guides.django_project import enter_project, project_says
from sickbay.guides.function_parts import NOT_ASKED, WELL, WRONG, answer


def hosts(*, settings: str) -> int:
    """Print how many hosts there are, how many take new work, and how many are drained."""
    return _told(project_says(__file__, "hosts", settings))


def workers(*, settings: str) -> int:
    """Print how many workers have given a sign of life lately, and how many jobs wait."""
    return _told(project_says(__file__, "workers", settings))


def some_host_takes_work(*, settings: str) -> int:
    """Print ``takes work`` where at least one host does, else what :func:`hosts` prints."""
    said = project_says(__file__, "hosts", settings)
    return answer("takes work") if said and "takes work 0" not in said else _told(said, WRONG)


def some_worker_is_alive(*, settings: str) -> int:
    """Print ``alive`` where at least one worker is, else what :func:`workers` prints."""
    said = project_says(__file__, "workers", settings)
    return answer("alive") if said and "alive 0" not in said else _told(said, WRONG)


def main(what: str, settings: str) -> None:
    """Ask one thing of this folder's project."""
    enter_project(settings)
    import django  # noqa: PLC0415  (only the child has the project)

    django.setup()
    {"hosts": _hosts, "workers": _workers}[what]()


def _hosts() -> None:
    from django.apps import apps  # noqa: PLC0415  (as above)

    found = apps.get_model("container_manager", "ExecutorHost")._default_manager  # noqa: SLF001  (Django documents it)
    drained = found.filter(is_draining=True, is_active=True).count()
    sys.stdout.write(f"hosts {found.count()}, takes work {found.available().count()}, drained {drained}\n")


def _workers() -> None:
    from importlib import import_module  # noqa: PLC0415  (the app must be loaded after the settings)

    from django.apps import apps  # noqa: PLC0415  (as above)

    jobs = apps.get_model("container_manager", "ContainerJob")._default_manager  # noqa: SLF001  (as above)
    alive = import_module("container_manager.services.waiting").workers_alive()
    sys.stdout.write(f"alive {alive}, waiting {jobs.pending().count()}\n")


def _told(said: str, exit_code: int = WELL) -> int:
    return answer(said, exit_code) if said else answer("not asked", NOT_ASKED)


if __name__ == "__main__":
    main(*sys.argv[1:3])
