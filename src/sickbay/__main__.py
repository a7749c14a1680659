"""``python -m sickbay``."""

from sickbay.cli.app import main

main()
