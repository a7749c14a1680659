"""The contract suite: what ``executors.base`` promises, put to an executor sentence by sentence.

``tests.contract.harness`` says how to plug an executor in.
"""

from __future__ import annotations

from tests.contract.files import FileContract
from tests.contract.following import LogContract, PlatformContract, RemoveContract, StopContract, WatchContract
from tests.contract.running import AdoptContract, EndContract, EnvironmentContract, LaunchContract
from tests.contract.sampling import SampleContract


class ExecutorContract(
    EndContract,
    LaunchContract,
    EnvironmentContract,
    AdoptContract,
    LogContract,
    StopContract,
    RemoveContract,
    WatchContract,
    SampleContract,
    FileContract,
    PlatformContract,
):
    """Every promise of the treaty. A subclass gives the fixture ``harness``."""
