"""What a proof in the lab found: its checks in their order, each with what was seen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that had to be so. ``detail`` says what was there instead, where it was not."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One symptom of one guide, proved or not. ``missing`` says why it could not be tried; then there are no checks."""

    guide: str
    symptom: str
    cause: str
    checks: tuple[Check, ...] = ()
    missing: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether everything was as it must be."""
        return not self.missing and bool(self.checks) and all(check.passed for check in self.checks)

    @property
    def name(self) -> str:
        """The guide with the symptom's name, where it has one."""
        return f"{self.guide}/{self.symptom}" if self.symptom else self.guide
