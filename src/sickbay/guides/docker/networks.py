"""Networks of the engine on this machine, and the bridges behind them."""

from __future__ import annotations

import json
from pathlib import Path

from sickbay.guides.engine_client import ask_engine
from sickbay.guides.function_parts import answer, failed

_INTERFACES = Path("/sys/class/net")
_OWN_NAME = "com.docker.network.bridge.name"


def judge_network(network: str) -> int:
    """Print ``absent``, ``bridge-gone``, or ``there``. Returns 2 where the engine could not be asked."""
    try:
        done = ask_engine("network", "inspect", network)
    except OSError as error:
        return failed(error)
    if done.returncode and not ("no such network" in done.stderr.lower() or "not found" in done.stderr.lower()):
        return failed(done.stderr)
    found = json.loads(done.stdout or "[]")
    if not found:
        return answer("absent")
    described = found[0]
    bridge = described["Options"].get(_OWN_NAME) or f"br-{described['Id'][:12]}"
    is_gone = described["Driver"] == "bridge" and _INTERFACES.is_dir() and not (_INTERFACES / bridge).exists()
    return answer("bridge-gone" if is_gone else "there")
