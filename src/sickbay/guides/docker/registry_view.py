"""What a registry says about an image that a settings file names, asked as the engine would ask."""

from __future__ import annotations

import base64
import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from sickbay.guides.engine_client import ask_engine
from sickbay.guides.function_parts import UNREADABLE, WELL, WRONG, answer, failed
from sickbay.guides.settings_file import read_settings

TRUSTED = "/etc/docker/certs.d"
"""Where the engine looks for a registry's authorities, in a folder of the registry's name."""

_SECONDS = 8
_MOST_BYTES = 100_000
_MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
)
_REFERENCE = re.compile(
    r"(?:(?P<registry>localhost(?::\d+)?|[\w-]+(?:\.[\w-]+)+(?::\d+)?|[\w-]+:\d+)/)?"
    r"(?P<repository>[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_WORDS = {200: "there", 401: "wants-login", 403: "forbidden", 404: "no-tag", 429: "limited"}


def judge_image(file: str, name: str) -> int:
    """Print in a word whether the image of a setting can be had: on this engine, or from the registry it names.

    ``there``, ``malformed``, ``not-here`` (and its registry is the public one, which is not asked), ``no-repository``,
    ``no-tag``, ``wants-login``, ``forbidden``, ``limited``, ``broken``, ``unresolved``, ``refused``, ``silent``,
    ``untrusted``, ``plain``. Returns 2 where there is no such setting.
    """
    try:
        image = read_settings(file).get(name, "")
    except OSError as error:
        return failed(error)
    if not image:
        return UNREADABLE
    found = reference_parts(image)
    if found is None:
        return answer("malformed")
    if _is_here(image):
        return answer("there")
    if found["registry"] is None:
        return answer("not-here")
    return answer(_registry_word(found["registry"], found["repository"], found["digest"] or found["tag"] or "latest"))


def reference_parts(reference: str) -> re.Match[str] | None:
    """Return a reference's ``registry``, ``repository``, ``tag``, and ``digest``; ``None`` for a malformed one."""
    return _REFERENCE.fullmatch(reference)


def judge_registry(registry: str) -> int:
    """Print in a word what a registry answers when it is asked for nothing: ``there`` where it is well.

    The words are those of :func:`judge_image`, and ``expired`` for a certificate that has ended.
    """
    try:
        status = _asked(registry, "/v2/")
    except ssl.SSLCertVerificationError as error:
        return answer("expired" if "expired" in error.verify_message or _has_ended(registry) else "untrusted")
    except OSError as error:
        return answer(_trouble(error))
    return answer("there" if status in {200, 401} else _WORDS.get(status, "broken"))


def judge_access(file: str, name: str, config: str) -> int:
    """Print in a word what a client's configuration gets of the image that a setting names.

    ``there``, ``none`` (it wants a login, and none is held), ``refused`` (the login), ``forbidden``, ``unreadable``
    (the configuration), ``helper-absent``, ``no-tag``, ``limited``, or ``broken``. Returns 2 where there is no such
    setting, it names no registry, or that does not answer.
    """
    try:
        found = reference_parts(read_settings(file).get(name, ""))
        if found is None or found["registry"] is None:
            return UNREADABLE
        held = _held_login(Path(config), found["registry"])
        if held.startswith("!"):
            return answer(held[1:])
        reference = found["digest"] or found["tag"] or "latest"
        status = _status_with_login(found["registry"], f"/v2/{found['repository']}/manifests/{reference}", held)
    except OSError as error:
        return failed(error)
    return answer({401: "refused" if held else "none"}.get(status) or _WORDS.get(status, "broken"))


def trust(registry: str, authority: str) -> int:
    """Let the engine trust an authority for one registry. Returns 1 where it trusts one there already."""
    folder = Path(TRUSTED) / registry
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        return failed(f"{folder} is there already", WRONG)
    (folder / "ca.crt").write_bytes(Path(authority).read_bytes())
    return WELL


def distrust(registry: str, authority: str) -> int:
    """Undo :func:`trust`. Returns 1 where anything was changed there since."""
    folder = Path(TRUSTED) / registry
    placed = folder / "ca.crt"
    if [each.name for each in folder.iterdir()] != ["ca.crt"] or placed.read_bytes() != Path(authority).read_bytes():
        return failed(f"{folder} was changed since", WRONG)
    placed.unlink()
    folder.rmdir()
    if not any(folder.parent.iterdir()):
        folder.parent.rmdir()
    return WELL


def _registry_word(registry: str, repository: str, reference: str) -> str:
    try:
        status = _asked(registry, f"/v2/{repository}/manifests/{reference}")
        if status == 404 and _asked(registry, f"/v2/{repository}/tags/list") == 404:
            return "no-repository"
    except OSError as error:
        return _trouble(error)
    return _WORDS.get(status, "broken")


def _asked(registry: str, path: str) -> int:
    """Return the status of an answer. Raises ``OSError``."""
    return _exchange(registry, path, {})[0]


def _exchange(registry: str, path: str, headers: dict[str, str]) -> tuple[int, str, bytes]:
    """Return an answer's status, how it wants to be asked, and its body's beginning. Raises ``OSError``."""
    host, _, port = registry.partition(":")
    connection: http.client.HTTPConnection
    if _is_local(host):
        connection = http.client.HTTPConnection(host, int(port or 80), timeout=_SECONDS)
    else:
        connection = http.client.HTTPSConnection(host, int(port or 443), timeout=_SECONDS, context=_context(registry))
    try:
        connection.request("GET", path, headers={"Accept": _MANIFESTS, **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("WWW-Authenticate", ""), answer.read(_MOST_BYTES)
    except http.client.HTTPException as error:
        raise ConnectionResetError(str(error)) from error
    finally:
        connection.close()


def _context(registry: str) -> ssl.SSLContext:
    """Return what the engine trusts: the system's authorities, and those of its folder for this registry."""
    context = ssl.create_default_context()
    folder = Path(TRUSTED) / registry
    for path in folder.glob("*.crt") if folder.is_dir() else ():
        context.load_verify_locations(path)
    return context


def _trouble(error: OSError) -> str:
    """Name what kept a registry from answering."""
    match error:
        case ssl.SSLCertVerificationError():
            return "untrusted"
        case ssl.SSLError():
            return "plain"
        case socket.gaierror():
            return "unresolved"
        case ConnectionRefusedError():
            return "refused"
        case _:
            return "silent"


def _has_ended(registry: str) -> bool:
    """Say whether a registry's certificate has expired, whoever issued it. Without openssl nobody can tell."""
    host, _, port = registry.partition(":")
    try:
        shown = ssl.get_server_certificate((host, int(port or 443)), timeout=_SECONDS)
        command = ["openssl", "x509", "-noout", "-checkend", "0"]
        done = subprocess.run(command, input=shown.encode(), capture_output=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 1 and b"will expire" in done.stdout


def _held_login(config: Path, registry: str) -> str:
    """Return the login that a client's configuration holds, empty for none; behind ``!`` why it cannot be read."""
    if not config.exists():
        return ""
    try:
        held = json.loads(config.read_text(encoding="utf-8"))
        login = str(held.get("auths", {}).get(registry, {}).get("auth", ""))
        base64.b64decode(login, validate=True)
        helper = held.get("credHelpers", {}).get(registry) or held.get("credsStore", "")
    except (OSError, ValueError, AttributeError):
        return "!unreadable"
    return "!helper-absent" if helper and shutil.which(f"docker-credential-{helper}") is None else login


def _status_with_login(registry: str, path: str, login: str) -> int:
    """Return the status of an answer, with a login given where the registry wants it: to itself, or for a token."""
    headers = {"Authorization": f"Basic {login}"} if login else {}
    status, wants, _ = _exchange(registry, path, headers)
    realm = re.search(r'Bearer realm="([^"]{1,300})"', wants)
    if status != 401 or realm is None:
        return status
    where = urlsplit(realm.group(1))
    status, _, body = _exchange(where.netloc, f"{where.path}?{where.query}" if where.query else where.path, headers)
    if status != 200:
        return status
    try:
        given = json.loads(body)
        token = given.get("token") or given.get("access_token", "")
    except (ValueError, AttributeError):
        return 401
    return _exchange(registry, path, {"Authorization": f"Bearer {token}"})[0]


def _is_local(host: str) -> bool:
    """Say whether an engine asks this host without TLS, too."""
    return host == "localhost" or host.startswith("127.")


def _is_here(image: str) -> bool:
    try:
        return ask_engine("image", "inspect", "--format", "{{.Id}}", image).returncode == 0
    except OSError:
        return False
