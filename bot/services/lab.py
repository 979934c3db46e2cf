"""The lab holds a question against everything that its author promises, before it is published. It takes a while."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from bot.services.judging import ClosingError, Judging
from grader.code.check import TaskReport
from grader.code.job import SandboxError
from grader.lab import LabFinding, try_out
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion

_BESIDE = frozenset({"question", "id", "version"})
"""Places of what is wrong with a question because of others: it is there already, or nearly the same as another."""


@dataclass(frozen=True)
class Findings:
    """What the lab found, in the author's words."""

    errors: tuple[str, ...]
    """What must be mended."""
    warnings: tuple[str, ...]
    """What is worth a look."""
    text: str
    """The whole report."""
    own: tuple[str, ...] = ()
    """The errors that are the question's own, whatever stands beside it in the bank."""


class Lab(Protocol):
    async def examine(self, question: AnyQuestion, bank: Bank, *, person: int, quick: bool = False) -> Findings:
        """Tries a question out for a person; `bank` is what it will stand beside.

        `quick` leaves out what takes longest, where many questions are tried at once.
        """
        ...


class BankLab:
    """The lab of one process: one question is tried at a time, away from everything else that goes on."""

    def __init__(self, judge: Judging) -> None:
        self._judge = judge
        self._free = asyncio.Semaphore(1)

    async def examine(self, question: AnyQuestion, bank: Bank, *, person: int, quick: bool = False) -> Findings:
        ran: TaskReport | SandboxError | None = None
        if isinstance(question, CodeTask):
            try:
                ran = await self._judge.check(question, person=person, quick=quick)
            except SandboxError as error:
                ran = error
            except ClosingError as error:
                ran = SandboxError(str(error) or "the bot is stopping")

        def run_code(_: CodeTask) -> TaskReport:
            if isinstance(ran, SandboxError):
                raise ran
            assert ran is not None
            return ran

        async with self._free:
            report = await asyncio.to_thread(try_out, question, bank, run_code=run_code)
        own = tuple(one for one in report.errors if one.place not in _BESIDE)
        return Findings(_told(report.errors), _told(report.warnings), report.as_text(), _told(own))


def _told(findings: tuple[LabFinding, ...]) -> tuple[str, ...]:
    return tuple(
        f"{one.place}: {one.message}{'' if one.message.endswith(('.', '”')) else '.'} {one.advice}".strip()
        for one in findings
    )
