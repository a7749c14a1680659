"""Assertions of the suite are rewritten as in a test module, though it is imported by the modules that use it."""

import pytest

pytest.register_assert_rewrite(
    "tests.contract.files", "tests.contract.reading", "tests.contract.running", "tests.contract.following"
)
