"""Checking the limits besides memory, CPU and processes: swap, shared memory, graphics processors, ulimits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from container_manager.runspec.spec import GpuRequest, Resources, Ulimit
from container_manager.validation.plain_values import NumberRange, check_text, check_whole, kind_of, shown
from container_manager.validation.problems import Problems, did_you_mean

_SWAP = NumberRange(least=0, most=2**31 - 1, unit="MB", example="256")
_SHM = NumberRange(least=1, most=2**31 - 1, unit="MB", example="256")
_GPUS = NumberRange(least=1, most=1024, unit="graphics processors", example="1")

#: setrlimit(2), without the prefix, in small letters; those that Docker knows, too.
ULIMITS: Final = frozenset(
    {
        "core",
        "cpu",
        "data",
        "fsize",
        "locks",
        "memlock",
        "msgqueue",
        "nice",
        "nofile",
        "nproc",
        "rss",
        "rtprio",
        "rttime",
        "sigpending",
        "stack",
    }
)

#: What ``setrlimit`` takes for "no limit", as Docker writes it.
UNLIMITED: Final = -1
_MOST_ULIMIT: Final = 2**63 - 1

_GPU_KEYS: Final = ("count", "ids", "driver", "capabilities")
_GPU_EXAMPLE: Final = "{'count': 1} or {'ids': ['0']}"
_ULIMIT_EXAMPLE: Final = "{'nofile': 4096, 'core': (0, 0)}"


def check_resources(fields: Mapping[str, object], problems: Problems) -> Resources:
    """Return the limits that this request sets."""
    swap = check_whole("swap_limit", fields.get("swap_limit"), problems, _SWAP)
    if swap is not None and fields.get("memory_limit") is None:
        message = "has no meaning without memory_limit: it is swap beyond that limit."
        problems.add("swap_limit", message, "Set memory_limit too.")
    return Resources(
        swap_limit_mb=swap,
        shm_size_mb=check_whole("shm_size", fields.get("shm_size"), problems, _SHM),
        gpus=_check_gpus(fields.get("gpus"), problems),
        ulimits=_check_ulimits(fields.get("ulimits"), problems),
    )


def _check_gpus(value: object, problems: Problems) -> GpuRequest | None:
    if value is None:
        return None
    if value == "all":
        return GpuRequest(count=-1)
    if isinstance(value, int):
        count = check_whole("gpus", value, problems, _GPUS)
        return None if count is None else GpuRequest(count=count)
    if not isinstance(value, Mapping):
        message = f"must be a number, 'all', or a dictionary, not {kind_of(value)}."
        problems.add("gpus", message, f"Write 1, 'all', {_GPU_EXAMPLE}.")
        return None
    for key in value:
        if key not in _GPU_KEYS:
            near = key if isinstance(key, str) else ""
            fix = did_you_mean(near, _GPU_KEYS, otherwise=f"There are {', '.join(_GPU_KEYS)}.")
            problems.add("gpus", f"has an unknown key: {shown(key)}.", fix)
    return _check_gpu_request(value, problems)


def _check_gpu_request(value: Mapping[object, object], problems: Problems) -> GpuRequest | None:
    ids = _check_words("gpus['ids']", value.get("ids"), problems, example="['0', '1']")
    count = -1 if value.get("count") == "all" else check_whole("gpus['count']", value.get("count"), problems, _GPUS)
    capabilities = _check_words("gpus['capabilities']", value.get("capabilities"), problems, example="['gpu']")
    driver = check_text("gpus['driver']", value.get("driver"), problems, example="'nvidia'", longest=100)
    if bool(ids) == (count is not None):
        message = "has both count and ids." if ids else "has neither count nor ids."
        problems.add("gpus", message, f"Write {_GPU_EXAMPLE}.")
        return None
    return GpuRequest(count=count or 0, device_ids=ids, driver=driver, capabilities=capabilities or ("gpu",))


def _check_words(field: str, value: object, problems: Problems, *, example: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
        problems.add(field, f"must be a list of texts, not {kind_of(value)}.", f"Write {example}.")
        return ()
    words = []
    for index, word in enumerate(value):
        text = check_text(f"{field}[{index}]", word, problems, example=example, longest=200)
        if isinstance(word, str) and not word.strip():
            problems.add(f"{field}[{index}]", "is empty.", f"Write {example}.")
        elif text:
            words.append(text)
    return tuple(words)


def _check_ulimits(value: object, problems: Problems) -> tuple[Ulimit, ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        problems.add("ulimits", f"must be a dictionary, not {kind_of(value)}.", f"Write {_ULIMIT_EXAMPLE}.")
        return ()
    found = (_check_ulimit(name, limit, problems) for name, limit in value.items())
    return tuple(sorted((limit for limit in found if limit is not None), key=lambda limit: limit.name))


def _check_ulimit(name: object, value: object, problems: Problems) -> Ulimit | None:
    field = f"ulimits[{shown(name)}]"
    if not isinstance(name, str) or name not in ULIMITS:
        near = name.lower().removeprefix("rlimit_")[:100] if isinstance(name, str) else ""
        fix = did_you_mean(near, ULIMITS, otherwise=f"There are {', '.join(sorted(ULIMITS))}.")
        problems.add(field, "is no limit of setrlimit(2).", fix)
        return None
    pair = (value, value) if isinstance(value, int) else value
    if not isinstance(pair, (tuple, list)) or len(pair) != 2 or not all(_is_limit(number) for number in pair):
        message = "must be a whole number, or a pair of them: soft and hard."
        problems.add(field, message, f"Write {_ULIMIT_EXAMPLE}; {UNLIMITED} is no limit.")
        return None
    soft, hard = pair
    if hard != UNLIMITED and (soft == UNLIMITED or soft > hard):
        problems.add(field, f"has a soft limit above its hard one: {soft} and {hard}.", "Write (soft, hard).")
        return None
    return Ulimit(name=name, soft=soft, hard=hard)


def _is_limit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and UNLIMITED <= value <= _MOST_ULIMIT
