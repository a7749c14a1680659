"""Settings for django-tasks' database backend on the database of the benchmark."""

from benchmarks.settings import *  # noqa: F403  (settings are meant to be taken over whole)

INSTALLED_APPS = ["django.contrib.contenttypes", "django_tasks", "django_tasks_db"]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
LOGGING_CONFIG = None
