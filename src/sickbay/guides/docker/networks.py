"""Networks of the engine on this machine, and the bridges behind them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_SECONDS = 15
_INTERFACES = Path("/sys/class/net")
_OWN_NAME = "com.docker.network.bridge.name"


def judge_network(network: str) -> int:
    """Print ``absent``, ``bridge-gone``, or ``there``. Returns 2 where the engine could not be asked."""
    command = ["docker", "network", "inspect", network]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_SECONDS, text=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)
        return 2
    if done.returncode and not ("no such network" in done.stderr.lower() or "not found" in done.stderr.lower()):
        sys.stderr.write(done.stderr)
        return 2
    found = json.loads(done.stdout or "[]")
    if not found:
        print("absent")
        return 0
    described = found[0]
    bridge = described["Options"].get(_OWN_NAME) or f"br-{described['Id'][:12]}"
    is_gone = described["Driver"] == "bridge" and _INTERFACES.is_dir() and not (_INTERFACES / bridge).exists()
    print("bridge-gone" if is_gone else "there")
    return 0
