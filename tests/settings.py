"""Settings of the test suite: the example's, with a database of its own."""

from example.settings import *  # noqa: F403  (settings are meant to be taken over whole)

SECRET_KEY = "a key for tests"
DEBUG = False
