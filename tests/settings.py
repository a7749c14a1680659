"""Settings of the test suite: the example's, with a database of its own.

``SICKBAY_TEST_POSTGRESQL`` names the socket folder of a PostgreSQL server; without it the tests run on SQLite.
``python -m tests.postgresql`` starts such a server for one command.
"""

import os

from example.settings import *  # noqa: F403  (settings are meant to be taken over whole)

SECRET_KEY = "a key for tests"
DEBUG = False

if folder := os.environ.get("SICKBAY_TEST_POSTGRESQL"):
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": folder,
            "NAME": os.environ.get("SICKBAY_TEST_DATABASE", "sickbay"),
            "USER": "sickbay",
        }
    }
