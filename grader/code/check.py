"""Holds a task against its own promises: what its author's solutions get, and what its cases do not notice."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.code.build import BuildError, build
from grader.code.bundle import Bundle
from grader.code.client import Sandbox
from grader.code.judge import Judge
from grader.code.mutate import Mutant, mutants
from grader.code.verdict import NAMES, Code, CodeVerdict
from questions.code_task import CodeKind, CodeTask, Expect
from questions.model import words

EDITORIAL_WORDS = 80
MUTANTS = 80
"""How many mutants are run; more are thinned out evenly."""
MUTANT_TIME_S = 0.5
"""The least CPU time that a mutant gets: some never end."""

EXPECTED: dict[Expect, Code] = {
    Expect.WRONG_ANSWER: Code.WA,
    Expect.TIME_LIMIT: Code.TLE,
    Expect.MEMORY_LIMIT: Code.MLE,
    Expect.OUTPUT_LIMIT: Code.OLE,
    Expect.RUNTIME_ERROR: Code.RTE,
    Expect.COMPILE_ERROR: Code.CE,
    Expect.FORBIDDEN_IMPORT: Code.CE,
}


@dataclass(frozen=True)
class TaskReport:
    """What the check found. `problems` must be mended; `survivors` are worth a look."""

    task: str
    problems: tuple[tuple[int, str], ...]
    """(line or 0, message)."""
    survivors: tuple[str, ...] = ()
    """Mutants of the reference that no case notices: `line 4: <= for <`."""
    mutants: int = 0
    cases: int = 0
    time_s: float = 0.0
    """The time limit that was found."""


async def check_task(task: CodeTask, sandbox: Sandbox, *, mutate: bool = True) -> TaskReport:
    """Builds the task and tries everything in it. Raises SandboxError when nothing can be run."""
    try:
        bundle = await build(task, sandbox)
    except BuildError as error:
        return TaskReport(task.id, error.problems)
    judge = Judge(sandbox)
    problems = [(0, message) for message in (*_prose(task), *_cases(bundle))]
    trials = [
        _right(judge, bundle, "solution", task.solution),
        *(_right(judge, bundle, f"accepted {i}", code) for i, code in enumerate(task.accepted, 1)),
        *(
            _wrong(judge, bundle, f"wrong {i} ({wrong.why})", wrong.code, wrong.expect)
            for i, wrong in enumerate(task.wrong, 1)
        ),
        *(_failing(judge, bundle, name, code) for name, code in _trivial(task)),
    ]
    for found in await asyncio.gather(*trials):
        problems += [(0, message) for message in found]
    survivors: tuple[str, ...] = ()
    tried = 0
    if mutate and not problems:
        survivors, tried = await _survivors(task, bundle, judge)
    cases = sum(len(group.cases) for group in bundle.groups)
    return TaskReport(task.id, tuple(problems), survivors, tried, cases, bundle.time_s)


def _prose(task: CodeTask) -> list[str]:
    found: list[str] = []
    if words(task.editorial) < EDITORIAL_WORDS:
        found.append(f"editorial: {words(task.editorial)} words; an editorial has at least {EDITORIAL_WORDS}")
    if task.kind is not CodeKind.PREDICT and not any(c for g in task.hidden for c in g.cases) and not task.generated:
        found.append("there are no hidden cases")
    return found


def _cases(bundle: Bundle) -> list[str]:
    """At least one hidden case must not be among the samples."""
    shown = [(case.args, case.kwargs) for group in bundle.groups if group.sample for case in group.cases]
    hidden = [(case.args, case.kwargs) for group in bundle.groups if not group.sample for case in group.cases]
    return [] if any(case not in shown for case in hidden) else ["every hidden case is also a sample"]


async def _right(judge: Judge, bundle: Bundle, name: str, code: str) -> list[str]:
    verdict = (await judge.judge(bundle, code)).verdict
    if verdict.accepted and verdict.score > 1 - 1e-9:
        return []
    if verdict.accepted and bundle.score is not None:
        return []  # predictions rarely earn all points
    return [f"{name} must be accepted: {_told(verdict)}"]


async def _wrong(judge: Judge, bundle: Bundle, name: str, code: str, expect: Expect) -> list[str]:
    verdict = (await judge.judge(bundle, code)).verdict
    if verdict.code is EXPECTED[expect]:
        return []
    return [f"{name} must be {EXPECTED[expect].value}: {_told(verdict)}"]


async def _failing(judge: Judge, bundle: Bundle, name: str, code: str) -> list[str]:
    verdict = (await judge.judge(bundle, code)).verdict
    return [f"{name} is accepted"] if verdict.accepted else []


def _told(verdict: CodeVerdict) -> str:
    failing = [
        f"{group.name} {case.id}: {case.why}: {case.code.value} {case.detail}".strip()
        for group in verdict.groups
        for case in group.cases
        if case.code is not Code.AC
    ]
    trace = "; ".join(verdict.trace)
    more = f" [{'; '.join(failing[:3])}]" if failing else ""
    growth = "".join(f" [grows like n^{g.yours:.2f}, the reference n^{g.reference:.2f}]" for g in verdict.growth)
    return f"{verdict.code.value} ({NAMES[verdict.code]}): {verdict.reason}{more}{growth} {trace}".strip()


def _trivial(task: CodeTask) -> list[tuple[str, str]]:
    """Submissions without a thought, none of which may pass."""
    found = [("the starter", task.starter)]
    if task.kind is CodeKind.CLASS:
        found.append(("a class that does nothing", _EMPTY_CLASS.format(entry=task.entry)))
    elif task.kind is CodeKind.FUNCTION:
        found.append(("returning the first argument", _FIRST_ARGUMENT.format(entry=task.entry)))
        values = [sample.expected for sample in task.samples if sample.expected and not sample.raises]
        if values:
            listed = ", ".join(f"lambda: ({value})" for value in values)
            found.append(("returning the samples' answers", _ANSWERS.format(entry=task.entry, listed=listed)))
    return found


_EMPTY_CLASS = textwrap.dedent("""\
    class {entry}:
        def __init__(self, *args, **kwargs):
            pass

        def __getattr__(self, name):
            return lambda *args, **kwargs: None
    """)
_FIRST_ARGUMENT = textwrap.dedent("""\
    def {entry}(*args, **kwargs):
        return args[0] if args else next(iter(kwargs.values()), None)
    """)
_ANSWERS = textwrap.dedent("""\
    import math

    try:
        import numpy as np
        import pandas as pd
    except ImportError:
        pass

    _answers = [{listed}]
    _calls = -1

    def {entry}(*args, **kwargs):
        global _calls
        _calls += 1
        return _answers[_calls % len(_answers)]()
    """)


async def _survivors(task: CodeTask, bundle: Bundle, judge: Judge) -> tuple[tuple[str, ...], int]:
    """The mutants that pass all cases but those that measure growth."""
    groups = tuple(group for group in bundle.groups if group.scaling is None)
    quick = replace(bundle, groups=groups, time_s=max(MUTANT_TIME_S, bundle.time_s / 4)).sealed()
    every = mutants(task.solution)
    chosen = _thinned(every, MUTANTS)
    at_once = asyncio.Semaphore(4)

    async def survives(code: str) -> bool:
        async with at_once:
            return (await judge.judge(quick, code)).verdict.accepted

    passed = await asyncio.gather(*(survives(mutant.code) for mutant in chosen))
    lines = tuple(f"line {m.line}: {m.change}" for m, lives in zip(chosen, passed, strict=True) if lives)
    return lines, len(chosen)


def _thinned(entries: Sequence[Mutant], most: int) -> list[Mutant]:
    if len(entries) <= most:
        return list(entries)
    return [entries[index * len(entries) // most] for index in range(most)]
