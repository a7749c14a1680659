"""Calling the Python function that a guide names: in a process of its own, so that it can be confined like a program.

The function stands in a file beside the guide, gets its arguments by keyword, prints its answer, and returns an exit
code (``None`` is 0).
"""

from __future__ import annotations

import importlib.util
import json
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from sickbay.guides.commands import input_value
from sickbay.guides.model import Guide
from sickbay.guides.modules import module_of
from sickbay.guides.parts import FunctionCall

BROKEN = 70
"""The exit code of a function that raised: it is neither a yes nor a no."""

#: Isolated, so that neither variables nor the folder it runs in decide what is imported.
_LAUNCHER = "import sys; sys.path.insert(0, sys.argv.pop(1)); from sickbay.investigation.calling import main; main()"
_PACKAGES = str(Path(__file__).resolve().parents[2])


def call_command(guide: Guide, call: FunctionCall, values: Mapping[str, str]) -> list[str]:
    """Return the argument list that calls a function. Raises ``InputError`` for an input without a good value."""
    arguments = {name: _argument(guide, value, values) for name, value in call.arguments.items()}
    home = module_of(guide.path, call.module).resolve()
    return [sys.executable, "-I", "-B", "-c", _LAUNCHER, _PACKAGES, str(home), call.function, json.dumps(arguments)]


def _argument(guide: Guide, value: object, values: Mapping[str, str]) -> object:
    if isinstance(value, str) and value.startswith("$"):
        return input_value(value[1:], guide.front.inputs, values)
    return value


def main() -> None:
    """Call the function of the arguments: its file, its name, and what it is given as JSON."""
    home, function, arguments = sys.argv[1:]
    try:
        code = _function(Path(home), function)(**json.loads(arguments))
    except Exception:  # noqa: BLE001  (whatever it is: a function that broke has not answered)
        traceback.print_exc()
        sys.exit(BROKEN)
    sys.exit(0 if code is None else code)


def _function(home: Path, name: str) -> Callable[..., int | None]:
    spec = importlib.util.spec_from_file_location(home.stem, home)
    if spec is None or spec.loader is None:
        raise ImportError(f"{home} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[..., int | None] = getattr(module, name)
    return function
