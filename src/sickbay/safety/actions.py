"""The registry of actions: what is not in it cannot be done, and what must never be done cannot be put in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sickbay.safety.effects import Effect, Environment, Reach, Resource, Verb


class ForbiddenActionError(ValueError):
    """An action that may never be registered, whoever asks."""


class UnknownActionError(LookupError):
    """Nobody has registered an action of this name."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """The four parts of every action that changes something. None can be left out.

    Each takes the action's arguments. ``dry_run`` says what would change, ``verify`` whether the change is in place;
    ``undo`` may be called again, and after half an ``apply``.
    """

    dry_run: Callable[[tuple[str, ...]], str]
    apply: Callable[[tuple[str, ...]], None]
    undo: Callable[[tuple[str, ...]], None]
    verify: Callable[[tuple[str, ...]], bool]


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing that a session can do, with its effect declared.

    ``environments`` are those in which it may be done. ``collects`` marks what only gathers evidence: it stays allowed
    when a session was stopped.
    """

    name: str
    verb: Verb
    resource: Resource
    effect: Effect
    reach: Reach = Reach.ONE_OBJECT
    environments: frozenset[Environment] = frozenset(Environment)
    change: Change | None = None
    collects: bool = False


def why_never(verb: Verb, resource: Resource, effect: Effect, environments: frozenset[Environment]) -> str:
    """Return why such a thing may never be done in these environments, or nothing where it may."""
    if effect < verb.least_effect:
        return f"to {verb} is at least {verb.least_effect.name.lower()}"
    if effect is Effect.DESTRUCTIVE:
        return "what cannot be undone is only ever done by a person"
    if effect is Effect.OBSERVE:
        return ""
    if resource is Resource.LOG:
        return "logs are evidence: they are only read"
    if resource.holds_data and Environment.PRODUCTION in environments:
        return "production data is never changed"
    return ""


def why_forbidden(action: Action) -> str:
    """Return why an action may never be registered, or nothing where it may."""
    if never := why_never(action.verb, action.resource, action.effect, action.environments):
        return never
    if action.effect is Effect.OBSERVE:
        return "what only looks brings no change" if action.change else ""
    if action.change is None:
        return "what changes something brings a dry run, apply, undo, and verify"
    return "what changes something does not collect" if action.collects else ""


class Registry:
    """The actions that exist. There is no way to take one out or to replace it."""

    def __init__(self, actions: Iterable[Action] = ()) -> None:
        self._actions: dict[str, Action] = {}
        for action in actions:
            self.register(action)

    def register(self, action: Action) -> None:
        """Add an action. Raises :class:`ForbiddenActionError`."""
        if why := why_forbidden(action):
            raise ForbiddenActionError(f"{action.name}: {why}")
        if action.name in self._actions:
            raise ForbiddenActionError(f"{action.name}: there is an action of this name already")
        self._actions[action.name] = action

    def __getitem__(self, name: str) -> Action:
        try:
            return self._actions[name]
        except KeyError:
            raise UnknownActionError(f"there is no action {name!r}") from None

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def mildest_first(self) -> list[Action]:
        """Return the actions by effect, then by reach, then by name."""
        return sorted(self, key=lambda action: (action.effect, action.reach, action.name))
