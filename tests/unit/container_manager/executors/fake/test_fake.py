from __future__ import annotations

import asyncio

import pytest

from container_manager.executors import fake
from container_manager.executors.base import (
    AttemptKey,
    ExecutorUnavailableError,
    Exited,
    Hint,
    HintKind,
    LogCursor,
    Lost,
    Running,
)
from container_manager.executors.registry import HostConfig, build_executor
from container_manager.runspec.spec import RunSpec

KEY = AttemptKey(installation="0a1b2c3d", job_id=1, number=1)
SPEC = RunSpec(image="app:1", command=("run",))


@pytest.fixture
def time() -> fake.ManualTime:
    return fake.ManualTime()


@pytest.fixture
def platform(time: fake.ManualTime) -> fake.FakePlatform:
    return fake.FakePlatform(time=time)


@pytest.fixture
def executor(platform: fake.FakePlatform) -> fake.FakeExecutor:
    return fake.FakeExecutor(platform)


async def test_a_program_lasts_as_long_as_it_is_scripted(
    platform: fake.FakePlatform, executor: fake.FakeExecutor, time: fake.ManualTime
):
    platform.script(fake.FakeProgram(lasts=60.0, exit_code=3))
    handle = await executor.launch(KEY, SPEC)
    await time.advance(59)
    assert isinstance(await executor.outcome(handle), Running)
    await time.advance(1)
    observation = await executor.outcome(handle)
    assert isinstance(observation, Exited)
    assert observation.exit_code == 3


async def test_a_stop_waits_for_the_grace_in_the_tests_own_time(
    platform: fake.FakePlatform, executor: fake.FakeExecutor, time: fake.ManualTime
):
    platform.script(fake.FakeProgram(lasts=600.0, ignores_sigterm=True))
    handle = await executor.launch(KEY, SPEC)
    stopping = asyncio.create_task(executor.stop(handle, grace_seconds=10))
    await time.advance(0)
    await time.advance(9)
    assert not stopping.done()
    await time.advance(1)
    await stopping
    observation = await executor.outcome(handle)
    assert isinstance(observation, Exited)
    assert (observation.exit_code, observation.signal) == (137, 9)


async def test_following_waits_in_the_tests_own_time(
    platform: fake.FakePlatform, executor: fake.FakeExecutor, time: fake.ManualTime
):
    platform.script(fake.FakeProgram(lasts=2.0, writes=(fake.FakeWrite(data=b"later", after=1.0),)))
    handle = await executor.launch(KEY, SPEC)
    frames = executor.logs(handle, cursor=LogCursor(), follow=True)
    first = asyncio.ensure_future(anext(frames))
    await time.advance(0)
    await time.advance(1)
    assert (await first).data == b"later"


@pytest.mark.parametrize(
    ("image", "command", "exit_code"), [("app:1", ("run",), 3), ("app:1", ("other",), 2), ("b:1", ("run",), 1)]
)
async def test_the_last_script_that_fits_is_taken(
    platform: fake.FakePlatform, executor: fake.FakeExecutor, image: str, command: tuple[str, ...], exit_code: int
):
    platform.script(fake.FakeProgram(exit_code=1))
    platform.script(fake.FakeProgram(exit_code=2), image="app:1")
    platform.script(fake.FakeProgram(exit_code=3), image="app:1", command=("run",))
    observation = await executor.outcome(await executor.launch(KEY, RunSpec(image=image, command=command)))
    assert isinstance(observation, Exited)
    assert observation.exit_code == exit_code


async def test_what_no_script_foresees_fails_loudly(executor: fake.FakeExecutor):
    with pytest.raises(fake.FakeMisuseError, match="app:1"):
        await executor.launch(KEY, SPEC)


async def test_another_spec_for_the_same_attempt_fails_loudly(platform: fake.FakePlatform, executor: fake.FakeExecutor):
    platform.script(fake.FakeProgram())
    await executor.launch(KEY, SPEC)
    with pytest.raises(fake.FakeMisuseError, match="another spec"):
        await executor.launch(KEY, RunSpec(image="other:1"))


async def test_a_call_after_close_fails_loudly(executor: fake.FakeExecutor):
    await executor.close()
    with pytest.raises(fake.FakeMisuseError, match="closed"):
        await executor.adopt("0a1b2c3d")


@pytest.mark.parametrize(
    "wrong", [{"exit_code": 1, "signal": 9}, {"lasts": -1.0}, {"writes": (fake.FakeWrite(data=b"x", after=1.0),)}]
)
def test_a_program_that_cannot_be_is_refused(wrong: dict[str, object]):
    with pytest.raises(ValueError, match="a program"):
        fake.FakeProgram(**wrong)  # type: ignore[arg-type]  # wrong on purpose


async def test_a_platform_that_is_down_answers_nothing_and_keeps_its_attempts(
    platform: fake.FakePlatform, executor: fake.FakeExecutor
):
    platform.script(fake.FakeProgram(lasts=60.0))
    handle = await executor.launch(KEY, SPEC)
    platform.go_down("no route")
    assert not (await executor.check_health()).healthy
    with pytest.raises(ExecutorUnavailableError, match="no route"):
        await executor.outcome(handle)
    platform.come_back()
    assert isinstance(await executor.outcome(handle), Running)


async def test_an_attempt_can_be_lost(platform: fake.FakePlatform, executor: fake.FakeExecutor):
    platform.script(fake.FakeProgram(lasts=60.0))
    handle = await executor.launch(KEY, SPEC)
    platform.lose(KEY)
    assert isinstance(await executor.outcome(handle), Lost)
    with pytest.raises(fake.FakeMisuseError, match="not here"):
        platform.lose(KEY)


async def test_a_signal_from_outside_is_announced(platform: fake.FakePlatform, executor: fake.FakeExecutor):
    platform.script(fake.FakeProgram(lasts=60.0))
    hints = executor.watch(KEY.installation)
    first = asyncio.ensure_future(anext(hints))
    await asyncio.sleep(0)
    await executor.launch(KEY, SPEC)
    platform.send_signal(KEY, 9)
    assert await first == Hint(kind=HintKind.STARTED, key=KEY)
    assert await anext(hints) == Hint(kind=HintKind.SIGNALLED, key=KEY, signal=9)
    assert await anext(hints) == Hint(kind=HintKind.ENDED, key=KEY)


async def test_a_host_of_the_type_fake_uses_the_platform_of_its_name():
    fake.forget_platforms()
    fake.platform("a").script(fake.FakeProgram(exit_code=4))
    executor = build_executor("fake", HostConfig(name="a"))
    observation = await executor.outcome(await executor.launch(KEY, SPEC))
    assert isinstance(observation, Exited)
    assert observation.exit_code == 4
    fake.forget_platforms()
