"""Sickbay's troubleshooting engine: says why something failed, and proves it. Knows no framework."""

# Stands here, so that no start has to read the metadata of what is installed; a test compares them.
__version__ = "0.1.0"
