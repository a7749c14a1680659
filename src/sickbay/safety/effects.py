"""What an action does to what it touches, how far that reaches, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Effect(IntEnum):
    """How much an action changes, the least first."""

    OBSERVE = 0
    """Looks, and changes nothing."""
    REVERSIBLE = 1
    """Changes something that its undo restores, without interrupting anything."""
    DISRUPTIVE = 2
    """Interrupts something that is running, and can be undone."""
    DESTRUCTIVE = 3
    """Cannot be undone. Only a person does this, never this program."""


class Reach(IntEnum):
    """How much is affected, the least first."""

    ONE_OBJECT = 0
    ONE_PROJECT = 1
    ONE_HOST = 2
    MANY_HOSTS = 3


class Environment(StrEnum):
    """What a target is for. Who does not know says ``production``."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


class Resource(StrEnum):
    """What kind of thing an action touches."""

    HOST = "host"
    SERVICE = "service"
    CONTAINER = "container"
    NETWORK = "network"
    IMAGE = "image"
    FILE = "file"
    CONFIGURATION = "configuration"
    LOG = "log"
    DATABASE = "database"
    VOLUME = "volume"

    @property
    def holds_data(self) -> bool:
        """Whether changing such a thing changes what users have stored."""
        return self in {Resource.DATABASE, Resource.VOLUME}


class Verb(StrEnum):
    """All that an action can do. The set is closed, and nothing in it takes a thing away."""

    LOOK = "look"
    CREATE = "create"
    CHANGE = "change"
    START = "start"
    RESTART = "restart"

    @property
    def least_effect(self) -> Effect:
        """The mildest effect that such an action may declare."""
        match self:
            case Verb.LOOK:
                return Effect.OBSERVE
            case Verb.CREATE | Verb.CHANGE | Verb.START:
                return Effect.REVERSIBLE
            case Verb.RESTART:
                return Effect.DISRUPTIVE


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a session is about: a host, a project, or a job, by a name that a person knows."""

    name: str
    environment: Environment = Environment.PRODUCTION
