"""Sealing everything anew with the newest key, so that older keys can be taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import models, transaction

from container_manager.models import Attempt, ContainerJob, Secret
from container_manager.models.sealed_columns import current_vault
from container_manager.sealing.vault import UnopenableError

BATCH = 200


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a rotation has come: rows looked at of all that hold something sealed."""

    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """What a rotation did. ``unopened`` names what no key opens, never its value."""

    resealed: int
    already_newest: int
    unopened: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class _Column:
    model: type[models.Model]
    name: str
    words: Callable[[int, str], str]
    label: str

    def rows(self) -> models.QuerySet[models.Model]:
        manager: models.Manager[models.Model] = self.model._default_manager  # noqa: SLF001  (Django's public name)
        return manager.exclude(**{f"{self.name}__isnull": True})


_COLUMNS = (
    _Column(model=Secret, name="sealed", label="name", words=lambda _, name: f"the secret {name!r}"),
    _Column(
        model=ContainerJob, name="sealed_environment", label="name", words=lambda pk, _: f"secret variables of job {pk}"
    ),
    _Column(
        model=Attempt,
        name="sealed_secrets",
        label="job_id",
        words=lambda _, job: f"what the running attempt of job {job} was given",
    ),
)


def rotate_secrets(told: Callable[[Progress], None], *, batch: int = BATCH) -> Rotation:
    """Seal everything with the newest key, in short transactions; safe to break off and to repeat at any moment."""
    total = sum(column.rows().count() for column in _COLUMNS)
    resealed, unopened, done = 0, [], 0
    for column in _COLUMNS:
        last = 0
        while True:
            seen = _rotate_batch(column, after=last, batch=batch)
            if not seen.looked_at:
                break
            last, done = seen.last, done + seen.looked_at
            resealed += seen.resealed
            unopened += seen.unopened
            told(Progress(done=done, total=max(done, total)))
    return Rotation(resealed=resealed, already_newest=done - resealed - len(unopened), unopened=unopened)


@dataclass(frozen=True, kw_only=True)
class _Seen:
    looked_at: int
    last: int
    resealed: int
    unopened: list[str]


def _rotate_batch(column: _Column, *, after: int, batch: int) -> _Seen:
    vault, resealed, unopened, last, looked_at = current_vault(), 0, [], after, 0
    with transaction.atomic():
        rows = column.rows().filter(pk__gt=after).order_by("pk").select_for_update()
        for pk, sealed, label in rows.values_list("pk", column.name, column.label)[:batch]:
            last, looked_at = pk, looked_at + 1
            if vault.is_newest(bytes(sealed)):
                continue
            try:
                anew = vault.seal(vault.open(bytes(sealed)))
            except UnopenableError:
                unopened.append(column.words(pk, str(label)))
                continue
            column.rows().filter(pk=pk).update(**{column.name: anew})
            resealed += 1
    return _Seen(looked_at=looked_at, last=last, resealed=resealed, unopened=unopened)
