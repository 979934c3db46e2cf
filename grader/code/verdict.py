"""What a submission is told. Plain data, kept as JSON with the attempt; hidden inputs and values are never in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    AC = "AC"
    WA = "WA"
    TLE = "TLE"
    MLE = "MLE"
    OLE = "OLE"
    RTE = "RTE"
    CE = "CE"
    """Does not compile, has no such entry point, or imports what the task forbids."""
    IE = "IE"
    """Our fault: retried, never scored."""


NAMES = {
    Code.AC: "Accepted",
    Code.WA: "Wrong answer",
    Code.TLE: "Time limit",
    Code.MLE: "Memory limit",
    Code.OLE: "Output limit",
    Code.RTE: "Runtime error",
    Code.CE: "Cannot be run",
    Code.IE: "Internal error",
}


@dataclass(frozen=True)
class ShownCase:
    """A sample, in full."""

    call: str
    expected: str
    got: str
    """The value as Python would write it, shortened; or the exception."""
    difference: str = ""
    """The first differing path: `[2][0]: expected 0.25, got 0.5`."""


@dataclass(frozen=True)
class CaseVerdict:
    id: str
    why: str
    code: Code
    cpu_s: float = 0.0
    detail: str = ""
    """The kind of mismatch ("another shape", "raises ValueError"), without any value of a hidden case."""
    hint: str | None = None
    trace: tuple[str, ...] = ()
    """The submission's own lines of the traceback: `line 7, in step: return total / 0`."""
    shown: ShownCase | None = None


@dataclass(frozen=True)
class GroupVerdict:
    name: str
    points: int
    earned: float
    """Of `points`."""
    sample: bool
    cases: tuple[CaseVerdict, ...]

    @property
    def passed(self) -> int:
        return sum(case.code is Code.AC for case in self.cases)


@dataclass(frozen=True)
class Growth:
    """How time grows with the size, as exponents: n to the power of it."""

    group: str
    yours: float
    reference: float
    allowed: float
    ratio: float
    """Your time over the reference's, at the largest size."""
    within: bool


@dataclass(frozen=True)
class LintNote:
    """Something that ruff found and that is worth learning. `line` is 1-based."""

    code: str
    line: int
    message: str


@dataclass(frozen=True)
class MetricScore:
    """The score of predictions on hidden labels."""

    metric: str
    public: float
    private: float | None = None
    """Told only when the round is over."""
    baselines: tuple[tuple[str, float], ...] = ()
    passing: float = 0.0
    full: float = 0.0


@dataclass(frozen=True)
class CodeVerdict:
    """The verdict on one submission; `code` is that of the first case that failed, in order of groups."""

    task: str
    code: Code
    reason: str
    """One sentence in plain words."""
    score: float
    """0–1: the earned share of the points."""
    groups: tuple[GroupVerdict, ...] = ()
    cpu_s: float = 0.0
    memory_mb: float = 0.0
    trace: tuple[str, ...] = ()
    """Of an error while loading."""
    output: str = ""
    growth: tuple[Growth, ...] = ()
    lint: tuple[LintNote, ...] = ()
    metric: MetricScore | None = None
    tier: int = 0
    bundle: str = ""
    """The seal of the bundle that judged it."""

    @property
    def accepted(self) -> bool:
        return self.code is Code.AC

    @property
    def passed(self) -> int:
        return sum(group.passed for group in self.groups)

    @property
    def total(self) -> int:
        return sum(len(group.cases) for group in self.groups)
