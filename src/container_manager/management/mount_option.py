"""Reading ``--mount`` as ``docker run`` writes it. What is wrong with a mount is said where jobs are checked."""

from __future__ import annotations

_NAMES = {"type": "kind", "src": "source", "dst": "target", "destination": "target", "size": "size_mb"}
_READ_ONLY = frozenset({"readonly", "ro", "read_only"})


def parse_mount(text: str) -> dict[str, object]:
    """Return the mount as ``create_job`` takes it, from ``[type=]bind,source=/srv/in,target=/in,readonly``."""
    mount: dict[str, object] = {}
    for part in filter(None, text.split(",")):
        key, equals, value = part.partition("=")
        name = _NAMES.get(key, key)
        if not equals and key in _READ_ONLY:
            mount["read_only"] = True
        elif not equals:
            mount["kind"] = key
        elif name == "size_mb" and value.isdecimal():
            mount[name] = int(value)
        else:
            mount[name] = value
    return mount
