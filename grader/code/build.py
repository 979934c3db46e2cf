"""Builds a task into its bundle: runs the author's calls, generator and reference in the sandbox and freezes the data.

Whatever the author wrote is run with the same walls around it as a candidate's code. The reference must give equal
answers under two hash seeds and two seeds of the global random generators; what differs is no answer to compare with.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from statistics import fmean
from typing import Any, cast

from grader.code.bundle import Bundle, Case, Group
from grader.code.checkers.numbers import flat_numbers
from grader.code.client import Sandbox
from grader.code.compare import compare, statistic
from grader.code.job import Action, CaseReport, Ending, Job, Json, Report, RunCase, RunLimits, Setup
from grader.code.metric import score_predictions
from grader.code.values import decode
from questions.code_task import CaseSource, Checker, CodeKind, CodeTask, Compare, Generated, Metric

BUILDER = 1
"""Raised when the same task builds into another bundle."""
LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn", "matplotlib")
TIME_FACTOR = 4.0
LEAST_TIME_S = 1.0
AUTHOR_LIMITS = RunLimits(cpu_s=120.0, wall_s=300.0, idle_s=20.0, memory_mb=2048, result_bytes=8 * 1024 * 1024)
REPEATS = 3
"""How often a case of a scaling group is run; the fastest counts."""


class BuildError(ValueError):
    """The task has mistakes; `problems` lists them as (line or 0, message)."""

    def __init__(self, task: str, problems: Sequence[tuple[int, str]]) -> None:
        self.task = task
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{task}: {message}" for _, message in problems))


@dataclass(frozen=True)
class _Draft:
    """A case whose expected value is not known yet."""

    why: str
    args: Json
    kwargs: Json
    line: int = 0
    expected: Json = None
    known: bool = False
    """Whether the author gave `expected`."""
    raises: str | None = None
    weight: int = 1
    hint: str | None = None
    call: str = ""
    shown: str = ""


@dataclass(frozen=True)
class _Outline:
    """A group before the reference has run."""

    name: str
    points: int
    drafts: tuple[_Draft, ...]
    sample: bool = False
    scaling: float | None = None
    sizes: tuple[float, ...] = ()


async def build(task: CodeTask, sandbox: Sandbox) -> Bundle:
    """The sealed bundle of a task. Raises BuildError for the author's mistakes, SandboxError when nothing runs."""
    return await _Builder(task, sandbox).build()


class _Builder:
    def __init__(self, task: CodeTask, sandbox: Sandbox) -> None:
        self.task = task
        self.sandbox = sandbox
        self.action = {CodeKind.CLASS: Action.SCRIPT, CodeKind.FIGURE: Action.FIGURE}.get(task.kind, Action.CALL)

    def _wrong(self, message: str, line: int = 0) -> BuildError:
        return BuildError(self.task.id, [(line, message)])

    async def build(self) -> Bundle:
        task = self.task
        public: tuple[int, ...] = ()
        baselines: tuple[tuple[str, float], ...] = ()
        if task.kind is CodeKind.PREDICT:
            outlines, public, baselines = await self._predictions()
        else:
            outlines = await self._outlines()
        groups, slowest = await self._frozen(outlines)
        return Bundle(
            task=task.id,
            version=task.version,
            kind=task.kind,
            entry=task.entry,
            compare=task.compare,
            groups=tuple(groups),
            time_s=task.limits.time_s or max(LEAST_TIME_S, TIME_FACTOR * slowest),
            memory_mb=task.limits.memory_mb,
            result_kb=task.limits.result_kb,
            seed=task.seed,
            reference=task.solution,
            needs=task.needs,
            forbid=task.forbid,
            fixtures=task.fixtures,
            check=task.check,
            score=task.score,
            public=public,
            baselines=baselines,
            versions=tuple((name, version(name)) for name in LIBRARIES),
        ).sealed()

    # What the author wrote

    async def _run(self, code: str, entry: str, cases: Sequence[RunCase], **options: Any) -> Report:
        job = Job(
            code=code,
            entry=entry,
            cases=tuple(cases),
            fixtures=self.task.fixtures,
            limits=options.pop("limits", AUTHOR_LIMITS),
            seed=options.pop("seed", self.task.seed),
            **options,
        )
        return await self.sandbox.run(job)

    def _values(self, report: Report, what: str, lines: Sequence[int]) -> list[Json]:
        """The values of a report all of whose cases must have one. Raises BuildError."""
        if report.setup is not Setup.READY:
            raise self._wrong(f"{what}: {_setup_trouble(report)}")
        problems = [
            (line, f"{what} {number}: {_trouble(case)}")
            for number, (case, line) in enumerate(zip(report.cases, lines, strict=True), 1)
            if case.ending is not Ending.VALUE
        ]
        if problems:
            raise BuildError(self.task.id, problems)
        return [case.value for case in report.cases]

    async def _outlines(self) -> list[_Outline]:
        task = self.task
        result = [_Outline("samples", task.sample_points, await self._written(task.samples, "sample"), sample=True)]
        result += [_Outline(g.name, g.points, await self._written(g.cases, g.name)) for g in task.hidden]
        result += [await self._made(group) for group in task.generated]
        return result

    async def _written(self, sources: Sequence[CaseSource], what: str) -> tuple[_Draft, ...]:
        """Cases that stand in the file: their arguments and, where given, their expected values."""
        calls = [RunCase(action=Action.CAPTURE, source=source.call) for source in sources]
        given = [source for source in sources if source.expected is not None and not source.raises]
        wanted = [RunCase(action=Action.EVALUATE, source=source.expected or "") for source in given]
        lines = [source.line for source in (*sources, *given)]
        report = await self._run(self.task.solution, self.task.entry, [*calls, *wanted])
        values = self._values(report, what, lines)
        expected = dict(zip((id(source) for source in given), values[len(sources) :], strict=True))
        drafts: list[_Draft] = []
        for source, captured in zip(sources, values, strict=False):
            args, kwargs = (captured, None) if self.action is Action.SCRIPT else _pair(captured)
            known = id(source) in expected and self.action is not Action.FIGURE
            drafts.append(
                _Draft(
                    why=source.why,
                    args=args,
                    kwargs=kwargs,
                    line=source.line,
                    expected=expected.get(id(source)) if known else None,
                    known=known,
                    raises=(source.expected or "").rpartition(".")[2] if source.raises else None,
                    weight=source.weight,
                    hint=source.hint,
                    call=source.call,
                    shown=source.expected or "",
                )
            )
        return tuple(drafts)

    async def _made(self, group: Generated) -> _Outline:
        """Cases that the generator makes, each with a random generator of its own."""
        chance = random.Random(f"{self.task.id}/{group.group}/{self.task.seed}")  # noqa: S311 - data, not secrets
        count, sizes = group.count, ()
        if group.scaling is not None:
            lists = [value for value in group.args.values() if isinstance(value, tuple)]
            if len(lists) != 1 or not all(isinstance(size, int | float) for size in lists[0]) or len(lists[0]) < 3:
                raise self._wrong(f"groups {group.group}: scaling needs exactly one list of three or more sizes")
            sizes = tuple(float(size) for size in lists[0])
            count = len(sizes)
        assert self.task.generate is not None
        calls = [
            RunCase(
                args=[{"$rng": chance.randrange(2**32)}],
                kwargs={name: _drawn(value, number, chance) for name, value in group.args.items()},
            )
            for number in range(count)
        ]
        report = await self._run(self.task.generate, "make", calls)
        made = self._values(report, f"groups {group.group}: case", [0] * count)
        drafts = tuple(self._draft(value, group.why or group.group) for value in made)
        return _Outline(group.group, group.points, drafts, scaling=group.scaling, sizes=sizes)

    def _draft(self, made: Json, why: str) -> _Draft:
        """A case from what `make` returned: a tuple of arguments, a dict of keyword arguments, or a dict of `args`
        (or `kwargs`) and `expected`."""
        expected: Json = None
        known = False
        if isinstance(made, dict) and "expected" in made and set(cast("dict[str, Json]", made)) <= {
            "args", "kwargs", "expected",
        }:  # fmt: skip
            parts = cast("dict[str, Json]", made)
            expected, known = parts["expected"], True
            made = parts.get("args", parts.get("kwargs"))
        if self.action is Action.SCRIPT:
            return _Draft(why, [_operation(entry) for entry in _items(made)], None, expected=expected, known=known)
        if isinstance(made, dict) and not any(key.startswith("$") for key in cast("dict[str, Json]", made)):
            return _Draft(why, [], made, expected=expected, known=known)
        is_tuple = isinstance(made, dict) and "$tuple" in made
        return _Draft(why, _items(made) if is_tuple else [made], None, expected=expected, known=known)

    async def _predictions(self) -> tuple[list[_Outline], tuple[int, ...], tuple[tuple[str, float], ...]]:
        task = self.task
        assert task.data is not None
        assert task.score is not None
        report = await self._run(task.data, "make", [RunCase(args=[{"$rng": task.seed}])])
        made = self._values(report, "data", [0])[0]
        if not isinstance(made, dict) or set(cast("dict[str, Json]", made)) != {"train", "test", "truth"}:
            raise self._wrong("data: make(rng) must return a dict of train, test and truth")
        parts = cast("dict[str, Json]", made)
        labels = flat_numbers(decode(parts["truth"]))
        if labels is None:
            raise self._wrong("data: truth must be a list of numbers")
        truth = [float(value) for value in labels]
        chance = random.Random(f"{task.id}/public/{task.seed}")  # noqa: S311
        rows = sorted(chance.sample(range(len(truth)), round(task.score.public_share * len(truth))))
        draft = _Draft("the test set", [parts["train"], parts["test"]], None, expected=parts["truth"], known=True)
        constant = _constant(truth, task.score.metric)
        baselines = (("one value for all", score_predictions(task.score.metric, truth, [constant] * len(truth))),)
        return [_Outline("predictions", 100, (draft,))], tuple(rows), baselines

    # What the reference says

    async def _frozen(self, outlines: list[_Outline]) -> tuple[list[Group], float]:
        """The groups with their expected values, and the CPU seconds of the slowest group of a right solution."""
        groups: list[Group] = []
        slowest = 0.0
        problems: list[tuple[int, str]] = []
        for number, outline in enumerate(outlines, 1):
            cases = [RunCase(draft.args, draft.kwargs, self.action, args_after=self.task.compare.args_after)
                     for draft in outline.drafts]  # fmt: skip
            first = await self._run(self.task.solution, self.task.entry, cases)
            if first.setup is not Setup.READY:
                raise self._wrong(f"solution: {_setup_trouble(first)}")
            again = await self._run(self.task.solution, self.task.entry, cases, seed=self.task.seed + 1, hash_seed=1)
            frozen: list[Case] = []
            for index, (draft, report, other) in enumerate(
                zip(outline.drafts, first.cases, again.cases, strict=True), 1
            ):
                case = Case(
                    id=f"{number}.{index}",
                    why=draft.why,
                    args=draft.args,
                    kwargs=draft.kwargs,
                    raises=draft.raises,
                    weight=draft.weight,
                    hint=draft.hint,
                    call=draft.call,
                    shown=draft.shown,
                )
                where = f"{outline.name} {index} ({draft.why})"
                try:
                    frozen.append(self._expected(case, draft, report, other))
                except _ReferenceTroubleError as error:
                    problems.append((draft.line, f"{where}: {error}"))
            slowest = max(slowest, sum(case.cpu_s for case in first.cases))
            groups.append(
                Group(outline.name, outline.points, tuple(frozen), outline.sample, outline.scaling, outline.sizes)
            )
        for code in self.task.accepted:
            for group in groups:
                cases = [RunCase(c.args, c.kwargs, self.action, args_after=self.task.compare.args_after)
                         for c in group.cases]  # fmt: skip
                report = await self._run(code, self.task.entry, cases)
                slowest = max(slowest, sum(case.cpu_s for case in report.cases))
        if problems:
            raise BuildError(self.task.id, problems)
        return groups, slowest

    def _expected(self, case: Case, draft: _Draft, report: CaseReport, other: CaseReport) -> Case:
        """The case with the value to compare with. Raises _ReferenceTroubleError where the reference gives none."""
        if draft.raises is not None:
            if report.raised is None or draft.raises not in report.raised.bases:
                raise _ReferenceTroubleError(f"the reference should raise {draft.raises}: {_trouble(report)}")
            return case
        if report.ending is not Ending.VALUE or other.ending is not Ending.VALUE:
            bad = report if report.ending is not Ending.VALUE else other
            raise _ReferenceTroubleError(f"the reference gives no value: {_trouble(bad)}")
        spec = self.task.compare
        if spec.checker in _JUDGED_BY_ITSELF or self.task.kind is CodeKind.PREDICT:
            # Draws and searches may differ from seed to seed; the checker says whether both are right.
            expected = draft.expected if draft.known else self._own(report.value, spec)
            return replace(case, expected=expected)
        value, second = _bare(report.value), _bare(other.value)
        if mismatch := compare(decode(value), decode(second), spec):
            raise _ReferenceTroubleError(
                f"the reference answers differently under another hash seed or random seed: {mismatch}"
            )
        if draft.known:
            if mismatch := compare(decode(draft.expected), decode(value), spec):
                raise _ReferenceTroubleError(f"the reference does not give what is expected: {mismatch}")
            return replace(case, expected=draft.expected)
        return replace(case, expected=value)

    def _own(self, value: Json, spec: Compare) -> Json:
        """What the reference's value says is expected, for checkers that compare something made from it."""
        if spec.checker is Checker.STAT:
            return statistic(decode(value), spec)
        if spec.checker is Checker.METRIC:
            raise _ReferenceTroubleError("the checker metric needs the labels: give an expected value")
        return value


class _ReferenceTroubleError(Exception):
    pass


_JUDGED_BY_ITSELF = frozenset({Checker.PROPERTY, Checker.STAT, Checker.METRIC, Checker.VS_REFERENCE})


def _bare(value: Json) -> Json:
    """A figure's description without its picture."""
    if isinstance(value, dict):
        parts = cast("dict[str, Json]", value)
        return parts["figure"] if "png" in parts else parts
    return value


def _pair(captured: Json) -> tuple[Json, Json]:
    args, kwargs = cast("list[Json]", captured)
    return args, kwargs or None


def _items(value: Json) -> list[Json]:
    """The items of an encoded list, tuple, array or Series."""
    if isinstance(value, list):
        return cast("list[Json]", value)
    if isinstance(value, dict):
        tagged = cast("dict[str, Json]", value)
        if "$tuple" in tagged:
            return tagged["$tuple"]
        plain = decode(tagged)
        data = getattr(plain, "data", None)
        if data is not None:
            return list(data)
    raise ValueError("a sequence is expected")


def _operation(entry: Json) -> Json:
    """An operation of a script as the sandbox wants it, `[name, args, kwargs]`, from `(name, *args)`."""
    name, *args = _items(entry)
    return [name, args, {}]


def _drawn(value: Any, number: int, chance: random.Random) -> Any:
    """A generator's argument: a range is drawn from, a list cycled through."""
    if isinstance(value, tuple):
        return cast("tuple[Any, ...]", value)[number % len(cast("tuple[Any, ...]", value))]
    if isinstance(value, str) and ".." in value:
        low, _, high = value.partition("..")
        if "." in low or "." in high:
            return chance.uniform(float(low), float(high))
        return chance.randint(int(low), int(high))
    return value


def _constant(truth: Sequence[float], metric: Metric) -> float:
    """The best single prediction that needs no features."""
    if metric is Metric.MAE:
        return sorted(truth)[len(truth) // 2]
    if metric in {Metric.ACCURACY, Metric.F1}:
        return max(set(truth), key=list(truth).count)
    return fmean(truth)


def _trouble(case: CaseReport) -> str:
    if case.ending is Ending.RAISED and case.raised is not None:
        where = f" (line {case.raised.frames[-1].line})" if case.raised.frames else ""
        return f"{case.raised.type}: {case.raised.message}{where}"
    return f"{case.ending.value} {case.detail}".strip()


def _setup_trouble(report: Report) -> str:
    if report.raised is not None:
        where = f" (line {report.raised.frames[-1].line})" if report.raised.frames else ""
        return f"{report.raised.type}: {report.raised.message}{where}"
    return f"{report.setup.value} {report.detail} {report.ending.value if report.ending else ''}".strip()


def trouble_lines(error: BuildError, file: str) -> Iterable[str]:
    """The mistakes of a task as lines for its author."""
    for line, message in error.problems:
        yield f"{file}:{line or 1}: {error.task}: {message}"
