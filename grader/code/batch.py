"""Judges many submissions from files: JSON lines in, JSON lines out, as fast as the machine's cores allow.

A bundle's line is `{id, entry_point, cases: [{args, kwargs, expected}], compare, rtol, atol, normalise, limits}`;
values are written as `grader.code.sandbox.encoding` says. `compare` is `exact` (Python's ==, NaN equal to NaN) or
`approx` (numbers within `atol + rtol·|expected|`); `normalise: "set"` compares as sets; `{"$exception": {"type": …}}`
as the expected value means that the call must raise it. A submission's line is `{id, task, code}`. Every submission's
line gets one line of answer, in the same order; a line that cannot be used gets one with the verdict IE.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, TextIO, cast

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, model_validator

from grader.code.bundle import Bundle, Case, Group
from grader.code.checkers.numbers import Tolerance
from grader.code.checkers.python import PythonEquality
from grader.code.client import Sandbox
from grader.code.job import Job, Json, Report, RunCase, RunLimits, SandboxError, Setup
from grader.code.ruling import Equal, rule, setup_verdict
from grader.code.show import clean
from grader.code.values import MalformedValue, RaisedValue, decode
from grader.code.verdict import CaseVerdict, Code
from questions.code_task import MAX_CODE, CodeKind, Compare

AHEAD = 4
"""How many submissions a core are in the works, so that none of them waits for another to be written."""
NO_SUCH_TASK = "no such task"


class UnusableFileError(Exception):
    """A file that cannot be read or written; the message is for the person who named it."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Optional(_Line):
    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        """What is null has its default value."""
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in cast("dict[str, Any]", data).items() if value is not None}


class _CaseLine(_Line):
    args: list[Json] = Field(default_factory=list[Json])
    kwargs: dict[str, Json] | None = None
    expected: Json


class _Limits(_Optional):
    time_s: Annotated[float, Field(gt=0, le=600, validation_alias=AliasChoices("time_s", "cpu_s"))] = 2.0
    """CPU seconds for all cases together."""
    memory_mb: Annotated[int, Field(ge=16, le=4096)] = 256
    output_kb: Annotated[int, Field(ge=1, le=8192)] = 64
    result_kb: Annotated[int, Field(ge=1, le=8192)] = 1024


class _BundleLine(_Optional):
    id: str
    entry_point: str
    cases: Annotated[list[_CaseLine], Field(min_length=1)]
    compare: Literal["exact", "approx"] = "exact"
    rtol: Annotated[float, Field(ge=0)] = 1e-6
    atol: Annotated[float, Field(ge=0)] = 1e-8
    normalise: Literal["set"] | None = None
    limits: _Limits = Field(default_factory=_Limits)


class _SubmissionLine(_Line):
    id: str | int
    task: str
    code: str


@dataclass(frozen=True)
class _Task:
    """A bundle's line, ready to judge with."""

    bundle: Bundle
    limits: RunLimits
    equal: Equal

    @property
    def group(self) -> Group:
        return self.bundle.groups[0]


@dataclass
class Tasks:
    """The bundles of a file. `problems` are its lines that cannot be used, by the id they have."""

    known: dict[str, _Task] = field(default_factory=dict[str, _Task])
    problems: dict[str, str] = field(default_factory=dict[str, str])


async def judge_files(bundles: Path, submissions: Path, out: Path, sandbox: Sandbox, said: TextIO) -> int:
    """Writes a verdict for each submission and tells `said` of lines that cannot be used; how many were judged.

    Raises UnusableFileError.
    """
    with _opened(bundles) as file:
        tasks = read_tasks(file, str(bundles), said)
    with _opened(submissions) as source, _writable(out) as target:
        return await judge_lines(tasks, source, target, sandbox, said, str(submissions))


def read_tasks(lines: BinaryIO, name: str, said: TextIO) -> Tasks:
    """The tasks of a file of bundles."""
    tasks = Tasks()
    for number, line in _lines(lines):
        found: object = None
        try:
            found = json.loads(line)
            task = _task(_BundleLine.model_validate(found))
        except (ValueError, RecursionError) as error:
            problem = _problem(error)
            print(f"{name}:{number}: {problem}", file=said)
            if isinstance(known := _name(found, "id"), str):
                tasks.problems[known] = problem
            continue
        if task.bundle.task in tasks.known:
            print(f"{name}:{number}: the task {task.bundle.task!r} is there already; this line is ignored", file=said)
        else:
            tasks.known[task.bundle.task] = task
    return tasks


async def judge_lines(
    tasks: Tasks,
    lines: BinaryIO,
    out: TextIO,
    sandbox: Sandbox,
    said: TextIO,
    name: str = "submissions",
) -> int:
    """Judges a file of submissions and writes the verdicts in its order, as they come; how many lines there were."""
    waiting: deque[asyncio.Task[dict[str, Json]]] = deque()
    most = AHEAD * (os.cpu_count() or 1)
    count = 0

    async def write_next() -> None:
        print(json.dumps(await waiting.popleft()), file=out, flush=True)

    try:
        for number, line in _lines(lines):
            count += 1
            waiting.append(asyncio.create_task(_answer(tasks, line, f"{name}:{number}", sandbox, said)))
            if len(waiting) >= most:
                await write_next()
        while waiting:
            await write_next()
    finally:
        for task in waiting:
            task.cancel()
    return count


async def _answer(tasks: Tasks, line: bytes, where: str, sandbox: Sandbox, said: TextIO) -> dict[str, Json]:
    """The line of answer to a line."""
    found: object = None
    try:
        found = json.loads(line)
        submission = _SubmissionLine.model_validate(found)
    except (ValueError, RecursionError) as error:
        print(f"{where}: {_problem(error)}", file=said)
        reason = f"this line cannot be used: {_problem(error)}"
        return _told(_name(found, "id"), _name(found, "task"), Code.IE, reason)
    task = tasks.known.get(submission.task)
    if task is None:
        broken = tasks.problems.get(submission.task)
        reason = NO_SUCH_TASK if broken is None else f"the task cannot be used: {broken}"
        print(f"{where}: {submission.task!r}: {reason}", file=said)
        return _told(submission.id, submission.task, Code.IE, reason)
    try:
        return await _judged(task, submission, sandbox)
    except SandboxError as error:
        print(f"{where}: {error}", file=said)
        return _told(submission.id, submission.task, Code.IE, f"the sandbox failed: {error}")
    except Exception as error:  # noqa: BLE001 - one submission must not take the others' verdicts with it
        print(f"{where}: {type(error).__name__}: {error}", file=said)
        return _told(submission.id, submission.task, Code.IE, "the judge failed")


async def _judged(task: _Task, submission: _SubmissionLine, sandbox: Sandbox) -> dict[str, Json]:
    code = submission.code
    if len(code.encode("utf-8", "surrogatepass")) > MAX_CODE:
        reason = f"more than {MAX_CODE // 1024} kB of code"
        return _told(submission.id, submission.task, Code.CE, reason, cases=_alike(task, Code.CE, reason))
    job = Job(
        code=code,
        entry=task.bundle.entry,
        cases=tuple(RunCase(case.args, case.kwargs) for case in task.group.cases),
        limits=task.limits,
    )
    report = await sandbox.run(job)
    if report.setup is not Setup.READY:
        verdict = setup_verdict(task.bundle, code, report)
        cases = _alike(task, verdict.code, verdict.reason)
        return _told(submission.id, submission.task, verdict.code, verdict.reason, report, cases)
    ruled = rule(task.bundle, code, task.group, report.cases, equal=task.equal)
    failed = next((found.case for found in ruled if found.case.code is not Code.AC), None)
    passed = sum(found.case.code is Code.AC for found in ruled)
    reason = f"all {passed} cases pass" if failed is None else f"{passed} of {len(ruled)} cases pass; {_detail(failed)}"
    cases = [
        {"verdict": found.case.code.value, "detail": _detail(found.case), "cpu_s": round(found.case.cpu_s, 6)}
        for found in ruled
    ]
    return _told(submission.id, submission.task, failed.code if failed else Code.AC, reason, report, cases)


def _detail(case: CaseVerdict) -> str:
    difference = case.shown.difference if case.shown else ""
    return f"{case.detail}: {difference}" if difference else case.detail


def _alike(task: _Task, code: Code, reason: str) -> list[dict[str, Json]]:
    """The same verdict for every case, when none could be run."""
    return [{"verdict": code.value, "detail": reason, "cpu_s": 0.0} for _ in task.group.cases]


def _told(
    id_: Json,
    task: Json,
    code: Code,
    reason: str,
    report: Report | None = None,
    cases: list[dict[str, Json]] | None = None,
) -> dict[str, Json]:
    return {
        "id": id_,
        "task": task,
        "verdict": code.value,
        "reason": reason,
        "cpu_s": round(report.cpu_s, 6) if report else 0.0,
        "memory_mb": round(report.memory_mb, 1) if report else 0.0,
        "tier": report.tier if report else 0,
        "cases": cases or [],
    }


def _task(line: _BundleLine) -> _Task:
    """Raises MalformedValue for values that cannot be read."""
    cases: list[Case] = []
    for number, given in enumerate(line.cases, 1):
        try:
            expected = decode(given.expected)
        except MalformedValue as error:
            raise MalformedValue(f"case {number}: the expected value: {error}") from error
        raises = expected.type if isinstance(expected, RaisedValue) else None
        cases.append(Case(str(number), f"case {number}", given.args, given.kwargs or None, given.expected, raises))
    limits = line.limits
    bundle = Bundle(
        task=line.id,
        version=1,
        kind=CodeKind.FUNCTION,
        entry=line.entry_point,
        compare=Compare(),
        groups=(Group("cases", 100, tuple(cases), sample=True),),
        time_s=limits.time_s,
        memory_mb=limits.memory_mb,
        result_kb=limits.result_kb,
        seed=0,
        reference="",
    )
    equality = PythonEquality(
        Tolerance(line.rtol, line.atol, summed=True, exact_integers=False) if line.compare == "approx" else None
    )
    run_limits = RunLimits(
        cpu_s=limits.time_s,
        wall_s=max(30.0, 10 * limits.time_s),
        memory_mb=limits.memory_mb,
        output_bytes=limits.output_kb * 1024,
        result_bytes=limits.result_kb * 1024,
    )
    return _Task(bundle, run_limits, equality.as_sets if line.normalise == "set" else equality)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers."""
    return ((number, line) for number, line in enumerate(file, 1) if line.strip())


def _name(line: object, key: str) -> str | int | None:
    """An id in a line that cannot be used, if there is one."""
    name = cast("dict[str, object]", line).get(key) if isinstance(line, dict) else None
    return name if isinstance(name, str | int) else None


def _problem(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return clean(f"{where}: {first['msg']}" if where else first["msg"], 200)
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error.msg} at column {error.colno})"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8 text"
    return clean(str(error), 200)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise UnusableFileError(f"cannot read {path}: {error.strerror}") from error


def _writable(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise UnusableFileError(f"cannot write {path}: {error.strerror}") from error
