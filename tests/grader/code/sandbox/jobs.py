"""Small jobs for the tests of the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grader.code.job import CaseReport, Job, RunCase, RunLimits

QUICK = RunLimits(cpu_s=0.6, idle_s=0.5, wall_s=10.0, memory_mb=128)


def job(code: str, *cases: RunCase, entry: str = "f", limits: RunLimits = QUICK, **options: Any) -> Job:
    """A job that calls `f()` once unless it is told otherwise."""
    return Job(code=code, entry=entry, cases=cases or (RunCase(),), limits=limits, **options)


def calls(*arguments: object) -> Sequence[RunCase]:
    """A case with one argument for each of these."""
    return [RunCase(args=[argument]) for argument in arguments]


def only(cases: tuple[CaseReport, ...]) -> CaseReport:
    assert len(cases) == 1
    return cases[0]
