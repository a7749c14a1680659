"""Sickbay's troubleshooting engine: says why something failed, and proves it. Knows no framework."""

from importlib.metadata import version

__version__ = version("sickbay")
