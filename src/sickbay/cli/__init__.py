"""The command line: ``sickbay``."""

from sickbay.cli.app import main

__all__ = ["main"]
