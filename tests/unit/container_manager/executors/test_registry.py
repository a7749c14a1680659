"""Executors are found by their path."""

from __future__ import annotations

from container_manager.executors.registry import executor_types


def test_the_executors_are_the_packages_and_not_what_they_share() -> None:
    assert executor_types() == ("docker", "fake", "process")
