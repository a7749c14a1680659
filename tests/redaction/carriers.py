"""Carriers: the ways in which a secret gets into a text. Each is written as the program writes it, encoding included.

A carrier is given the name of a variable and a value. It returns ``None`` where it cannot hold the value: no header
holds a key in PEM.
"""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import yaml

Carrier = Callable[[str, str], str | None]


def _one_line(carrier: Callable[[str, str], str]) -> Carrier:
    return lambda name, value: None if "\n" in value else carrier(name, value)


def _no_blanks(carrier: Callable[[str, str], str]) -> Carrier:
    return lambda name, value: None if any(each.isspace() for each in value) else carrier(name, value)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _json(value: object, **options: object) -> str:
    return json.dumps(value, **options)  # type: ignore[arg-type]  # the options of json.dumps, whatever they are


def _base64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def _lower(name: str) -> str:
    return name.lower()


def _camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(word.title() for word in rest)


def _compose(name: str, value: str) -> str:
    environment = {"LOG_LEVEL": "info", name: value, "WORKERS": "4"}
    return yaml.safe_dump({"services": {"web": {"image": "app:1.2", "environment": environment}}}, width=10**6)


def _kubernetes_env(name: str, value: str) -> str:
    env = [{"name": "LOG_LEVEL", "value": "info"}, {"name": name, "value": value}, {"name": "PORT", "value": "80"}]
    return yaml.safe_dump({"spec": {"containers": [{"name": "web", "env": env}]}}, width=10**6, sort_keys=False)


def _kubernetes_secret(name: str, value: str) -> str:
    data = {"username": _base64("app"), _lower(name).replace("_", "-"): _base64(value)}
    document = {"apiVersion": "v1", "data": data, "kind": "Secret", "metadata": {"name": "app"}, "type": "Opaque"}
    return yaml.safe_dump(document, width=10**6)


def _traceback(name: str, value: str) -> str:
    return (
        'Traceback (most recent call last):\n  File "/srv/app/main.py", line 31, in connect\n    client.login()\n'
        f"Locals:\n    {_lower(name)} = {value!r}\n    retries = 3\nConnectionError: refused"
    )


KNOWN: dict[str, Carrier] = {
    "env dump": _one_line(lambda n, v: f"HOME=/root\n{n}={v}\nLANG=C.UTF-8"),
    "export": lambda n, v: f"export {n}={shlex.quote(v)}",
    "dotenv": lambda n, v: f'DEBUG=1\n{n}="{_escaped(v)}"\nPORT=8000',
    "shell trace": _one_line(lambda n, v: f"+ export {n}={shlex.quote(v)}\n+ {n}={shlex.quote(v)}\n+ ./run.sh"),
    "docker inspect": lambda n, v: _json([{"Config": {"Env": ["PATH=/usr/bin", f"{n}={v}", "LANG=C"]}}], indent=4),
    "JSON": lambda n, v: _json({"level": "info", _lower(n): v, "port": 80}),
    "pretty JSON": lambda n, v: _json({"app": {_camel(n): v}, "port": 80}, indent=2),
    "JSON in JSON": lambda n, v: _json({"msg": "started", "body": _json({_lower(n): v, "a": 1})}),
    "JSON in JSON in JSON": lambda n, v: _json({"log": _json({"body": _json({_lower(n): v})})}),
    "JSON in CSV": lambda n, v: '7,"{}",ok'.format(_json({"a": 1, _lower(n): v}).replace('"', '""')),
    "assignment in CSV": _one_line(lambda n, v: '7,"{}",ok'.format(f'export {n}="{_escaped(v)}"'.replace('"', '""'))),
    "YAML": lambda n, v: yaml.safe_dump({"database": {_lower(n): v, "port": 5432}}, width=10**6),
    "Compose file": _compose,
    "Compose list": _one_line(lambda n, v: f"    environment:\n      - {n}={v}\n      - PORT=80"),
    "Kubernetes env": _kubernetes_env,
    "Kubernetes secret": _kubernetes_secret,
    "TOML": lambda n, v: f'[app]\n{_lower(n)} = "{_escaped(v)}"\nport = 80',
    "INI": _one_line(lambda n, v: f"[app]\n{_lower(n)} = {v}\nport = 80"),
    "Python dict": lambda n, v: f"config: {{'debug': True, {_lower(n)!r}: {v!r}, 'port': 80}}",
    "Python arguments": lambda n, v: f"Client(host='db', {_lower(n)}={v!r}, timeout=3)",
    "traceback": _traceback,
    "URL user info": lambda _, v: (
        None if "\n" in v else f"could not connect to postgres://app:{quote(v, safe='')}@db:5432/app"
    ),
    "URL query": lambda n, v: (
        None if "\n" in v else f"GET https://api.example.com/v1/x?page=2&{_lower(n)}={quote_plus(v)}&z=1 HTTP/1.1"
    ),
    "URL in a query": lambda n, v: (
        None if "\n" in v else f"GET /login?next={quote(f'https://a.example/?{_lower(n)}={quote(v)}', safe='')}&z=1 200"
    ),
    "form": lambda n, v: f"body: user=app&{_lower(n)}={quote_plus(v)}&keep=1",
    "Bearer header": _no_blanks(lambda _, v: f"> Authorization: Bearer {v}\n> Accept: */*"),
    "Basic header": _one_line(lambda _, v: f"> Authorization: Basic {_base64('app:' + v)}\n> Accept: */*"),
    "header of its own": _no_blanks(lambda n, v: f"X-{n.title().replace('_', '-')}: {v}\nAccept: */*"),
    "header in a dict": _no_blanks(lambda _, v: f"headers={{'Accept': '*/*', 'Authorization': 'Bearer {v}'}}"),
    "Cookie": lambda _, v: f"Cookie: theme=dark; sessionid={quote(v, safe='')}; lang=en",
    "Set-Cookie": lambda _, v: f"< Set-Cookie: sid={quote(v, safe='')}; Path=/; HttpOnly; Max-Age=3600",
    "argument": lambda n, v: f"$ app serve --{_lower(n).replace('_', '-')} {shlex.quote(v)} --port 80",
    "argument with =": lambda n, v: f"$ app serve --{_lower(n).replace('_', '-')}={shlex.quote(v)} --port 80",
    "argument list": lambda n, v: _json({"Cmd": ["app", f"--{_lower(n).replace('_', '-')}", v, "--port", "80"]}),
    "curl -u": lambda _, v: (
        None if "\n" in v else f"+ curl -sS -u {shlex.quote('app:' + v)} https://api.example.com/v1"
    ),
    "docker run -e": lambda n, v: f"docker run --rm -e {n}={shlex.quote(v)} -p 80:80 app:1.2",
    "SQL": lambda _, v: (
        "ALTER ROLE app WITH LOGIN PASSWORD '{}';".format(v.replace("'", "''")) if "\n" not in v else None
    ),
    "libpq": _no_blanks(lambda _, v: f"connection to host=db port=5432 user=app password={v} dbname=app failed"),
    "pgpass": _no_blanks(lambda _, v: "db.internal:5432:app:app:" + v.replace("\\", "\\\\").replace(":", "\\:")),
    "netrc": _no_blanks(lambda _, v: f"machine api.example.com login app password {v}"),
    "docker config": lambda _, v: (
        None if "\n" in v else _json({"auths": {"registry.example.com": {"auth": _base64("app:" + v)}}}, indent=2)
    ),
    "npmrc": _no_blanks(lambda _, v: f"//registry.example.com/:_authToken={v}\nalways-auth=true"),
    "ADO": lambda _, v: None if "\n" in v else f"Server=db;Database=app;User Id=app;Password={v};Encrypt=True",
    "XML": _one_line(lambda n, v: f"<server><{_camel(n)}>{v.replace('&', '&amp;')}</{_camel(n)}></server>"),
    "colored": _one_line(lambda n, v: f"\x1b[32m{n}\x1b[0m=\x1b[1;33m{v}\x1b[0m"),
    "logfmt": lambda n, v: f'ts=12:00 level=info msg="login" {_lower(n)}={_json(v)} user=app',
    "Dockerfile": _one_line(lambda n, v: f"Step 4/9 : ENV {n}={shlex.quote(v)}"),
    "systemd": _one_line(lambda n, v: f'Environment="{n}={v}" "PORT=80"'),
    "said again": _one_line(lambda n, v: f"{n}={v}\nretry with {v} failed\nsent {_base64('app:' + v)}"),
}
