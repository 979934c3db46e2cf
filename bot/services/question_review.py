"""Reviews: what was handed in is approved, returned or rejected, if possible by somebody else than its author."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import UserError
from bot.services.drafts import Draft, Kind, body_of, draft_of
from bot.services.moderator_news import ACTIVE_FOR
from bot.services.question_changes import Change, changes_between
from bot.services.question_drafts import (
    NoDraftError,
    NotReadyError,
    QuestionDrafts,
    StaleDraftError,
    ready,
    require_sound,
)
from bot.services.question_versions import Publication, QuestionVersions, written
from bot.store import audit, notices, server_questions
from bot.store.audit import MODERATORS_ONLY, Action
from bot.store.engine import Store
from bot.store.notices import Notice
from bot.store.server_questions import DraftState, QuestionRow, State

PAGE = 5
"""Drafts on a page of the queue."""
NOTED_EVERY = timedelta(days=30)
NOTE_LIMIT = 1000
NAMED = 110
"""Characters of a prompt by which its author is told which question is meant."""
_MARKDOWN = re.compile(r"([\\*_`~|])")


class Helping(Protocol):
    """Where it is noted what people do for others."""

    async def helped(
        self, connection: AsyncConnection, user: int, server_id: int | None, source: str, track: str, at: datetime
    ) -> None: ...


@dataclass(frozen=True)
class QueuePage:
    """What waits for a review, the oldest first."""

    drafts: tuple[Draft, ...]
    page: int
    """0-based."""
    pages: int
    total: int


@dataclass(frozen=True)
class Decided:
    notice: Notice | None
    """None where the author has decided themself."""
    row: QuestionRow | None = None
    """The published question."""


@dataclass(frozen=True)
class Note:
    """What a reviewer said when they returned or rejected a draft."""

    by: int | None
    """None: nobody knows any more."""
    at: datetime
    text: str
    rejected: bool


@dataclass(frozen=True)
class Past:
    """What came before, of a draft that waits for a review once more."""

    notes: tuple[Note, ...]
    """The latest first."""
    changes: tuple[Change, ...] | None
    """What its author has changed since the latest one; None where that cannot be told."""


class QuestionReview:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        drafts: QuestionDrafts,
        versions: QuestionVersions,
        helping: Helping | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._drafts = drafts
        self._versions = versions
        self._helping = helping

    # Who may approve

    async def noticed(self, server_id: int, user_id: int) -> None:
        """Notes that somebody uses the moderators' commands, so that their review is waited for."""
        now = self._clock.now()
        async with self._store.read() as connection:
            known = await audit.actors(connection, server_id, MODERATORS_ONLY, now - NOTED_EVERY)
        if user_id not in known:
            async with self._store.write() as connection:
                await audit.add(connection, server_id, user_id, Action.BEGAN, "", "", now)

    async def others(self, server_id: int, user_id: int) -> list[int]:
        """People who have lately used the moderators' commands of a server, besides this one; the latest first.

        Whether they still are moderators is for the caller to find out.
        """
        since = self._clock.now() - ACTIVE_FOR
        async with self._store.read() as connection:
            known = await audit.actors(connection, server_id, MODERATORS_ONLY, since)
        return [one for one in known if one != user_id]

    # The queue

    async def queue(self, server_id: int, page: int = 0) -> QueuePage:
        """A page of what waits for a review; the nearest one where there is no such page."""
        async with self._store.read() as connection:
            rows = [row for row in await server_questions.queue(connection, server_id) if row.kind in set(Kind)]
        pages = max(1, -(-len(rows) // PAGE))
        page = min(max(page, 0), pages - 1)
        shown = rows[page * PAGE : (page + 1) * PAGE]
        return QueuePage(tuple(draft_of(row) for row in shown), page, pages, len(rows))

    async def past(self, draft: Draft) -> Past:
        """Earlier reviews of a draft that waits for one, and what has changed since."""
        server_id, named = draft.row.server_id, _in_log(draft)
        async with self._store.read() as connection:
            entries = await audit.of_draft(connection, server_id, named, {Action.RETURNED, Action.REJECTED})
        notes = tuple(
            Note(entry.user_id, entry.at, entry.detail.removeprefix(named), entry.action is Action.REJECTED)
            for entry in entries
        )
        if not entries or draft.reviewed is None:
            return Past(notes, None)
        try:
            before = await ready(replace(draft, fields=draft.reviewed))
        except NotReadyError:  # it was one for an earlier release
            return Past(notes, None)
        return Past(notes, changes_between(before, await ready(draft)))

    # Deciding

    async def approve(
        self, server_id: int, draft_id: int, by: int, rev: int, state: State, *, others: bool, where: str
    ) -> Decided:
        """Publishes a draft that waits for a review, as beta or active.

        `others`: whether there is another moderator; then nobody approves their own. `where` names the server to the
        author. Raises NoDraftError, StaleDraftError, NotReadyError, and UserError where it may not be.
        """
        draft = await self._drafts.get(server_id, draft_id, by, moderator=True)
        self._require_waiting(draft, rev)
        own = draft.row.author_id == by
        if own and others:
            raise UserError(
                "You wrote this one, and there is another moderator here: a second pair of eyes has to approve it."
            )
        result = await self._drafts.examined(server_id, draft)
        require_sound(result)
        question = await ready(draft)
        async with self._store.read() as connection:
            number = await self._versions.next_version(connection, server_id, question.id)
        question = question.model_copy(update={"version": number})
        publication = Publication(
            question, await written(question), draft.row.author_id, by, draft.reason, result.text or None
        )
        now = self._clock.now()
        async with self._store.write() as connection:
            self._require_waiting(await self._waiting(connection, server_id, draft_id), rev)
            if number != await self._versions.next_version(connection, server_id, question.id):
                raise UserError("Somebody has published a version of this question just now. Look at it once more.")
            row = await self._versions.publish(connection, server_id, publication, state=state, self_approved=own)
            await server_questions.drop_draft(connection, server_id, draft_id)
            detail = f"version {number}, {state.value}" + (", by its own author" if own else "")
            await audit.add(connection, server_id, by, Action.APPROVED, row.file_id, detail, now)
            text = f"Your question {_named(draft)} is published in {where}. Thank you!"
            notice = None if own else await self._tell(connection, draft, text)
            if self._helping is not None and not own:
                source = f"question:{row.id}"
                await self._helping.helped(connection, draft.row.author_id, server_id, source, question.track, now)
        return Decided(notice, row)

    async def send_back(self, server_id: int, draft_id: int, by: int, rev: int, note: str, *, where: str) -> Decided:
        """Returns a draft to its author, who can mend it and hand it in again. Raises as `approve` does."""
        text = (
            "Your question {what} came back from the review in {where}:\n{note}\n\n"
            "In that server **/question drafts** opens it, so that you can mend it and hand it in again."
        )
        return await self._close(
            server_id, draft_id, by, rev, note, DraftState.RETURNED, Action.RETURNED, text, where=where
        )

    async def reject(self, server_id: int, draft_id: int, by: int, rev: int, note: str, *, where: str) -> Decided:
        """Rejects a draft; its author keeps it. Raises as `approve` does."""
        text = (
            "Your question {what} was not taken in {where}:\n{note}\n\n"
            "You keep it: in that server **/question drafts** opens it."
        )
        return await self._close(
            server_id, draft_id, by, rev, note, DraftState.REJECTED, Action.REJECTED, text, where=where
        )

    async def _close(
        self, server_id: int, draft_id: int, by: int, rev: int, note: str, state: DraftState, action: Action, text: str,
        *, where: str,
    ) -> Decided:  # fmt: skip
        note = note.strip()[:NOTE_LIMIT]
        if not note:
            raise UserError("Say why, in a sentence: its author reads it.")
        now = self._clock.now()
        async with self._store.write() as connection:
            draft = await self._waiting(connection, server_id, draft_id)
            self._require_waiting(draft, rev)
            body = body_of(replace(draft, reviewed=draft.fields))
            await server_questions.put_draft(
                connection, replace(draft.row, state=state, note=note, body=body, updated_at=now)
            )
            await audit.add(connection, server_id, by, action, draft.file_id, f"{_in_log(draft)}{note}", now)
            quoted = "\n".join(f"> {line}" for line in note.splitlines() if line.strip())
            told = text.format(what=_named(draft), where=where, note=quoted)
            notice = await self._tell(connection, draft, told) if draft.row.author_id != by else None
        return Decided(notice)

    @staticmethod
    async def _waiting(connection: AsyncConnection, server_id: int, draft_id: int) -> Draft:
        row = await server_questions.draft(connection, server_id, draft_id)
        if row is None or row.kind not in set(Kind):
            raise NoDraftError
        return draft_of(row)

    @staticmethod
    def _require_waiting(draft: Draft, rev: int) -> None:
        if draft.row.state is not DraftState.REVIEW:
            raise UserError("That question does not wait for a review any more: somebody has decided, or took it back.")
        if draft.rev != rev:
            raise StaleDraftError

    # Telling authors

    async def _tell(self, connection: AsyncConnection, draft: Draft, text: str) -> Notice:
        return await notices.add(connection, draft.row.author_id, text, self._clock.now())

    async def untold(self, user_id: int) -> list[Notice]:
        """What somebody has not been told yet."""
        async with self._store.read() as connection:
            return await notices.waiting(connection, user_id)

    async def tell_later(self, notice: Notice) -> None:
        """It did not arrive."""
        async with self._store.write() as connection:
            await notices.add(connection, notice.user_id, notice.text, self._clock.now(), server_id=notice.server_id)

    async def told(self, notice: Notice) -> bool:
        """They have read it, or are about to; False where they were told elsewhere."""
        async with self._store.write() as connection:
            return await notices.take(connection, notice.id)


def _in_log(draft: Draft) -> str:
    """How an entry of the log about a review of the draft begins; the reviewer's words follow."""
    return f"draft {draft.id}: "


def _named(draft: Draft) -> str:
    """A draft as its author knows it."""
    text = _MARKDOWN.sub(r"\\\1", textwrap.shorten(draft.prompt, NAMED, placeholder="…"))
    return f"“{text}” (`{draft.file_id}`)"
