from __future__ import annotations

import shlex

import pytest

from sickbay.repair.touching import Touched, touched, touched_by_function
from sickbay.safety.effects import Effect, Reach, Resource, Verb


def _touched(*lines: str, effect: Effect = Effect.REVERSIBLE) -> Touched:
    return touched(effect, [shlex.split(line) for line in lines])


@pytest.mark.parametrize(
    ("line", "verb", "resource", "reach"),
    [
        ("mv a b", Verb.CHANGE, Resource.FILE, Reach.ONE_OBJECT),
        ("cp a b", Verb.CREATE, Resource.FILE, Reach.ONE_OBJECT),
        ("cp a /etc/docker/daemon.json", Verb.CREATE, Resource.CONFIGURATION, Reach.ONE_HOST),
        ("mv /var/log/x.log y", Verb.CHANGE, Resource.LOG, Reach.ONE_OBJECT),
        ("sed -i s/a/b/ settings.py", Verb.CHANGE, Resource.FILE, Reach.ONE_OBJECT),
        ("docker network create web", Verb.CREATE, Resource.NETWORK, Reach.ONE_OBJECT),
        ("docker network connect web one", Verb.CHANGE, Resource.NETWORK, Reach.ONE_OBJECT),
        ("docker start one", Verb.START, Resource.CONTAINER, Reach.ONE_OBJECT),
        ("docker update --memory 1g one", Verb.CHANGE, Resource.CONTAINER, Reach.ONE_OBJECT),
        ("docker compose up --detach", Verb.CHANGE, Resource.CONTAINER, Reach.ONE_PROJECT),
        ("docker volume create data", Verb.CREATE, Resource.VOLUME, Reach.ONE_OBJECT),
        ("docker pull debian:12", Verb.CREATE, Resource.IMAGE, Reach.ONE_OBJECT),
        ("sudo -n systemctl start docker", Verb.START, Resource.SERVICE, Reach.ONE_HOST),
        ("psql --command 'create index i on t (a)'", Verb.CHANGE, Resource.DATABASE, Reach.ONE_PROJECT),
        ("python manage.py migrate", Verb.CHANGE, Resource.DATABASE, Reach.ONE_PROJECT),
        ("usermod --append --groups docker alice", Verb.CHANGE, Resource.HOST, Reach.ONE_HOST),
        ("some-program --of --nobody", Verb.CHANGE, Resource.HOST, Reach.ONE_HOST),
    ],
)
def test_a_command_touches_what_it_names(line: str, verb: Verb, resource: Resource, reach: Reach) -> None:
    found = _touched(line)
    assert (found.verb, found.resource, found.reach) == (verb, resource, reach)


def test_a_look_within_a_step_touches_nothing() -> None:
    assert _touched("test ! -e b", "mv a b").paths == ("a", "b")
    assert _touched("test ! -e b").resource is Resource.FILE


def test_the_gravest_of_several_counts() -> None:
    found = _touched("cp a b", "docker restart web", effect=Effect.DISRUPTIVE)
    assert (found.verb, found.resource, found.names) == (Verb.RESTART, Resource.CONTAINER, ("web",))


@pytest.mark.parametrize(
    ("function", "arguments", "resource", "paths"),
    [
        ("change", {"file": "job.env", "name": "PORT", "value": "8000"}, Resource.FILE, ("job.env",)),
        ("change", {"env_file": ".env", "copy": ".env.old"}, Resource.FILE, (".env", ".env.old")),
        ("comment_out", {"folder": "/etc/postgresql"}, Resource.CONFIGURATION, ("/etc/postgresql",)),
        ("change", {"file": "/var/log/x"}, Resource.LOG, ("/var/log/x",)),
        ("create_database", {"file": ".env", "key": "URL"}, Resource.DATABASE, (".env",)),
        ("migrate", {"settings": "shop.settings", "copy": "db.copy"}, Resource.DATABASE, ("db.copy",)),
        ("resume", {"queue": "default", "settings": "shop.settings"}, Resource.DATABASE, ()),
        ("record", {"database": "db.sqlite3"}, Resource.DATABASE, ()),
        ("restart_everything", {"name": "x"}, Resource.HOST, ()),
        ("call", {"file": "http://shop.example/"}, Resource.HOST, ()),
    ],
)
def test_a_function_touches_what_its_arguments_name(
    function: str, arguments: dict[str, str], resource: Resource, paths: tuple[str, ...]
) -> None:
    found = touched_by_function(Effect.REVERSIBLE, function, arguments)
    assert (found.resource, found.paths) == (resource, paths)


def test_of_another_function_nothing_is_known() -> None:
    found = touched_by_function(Effect.REVERSIBLE, "make", {})
    assert (found.resource, found.reach, found.may_interrupt) == (Resource.HOST, Reach.ONE_HOST, True)


@pytest.mark.parametrize(
    ("line", "effect", "may"),
    [
        ("mv a b", Effect.REVERSIBLE, False),
        ("mv a b", Effect.DISRUPTIVE, True),
        ("docker network create web", Effect.REVERSIBLE, False),
        ("docker start web", Effect.REVERSIBLE, False),
        ("docker network disconnect web one", Effect.REVERSIBLE, True),
        ("systemctl restart docker", Effect.DISRUPTIVE, True),
    ],
)
def test_what_may_interrupt_is_known_to(line: str, effect: Effect, may: bool) -> None:
    assert _touched(line, effect=effect).may_interrupt is may
