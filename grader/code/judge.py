"""Judges submissions: runs a bundle's groups in the sandbox and has the reports ruled on (`grader.code.ruling`)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import itertools
import logging
import math
import re
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from grader.code.bundle import Bundle, Case, Group
from grader.code.checkers.numbers import flat_numbers
from grader.code.client import Sandbox
from grader.code.growth import growth, slope
from grader.code.job import Action, CaseReport, Ending, Job, Json, Report, RunCase, RunLimits, SandboxError, Setup
from grader.code.lint import lint as lint_notes
from grader.code.metric import PredictionError, predictions_of, score_predictions, share_of_points
from grader.code.ruling import Checked, GroupRun, case_verdict, prediction_verdict, setup_verdict, verdict_of
from grader.code.show import clean
from grader.code.values import MalformedValue, decode
from grader.code.verdict import Code, CodeVerdict, Growth, MetricScore
from questions.code_task import Checker, CodeKind

__all__ = ["Judge", "Judged", "Progress", "verdict_of"]

_log = logging.getLogger(__name__)

Progress = Callable[[int, int, str], None]
"""Called as each group begins, with its position, how many groups there are, and its name."""

CONFIRMATIONS = 2
"""How often a growth that is too steep is measured again."""
REPEATS = 3
"""How often a case of a scaling group is run; the fastest counts."""
CHECK_LIMITS = RunLimits(cpu_s=20.0, wall_s=60.0, memory_mb=1024)
"""For a task's own check, whose time is not the candidate's."""
MAX_PICTURE = 500_000
_PNG = b"\x89PNG\r\n\x1a\n"
_UNINITIALIZED = re.compile(r"\bempty(_like)?\s*\(")
"""What gives memory as it was left: an answer that is right once may be luck."""
LARGE = 32 * 1024
"""Bytes of answers that are compared in a thread."""
_CHECK_PREAMBLE = "import math\nimport numpy as np\n"


@dataclass(frozen=True)
class Judged:
    verdict: CodeVerdict
    pictures: tuple[bytes, ...] = ()
    """Figure tasks: PNGs of the candidate's figure of the first sample, and of the reference's."""


class Judge:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._pictures: dict[tuple[str, str], bytes] = {}
        """References' pictures, by bundle and case."""

    async def judge(
        self,
        bundle: Bundle,
        code: str,
        *,
        samples_only: bool = False,
        lint: bool = False,
        progress: Progress | None = None,
    ) -> Judged:
        """The verdict on a submission. Nothing that a submission does raises; a failing sandbox and a broken task give
        the verdict IE. `lint` adds notes to accepted code, which takes another 10 ms.
        """
        try:
            session = _Session(self._sandbox, bundle, code, progress)
            if bundle.kind is CodeKind.PREDICT:
                return Judged(await session.predictions(scored=not samples_only))
            groups = [group for group in bundle.groups if group.sample or not samples_only]
            verdict = await session.verdict(groups)
            if lint and verdict.accepted:
                verdict = replace(verdict, lint=await lint_notes(code))
            pictures = await self._both_pictures(bundle, session) if bundle.kind is CodeKind.FIGURE else ()
            return Judged(verdict, pictures)
        except SandboxError as error:
            _log.error("no verdict on a submission to %s: %s", bundle.task, error)
            return Judged(internal_error(bundle, "The sandbox failed."))
        except (_BrokenTaskError, MalformedValue) as error:
            _log.error("the task %s is broken: %s", bundle.task, error)
            return Judged(internal_error(bundle, "The task itself has a mistake."))

    async def _both_pictures(self, bundle: Bundle, session: _Session) -> tuple[bytes, ...]:
        case = next((case for group in bundle.groups if group.sample for case in group.cases), None)
        if case is None or (yours := session.picture(case)) is None:
            return ()
        key = bundle.sha256, case.id
        if key not in self._pictures:
            report = await self._sandbox.run(_job(bundle, bundle.reference, [_run_case(bundle, case)], CHECK_LIMITS))
            found = _picture(report.cases[0]) if report.cases else None
            if found is None:
                return (yours,)
            self._pictures[key] = found
        return yours, self._pictures[key]


def internal_error(bundle: Bundle, reason: str) -> CodeVerdict:
    """The verdict when the fault is ours."""
    return CodeVerdict(task=bundle.task, code=Code.IE, reason=reason, score=0.0, bundle=bundle.sha256)


class _BrokenTaskError(Exception):
    """The reference, a check or an expected value is not what it must be."""


class _Session:
    """One submission being judged."""

    def __init__(self, sandbox: Sandbox, bundle: Bundle, code: str, progress: Progress | None) -> None:
        self._sandbox = sandbox
        self._bundle = bundle
        self._code = code
        self._progress = progress
        self._reports: list[Report] = []
        self._answers: dict[str, CaseReport] = {}
        """By case."""
        self._told = 0
        """How many cases of the job that runs are known to be done."""

    async def verdict(self, groups: Sequence[Group]) -> CodeVerdict:
        ordinary = [group for group in groups if group.scaling is None]
        failed = await self._ordinary(ordinary, groups)
        if failed is None:
            for group in groups:
                if group.scaling is not None and failed is None:
                    self._began(group, groups)
                    failed = await self._scaling(group)
        if failed is not None:
            return setup_verdict(self._bundle, self._code, failed)
        runs = [await self._ran(group) for group in groups]
        unsteady: frozenset[str] = frozenset()
        if sum(report.size for report in self._reports) > LARGE:
            # In a thread: comparing megabytes would hold up everything else.
            verdict = await asyncio.to_thread(self._ruled, runs, unsteady)
        else:
            verdict = self._ruled(runs, unsteady)
        if verdict.accepted and _UNINITIALIZED.search(self._code) and (unsteady := await self._unsteady(ordinary)):
            verdict = self._ruled(runs, unsteady)
        return verdict

    def picture(self, case: Case) -> bytes | None:
        report = self._answers.get(case.id)
        return None if report is None else _picture(report)

    def _began(self, group: Group, groups: Sequence[Group]) -> None:
        if self._progress is not None:
            self._progress(groups.index(group), len(groups), group.name)

    def _ruled(self, runs: Sequence[GroupRun], unsteady: frozenset[str]) -> CodeVerdict:
        try:
            return verdict_of(self._bundle, self._code, self._reports, runs, unsteady=unsteady)
        except ValueError as error:  # a checker does not know what to do with the expected value
            raise _BrokenTaskError(str(error)) from error

    # Groups

    async def _ordinary(self, groups: Sequence[Group], every: Sequence[Group]) -> Report | None:
        """Runs groups together, which is fast; where they use up the time of one group, the rest again on its own.

        The report of a submission that cannot be loaded, else None.
        """
        rest = list(groups)
        while rest:
            cases = [case for group in rest for case in group.cases]
            report = await self._run(
                self._code, [_run_case(self._bundle, case) for case in cases], self._limits(), rest, every
            )
            if report.setup is not Setup.READY:
                return report
            self._reports.append(report)
            self._answers.update(zip((case.id for case in cases), report.cases, strict=True))
            # The first group of a job had its whole time; a later one had what the others left.
            rest = [group for group in rest[1:] if self._is_broken(group)]
        return None

    def _is_broken(self, group: Group) -> bool:
        endings = {self._answers[case.id].ending for case in group.cases}
        return bool(endings & {Ending.CPU, Ending.NOT_RUN})

    async def _run(
        self,
        code: str,
        cases: Sequence[RunCase],
        limits: RunLimits,
        groups: Sequence[Group] = (),
        every: Sequence[Group] = (),
    ) -> Report:
        if groups:
            self._began(groups[0], every)
        job = _job(self._bundle, code, cases, limits)
        self._told = 0
        if self._progress is None or len(groups) < 2:
            return await self._sandbox.run(job)
        return await self._sandbox.run(job, lambda done: self._passed(done, groups, every))

    def _passed(self, done: int, groups: Sequence[Group], every: Sequence[Group]) -> None:
        """Tells that a group begins when all cases before it are done; several may be at once."""
        before = 0
        for group, following in itertools.pairwise(groups):
            before += len(group.cases)
            if self._told < before <= done:
                self._began(following, every)
        self._told = done

    async def _scaling(self, group: Group) -> Report | None:
        """Runs a group whose growth is measured; the report of a submission that cannot be loaded, else None."""
        report = await self._timed(self._code, group, REPEATS)
        if report.setup is not Setup.READY:
            return report
        if report.cpu_s > 2 * REPEATS * sum(case.cpu_s for case in report.cases) + 0.5:
            # The process says of itself that it was fast; measure it from outside instead, once a case.
            report = await self._timed(self._code, group, 1)
        self._reports.append(report)
        self._answers.update(zip((case.id for case in group.cases), report.cases, strict=False))
        return None

    async def _timed(self, code: str, group: Group, repeat: int) -> Report:
        cases = [replace(_run_case(self._bundle, case), repeat=repeat) for case in group.cases]
        return await self._sandbox.run(_job(self._bundle, code, cases, self._limits(repeat)))

    async def _ran(self, group: Group) -> GroupRun:
        run = GroupRun(group, tuple(self._answers[case.id] for case in group.cases))
        if self._bundle.compare.checker is Checker.PROPERTY:
            run = replace(run, checked=await self._checked(run))
        if group.scaling is None:
            return run
        right = all(
            case_verdict(self._bundle, self._code, group, case, report, run.checked.get(case.id)).share >= 1
            for case, report in zip(group.cases, run.cases, strict=True)
        )
        if not right or slope(group.sizes, [report.cpu_s for report in run.cases]) is None:
            return run
        return replace(run, growth=await self._growth(group, group.scaling, run.cases))

    async def _growth(self, group: Group, allowed: float, cases: Sequence[CaseReport]) -> Growth | None:
        """Growth beside the reference's. One that is too steep is measured again: a busy machine can bend a slope."""
        mine, best = [case.cpu_s for case in cases], [math.inf] * len(cases)
        for _ in range(1 + CONFIRMATIONS):
            reference = await self._timed(self._bundle.reference, group, REPEATS)
            if any(report.ending is not Ending.VALUE for report in reference.cases) or not reference.cases:
                raise _BrokenTaskError(f"the reference does not finish the group {group.name}")
            best = [min(pair) for pair in zip(best, (report.cpu_s for report in reference.cases), strict=True)]
            found = growth(group.name, group.sizes, mine, best, allowed)
            if found is None or found.within:
                return found
            again = await self._timed(self._code, group, REPEATS)
            if len(again.cases) == len(mine):
                times = (case.cpu_s if case.ending is Ending.VALUE else math.inf for case in again.cases)
                mine = [min(pair) for pair in zip(mine, times, strict=True)]
        return growth(group.name, group.sizes, mine, best, allowed)

    async def _unsteady(self, groups: Sequence[Group]) -> frozenset[str]:
        """Cases that a new process, going through them in the opposite order, gets wrong."""
        pairs = [(group, case) for group in groups for case in group.cases][::-1]
        limits = replace(self._limits(), cpu_s=self._bundle.time_s * max(len(groups), 1))
        report = await self._run(self._code, [_run_case(self._bundle, case) for _, case in pairs], limits)
        if report.setup is not Setup.READY or self._bundle.compare.checker is Checker.PROPERTY:
            return frozenset()
        return frozenset(
            case.id
            for (group, case), found in zip(pairs, report.cases, strict=True)
            if case_verdict(self._bundle, self._code, group, case, found).case.code is Code.WA
        )

    def _limits(self, repeat: int = 1) -> RunLimits:
        bundle = self._bundle
        cpu_s = bundle.time_s * repeat
        return RunLimits(
            cpu_s=cpu_s,
            wall_s=max(30.0, 10 * cpu_s),
            memory_mb=bundle.memory_mb,
            result_bytes=bundle.result_kb * 1024,
        )

    # Properties

    async def _checked(self, run: GroupRun) -> dict[str, Checked]:
        """What the task's check says of the answers there are."""
        answered = [
            (case, report.value)
            for case, report in zip(run.group.cases, run.cases, strict=True)
            if report.ending is Ending.VALUE and case.raises is None and _is_value(report.value)
        ]
        if not answered:
            return {}
        report = await self._check([_check_case(case, value) for case, value in answered])
        found: dict[str, Checked] = {}
        for (case, _), said in zip(answered, report.cases, strict=True):
            found[case.id] = _said(said) or await self._blamed(case)
        return found

    async def _check(self, cases: Sequence[RunCase]) -> Report:
        bundle = self._bundle
        job = replace(
            _job(bundle, bundle.check or "", cases, CHECK_LIMITS),
            entry="check",
            fixtures=_CHECK_PREAMBLE + bundle.fixtures,
            needs=None,
            forbid=(),
        )
        report = await self._sandbox.run(job)
        if report.setup is not Setup.READY:
            raise _BrokenTaskError(f"the check cannot be loaded: {report.setup.value} {report.detail}")
        return report

    async def _blamed(self, case: Case) -> Checked:
        """Whose fault it is that the check fails: if it works for the reference's answer, the answer's."""
        report = await self._check([_check_case(case, case.expected)])
        if _said(report.cases[0]) is None:
            raise _BrokenTaskError(f"the check fails for the reference's own answer: {report.cases[0].raised}")
        return Checked(0.0, "has another form than what is asked for")

    # Predictions

    async def predictions(self, *, scored: bool) -> CodeVerdict:
        bundle = self._bundle
        assert bundle.score is not None
        group = bundle.groups[0]
        case = group.cases[0]
        report = await self._run(self._code, [_run_case(bundle, case)], self._limits(), [group], bundle.groups)
        if report.setup is not Setup.READY:
            return setup_verdict(bundle, self._code, report)
        truth = _labels(case.expected)
        answer = report.cases[0]
        metric: MetricScore | None = None
        problem, earned = "", 0.0
        if answer.ending is Ending.VALUE:
            try:
                found = predictions_of(decode(answer.value), len(truth), bundle.score.metric)
            except (PredictionError, MalformedValue) as error:
                problem = str(error)
            else:
                metric = _scores(bundle, truth, found.tolist()) if scored else None
                earned = share_of_points(_deciding(metric), bundle.score) if metric else 0.0
        return prediction_verdict(bundle, self._code, report, metric, earned, problem)


def _scores(bundle: Bundle, truth: Sequence[float], predictions: Sequence[float]) -> MetricScore:
    assert bundle.score is not None
    name = bundle.score.metric
    public = frozenset(bundle.public)

    def score(rows: Iterable[int]) -> float:
        chosen = list(rows)
        return score_predictions(name, [truth[row] for row in chosen], [predictions[row] for row in chosen])

    try:
        shown = score(row for row in range(len(truth)) if row in public)
        private = score(row for row in range(len(truth)) if row not in public)
    except ValueError as error:
        raise _BrokenTaskError(str(error)) from error
    return MetricScore(name.value, shown, private, bundle.baselines, bundle.score.passing, bundle.score.full)


def _deciding(metric: MetricScore) -> float:
    return metric.public if metric.private is None else metric.private


def _labels(data: Json) -> list[float]:
    labels = flat_numbers(decode(data))
    if labels is None:
        raise _BrokenTaskError("the hidden labels are no numbers")
    return labels.tolist()


def _job(bundle: Bundle, code: str, cases: Sequence[RunCase], limits: RunLimits) -> Job:
    return Job(
        code=code,
        entry=bundle.entry,
        cases=tuple(cases),
        fixtures=bundle.fixtures,
        needs=bundle.needs,
        forbid=bundle.forbid,
        limits=limits,
        seed=bundle.seed,
    )


def _run_case(bundle: Bundle, case: Case) -> RunCase:
    action = {CodeKind.CLASS: Action.SCRIPT, CodeKind.FIGURE: Action.FIGURE}.get(bundle.kind, Action.CALL)
    return RunCase(case.args, case.kwargs, action, args_after=bundle.compare.args_after)


def _check_case(case: Case, got: Json) -> RunCase:
    """A call of `check(args, got, ref)`; `args` is a dict where the case has only keyword arguments."""
    args: Json = case.kwargs if case.kwargs and not case.args else {"$tuple": list(case.args)}
    return RunCase([args, got, case.expected])


def _is_value(data: Json) -> bool:
    try:
        decode(data)
    except MalformedValue:
        return False
    return True


def _said(report: CaseReport) -> Checked | None:
    """What a check returned: True, False, a text, or a number from 0 to 1; None for anything else."""
    if report.ending is not Ending.VALUE:
        return None
    value = decode(report.value)
    value = getattr(value, "value", value)  # numpy's bools and floats
    if isinstance(value, str):
        return Checked(0.0, clean(value, 200))
    if isinstance(value, bool | int | float) and 0 <= value <= 1:
        return Checked(
            float(value), "" if value == 1 else "is only partly right" if value else "is not what is asked for"
        )
    return None


def _picture(report: CaseReport) -> bytes | None:
    """The PNG in a figure's report, if it is one of a sensible size."""
    drawn = cast("object", report.value)
    if report.ending is not Ending.VALUE or not isinstance(drawn, dict):
        return None
    text = cast("dict[str, object]", drawn).get("png")
    if not isinstance(text, str) or len(text) > 2 * MAX_PICTURE:
        return None
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(data) > MAX_PICTURE or len(data) < 33 or not data.startswith(_PNG):
        return None
    width, height = struct.unpack(">II", data[16:24])
    return data if 0 < width <= 1600 and 0 < height <= 1000 else None
