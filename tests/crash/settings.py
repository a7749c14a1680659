"""Settings of the workers that are killed: the example's, with a lease that does not take a minute to run out."""

import json
import os

from example.settings import *  # noqa: F403  (settings are meant to be taken over whole)

if path := os.environ.get("SICKBAY_CRASH_SQLITE"):
    DATABASES["default"]["NAME"] = path  # noqa: F405  (from the example)
elif folder := os.environ.get("SICKBAY_TEST_POSTGRESQL"):
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": folder,
            "NAME": os.environ.get("SICKBAY_TEST_DATABASE", "sickbay"),
            "USER": "sickbay",
        }
    }

DEBUG = False

CONTAINER_MANAGER = {
    "allow_unisolated": True,
    "lease_seconds": 2.0,
    "heartbeat_seconds": 0.4,
    "reconcile_seconds": 1.0,
    "poll_seconds": 0.1,
    "log_flush_seconds": 0.1,
    "concurrency": 8,
} | json.loads(os.environ.get("SICKBAY_CRASH_SETTINGS", "{}"))
