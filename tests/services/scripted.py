"""A judge that does what the submitted program says, so that conversations can be tested without running any."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace

from bot.services.judging import Facts, Judged, Progress, Watch
from grader.code.check import TaskReport
from grader.code.verdict import CaseVerdict, Code, CodeVerdict, GroupVerdict, MetricScore
from questions.code_task import CodeTask

FACTS = Facts(1.0, 128, (("train.csv", b"size,rent\n1,2\n"), ("test.csv", b"size\n3\n")), (("the mean", 4.3),))
PICTURES = (b"png of yours", b"png of the reference")


@dataclass
class ScriptedJudge:
    """`# WA 60%` in a program is its verdict and score. `samples`: these fail, too; `draw`: there are pictures.

    While `gate` is an event, judging waits for it; `words` are told to whoever watches.
    """

    refusal: str | None = None
    gate: asyncio.Event | None = None
    words: list[Progress] = field(default_factory=list[Progress])
    judged: list[str] = field(default_factory=list[str])
    waiting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def facts(self, task: CodeTask) -> Facts:
        return FACTS if task.score is not None else replace(FACTS, tables=(), baselines=())

    async def check(self, task: CodeTask, *, person: int, quick: bool = False) -> TaskReport:
        """`# broken` in the solution is a problem that the check finds."""
        problems = ((1, "solution must be accepted: WA"),) if "# broken" in task.solution else ()
        return TaskReport(task.id, problems, cases=3, mutants=0 if quick else 2, time_s=1.0)

    async def judge(
        self, task: CodeTask, code: str, *, person: int, samples_only: bool = False, watch: Watch | None = None
    ) -> Judged:
        self.judged.append(code)
        for word in self.words:
            if watch is not None:
                watch(word)
        if self.gate is not None:
            self.waiting.release()
            await self.gate.wait()
        verdict = verdict_of(task, code)
        return Judged(verdict, PICTURES if "draw" in code else ())


def program(verdict: str, entry: str = "running_mean") -> str:
    """A program that is judged as `verdict` says, such as `WA 60%`."""
    return f"def {entry}(*args):  # {verdict}\n    return None\n"


def verdict_of(task: CodeTask, code: str) -> CodeVerdict:
    found = re.search(r"# (AC|WA|CE|IE|RTE|TLE)(?: (\d+)%)?", code)
    name = Code(found[1]) if found else Code.CE
    score = float(found[2]) / 100 if found and found[2] else float(name is Code.AC)
    if name in {Code.CE, Code.IE}:
        return CodeVerdict(task.id, name, "It cannot be run." if name is Code.CE else "The sandbox failed.", 0.0)
    if task.score is not None:
        metric = MetricScore(task.score.metric.value, 2.5, 9.75, (("the mean", 4.3),), 2.0, 0.5)
        return CodeVerdict(task.id, name, "The rmse is 2.5 on the public rows.", score, metric=metric, tier=1)
    fails = "samples" in code
    sample = CaseVerdict("1.1", "two neighbors", Code.WA if fails else Code.AC)
    hidden = CaseVerdict("2.1", "wider than the list", name, hint="How many windows fit?")
    groups = (
        GroupVerdict("samples", 10, 0.0 if fails else 10.0, True, (sample,)),
        GroupVerdict("edge cases", 90, 90 * score, False, (hidden,)),
    )
    reason = "All cases pass." if name is Code.AC else "1 of 2 cases pass."
    return CodeVerdict(task.id, name, reason, score, groups, 0.01, 3.0, tier=1)
