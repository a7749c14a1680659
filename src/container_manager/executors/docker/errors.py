"""What can go wrong between us and the engine, told apart by type and HTTP status."""

from __future__ import annotations


class EngineError(Exception):
    """Base of everything the engine client raises."""


class EngineUnreachableError(EngineError):
    """The engine could not be reached, or the connection broke."""


class EngineTimeoutError(EngineUnreachableError):
    """The engine took the call and did not answer in time."""


class EngineProtocolError(EngineError):
    """The engine answered in a way that the API does not know."""


class EngineResponseError(EngineError):
    """The engine said no: its HTTP status and its own message, unabridged."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"the engine answered {status}: {message}")
        self.status = status
        self.message = message


class EngineNotFoundError(EngineResponseError):
    """404: no such container, image, network, or volume."""


class EngineConflictError(EngineResponseError):
    """409: the name is taken, or the container is in a state that does not allow the call."""


class PullFailedError(EngineError):
    """The image could not be pulled. ``message`` is the registry's or the engine's own text.

    ``transient`` says that the same pull may succeed later with nothing changed.
    """

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.transient = transient


def response_error(status: int, message: str) -> EngineResponseError:
    """Return the error for this status."""
    kind = {404: EngineNotFoundError, 409: EngineConflictError}.get(status, EngineResponseError)
    return kind(status, message)
