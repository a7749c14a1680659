"""The command line: ``sickbay``."""
