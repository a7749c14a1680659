r"""An executor in memory, for tests of projects that use this app. It keeps every promise of ``executors.base``.

Script what images or commands do, then let the worker, or your test, run jobs there::

    from container_manager.executors import fake

    platform = fake.platform("my-host")          # the ExecutorHost of that name, with executor_type="fake"
    platform.script(fake.FakeProgram(stdout=b"42\n"), image="answer:1")
    platform.script(fake.FakeProgram(exit_code=3, stderr=b"no such table\n", lasts=0.2), image="report:1")
    platform.script(fake.FakeProgram(signal=9, oom_killed=True), image="report:1", command=("make", "all"))
    platform.script(fake.FakeProgram(refusal=fake.FakeRefusal("no such image: typo:1")), image="typo:1")

The last script that fits an attempt is taken. What fits none is a mistake in the test and raises
:class:`FakeMisuseError`; so does a call after ``close``.

Time is the real one unless a platform is made with a :class:`ManualTime`; then nothing sleeps, and
``await time.advance(60)`` is a minute::

    time = fake.ManualTime()
    platform = fake.FakePlatform(time=time)
    platform.script(fake.FakeProgram(lasts=60.0), image="slow:1")
    executor = fake.FakeExecutor(platform)
    handle = await executor.launch(key, RunSpec(image="slow:1"))
    await time.advance(60)
    assert await executor.outcome(handle) == ...

Troubles are made by ``platform.go_down()``, ``platform.lose(key)``, ``platform.send_signal(key, 9)`` and
``platform.prepare(key, spec)``.
"""

from container_manager.executors.fake.executor import FakeExecutor, build
from container_manager.executors.fake.platform import FakeMisuseError, FakePlatform, forget_platforms, platform
from container_manager.executors.fake.program import FakeProgram, FakeRefusal, FakeWrite
from container_manager.executors.fake.timekeeping import ManualTime, RealTime, Time

__all__ = [
    "FakeExecutor",
    "FakeMisuseError",
    "FakePlatform",
    "FakeProgram",
    "FakeRefusal",
    "FakeWrite",
    "ManualTime",
    "RealTime",
    "Time",
    "build",
    "forget_platforms",
    "platform",
]
