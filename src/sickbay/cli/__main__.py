"""``python -m sickbay.cli``."""

from sickbay.cli.app import main

main()
