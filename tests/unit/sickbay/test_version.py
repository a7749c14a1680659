"""The version stands in two places, and is one."""

from importlib.metadata import version

import sickbay


def test_the_package_says_the_version_that_is_installed() -> None:
    assert sickbay.__version__ == version("sickbay")
