"""pip's settings for its index: whether what they name answers, and changing one. For the guides beside this."""

from __future__ import annotations

import configparser
import re
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from sickbay.guides.function_parts import answer, change_text, put_text_back
from sickbay.guides.kept_file import CannotChangeError, Edit

_SECONDS = 5
_REFUSED = frozenset({401, 403})


def ask(file: str) -> int:
    """Say whether the index that the settings name answers: ``the index answers``, or what stands in its way."""
    settings = _settings(file)
    return answer(_answer(settings) if "index-url" in settings else "no index is named")


def set_option(file: str, option: str, value: str) -> int:
    """Give a setting another value, or add it."""
    return change_text(file, _with(option, value))


def unset_option(file: str, option: str, value: str) -> int:
    """Take back :func:`set_option`."""
    return put_text_back(file, _with(option, value))


def drop_option(file: str, option: str) -> int:
    """Turn the line of a setting into a comment."""
    return change_text(file, _without(option))


def restore_option(file: str, option: str) -> int:
    """Take back :func:`drop_option`."""
    return put_text_back(file, _without(option))


def _settings(file: str) -> Mapping[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(file, encoding="utf-8")
        return {name.replace("_", "-"): value for name, value in parser.items("global")}
    except (configparser.Error, UnicodeDecodeError):
        return {}


def _answer(settings: Mapping[str, str]) -> str:
    index, proxy = urlsplit(settings["index-url"]), settings.get("proxy", "")
    if index.scheme == "file":
        return (
            "the index answers" if Path(unquote(index.path)).is_dir() else "the index does not answer: no such folder"
        )
    if proxy and (trouble := _connect(urlsplit(proxy if "//" in proxy else f"http://{proxy}"))):
        return f"the proxy does not answer: {trouble}"
    try:
        _fetch(f"{index.geturl().rstrip('/')}/pip/", proxy, settings.get("cert"))
    except urllib.error.HTTPError as error:
        return "the index wants credentials" if error.code in _REFUSED else "the index answers"
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            return "the certificate is not trusted"
        return f"the index does not answer: {error.reason}"
    except OSError as error:
        return f"the index does not answer: {error}"
    return "the index answers"


def _fetch(address: str, proxy: str, certificates: str | None) -> None:
    context = ssl.create_default_context(cafile=certificates)
    proxies = {"http": proxy, "https": proxy} if proxy else {}
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler(proxies), urllib.request.HTTPSHandler(context=context)
    )
    with opener.open(address, timeout=_SECONDS):
        pass


def _connect(address: SplitResult) -> str:
    try:
        with socket.create_connection((address.hostname, address.port or 3128), timeout=_SECONDS):
            return ""
    except (OSError, ValueError) as error:
        return str(error)


def _with(option: str, value: str) -> Edit:
    def edit(text: str) -> str:
        line = f"{option} = {value}"
        if found := _line_of(option, text):
            return f"{text[: found.start()]}{line}{text[found.end() :]}"
        if (section := re.search(r"^\[global\][ \t]*$", text, re.MULTILINE)) is None:
            raise CannotChangeError("it has no section [global]")
        return f"{text[: section.end()]}\n{line}{text[section.end() :]}"

    return edit


def _without(option: str) -> Edit:
    def edit(text: str) -> str:
        if (found := _line_of(option, text)) is None:
            raise CannotChangeError(f"it does not set {option}")
        return f"{text[: found.start()]}# {found.group()}{text[found.end() :]}"

    return edit


def _line_of(option: str, text: str) -> re.Match[str] | None:
    return re.search(rf"^{'[-_]'.join(map(re.escape, option.split('-')))}[ \t]*=.*$", text, re.MULTILINE)
