"""Checking when a failed attempt is to be tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields as fields_of
from typing import TypedDict

from container_manager.lifecycle.retry import DEFAULT_RETRIED, RETRIABLE, RetryPolicy
from container_manager.lifecycle.status import FailureReason
from container_manager.validation.plain_values import NumberRange, check_number, check_switch, check_whole, kind_of
from container_manager.validation.problems import Problems, did_you_mean


class RetryFields(TypedDict, total=False):
    """The keys of ``retry``, those of :class:`~container_manager.lifecycle.retry.RetryPolicy`."""

    max_attempts: int
    reasons: list[str] | tuple[str, ...] | set[str] | frozenset[str]
    exit_codes: list[int] | tuple[int, ...] | set[int] | frozenset[int] | range
    backoff_seconds: float
    backoff_factor: float
    max_backoff_seconds: float
    jitter: float
    oom_memory_factor: float
    oom_memory_limit_mb: int
    missing_images: bool


_ATTEMPTS = NumberRange(least=1, most=1000, unit="attempts, the first one included", example="3")
_NUMBERS = {
    "backoff_seconds": NumberRange(least=0, most=30 * 86_400, unit="seconds", example="10"),
    "backoff_factor": NumberRange(least=1, most=100, unit="times the last pause", example="2"),
    "max_backoff_seconds": NumberRange(least=0, most=30 * 86_400, unit="seconds", example="3600"),
    "jitter": NumberRange(least=0, most=1, unit="of the pause", example="0.25"),
    "oom_memory_factor": NumberRange(least=1, most=100, unit="times the memory limit", example="1.5"),
}
_MEMORY = NumberRange(least=6, most=2**31 - 1, unit="MB", example="4096")
_COLLECTIONS = (list, tuple, set, frozenset, range)

#: What other tools call the same thing.
_ELSEWHERE = {
    "attempts": "max_attempts",
    "delay": "backoff_seconds",
    "max_retries": "max_attempts",
    "on": "reasons",
    "retries": "max_attempts",
    "retry_on": "reasons",
}


def check_retry(value: object, problems: Problems, *, memory_limit: object = None) -> RetryPolicy:
    """Return the policy; the one without a second attempt for ``None`` and for what is wrong.

    ``value`` is a policy, a dictionary of its fields, or the number of attempts. ``memory_limit`` is the job's.
    """
    match value:
        case None:
            return RetryPolicy()
        case RetryPolicy():
            given: Mapping[object, object] = dict(vars(value).items())
        case bool():
            given = {}
            problems.add("retry", "must be a number of attempts or a dictionary, not bool.", "Write for example 3.")
        case int():
            given = {"max_attempts": value}
        case Mapping():
            given = value
        case _:
            given = {}
            problems.add("retry", f"must be a number or a dictionary, not {kind_of(value)}.", "Write for example 3.")
    return _check_fields(given, problems, memory_limit)


def _check_fields(given: Mapping[object, object], problems: Problems, memory_limit: object) -> RetryPolicy:
    known = {field.name for field in fields_of(RetryPolicy)}
    for name in given:
        if name not in known:
            problems.add(f"retry[{name!r}]", "is no part of a retry policy.", _unknown_fix(str(name), known))
    numbers = {
        name: number
        for name, allowed in _NUMBERS.items()
        if (number := check_number(f"retry[{name!r}]", given.get(name), problems, allowed)) is not None
    }
    attempts = check_whole("retry['max_attempts']", given.get("max_attempts"), problems, _ATTEMPTS)
    most = check_whole("retry['oom_memory_limit_mb']", given.get("oom_memory_limit_mb"), problems, _MEMORY)
    raises = numbers.get("oom_memory_factor", 1.0) > 1
    policy = RetryPolicy(
        max_attempts=1 if attempts is None else attempts,
        reasons=_check_reasons(given.get("reasons"), problems, with_oom=raises),
        exit_codes=_check_exit_codes(given.get("exit_codes"), problems),
        oom_memory_limit_mb=most,
        missing_images=check_switch(
            "retry['missing_images']", given.get("missing_images"), problems, default=RetryPolicy.missing_images
        ),
        **numbers,
    )
    _check_together(policy, given, problems, memory_limit)
    return policy


def _check_together(
    policy: RetryPolicy, given: Mapping[object, object], problems: Problems, memory_limit: object
) -> None:
    """Refuse what would have no effect: it was meant to have one."""
    if given.get("max_attempts") is None and given:
        problems.add("retry['max_attempts']", "is missing: without it there is one attempt.", "Write for example 3.")
    needed = {
        "exit_codes": (bool(policy.exit_codes), FailureReason.EXIT_CODE),
        "oom_memory_factor": (policy.oom_memory_factor > 1, FailureReason.OOM),
        "missing_images": (policy.missing_images, FailureReason.IMAGE),
    }
    for name, (is_asked, reason) in needed.items():
        if is_asked and reason not in policy.reasons:
            problems.add(
                f"retry[{name!r}]",
                f"has no effect: {reason.value!r} is not among the reasons.",
                f"Add {reason.value!r} to them.",
            )
    if policy.oom_memory_factor > 1 and memory_limit is None:
        problems.add(
            "retry['oom_memory_factor']", "raises nothing: the job has no memory_limit.", "Set a memory_limit."
        )
    if policy.oom_memory_limit_mb is not None and policy.oom_memory_factor <= 1:
        problems.add(
            "retry['oom_memory_limit_mb']", "bounds nothing without oom_memory_factor.", "Set the factor, say to 1.5."
        )
    elif isinstance(memory_limit, int) and (policy.oom_memory_limit_mb or memory_limit) < memory_limit:
        problems.add(
            "retry['oom_memory_limit_mb']",
            f"is less than the job's memory_limit of {memory_limit} MB.",
            "Write a larger one.",
        )


def _check_reasons(value: object, problems: Problems, *, with_oom: bool) -> frozenset[FailureReason]:
    default = DEFAULT_RETRIED | {FailureReason.OOM} if with_oom else DEFAULT_RETRIED
    if value is None:
        return default
    if not isinstance(value, _COLLECTIONS) or not value:
        problems.add("retry['reasons']", f"must be a list of reasons, not {value!r:.40}.", _reasons_fix())
        return default
    names = [str(name) for name in value]
    known = {reason.value: reason for reason in FailureReason}
    for name in names:
        if name not in known:
            problems.add(
                "retry['reasons']", f"{name[:50]!r} is no reason.", did_you_mean(name, known, otherwise=_reasons_fix())
            )
        elif known[name] not in RETRIABLE:
            problems.add("retry['reasons']", f"another attempt cannot mend {name!r}.", "Leave it out.")
    return frozenset(known[name] for name in names if name in known)


def _check_exit_codes(value: object, problems: Problems) -> frozenset[int]:
    if value is None:
        return frozenset()
    example = "Write for example [75, 111]."
    if not isinstance(value, _COLLECTIONS):
        problems.add("retry['exit_codes']", f"must be a list of numbers, not {kind_of(value)}.", example)
        return frozenset()
    wrong = [code for code in value if isinstance(code, bool) or not isinstance(code, int) or not 1 <= code <= 255]
    if wrong:
        problems.add(
            "retry['exit_codes']", f"{wrong[0]!r:.40} is no exit code of a failure.", f"They are 1 to 255. {example}"
        )
        return frozenset()
    return frozenset(code for code in value if isinstance(code, int))


def _reasons_fix() -> str:
    return f"There are {', '.join(sorted(RETRIABLE))}."


def _unknown_fix(name: str, known: set[str]) -> str:
    if name in _ELSEWHERE:
        note = " It counts the first attempt too." if "retries" in name else ""
        return f"Did you mean {_ELSEWHERE[name]!r}?{note}"
    return did_you_mean(name, known, otherwise=f"There are {', '.join(sorted(known))}.")
