"""Trying published questions again when the program has changed.

A question was published because the lab found nothing wrong with it. Another grader, another lab or another format may
see that differently: after an upgrade each question that people added and that is asked is tried once more, one at a
time in the background, and quarantined if it fails. How far that has come is noted, so that the next process goes on
where one was stopped.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

import grader
import questions
from bot.services.background import Background
from bot.services.banks import Banks
from bot.services.lab import Findings, Lab
from bot.services.question_versions import QuestionVersions, read_text
from bot.store import meta, server_questions
from bot.store.engine import Store
from bot.store.server_questions import ASKED, QuestionRow
from questions.kinds import AnyQuestion
from questions.loader import QuestionFileError

_log = logging.getLogger(__name__)

CHECKED = "questions-checked"
"""Which program has tried the questions, and up to which one: “hash” when it is done, else “hash after-id”."""
_SHOWN = 2
"""Mistakes that the reason of a quarantine names."""


@lru_cache(maxsize=1)
def program() -> str:
    """Tells one version of what tries questions (grader, lab, formats) from another; the bank does not count."""
    digest = hashlib.sha256()
    for package in (grader, questions):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if path.is_file() and inside.parts[0] != "bank" and "__pycache__" not in inside.parts:
                digest.update(f"{folder.name}/{inside.as_posix()}\n".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:20]


class Rechecking:
    """What one bot process tries again."""

    def __init__(
        self, store: Store, banks: Banks, lab: Lab, versions: QuestionVersions, running: str | None = None
    ) -> None:
        """`running` names the program in place of `program()`."""
        self._store = store
        self._banks = banks
        self._lab = lab
        self._versions = versions
        self._running = running
        self._task: asyncio.Task[None] | None = None
        self._background = Background(_log)
        self._trial: asyncio.Task[Findings] | None = None
        self._resting = False

    def start(self) -> None:
        """Tries in the background what another program has tried last; does nothing where that was done or goes on."""
        if self._task is None:
            failed = "trying published questions again failed; the next start goes on with it"
            self._task = self._background.start(self.run, failed)

    async def rest(self) -> None:
        """Breaks off the trial that is going on; the next process goes on with it."""
        self._resting = True
        if self._trial is not None:
            self._trial.cancel()
        await self._background.settled()

    async def run(self) -> None:
        """Tries one question after the other until all are done."""
        running = self._running or await asyncio.to_thread(program)
        async with self._store.read() as connection:
            noted = await meta.get(connection, CHECKED) or ""
        known, _, after = noted.partition(" ")
        if noted == running:
            return
        if known != running:
            after = ""
        tried = out = 0
        while not self._resting:
            async with self._store.read() as connection:
                found = await server_questions.next_asked(connection, after)
            if found is None:
                break
            row, body = found
            wrong = await self._wrong(row, body)
            if wrong is None:
                return
            tried += 1
            async with self._store.write() as connection:
                now = await server_questions.find(connection, row.server_id, row.file_id)
                if wrong and now is not None and now.version == row.version and now.state in ASKED:
                    reason = f"after an upgrade of the program the lab finds mistakes in it: {wrong}"
                    out += await self._versions.quarantine(connection, row.server_id, row.id, reason=reason)
                after = row.id
                await meta.put(connection, CHECKED, f"{running} {after}")
        if self._resting:
            return
        async with self._store.write() as connection:
            await meta.put(connection, CHECKED, running)
        if tried:
            _log.info("the program has changed: %s published questions were tried again, %s quarantined", tried, out)

    async def _wrong(self, row: QuestionRow, body: str) -> str | None:
        """What the lab finds wrong with a question ('' for nothing); None when the process stops."""
        try:
            question: AnyQuestion = await asyncio.to_thread(read_text, body)
        except (QuestionFileError, ValidationError) as error:
            first = next(iter(str(error).splitlines()), "")
            return f"this version of the program cannot read it ({first[:200]})"
        bank = await self._banks.as_filed(row.server_id)
        self._trial = asyncio.create_task(self._lab.examine(question, bank, person=row.author_id or 0, quick=True))
        try:
            found = await self._trial
        except asyncio.CancelledError:
            if self._resting:
                return None
            raise
        finally:
            self._trial = None
        more = len(found.own) - _SHOWN
        return " ".join(found.own[:_SHOWN]) + (f" And {more} more." if more > 0 else "")
