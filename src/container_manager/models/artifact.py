"""A file that went into a job, or came out of an attempt."""

from __future__ import annotations

from django.db import models, transaction
from django.utils import timezone

from container_manager.models.attempt import Attempt
from container_manager.models.container_job import ContainerJob
from container_manager.models.job_files import PREFIX, artifact_storage


class Artifact(models.Model):
    """One stored file. ``attempt`` is ``None`` for an input. ``stored_as`` is its name in Django's storage.

    Several may share a file; one of ours is deleted with the last of them. A directory is stored as a tar archive.
    ``is_complete`` is false where the size cap cut it, or it was missing; ``problem`` says why.
    """

    job = models.ForeignKey(ContainerJob, on_delete=models.CASCADE, related_name="artifacts")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, null=True, related_name="artifacts")
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=1000)
    stored_as = models.CharField(max_length=500, blank=True, db_index=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    is_archive = models.BooleanField(default=False)
    is_complete = models.BooleanField(default=True)
    problem = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("job", "name"), name="artifact_input_unique", condition=models.Q(attempt__isnull=True)
            ),
            models.UniqueConstraint(
                fields=("attempt", "name"), name="artifact_output_unique", condition=models.Q(attempt__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of job {self.job_id}"


def forget_file(instance: Artifact, using: str, **_: object) -> None:
    """Delete an artifact's file once its row is gone for good, for the signal that tells of that."""
    name = instance.stored_as
    if name.startswith(f"{PREFIX}/"):
        transaction.on_commit(lambda: _delete_unused(name, using), using=using)


def _delete_unused(name: str, using: str) -> None:
    if not Artifact.objects.using(using).filter(stored_as=name).exists():
        artifact_storage().delete(name)


models.signals.post_delete.connect(forget_file, sender=Artifact, dispatch_uid="container_manager.forget_file")
