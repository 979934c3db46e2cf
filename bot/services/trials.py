"""What the lab tries without being asked.

*Imports*: what a large import brought in untried is asked only once the lab has found nothing wrong with it.

*Upgrades*: a question was published because the lab found nothing wrong with it. Another grader, another lab or another
format may see that differently: after an upgrade each question that people added and that is asked is tried once more,
and quarantined if it fails.

Both go on one question at a time in the background, and how far they have come is stored, so that the next process goes
on where one was stopped.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

import grader
import questions
from bot.clock import Clock
from bot.services.background import Background
from bot.services.banks import Banks
from bot.services.lab import Findings, Lab
from bot.services.moderator_news import tell_moderators
from bot.services.question_versions import REASON_LIMIT, QuestionVersions, read_text
from bot.store import audit, meta, server_questions
from bot.store.audit import Action
from bot.store.engine import Store
from bot.store.server_questions import ASKED, QuestionRow, State
from questions.kinds import AnyQuestion
from questions.loader import QuestionFileError

_log = logging.getLogger(__name__)

CHECKED = "questions-checked"
"""Which program has tried the questions, and up to which one: “hash” when it is done, else “hash after-id”."""
_SHOWN = 2
"""Mistakes that the reason of a quarantine names."""
_LISTED = 10
"""Questions that a notice names."""
_FOUND = "the lab: "


def found_wrong(mistakes: str) -> str:
    """Why a question in which the lab found mistakes is quarantined."""
    return f"{_FOUND}{mistakes}"[:REASON_LIMIT]


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


class Trials:
    """What the lab tries in one bot process."""

    def __init__(
        self,
        store: Store,
        banks: Banks,
        clock: Clock,
        lab: Lab,
        versions: QuestionVersions,
        running: str | None = None,
    ) -> None:
        """`running` names the program in place of `program()`."""
        self._store = store
        self._banks = banks
        self._clock = clock
        self._lab = lab
        self._versions = versions
        self._running = running
        self._background = Background(_log)
        self._one_import = asyncio.Lock()
        self._trying: set[asyncio.Task[Findings]] = set()
        self._started = self._resting = False

    def start(self) -> None:
        """Tries in the background what was imported, and what another program has tried last; only the first call
        does."""
        if not self._started:
            self._started = True
            self.arrived()
            failed = "trying published questions again failed; the next start goes on with it"
            self._background.start(self.try_again, failed)

    def arrived(self) -> None:
        """Tries in the background what an import brought in."""
        self._background.start(
            self.try_imported, "trying imported questions failed; the next import or start goes on with it"
        )

    async def rest(self) -> None:
        """Breaks off the trials that are going on; the next process goes on with them."""
        self._resting = True
        for task in self._trying:
            task.cancel()
        await self.settled()

    async def settled(self) -> None:
        """Returns when nothing is tried any more."""
        await self._background.settled()

    async def try_imported(self) -> None:
        """Tries one question after the other that came in untried, until none is left."""
        async with self._one_import:
            while not self._resting:
                async with self._store.read() as connection:
                    found = await server_questions.next_untried(connection)
                if found is None:
                    return
                row, body = found
                wrong = await self._wrong(row, body, beside=True)
                if wrong is None:
                    return
                await self._tried(row, wrong)

    async def _tried(self, row: QuestionRow, wrong: str) -> None:
        """Lets a question that came in untried be asked, or keeps it where it is for what is wrong with it."""
        at = self._clock.now()
        async with self._store.write() as connection:
            now = await server_questions.find(connection, row.server_id, row.file_id)
            if now is None or now.version != row.version or now.once_tried is None:
                return  # somebody has changed it meanwhile
            if wrong:
                reason = found_wrong(wrong)
                await server_questions.put(connection, replace(now, once_tried=None, reason=reason, updated_at=at))
                await audit.add(connection, row.server_id, None, Action.QUARANTINED, row.file_id, reason, at)
            else:
                asked = replace(now, state=now.once_tried, once_tried=None, reason=None, updated_at=at)
                await server_questions.put(connection, asked)
            if not await server_questions.untried(connection, row.server_id):
                rows = await server_questions.all_of(connection, row.server_id)
                broken = [
                    one.file_id
                    for one in rows
                    if one.state is State.QUARANTINED and (one.reason or "").startswith(_FOUND)
                ]
                await tell_moderators(connection, row.server_id, _through(broken), at)

    async def try_again(self) -> None:
        """Tries what is published, where another program has tried it last: one question after the other until all are
        done."""
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
            wrong = await self._wrong(row, body, beside=False)
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

    async def _wrong(self, row: QuestionRow, body: str, *, beside: bool) -> str | None:
        """What the lab finds wrong with a question ('' for nothing); None when the process stops. `beside`: also what
        is wrong with it because of others."""
        try:
            question: AnyQuestion = await asyncio.to_thread(read_text, body)
        except (QuestionFileError, ValidationError) as error:
            first = next(iter(str(error).splitlines()), "")
            return f"this version of the program cannot read it ({first[:200]})"
        bank = await self._banks.as_filed(row.server_id)
        trial = asyncio.create_task(self._lab.examine(question, bank, person=row.author_id or 0, quick=True))
        self._trying.add(trial)
        try:
            found = await trial
        except asyncio.CancelledError:
            if self._resting:
                return None
            raise
        finally:
            self._trying.discard(trial)
        errors = found.errors if beside else found.own
        more = len(errors) - _SHOWN
        return " ".join(errors[:_SHOWN]) + (f" And {more} more." if more > 0 else "")


def _through(broken: list[str]) -> str:
    """What moderators are told once all that was imported has been tried."""
    if not broken:
        return "✓ The lab has tried all questions that were imported, and found nothing wrong with them."
    named = ", ".join(f"`{name}`" for name in broken[:_LISTED])
    more = f" and {len(broken) - _LISTED} more" if len(broken) > _LISTED else ""
    return (
        f"⚠️ The lab has tried all questions that were imported. Quarantined for mistakes: {named}{more}. "
        "**/question show** says what is wrong, **/question edit** mends it."
    )
