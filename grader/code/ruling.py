"""Turns what the sandbox reported into a verdict. Pure: bundle, code and reports in, plain data out.

A person sees everything of a sample, and of a hidden case only what it is about and the kind of mistake. The process
that reports is the candidate's own and may have written anything, so nothing that it says about a hidden case is passed
on in its own words: lines of a traceback are taken from the submission, and names only if they stand in it or belong to
Python.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from grader.code.bundle import Bundle, Case, Group
from grader.code.compare import Mismatch, compare
from grader.code.growth import share
from grader.code.job import CaseReport, Ending, Raised, Report, Setup
from grader.code.metric import passes
from grader.code.show import clean, show
from grader.code.values import MalformedValue, Value, decode
from grader.code.verdict import CaseVerdict, Code, CodeVerdict, GroupVerdict, Growth, LintNote, MetricScore, ShownCase
from questions.code_task import Checker, CodeKind

OUTPUT = 2000
SHOWN = 600
"""Characters of a call, an expected value or an answer."""
MESSAGE = 300
TRACE = 6
"""Lines of a traceback, the innermost."""

LIMITS = {
    Ending.CPU: Code.TLE,
    Ending.IDLE: Code.TLE,
    Ending.WALL: Code.TLE,
    Ending.MEMORY: Code.MLE,
    Ending.OUTPUT: Code.OLE,
}


Equal = Callable[[Value, Value], Mismatch | None]


@dataclass(frozen=True)
class Checked:
    """What a task's own check said of an answer."""

    share: float
    """0 to 1; 1 is right."""
    detail: str = ""


@dataclass(frozen=True)
class GroupRun:
    """What became of one group. `cases` has a report for each of its cases, in order."""

    group: Group
    cases: tuple[CaseReport, ...]
    growth: Growth | None = None
    checked: Mapping[str, Checked] = field(default_factory=dict[str, Checked])
    """By case, for the checker `property`."""


@dataclass(frozen=True)
class Ruled:
    """The verdict on a case and the share of its weight that it earns."""

    case: CaseVerdict
    share: float


def setup_verdict(bundle: Bundle, code: str, report: Report) -> CodeVerdict:
    """The verdict on a submission that could not be loaded."""
    verdict, reason = Code.CE, ""
    raised = report.raised
    match report.setup:
        case Setup.SYNTAX:
            line = f" (line {raised.frames[-1].line})" if raised and raised.frames else ""
            said = re.sub(r" *\([^()]*, line \d+\)$", "", _message(raised))
            reason = f"It does not compile: {said or 'invalid syntax'}{line}."
        case Setup.FORBIDDEN:
            reason = f"It imports {_code(report.detail)}, which this task does not allow.{_allowed(bundle)}"
        case Setup.NO_ENTRY:
            reason = _no_entry(bundle.entry, report.detail, code)
        case Setup.RAISED:
            verdict = Code.RTE
            reason = f"It raises {raised.type if raised else 'an exception'} while it is loaded: {_message(raised)}"
        case Setup.STOPPED | Setup.READY:
            verdict = LIMITS.get(report.ending or Ending.CRASHED, Code.RTE)
            reason = f"While it is loaded, it {_stopped(report.ending or Ending.CRASHED, report.detail, bundle)}."
    return CodeVerdict(
        task=bundle.task,
        code=verdict,
        reason=clean(reason, MESSAGE),
        score=0.0,
        cpu_s=report.cpu_s,
        memory_mb=report.memory_mb,
        trace=trace_of(code, raised),
        output=clean(report.output, OUTPUT),
        tier=report.tier,
        bundle=bundle.sha256,
    )


def verdict_of(
    bundle: Bundle,
    code: str,
    reports: Sequence[Report],
    runs: Sequence[GroupRun],
    *,
    lint: tuple[LintNote, ...] = (),
    unsteady: frozenset[str] = frozenset(),
) -> CodeVerdict:
    """The verdict on a submission whose groups were run.

    `reports` are of the jobs that ran it, for time, memory and output; `unsteady` are cases that were right at first
    and wrong when they were run again.
    """
    groups = tuple(_group(bundle, code, run, unsteady) for run in runs)
    points = sum(group.points for group in groups)
    failed = next((case for group in groups for case in group.cases if case.code is not Code.AC), None)
    only_samples = all(group.sample for group in groups)
    return CodeVerdict(
        task=bundle.task,
        code=failed.code if failed else Code.AC,
        reason=clean(_reason(groups, failed), MESSAGE),
        score=sum(group.earned for group in groups) / points if points else float(failed is None),
        groups=groups,
        growth=tuple(run.growth for run in runs if run.growth is not None),
        lint=lint,
        # What is printed may hold hidden arguments.
        **_measured(bundle, reports, output=only_samples),
    )


def _measured(bundle: Bundle, reports: Sequence[Report], *, output: bool) -> dict[str, Any]:
    return {
        "cpu_s": sum(report.cpu_s for report in reports),
        "memory_mb": max((report.memory_mb for report in reports), default=0.0),
        "output": clean("".join(report.output for report in reports), OUTPUT) if output else "",
        "tier": reports[0].tier if reports else 0,
        "bundle": bundle.sha256,
    }


def prediction_verdict(
    bundle: Bundle, code: str, report: Report, metric: MetricScore | None, share_: float, problem: str
) -> CodeVerdict:
    """The verdict on predictions: their score, the `problem` they have, or with neither that their form is right."""
    group = bundle.groups[0]
    ruled = case_verdict(bundle, code, group, group.cases[0], report.cases[0], Checked(1.0))
    verdict, reason = ruled.case.code, ruled.case.detail
    if verdict is Code.AC and problem:
        verdict, reason = Code.WA, problem
    elif verdict is Code.AC and metric is not None:
        scored = (
            f"{metric.metric} is {metric.public:.4g} on the public rows; {metric.passing:g} is needed on the others"
        )
        assert bundle.score is not None
        deciding = metric.public if metric.private is None else metric.private
        verdict, reason = (Code.AC if passes(deciding, bundle.score) else Code.WA), f"The {scored}."
    elif verdict is Code.AC:
        reason = "The predictions have the right form; submit them to have them scored."
    case = CaseVerdict(
        ruled.case.id, ruled.case.why, verdict, ruled.case.cpu_s, clean(reason, MESSAGE), trace=ruled.case.trace
    )
    return CodeVerdict(
        task=bundle.task,
        code=verdict,
        reason=clean(reason[:1].upper() + reason[1:], MESSAGE),
        score=share_,
        groups=(GroupVerdict(group.name, group.points, group.points * share_, group.sample, (case,)),),
        metric=metric,
        **_measured(bundle, [report], output=True),
    )


def case_verdict(
    bundle: Bundle,
    code: str,
    group: Group,
    case: Case,
    report: CaseReport,
    checked: Checked | None = None,
    equal: Equal | None = None,
) -> Ruled:
    """The verdict on one case, apart from the time of its group.

    `checked` is needed for the checker `property`; `equal` compares instead of the task's checker. Raises ValueError if
    the checker does not know what to do with the expected value.
    """
    told = _Case(bundle, code, group, case, report, equal)
    match report.ending:
        case Ending.VALUE if case.raises is not None:
            return told.wrong(f"does not raise {case.raises}")
        case Ending.VALUE:
            return told.value(checked)
        case Ending.RAISED if case.raises is not None and report.raised is not None:
            if case.raises in report.raised.bases:
                return told.right()
            return told.wrong(f"raises {told.exception()} instead of {case.raises}")
        case Ending.RAISED:
            return told.failed(Code.RTE, f"raises {told.exception()}")
        case _:
            return told.failed(LIMITS.get(report.ending, Code.RTE), told.trouble())


@dataclass(frozen=True)
class _Case:
    """A case and its report; the methods give verdicts."""

    bundle: Bundle
    code: str
    group: Group
    case: Case
    report: CaseReport
    equal: Equal | None = None

    def right(self) -> Ruled:
        return Ruled(self._verdict(Code.AC, ""), 1.0)

    def failed(self, code: Code, detail: str) -> Ruled:
        return Ruled(self._verdict(code, detail), 0.0)

    def wrong(self, detail: str, difference: str = "", share_: float = 0.0) -> Ruled:
        return Ruled(self._verdict(Code.WA, detail, difference), share_)

    def value(self, checked: Checked | None) -> Ruled:
        spec = self.bundle.compare
        data = bare_figure(self.report.value) if self.bundle.kind is CodeKind.FIGURE else self.report.value
        try:
            got = decode(data)
        except MalformedValue:
            return self.failed(Code.RTE, "gives an answer that cannot be read")
        if checked is not None:
            if checked.share >= 1:
                return self.right()
            return self.wrong(checked.detail if self._open(checked.detail) else "not what is asked for", checked.detail,
                              checked.share)  # fmt: skip
        if spec.checker is Checker.PROPERTY:
            raise ValueError("the checker property needs what the task's check said")
        expected = decode(self.case.expected)
        try:
            mismatch = self._mismatch(expected, got)
        except (ValueError, ArithmeticError):
            self._mismatch(expected, expected)  # a task with a mistake raises here, too
            return self.wrong("another value")
        return self.right() if mismatch is None else self.wrong(mismatch.hidden, str(mismatch))

    def _mismatch(self, expected: Value, got: Value) -> Mismatch | None:
        return compare(expected, got, self.bundle.compare) if self.equal is None else self.equal(expected, got)

    def _open(self, detail: str) -> bool:
        """Whether a check's words may be shown: always for a sample, else if they hold no numbers."""
        return self.group.sample or not re.search(r"\d", detail)

    def exception(self) -> str:
        """What the exception is called; in a hidden case only a name that tells nothing."""
        raised = self.report.raised
        if raised is None:
            return "an exception"
        if self.group.sample:
            return clean(raised.type, 80)
        return next((name for name in raised.bases if _told_freely(name)), "an exception")

    def trouble(self) -> str:
        """Why there is no value to compare."""
        detail = self.report.detail
        match self.report.ending:
            case Ending.UNSUPPORTED:
                name = detail.rpartition(": ")[2] or "object"
                if self.group.sample:
                    return f"returns what cannot be compared ({clean(detail, 160)}); {_RETURN}"
                shown = name if _told_freely(name) else "object"
                return f"returns {_article(shown)} {shown}, which cannot be compared; {_RETURN}"
            case Ending.TOO_LARGE:
                return f"returns a value that is too large{f' ({clean(detail, 80)})' if self.group.sample else ''}"
            case Ending.PROTOCOL:
                return "gives an answer that cannot be read"
            case Ending.NOT_RUN:
                return "was not run, because the program had ended before"
            case ending:
                return _stopped(ending, detail if self.group.sample else "", self.bundle)

    def _verdict(self, code: Code, detail: str, difference: str = "") -> CaseVerdict:
        bad = code is not Code.AC
        return CaseVerdict(
            id=self.case.id,
            why=self.case.why,
            code=code,
            cpu_s=self.report.cpu_s,
            detail=clean(detail, MESSAGE),
            hint=self.case.hint if bad else None,
            trace=trace_of(self.code, self.report.raised, hidden=not self.group.sample) if bad else (),
            shown=self._shown(difference) if self.group.sample else None,
        )

    def _shown(self, difference: str) -> ShownCase:
        call = self.case.call or f"{self.bundle.entry}({_arguments(self.case)})"
        expected = self.case.shown or self.case.raises or _shown_value(self.case.expected)
        raised = self.report.raised
        match self.report.ending:
            case Ending.VALUE if self.bundle.kind is CodeKind.FIGURE:
                got = "a figure"
            case Ending.VALUE:
                got = _shown_value(self.report.value)
            case Ending.RAISED if raised is not None:
                got = f"{raised.type}: {_message(raised)}" if raised.message else raised.type
            case _:
                got = ""
        return ShownCase(clean(call, SHOWN), clean(expected, SHOWN), clean(got, SHOWN), clean(difference, SHOWN))


def rule(
    bundle: Bundle,
    code: str,
    group: Group,
    reports: Sequence[CaseReport],
    checked: Mapping[str, Checked] | None = None,
    equal: Equal | None = None,
) -> list[Ruled]:
    """The verdicts on the cases of a group, of which all together may take `bundle.time_s`.

    `checked` and `equal` are as for `case_verdict`.
    """
    ruled: list[Ruled] = []
    used = 0.0
    for case, report in zip(group.cases, reports, strict=True):
        found = case_verdict(bundle, code, group, case, report, (checked or {}).get(case.id), equal)
        used += report.cpu_s
        if used > bundle.time_s and found.case.code is Code.AC:
            found = _Case(bundle, code, group, case, report).failed(Code.TLE, _stopped(Ending.CPU, "", bundle))
        elif report.ending is Ending.NOT_RUN and (before := [r.case.code for r in ruled if r.case.code is not Code.AC]):
            found = replace(found, case=replace(found.case, code=before[-1]))
        ruled.append(found)
    return ruled


def _group(bundle: Bundle, code: str, run: GroupRun, unsteady: frozenset[str]) -> GroupVerdict:
    group = run.group
    ruled = rule(bundle, code, group, run.cases, run.checked)
    for position, (case, report) in enumerate(zip(group.cases, run.cases, strict=True)):
        if case.id in unsteady:
            ruled[position] = _Case(bundle, code, group, case, report).wrong("gives different answers from run to run")
    factor = 1.0
    if run.growth is not None and not run.growth.within:
        factor = share(run.growth)
        ruled[-1] = Ruled(_too_slow(ruled[-1].case, run.growth), ruled[-1].share)
    weights = [case.weight for case in group.cases]
    total = sum(weight * found.share for weight, found in zip(weights, ruled, strict=True))
    earned = group.points * factor * total / max(sum(weights), 1)
    return GroupVerdict(group.name, group.points, earned, group.sample, tuple(found.case for found in ruled))


def _too_slow(case: CaseVerdict, found: Growth) -> CaseVerdict:
    detail = f"the time grows like n^{found.yours:.1f}, the reference's like n^{found.reference:.1f}"
    return CaseVerdict(case.id, case.why, Code.TLE, case.cpu_s, detail, case.hint, shown=case.shown)


def _reason(groups: Sequence[GroupVerdict], failed: CaseVerdict | None) -> str:
    passed, total = sum(group.passed for group in groups), sum(len(group.cases) for group in groups)
    if failed is None:
        return f"All {total} cases pass." if total != 1 else "The case passes."
    difference = f" ({failed.shown.difference})" if failed.shown and failed.shown.difference else ""
    return f"{passed} of {total} cases pass. The first that fails, “{failed.why}”: {failed.detail}{difference}."


def trace_of(code: str, raised: Raised | None, *, hidden: bool = False) -> tuple[str, ...]:
    """The submission's own lines of a traceback: `line 7, in step: return total / 0`.

    Of a `hidden` case only the last: names of functions and the way through them could spell out its input.
    """
    lines = code.splitlines()
    found: list[str] = []
    for frame in raised.frames[-TRACE:] if raised else ():
        if 1 <= frame.line <= len(lines):
            where = f", in {frame.function}" if not hidden and _known(frame.function.rpartition(".")[2], code) else ""
            found.append(clean(f"line {frame.line}{where}: {lines[frame.line - 1].strip()}", 160))
    return tuple(found[-1:] if hidden else found)


def bare_figure(value: object) -> object:
    """A figure's description without its picture."""
    return cast("dict[str, object]", value).get("figure") if isinstance(value, dict) else None


def _stopped(ending: Ending, detail: str, bundle: Bundle) -> str:
    match ending:
        case Ending.CPU:
            return f"uses more than {bundle.time_s:g} s of CPU time"
        case Ending.IDLE:
            return "waits without computing"
        case Ending.WALL:
            return "takes too long"
        case Ending.MEMORY:
            return f"needs more than {bundle.memory_mb} MB of memory"
        case Ending.OUTPUT:
            return "prints too much"
        case _:
            how = f" ({detail})" if re.fullmatch(r"[A-Za-z0-9 ]{1,40}", detail) else ""
            return f"ends before it has answered{how}"


def _no_entry(entry: str, names: str, code: str) -> str:
    near = [name for name in re.findall(r"\w+", names) if _known(name, code)]
    if not near:
        return f"It does not define {_code(entry)}."
    return f"You define {_code(near[0])}; the task asks for {_code(entry)}."


def _allowed(bundle: Bundle) -> str:
    if bundle.needs is None:
        return ""
    names = ", ".join(bundle.needs)
    return (
        f" Besides the standard library it may import {names}."
        if names
        else " It may import the standard library only."
    )


def _told_freely(name: str) -> bool:
    """Whether a name may be told of a hidden case: one that the submission chose could spell out the input."""
    return hasattr(builtins, name) or name in _LIBRARY


def _known(name: str, code: str) -> bool:
    """Whether a name is a builtin or stands in the submission, so that it says nothing about a hidden case."""
    return name.isidentifier() and not keyword.iskeyword(name) and (
        hasattr(builtins, name) or name in _LIBRARY or re.search(rf"\b{re.escape(name)}\b", code) is not None
    )  # fmt: skip


_LIBRARY = frozenset(
    {"function", "generator", "module", "method", "LinAlgError", "AxisError", "NotFittedError", "Figure", "Axes",
     "Pipeline", "MergeError", "IndexingError", "InvalidIndexError", "JSONDecodeError", "InvalidOperation"}
)  # fmt: skip
_RETURN = "return numbers, text, lists, arrays or tables"


def _article(noun: str) -> str:
    return "an" if noun[:1].lower() in "aeiou" else "a"


def _code(name: str) -> str:
    return f"`{clean(name, 80).replace('`', '')}`"


def _message(raised: Raised | None) -> str:
    return clean(" ".join(raised.message.split()), MESSAGE) if raised else ""


def _shown_value(data: object) -> str:
    try:
        return show(decode(data), SHOWN)
    except MalformedValue:
        return "?"


def _arguments(case: Case) -> str:
    given = cast("list[object]", case.args or [])
    named = cast("dict[str, object]", case.kwargs or {})
    return ", ".join([*map(_shown_value, given), *(f"{name}={_shown_value(item)}" for name, item in named.items())])
