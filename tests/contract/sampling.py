"""What running attempts use."""

from __future__ import annotations

from container_manager.executors.base import Executor
from tests.contract.harness import Harness
from tests.contract.reading import Contract, run


class SampleContract(Contract):
    """Measuring running attempts."""

    async def test_running_attempts_are_measured_in_one_pass(self, harness: Harness, executor: Executor):
        handles = [await executor.launch(harness.key(), harness.sleeps(60)) for _ in range(2)]
        samples = await executor.sample(handles)
        assert set(samples) == set(handles)
        for sample in samples.values():
            assert sample.memory_bytes is not None
            assert sample.memory_bytes > 0
            assert sample.cpu_seconds is not None
            assert sample.cpu_seconds >= 0
            assert sample.pids is None or sample.pids >= 1
        for handle in handles:
            await executor.stop(handle, grace_seconds=0)

    async def test_what_is_over_or_unknown_is_left_out(self, harness: Harness, executor: Executor):
        handle, _ = await run(executor, harness, harness.prints(stdout=b"done"))
        assert await executor.sample([handle, harness.key().name]) == {}
        assert await executor.sample([]) == {}
