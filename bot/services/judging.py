"""Judging submissions for the rounds: whose turn it is, what can be told meanwhile, and once more when we failed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from bot.errors import UserError
from bot.services.fair_queue import FairQueue, Ticket
from bot.services.tables import as_csv
from grader.code.bundle import Bundle
from grader.code.check import TaskReport
from grader.code.job import NoSandboxError, SandboxError
from grader.code.values import Frame, MalformedValue, decode
from grader.code.verdict import Code, CodeVerdict
from questions.code_task import CodeKind, CodeTask

_log = logging.getLogger(__name__)

TRIES = 2
"""How often a submission is judged before we admit that we cannot."""
MAX_TABLE = 2 * 1024 * 1024
"""Bytes of a table that is handed out."""
NOT_HERE = "I cannot run code on this machine."


@dataclass(frozen=True)
class Progress:
    """Where a submission stands."""

    ahead: int | None = None
    """How many are judged before it; None once it runs."""
    group: int = 0
    """1-based; 0 before the first group."""
    groups: int = 0
    name: str = ""
    """The group's name."""


Watch = Callable[[Progress], None]


@dataclass(frozen=True)
class Judged:
    """A verdict, and for figures the pictures that belong to it: the submission's, the reference's."""

    verdict: CodeVerdict
    pictures: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What the built task adds to its file, for people."""

    time_s: float
    memory_mb: int
    tables: tuple[tuple[str, bytes], ...] = ()
    """Of a predict task: names and contents of the CSV files that are handed out."""
    baselines: tuple[tuple[str, float], ...] = ()
    """Of a predict task: what simple answers score."""


class ClosingError(Exception):
    """The bot is stopping: what is being judged is judged again by the next process."""


class Judging(Protocol):
    """What the rounds need of a judge."""

    @property
    def refusal(self) -> str | None:
        """Why no code can be run, in words for the person; None when all is well."""
        ...

    async def facts(self, task: CodeTask) -> Facts:
        """Builds the task if need be. Raises UserError when it cannot be asked now."""
        ...

    async def judge(
        self, task: CodeTask, code: str, *, person: int, samples_only: bool = False, watch: Watch | None = None
    ) -> Judged:
        """The verdict on a submission. Our own failures are a verdict, too (IE). Raises ClosingError."""
        ...

    async def check(self, task: CodeTask, *, person: int, quick: bool = False) -> TaskReport:
        """Runs all that is in a task, as its author promises it; `quick`: without trying changes of the solution.

        Raises SandboxError where nothing can be run, and ClosingError.
        """
        ...


class NoJudge:
    """Stands in where nothing can be run."""

    def __init__(self, refusal: str = NOT_HERE) -> None:
        self._refusal = refusal

    @property
    def refusal(self) -> str | None:
        return self._refusal

    async def facts(self, task: CodeTask) -> Facts:  # noqa: ARG002
        raise UserError(self._refusal)

    async def judge(
        self,
        task: CodeTask,
        code: str,  # noqa: ARG002
        *,
        person: int,  # noqa: ARG002
        samples_only: bool = False,  # noqa: ARG002
        watch: Watch | None = None,  # noqa: ARG002
    ) -> Judged:
        return Judged(CodeVerdict(task.id, Code.IE, self._refusal, 0.0))

    async def check(self, task: CodeTask, *, person: int, quick: bool = False) -> TaskReport:  # noqa: ARG002
        raise NoSandboxError(self._refusal)


class BundleSource(Protocol):
    """`grader.code.bundles.Bundles`."""

    async def of(self, task: CodeTask) -> Bundle: ...


class Result(Protocol):
    """`grader.code.judge.Judged`."""

    @property
    def verdict(self) -> CodeVerdict: ...
    @property
    def pictures(self) -> tuple[bytes, ...]: ...


class Bench(Protocol):
    """`grader.code.judge.Judge`."""

    async def judge(
        self,
        bundle: Bundle,
        code: str,
        *,
        samples_only: bool = False,
        lint: bool = False,
        progress: Callable[[int, int, str], None] | None = None,
    ) -> Result: ...


class Examiner(Protocol):
    """`grader.code.check.check_task` in a sandbox."""

    async def __call__(self, task: CodeTask, /, *, mutate: bool) -> TaskReport: ...


class CodeJudge:
    """The judge of one process: at most `at_once` submissions run, the others wait their fair turn."""

    def __init__(self, bundles: BundleSource, judge: Bench, at_once: int, examiner: Examiner | None = None) -> None:
        self._bundles = bundles
        self._judge = judge
        self._examiner = examiner
        self._free = at_once
        self._queue = FairQueue()
        self._turns: dict[Ticket, asyncio.Future[None]] = {}
        self._watchers: dict[Ticket, Watch] = {}
        self._facts: dict[tuple[str, int], Facts] = {}
        self._closing = False

    @property
    def refusal(self) -> str | None:
        return None

    def close(self) -> None:
        """From now on nothing that fails is called our fault: the sandbox is going away."""
        self._closing = True
        for turn in self._turns.values():
            turn.cancel()

    async def facts(self, task: CodeTask) -> Facts:
        if known := self._facts.get((task.id, task.version)):
            return known
        try:
            bundle = await self._bundles.of(task)
            tables = await asyncio.to_thread(_tables, bundle) if task.kind is CodeKind.PREDICT else ()
        except (SandboxError, ValueError) as error:  # BuildError is a ValueError
            _log.exception("%s cannot be asked", task.id)
            raise UserError(
                "I cannot prepare that task right now; that is my fault. Try another topic, or again in a few minutes."
            ) from error
        facts = Facts(bundle.time_s, bundle.memory_mb, tables, bundle.baselines)
        self._facts[task.id, task.version] = facts
        return facts

    async def judge(
        self, task: CodeTask, code: str, *, person: int, samples_only: bool = False, watch: Watch | None = None
    ) -> Judged:
        tell: Watch = watch or _nobody
        ticket = await self._turn(person, tell)
        try:
            judged = await self._once(task, code, samples_only, tell)
            for _ in range(TRIES - 1):
                if judged.verdict.code is Code.IE:
                    judged = await self._once(task, code, samples_only, tell)
            return judged
        finally:
            self._free += 1
            self._queue.leave(ticket)
            self._next()

    async def check(self, task: CodeTask, *, person: int, quick: bool = False) -> TaskReport:
        if self._examiner is None:
            raise NoSandboxError(NOT_HERE)
        ticket = await self._turn(person, _nobody)
        try:
            return await self._examiner(task, mutate=not quick)
        finally:
            self._free += 1
            self._queue.leave(ticket)
            self._next()

    async def _once(self, task: CodeTask, code: str, samples_only: bool, tell: Watch) -> Judged:
        def progress(group: int, groups: int, name: str) -> None:
            tell(Progress(None, group + 1, groups, name))

        tell(Progress())
        try:
            bundle = await self._bundles.of(task)
            result = await self._judge.judge(
                bundle, code, samples_only=samples_only, lint=not samples_only, progress=progress
            )
        except Exception as error:
            if self._closing:
                raise ClosingError from error
            _log.exception("%s could not be judged", task.id)
            return Judged(CodeVerdict(task.id, Code.IE, "The judge failed.", 0.0))
        if result.verdict.code is Code.IE:
            if self._closing:
                raise ClosingError
            _log.error("%s could not be judged: %s", task.id, result.verdict.reason)
        return Judged(result.verdict, tuple(result.pictures))

    # The queue

    async def _turn(self, person: int, tell: Watch) -> Ticket:
        """Returns when it is this submission's turn; the caller then holds one of the places to run."""
        if self._closing:
            raise ClosingError
        ticket = self._queue.join(person)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turns[ticket], self._watchers[ticket] = turn, tell
        self._next()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was our turn at the very moment
                self._free += 1
            self._queue.leave(ticket)
            self._next()
            if self._closing:
                raise ClosingError from None
            raise
        finally:
            self._turns.pop(ticket, None)
            self._watchers.pop(ticket, None)
        return ticket

    def _next(self) -> None:
        while self._free > 0 and (ticket := self._queue.serve()) is not None:
            turn = self._turns[ticket]
            if not turn.done():
                self._free -= 1
                turn.set_result(None)
        for ticket, tell in self._watchers.items():
            if not self._turns[ticket].done():
                tell(Progress(ahead=self._queue.ahead(ticket)))


def _nobody(_: Progress) -> None:
    """Nobody watches."""


def _tables(bundle: Bundle) -> tuple[tuple[str, bytes], ...]:
    """The tables of a predict task. Raises MalformedValue for a bundle without them."""
    args = [decode(arg) for arg in bundle.groups[0].cases[0].args]
    frames = [arg for arg in args if isinstance(arg, Frame)]
    if len(frames) != 2:
        raise MalformedValue("a predict task's case has two tables")
    tables = zip(("train.csv", "test.csv"), map(as_csv, frames), strict=True)
    return tuple((name, content) for name, content in tables if len(content) <= MAX_TABLE)


def without_private(verdict: CodeVerdict) -> CodeVerdict:
    """The verdict as it may be shown before the round is over: as if the public part decided."""
    metric = verdict.metric
    if metric is None:
        return verdict
    passes = metric.public >= metric.passing if metric.full >= metric.passing else metric.public <= metric.passing
    code = Code.AC if passes else Code.WA
    reason = f"{metric.metric} is {metric.public:.4g} on the public rows; {metric.passing:g} is needed on the others."
    return replace(verdict, code=code, reason=reason, score=0.0, metric=replace(metric, private=None))
