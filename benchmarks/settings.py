"""Settings of the benchmarks: a database of their own, and the defaults of everything else."""

import json
import os

from example.settings import *  # noqa: F403  (settings are meant to be taken over whole)

DEBUG = False
SECRET_KEY = "a key for benchmarks"  # noqa: S105  (it protects nothing)
CONTAINER_MANAGER = {"allow_unisolated": True, **json.loads(os.environ.get("SICKBAY_BENCH_SETTINGS", "{}"))}

if folder := os.environ.get("SICKBAY_TEST_POSTGRESQL"):
    DATABASES = {
        "default": {"ENGINE": "django.db.backends.postgresql", "HOST": folder, "NAME": "sickbay", "USER": "sickbay"}
    }
