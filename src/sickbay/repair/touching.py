"""What commands touch: the kind of thing, which ones, and how far that reaches. Pure.

What is not known is taken to reach the whole host: then more is asked about, and never less.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sickbay.guides.command_reading import why_not_read_only
from sickbay.guides.command_words import Words, bare
from sickbay.safety.effects import Effect, Reach, Resource, Verb

#: The gravest last: what touches several kinds of things is judged by the gravest.
_BY_GRAVITY = (
    Resource.FILE,
    Resource.CONFIGURATION,
    Resource.IMAGE,
    Resource.NETWORK,
    Resource.CONTAINER,
    Resource.HOST,
    Resource.SERVICE,
    Resource.LOG,
    Resource.VOLUME,
    Resource.DATABASE,
)

_ENGINES = frozenset({"docker", "podman"})
_OF_ENGINE: Mapping[str, Resource] = {
    "network": Resource.NETWORK,
    "volume": Resource.VOLUME,
    "image": Resource.IMAGE,
    "build": Resource.IMAGE,
    "load": Resource.IMAGE,
    "pull": Resource.IMAGE,
    "tag": Resource.IMAGE,
}
_SERVICES = frozenset({"systemctl", "service", "rc-service"})
_DATABASES = frozenset(
    {"createdb", "dropdb", "mariadb", "mysql", "pg_restore", "psql", "redis-cli", "sqlite3", "vacuumdb"}
)

#: Programs that write files: which of their arguments are written, options aside.
_FILES: Mapping[str, slice] = {
    "chgrp": slice(1, None),
    "chmod": slice(1, None),
    "chown": slice(1, None),
    "cp": slice(-1, None),
    "install": slice(-1, None),
    "ln": slice(-1, None),
    "mkdir": slice(None),
    "mv": slice(None),
    "rm": slice(None),
    "rmdir": slice(None),
    "setfacl": slice(-1, None),
    "tee": slice(None),
    "touch": slice(None),
    "truncate": slice(-1, None),
    "unlink": slice(None),
}
_EDITING = frozenset({"patch", "perl", "sed"})  # which of their arguments are files, they alone know
_CREATING = re.compile(r"(?:cp|install|ln|mkdir|touch)\b|\w+ (?:(?:network|volume) create|pull)\b")
_STARTING = re.compile(r"(?:docker|podman|systemctl) start\b")

#: Arguments of functions that name what is written, and words that tell of stored data.
_OF_FILES = re.compile(r"(?:\w+_)?(?:copy|dockerfile|file|folder|ignore|lock|path|script)")
_OF_DATA = re.compile(r"(?:^|_|:)(?:databases?|migrate|migrations|queue|rows?|schema|settings$|sql|tables?)(?:_|:|$)")

_CONFIGURATION = re.compile(r"/etc(?:/|$)|/usr/local/etc(?:/|$)")
_LOG = re.compile(r"/var/log(?:/|$)|.*\.log$")


@dataclass(frozen=True, kw_only=True)
class Touched:
    """What a step does to what. ``names`` are the engine's objects or the services, ``paths`` the files, as written."""

    verb: Verb
    resource: Resource
    reach: Reach
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    @property
    def may_interrupt(self) -> bool:
        """Whether something that runs may depend on it."""
        running = {Resource.CONTAINER, Resource.NETWORK, Resource.SERVICE, Resource.HOST}
        return self.verb is Verb.RESTART or (self.verb is Verb.CHANGE and self.resource in running)


def touched_by_function(effect: Effect, function: str, arguments: Mapping[str, str]) -> Touched:
    """Return what a function touches, judged by its name and the names of its arguments: all else is not known."""
    verb = _verb(effect, [])
    paths = tuple(value for name, value in arguments.items() if _OF_FILES.fullmatch(name) and "://" not in value)
    if _OF_DATA.search(function) or any(_OF_DATA.search(name) for name in arguments):
        return Touched(verb=verb, resource=Resource.DATABASE, reach=Reach.ONE_PROJECT, paths=paths)
    if not paths:
        return Touched(verb=verb, resource=Resource.HOST, reach=Reach.ONE_HOST)
    kinds = [_kind_of_path(path) for path in paths]
    return Touched(
        verb=verb,
        resource=max((resource for resource, _ in kinds), key=_BY_GRAVITY.index),
        reach=max(reach for _, reach in kinds),
        paths=paths,
    )


def touched(effect: Effect, commands: Sequence[Words]) -> Touched:
    """Return what commands touch."""
    writing = [bare(words) for words in commands if why_not_read_only(words)]
    paths = tuple(dict.fromkeys(path for words in writing for path in _paths(words)))
    kinds = [kind for words in writing for kind in _kinds(words)] or [(Resource.FILE, Reach.ONE_OBJECT)]
    return Touched(
        verb=_verb(effect, writing),
        resource=max((resource for resource, _ in kinds), key=_BY_GRAVITY.index),
        reach=max(reach for _, reach in kinds),
        names=tuple(dict.fromkeys(name for words in writing for name in _names(words))),
        paths=paths,
    )


def _verb(effect: Effect, writing: Sequence[Words]) -> Verb:
    if effect > Effect.REVERSIBLE:
        return Verb.RESTART
    texts = [" ".join(words) for words in writing]
    if texts and all(_CREATING.match(text) for text in texts):
        return Verb.CREATE
    return Verb.START if texts and all(_STARTING.match(text) for text in texts) else Verb.CHANGE


def _kinds(words: Words) -> Iterator[tuple[Resource, Reach]]:
    program = words[0] if words else ""
    if program in _ENGINES:
        first = next(iter(_plain(words[1:])), "")
        yield _OF_ENGINE.get(first, Resource.CONTAINER), Reach.ONE_PROJECT if first == "compose" else Reach.ONE_OBJECT
    elif program in _SERVICES:
        yield Resource.SERVICE, Reach.ONE_HOST
    elif program in _DATABASES or any(word.endswith("manage.py") for word in words):
        yield Resource.DATABASE, Reach.ONE_PROJECT
    elif program in _FILES:
        yield from (_kind_of_path(path) for path in _paths(words))
    elif program in _EDITING or program == "git":
        yield from (_kind_of_path(word) for word in _plain(words[1:]))
    else:
        yield Resource.HOST, Reach.ONE_HOST


def _kind_of_path(path: str) -> tuple[Resource, Reach]:
    if _CONFIGURATION.match(path):
        return Resource.CONFIGURATION, Reach.ONE_HOST
    if _LOG.match(path):
        return Resource.LOG, Reach.ONE_OBJECT
    return Resource.FILE, Reach.ONE_OBJECT


def _paths(words: Words) -> list[str]:
    written = _FILES.get(words[0]) if words else None
    return _plain(words[1:])[written] if written is not None else []


def _names(words: Words) -> list[str]:
    if words[:1] and words[0] in _SERVICES:
        return _plain(words[2:])
    if not words or words[0] not in _ENGINES:
        return []
    plain = _plain(words[1:])
    behind = 2 if plain[:1] and plain[0] in {"container", "network", "volume", "image", "compose"} else 1
    return plain[behind:]


def _plain(words: Words) -> list[str]:
    return [word for word in words if not word.startswith("-")]
