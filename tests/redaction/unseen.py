"""Carriers that nobody looked at while the rules were written, for the figure that tells how new ones fare.

What was first measured on them stands in ``docs/redaction.md``; rules that were made better since did see them.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from tests.redaction.carriers import Carrier


def _camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(word.title() for word in rest)


def _one_line(name: str, value: str, template: str) -> str | None:
    return None if "\n" in value else template.replace("<NAME>", name).replace("<VALUE>", value)


def _quoted(template: str) -> Carrier:
    """For languages that escape as JSON does."""
    return lambda n, v: (
        template.replace("<NAME>", n)
        .replace("<name>", n.lower())
        .replace("<Name>", _camel(n))
        .replace("<VALUE>", json.dumps(v))
    )


def _bare(template: str) -> Carrier:
    """For texts without quoting, which hold no blanks."""
    return lambda n, v: (
        None
        if any(each.isspace() or each in ",;" for each in v)
        else template.replace("<NAME>", n)
        .replace("<name>", n.lower())
        .replace("<Name>", _camel(n))
        .replace("<VALUE>", v)
    )


UNSEEN: dict[str, Carrier] = {
    "Go map": _bare("config: map[log_level:info <name>:<VALUE> port:80]"),
    "Go struct": _quoted('main.Config{LogLevel:"info", <Name>:<VALUE>, Port:80}'),
    "PHP array": lambda n, v: f"array (\n  'debug' => true,\n  '{n.lower()}' => '{v}',\n)" if "'" not in v else None,
    "Ruby hash": _quoted('connecting with {:host=>"db", :<name>=><VALUE>, :port=>5432}'),
    "Java toString": _bare("Config{host=db, <Name>=<VALUE>, port=5432}"),
    "Kotlin toString": _bare("Config(host=db, <Name>=<VALUE>)"),
    "Rust Debug": _quoted('Config { host: "db", <name>: <VALUE>, port: 5432 }'),
    "GraphQL": _quoted('mutation { login(user: "app", <Name>: <VALUE>) { ok } }'),
    "HTML input": lambda n, v: _one_line(
        n.lower(), v.replace("&", "&amp;"), '<input type="hidden" name="<NAME>" value="<VALUE>">'
    ),
    "XML attribute": lambda n, v: _one_line(
        _camel(n), v.replace("&", "&amp;"), '<dataSource host="db" <NAME>="<VALUE>" pool="5"/>'
    ),
    "appSettings": lambda n, v: _one_line(n, v.replace("&", "&amp;"), '<add key="<NAME>" value="<VALUE>" />'),
    "PowerShell": _quoted("$env:<NAME> = <VALUE>"),
    "Windows set": _bare("C:\\app> set <NAME>=<VALUE>"),
    "Helm": _bare("helm upgrade app ./chart --set image.tag=1.2,auth.<Name>=<VALUE>,replicas=2"),
    "kubectl create": _bare("kubectl create secret generic app --from-literal=<name>=<VALUE> --from-literal=user=app"),
    "JDBC": _bare("jdbc:sqlserver://db:1433;databaseName=app;user=app;password=<VALUE>;encrypt=true"),
    "properties": _bare("spring.datasource.<Name>=<VALUE>"),
    "environ of a process": lambda n, v: f"HOME=/root\0{n}={v}\0LANG=C\0" if "\n" not in v else None,
    "strace": _quoted('execve("/usr/bin/app", ["app", "--<name>", <VALUE>, "--port", "80"], 0x7ffe /* 12 vars */) = 0'),
    "ps": _bare("app   412  0.0  0.1  9120 3380 ?  Ss  12:00  0:00 /usr/bin/app --<name> <VALUE> --port 80"),
    "mysql -p": _bare("+ mysql -uroot -p<VALUE> app"),
    "Terraform plan": _quoted("      + <name>      = <VALUE> # forces replacement"),
    "diff": _bare("-<NAME>=old\n+<NAME>=<VALUE>"),
    "HAR": lambda _, v: (
        None if "\n" in v else json.dumps({"headers": [{"name": "Authorization", "value": f"Bearer {v}"}]})
    ),
    "git remote": lambda _, v: (
        None if "\n" in v else f"origin\thttps://app:{quote(v, safe='')}@git.example.com/app.git (fetch)"
    ),
    "aws configure": _bare("aws configure set <name> <VALUE> --profile app"),
    "psql table": _bare(" id |  name    | <name>\n----+----------+------\n <name> | <VALUE>"),
    "multipart": lambda n, v: f'Content-Disposition: form-data; name="{n.lower()}"\r\n\r\n{v}\r\n--x--',
    "bytes repr": lambda n, v: f"body={json.dumps({n.lower(): v}).encode()!r}",
    "Mongo shell": _quoted('db.createUser({user: "app", pwd: <VALUE>, roles: []})'),
}
