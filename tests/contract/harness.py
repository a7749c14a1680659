"""What an executor brings along to be put through the contract suite.

How to plug an executor in, say ``process``: write ``tests/contract/test_process.py`` with a subclass of
:class:`Harness` that says how your platform runs each program below, and with it::

    class TestProcessExecutor(ExecutorContract):
        @pytest.fixture
        async def harness(self, tmp_path) -> AsyncIterator[Harness]:
            harness = ProcessHarness(tmp_path)
            yield harness
            await harness.clean_up()

Every test of :class:`tests.contract.suite.ExecutorContract` then runs for it. Nothing else is to be edited. What your
platform cannot do is said by its ``capabilities``, or by returning ``None`` where a method here allows it; that test is
then skipped with the reason.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from container_manager.executors.base import AttemptKey, Executor
from container_manager.runspec.spec import RunSpec


class Harness(ABC):
    """One platform under test, empty at first, with an installation key of its own."""

    #: The executor under test.
    executor: Executor
    #: Unique for this test, so that tests may run beside each other on one platform.
    installation: str

    def __init__(self) -> None:
        self._numbers = count(1)

    def key(self, *, installation: str | None = None) -> AttemptKey:
        """A new attempt."""
        return AttemptKey(installation=installation or self.installation, job_id=next(self._numbers), number=1)

    @abstractmethod
    def another_executor(self) -> Executor:
        """A second executor object on the same platform, as a restarted worker has it. The harness closes it."""

    @abstractmethod
    def other_installation(self) -> str:
        """Another unique installation key on the same platform; the harness cleans it up as well."""

    @abstractmethod
    async def clean_up(self) -> None:
        """End and remove everything of these installations, also after a failed test; close all executors."""

    # What is on the platform, by another way than the executor under test.

    @abstractmethod
    async def leftovers(self, key: AttemptKey) -> Sequence[str]:
        """Everything the platform still holds of the attempt (containers, groups, files), in a few words each."""

    @abstractmethod
    async def living_processes(self, key: AttemptKey) -> int:
        """How many processes of the attempt are alive now."""

    @abstractmethod
    async def prepare(self, key: AttemptKey, spec: RunSpec) -> bool:
        """Leave on the platform what a launch leaves that was cut short before the start.

        ``False`` where the platform has no such state.
        """

    # Programs. Each is a ready spec for this platform, with no network, and small.

    @abstractmethod
    def shell(self, script: str) -> RunSpec:
        """Run a script by a POSIX shell (``sh -c``) with the usual small tools beside it.

        The platform that has no shell overrides the programs below instead, and raises here.
        """

    def prints(self, *, stdout: bytes = b"", stderr: bytes = b"") -> RunSpec:
        """Write exactly these bytes, stdout first, and end with 0."""
        return self.shell(f"printf '{_octal(stdout)}'; printf '{_octal(stderr)}' >&2")

    def exits_with(self, code: int) -> RunSpec:
        """End at once with this code."""
        return self.shell(f"exit {code}")

    def sleeps(self, seconds: float) -> RunSpec:
        """Do nothing for this long, and end with 0; end at once on SIGTERM."""
        return self.shell(f"trap 'exit 143' TERM; sleep {seconds} & wait $!")

    def ignores_sigterm(self) -> RunSpec:
        """Print ``ready`` and a newline, ignore SIGTERM, and last for a minute."""
        return self.shell("trap '' TERM; echo ready; i=0; while [ $i -lt 600 ]; do i=$((i+1)); sleep 0.1; done")

    def forks_children(self) -> RunSpec:
        """Start two children that ignore SIGTERM and keep the output open, print ``ready``, and last for a minute."""
        child = "(trap '' TERM; i=0; while [ $i -lt 600 ]; do i=$((i+1)); sleep 0.1; done) &"
        return self.shell(f"{child} {child} echo ready; wait")

    def prints_slowly(self, lines: Sequence[bytes], *, pause: float) -> RunSpec:
        """Write each line to stdout and to stderr, a newline after it, with a pause between the lines."""
        writes = (f"printf '{_octal(line)}\\n'; printf '{_octal(line)}\\n' >&2; sleep {pause}" for line in lines)
        return self.shell("; ".join(writes))

    def kills_itself(self, signal: int) -> RunSpec:
        """End by this signal."""
        return self.shell(f"kill -{signal} $$; sleep 60")

    def prints_variable(self, name: str, value: str, *, secret: bool = False) -> RunSpec:
        """Write the value of this environment variable, without a newline."""
        spec = replace(self.shell(f'printf "%s" "${name}"'), environment={name: value})
        return replace(spec, secret_names=frozenset({name})) if secret else spec

    def prints_working_directory(self, directory: str) -> RunSpec:
        """Write the working directory, which is to be this one, and a newline."""
        return replace(self.shell("pwd"), working_directory=directory)

    def working_directory(self) -> str:
        """A directory that exists where the program runs."""
        return "/tmp"

    def copies(self, source: str, target: str, *, content: bytes) -> RunSpec:
        """Copy a file, which holds this, to an absolute path, and print what it holds; make the folders on the way."""
        return self.shell(f"mkdir -p $(dirname {target}); cp {source} {target}; cat {target}")

    def prints_secret_file(self, name: str) -> RunSpec:
        """Write the content of this file in the directory of the secrets."""
        return self.shell(f'cat "$SICKBAY_SECRETS/{name}"')

    @abstractmethod
    def missing_command(self) -> RunSpec:
        """Run a command that does not exist."""

    @abstractmethod
    def not_executable(self) -> RunSpec:
        """Run a file that exists and may not be executed."""

    @abstractmethod
    def missing_image(self) -> RunSpec | None:
        """Run an image that exists nowhere, ``None`` where there are no images."""

    @abstractmethod
    def exceeds_memory(self, *, in_child: bool) -> RunSpec | None:
        """Use far more memory than the spec's limit: the main process, or a child of one that then ends with 0.

        ``None`` where the platform does not kill at the limit.
        """


def _octal(data: bytes) -> str:
    return "".join("%%" if byte == ord("%") else f"\\{byte:03o}" for byte in data)
