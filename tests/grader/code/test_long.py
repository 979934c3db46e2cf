"""Long runs of the judge: the same verdict whatever else the machine does, and nothing left behind.

`make soak` runs them; they take some minutes.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bench.judge import SUBMISSION, bundle
from grader.code.build import build
from grader.code.bundle import Bundle
from grader.code.client import Sandbox
from grader.code.judge import Judge
from grader.code.mutate import mutants
from grader.code.verdict import Code
from questions.bank import Bank
from questions.code_task import CodeKind, CodeTask

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

SUBMISSIONS = 1000
IN_A_ROW = 10_000


def spin() -> None:
    """Keeps one core busy until it is ended."""
    while True:
        sum(range(100_000))


@contextmanager
def busy_cores() -> Generator[None]:
    spinners = [
        multiprocessing.get_context("spawn").Process(target=spin, daemon=True) for _ in range(os.cpu_count() or 1)
    ]
    for spinner in spinners:
        spinner.start()
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.join()


def submissions(tasks: list[CodeTask]) -> list[tuple[str, str, Code | None]]:
    """(task id, code, verdict if it is known) of references, wrong solutions and mutants, the same in every run."""
    found: list[tuple[str, str, Code | None]] = []
    pool: list[tuple[str, str, Code | None]] = []
    for task in tasks:
        found.append((task.id, task.solution, Code.AC))
        found += [(task.id, code, Code.AC) for code in task.accepted]
        found += [(task.id, wrong.code, None) for wrong in task.wrong]
        pool += [(task.id, mutant.code, None) for mutant in mutants(task.solution)]
    random.Random(20).shuffle(pool)
    return (found + pool)[:SUBMISSIONS]


async def verdicts(
    sandbox: Sandbox, bundles: dict[str, Bundle], wanted: list[tuple[str, str, Code | None]]
) -> list[Code]:
    judge = Judge(sandbox)
    at_once = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(task: str, code: str) -> Code:
        async with at_once:
            return (await judge.judge(bundles[task], code)).verdict.code

    return list(await asyncio.gather(*(one(task, code) for task, code, _ in wanted)))


async def test_a_thousand_submissions_get_the_same_verdict_alone_and_on_a_busy_machine(shipped: Bank) -> None:
    tasks = [question for question in shipped.questions.values() if isinstance(question, CodeTask)]
    tasks = [task for task in tasks if task.kind in {CodeKind.FUNCTION, CodeKind.CLASS, CodeKind.FIGURE}]
    wanted = submissions(tasks)
    assert len(wanted) == SUBMISSIONS
    async with Sandbox.open() as sandbox:
        bundles: dict[str, Bundle] = {}
        for task in tasks:
            built = await build(task, sandbox)
            # Mutants that never end would make this take hours; nothing right comes near this limit.
            bundles[task.id] = replace(built, time_s=min(built.time_s, 2.0)).sealed()
        alone = await verdicts(sandbox, bundles, wanted)
        with busy_cores():
            busy = await verdicts(sandbox, bundles, wanted)
    print(f"\n{len(wanted)} submissions to {len(tasks)} tasks: {dict(Counter(alone))}")
    differing = [
        (task, first, second, code)
        for (task, code, _), first, second in zip(wanted, alone, busy, strict=True)
        if first != second
    ]
    assert differing == []
    failed = [task for (task, _, known), code in zip(wanted, alone, strict=True) if known is not None and code != known]
    assert failed == []
    assert Code.IE not in alone


def descendants() -> set[int]:
    """The processes that come from this one, of any generation."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            parents[int(folder.name)] = int(fields[1])
    found: set[int] = set()
    generation = {os.getpid()}
    while generation:
        generation = {pid for pid, parent in parents.items() if parent in generation} - found
        found |= generation
    return found


def descriptors(pids: set[int]) -> int:
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)


async def at_rest() -> tuple[set[int], int]:
    """The processes and how many descriptors they have, once the children that wait for a job are all there."""
    before: tuple[set[int], int] | None = None
    while True:
        found = descendants()
        try:
            now = found, descriptors(found | {os.getpid()})
        except OSError:
            continue  # one of them has just ended
        if now == before:
            return now
        before = now
        await asyncio.sleep(0.2)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are counted in /proc")
async def test_ten_thousand_submissions_leave_nothing_behind() -> None:
    sealed = bundle()
    crash = "import os\n\ndef standardize(X):\n    os._exit(3)\n"
    others = descendants()
    async with Sandbox.open() as sandbox:
        judge = Judge(sandbox)
        for _ in range(200):
            assert (await judge.judge(sealed, SUBMISSION)).verdict.accepted
        processes, opened = await at_rest()
        memory = sandbox.memory_mb()
        for number in range(IN_A_ROW):
            wrong = number % 10 == 9
            verdict = (await judge.judge(sealed, crash if wrong else SUBMISSION)).verdict
            assert verdict.code is (Code.RTE if wrong else Code.AC)
        left, now_open = await at_rest()
        grown = sandbox.memory_mb()
        print(f"\n{IN_A_ROW} submissions: {memory:.1f} MB before, {grown:.1f} MB after")
        assert len(left) == len(processes)
        assert now_open <= opened + 2
        assert grown - memory <= 20
    assert not (left - others) & descendants()
