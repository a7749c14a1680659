"""The Django app."""

from django.apps import AppConfig


class ContainerManagerConfig(AppConfig):
    """Container jobs for Django."""

    name = "container_manager"
    verbose_name = "Container jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and tell the models what lies above them."""
        from container_manager import checks, wiring  # noqa: F401, PLC0415  (importing registers, and needs the models)
