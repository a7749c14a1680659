"""When an image is brought for an attempt, and what is told of it meanwhile."""

from __future__ import annotations

from container_manager.executors.base import AttemptKey, PullProgress
from container_manager.executors.docker.credentials import RegistryLogins
from container_manager.executors.docker.engine import EngineClient
from container_manager.executors.docker.errors import EngineNotFoundError, PullFailedError
from container_manager.executors.docker.image import ImageReference, InvalidReferenceError, reference_of
from container_manager.executors.docker.observation import refused
from container_manager.executors.docker.pulling import DEFAULT_IDLE_SECONDS, Puller, SharedPull
from container_manager.fault_points import fault_point
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import PullPolicy, RunSpec


class Images:
    """The images of one engine."""

    def __init__(
        self, engine: EngineClient, logins: RegistryLogins, *, idle_seconds: float = DEFAULT_IDLE_SECONDS
    ) -> None:
        self._engine = engine
        self._puller = Puller(engine, logins, idle_seconds=idle_seconds)
        self._awaited: dict[AttemptKey, SharedPull] = {}

    def progress(self, key: AttemptKey) -> PullProgress | None:
        """How far the pull has come that this attempt waits for."""
        pull = self._awaited.get(key)
        return pull.progress if pull is not None else None

    async def bring_newest(self, key: AttemptKey, spec: RunSpec) -> None:
        """Bring the image where its policy is to bring it always; not again for an attempt that exists already."""
        if spec.pull_policy is not PullPolicy.ALWAYS or await self._exists(key):
            return
        try:
            reference = reference_of(spec.image)
        except InvalidReferenceError as error:
            raise refused(str(error), reason=FailureReason.IMAGE) from error
        if reference is not None:
            await self._pull(key, spec, reference)

    async def bring_missing(self, key: AttemptKey, spec: RunSpec, missing: EngineNotFoundError) -> None:
        """Bring an image that was found missing. Raises ``missing`` where no registry can be asked for it."""
        if await self._engine.has_image(spec.image):
            # Something else of the attempt is missing on the host.
            raise refused(missing.message) from missing
        if spec.pull_policy is PullPolicy.NEVER:
            message = f"the image {spec.image} is not on this host, and pull_policy is 'never': {missing.message}"
            raise refused(message, reason=FailureReason.IMAGE) from missing
        reference = reference_of(spec.image)
        if reference is None:
            raise missing
        await self._pull(key, spec, reference)

    async def close(self) -> None:
        """End pulls that are under way."""
        await self._puller.close()

    async def _pull(self, key: AttemptKey, spec: RunSpec, reference: ImageReference) -> None:
        fault_point("pulling")
        pull = self._awaited[key] = self._puller.join(reference, spec.registry)
        try:
            await pull.wait(spec.pull_timeout_seconds)
        except PullFailedError as error:
            raise refused(error.message, reason=FailureReason.IMAGE, transient=error.transient) from error
        finally:
            self._awaited.pop(key, None)
        fault_point("pulled")

    async def _exists(self, key: AttemptKey) -> bool:
        try:
            await self._engine.inspect(key.name)
        except EngineNotFoundError:
            return False
        return True
