"""The judge of a process: whose turn it is, what is told meanwhile, and our own failures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from bot.errors import UserError
from bot.services.judging import ClosingError, CodeJudge, NoJudge, Progress
from grader.code.bundle import Bundle, Case, Group
from grader.code.job import SandboxError
from grader.code.judge import Judged
from grader.code.verdict import Code, CodeVerdict
from questions.bank import Bank
from questions.code_task import CodeKind, CodeTask, Compare

BUNDLE = Bundle(
    task="t",
    version=1,
    kind=CodeKind.FUNCTION,
    entry="f",
    compare=Compare(),
    groups=(Group("samples", 10, (Case("1.1", "one", [1]),), sample=True),),
    time_s=1.5,
    memory_mb=64,
    result_kb=10,
    seed=0,
    reference="",
)


@dataclass
class Bundles:
    """Hands out one bundle, or fails."""

    error: Exception | None = None

    async def of(self, task: CodeTask) -> Bundle:
        if self.error is not None:
            raise self.error
        return BUNDLE


@dataclass
class Bench:
    """Judges what a program says (its verdict), each time that `go` is released."""

    go: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    began: list[str] = field(default_factory=list[str])
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    groups: int = 0

    async def judge(
        self,
        bundle: Bundle,
        code: str,
        *,
        samples_only: bool = False,
        lint: bool = False,
        progress: Callable[[int, int, str], None] | None = None,
    ) -> Judged:
        self.began.append(code)
        self.changed.set()
        for group in range(self.groups):
            assert progress is not None
            progress(group, self.groups, f"group {group}")
        await self.go.acquire()
        if code == "crash":
            raise RuntimeError("the judge crashed")
        name = Code.IE if code == "IE" else Code.AC
        return Judged(CodeVerdict(bundle.task, name, f"{code} {samples_only} {lint}", 1.0))

    async def until(self, began: int) -> None:
        async with asyncio.timeout(5):
            while len(self.began) < began:
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
def task(bank: Bank) -> CodeTask:
    found = bank.get("mlcode.numpy-pandas.running-mean")
    assert isinstance(found, CodeTask)
    return found


async def test_no_more_run_at_once_than_allowed_and_the_turns_are_fair(task: CodeTask) -> None:
    bench = Bench()
    judge = CodeJudge(Bundles(), bench, at_once=2)
    senders = [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1"), ("b", "b2")]
    people = {"a": 1, "b": 2, "c": 3}
    jobs = [asyncio.create_task(judge.judge(task, code, person=people[person])) for person, code in senders]
    for began in range(2, len(jobs) + 1):
        await bench.until(began)
        assert len(bench.began) == began
        bench.go.release()
    bench.go.release()
    await asyncio.gather(*jobs)
    assert bench.began == ["a1", "a2", "b1", "c1", "a3", "b2"]


async def test_who_waits_is_told_how_many_are_ahead_and_then_which_group_runs(task: CodeTask) -> None:
    bench = Bench(groups=2)
    judge = CodeJudge(Bundles(), bench, at_once=1)
    told: list[Progress] = []
    first = asyncio.create_task(judge.judge(task, "x", person=1))
    await bench.until(1)
    second = asyncio.create_task(judge.judge(task, "y", person=2))
    third = asyncio.create_task(judge.judge(task, "z", person=3, watch=told.append))
    bench.go.release()
    await bench.until(2)
    bench.go.release()
    await bench.until(3)
    bench.go.release()
    await asyncio.gather(first, second, third)
    assert list(dict.fromkeys(told)) == [
        Progress(ahead=1),
        Progress(ahead=0),
        Progress(),
        Progress(None, 1, 2, "group 0"),
        Progress(None, 2, 2, "group 1"),
    ]


async def test_who_goes_away_while_waiting_or_running_leaves_their_place_to_others(task: CodeTask) -> None:
    bench = Bench()
    judge = CodeJudge(Bundles(), bench, at_once=1)
    running, waiting, last = (
        asyncio.create_task(judge.judge(task, code, person=person)) for person, code in ((1, "x"), (2, "y"), (3, "z"))
    )
    await bench.until(1)
    for job in (waiting, running):
        job.cancel()
        await asyncio.wait({job})
    bench.go.release()
    assert (await last).verdict.code is Code.AC
    assert bench.began == ["x", "z"]


async def test_an_internal_error_is_tried_once_more_and_then_admitted(task: CodeTask) -> None:
    bench = Bench(go=asyncio.Semaphore(9))
    judge = CodeJudge(Bundles(), bench, at_once=1)
    assert (await judge.judge(task, "IE", person=1)).verdict.code is Code.IE
    assert (await judge.judge(task, "crash", person=1)).verdict.code is Code.IE
    assert bench.began == ["IE", "IE", "crash", "crash"]
    assert (await judge.judge(task, "fine", person=1)).verdict.code is Code.AC


async def test_a_sandbox_that_goes_away_with_the_bot_is_nobodys_fault(task: CodeTask) -> None:
    bench = Bench()
    judge = CodeJudge(Bundles(), bench, at_once=1)
    running = asyncio.create_task(judge.judge(task, "IE", person=1))
    waiting = asyncio.create_task(judge.judge(task, "x", person=2))
    await bench.until(1)
    judge.close()
    bench.go.release()
    for job in (running, waiting):
        with pytest.raises(ClosingError):
            await job
    with pytest.raises(ClosingError):
        await judge.judge(task, "later", person=3)


async def test_samples_are_run_without_notes_on_style(task: CodeTask) -> None:
    judge = CodeJudge(Bundles(), Bench(go=asyncio.Semaphore(9)), at_once=1)
    assert (await judge.judge(task, "x", person=1, samples_only=True)).verdict.reason == "x True False"
    assert (await judge.judge(task, "x", person=1)).verdict.reason == "x False True"


async def test_the_facts_of_a_task_are_those_of_its_bundle(task: CodeTask) -> None:
    facts = await CodeJudge(Bundles(), Bench(), 1).facts(task)
    assert (facts.time_s, facts.memory_mb, facts.tables) == (1.5, 64, ())


@pytest.mark.parametrize("error", [SandboxError("gone"), ValueError("a mistake in the task")])
async def test_a_task_that_cannot_be_built_is_told_in_words(task: CodeTask, error: Exception) -> None:
    with pytest.raises(UserError, match="my fault"):
        await CodeJudge(Bundles(error), Bench(), 1).facts(task)


async def test_a_machine_without_a_sandbox_says_so(task: CodeTask) -> None:
    judge = NoJudge("nothing runs here")
    assert judge.refusal == "nothing runs here"
    with pytest.raises(UserError, match="nothing runs here"):
        await judge.facts(task)
    assert (await judge.judge(task, "x", person=1)).verdict.code is Code.IE
