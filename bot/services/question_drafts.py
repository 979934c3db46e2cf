"""Drafts of questions: begun, written part by part, tried, handed in. Each belongs to its author and is never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import UserError
from bot.services import draft_forms
from bot.services.banks import Banks
from bot.services.draft_defaults import as_typed, made
from bot.services.draft_forms import Values
from bot.services.drafts import (
    Draft,
    Fields,
    IncompleteError,
    Kind,
    LabResult,
    Tried,
    body_of,
    changed,
    checklist,
    draft_of,
    fields_of,
    lab_body,
    new_body,
    problems,
    question_in,
    unused,
)
from bot.services.grading import graded
from bot.services.judging import Judging
from bot.services.lab import Lab
from bot.services.question_versions import NoQuestionError, QuestionVersions, read_text, written
from bot.store import audit, people, server_questions
from bot.store import servers as server_store
from bot.store.audit import Action
from bot.store.engine import Store
from bot.store.server_questions import DraftState
from grader.code.verdict import CodeVerdict
from grader.grade import Context, Grade, Verdict
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText, Level, Part

A_PERSON = 25
"""Drafts that somebody may have in a server."""
IN_REVIEW = 5
"""Suggestions of one member that may wait for a review."""
A_QUEUE = 200
"""Drafts that may wait for a review in a server."""
TOLD = 8
"""Mistakes that are listed in a message."""


class NoDraftError(UserError):
    def __init__(self) -> None:
        super().__init__("I cannot find that draft. **/question drafts** lists yours.")


class StaleDraftError(UserError):
    """The draft was changed since the button or form was shown."""

    def __init__(self) -> None:
        super().__init__(
            "This question has changed since that was shown to you, so I left it alone. Below is how it is now."
        )


class NotReadyError(UserError):
    """The draft is no question yet."""


class Outcome(Enum):
    """What became of a draft that was handed in."""

    WAITING = auto()
    """It waits for a review."""
    WARNED = auto()
    """The lab has warnings that its author has not seen; handed in once more, they are accepted."""
    OVERTAKEN = auto()
    """Somebody has published a version since it was begun; handed in once more, it replaces that one."""


@dataclass(frozen=True)
class Submitted:
    draft: Draft
    outcome: Outcome
    """What of it is new to the author."""


@dataclass(frozen=True)
class Trial:
    """What an answer to a draft was worth."""

    draft: Draft
    question: AnyQuestion
    grade: Grade
    tried: Tried | None
    """What can be kept as a calibration answer."""


async def ready(draft: Draft) -> AnyQuestion:
    """The question that the draft makes, with what was left empty filled in.

    Raises NotReadyError, in words for its author, where it is none yet.
    """
    try:
        # In a thread: answers to hold the grader against are filled in as it grades them.
        return await asyncio.to_thread(question_in, draft)
    except IncompleteError as error:
        todo = [check.text for check in checklist(draft) if not check.done]
        found = [*todo, *problems(draft)] or [f"{field}: {message}" for field, message in error.problems]
        raise NotReadyError(f"Not yet:\n{listed(found)}") from error


def require_sound(result: LabResult) -> None:
    """Raises NotReadyError where the lab has found mistakes."""
    if result.errors:
        raise NotReadyError(f"The lab found mistakes, so it cannot be published yet:\n{listed(result.errors)}")


def listed(lines: Sequence[str], most: int = TOLD) -> str:
    """Lines as a list, the first ones of many."""
    more = [f"… and {len(lines) - most} more"] if len(lines) > most else []
    return "\n".join(f"- {line}" for line in [*lines[:most], *more])


class QuestionDrafts:
    """The drafts of all servers, as one process works on them."""

    def __init__(
        self, store: Store, banks: Banks, clock: Clock, lab: Lab, versions: QuestionVersions, judge: Judging
    ) -> None:
        self._store = store
        self._banks = banks
        self._clock = clock
        self._lab = lab
        self._versions = versions
        self._judge = judge

    # Beginning

    async def begin(self, server_id: int, author: int, kind: Kind, values: Values) -> Draft:
        """A new draft with what the first form says. Raises UserError where somebody has too many, or is blocked."""
        fields = draft_forms.prompt_fields({"type": kind.value}, values)
        return await self._add(server_id, author, kind, fields, fresh=True)

    async def begin_with(self, server_id: int, author: int, question: AnyQuestion, reason: str = "") -> Draft:
        """A draft with all that a file says. It changes the question that the server, or everybody, has by that id."""
        kind = Kind(question.type)
        fields = await asyncio.to_thread(as_typed, kind, fields_of(question))
        return await self._add(server_id, author, kind, fields, reason=reason)

    async def begin_edit(self, server_id: int, author: int, file_id: str, reason: str = "") -> Draft:
        """A draft that changes a question; of a shipped one it becomes the server's own version.

        Raises NoQuestionError.
        """
        async with self._store.read() as connection:
            row = await server_questions.find(connection, server_id, file_id)
            version = await server_questions.version(connection, server_id, row.id, row.version) if row else None
        if version is not None:
            question: AnyQuestion | None = read_text(version.body)
        else:
            question = (await self._banks.of(None)).get(file_id)
        if question is None:
            raise NoQuestionError(file_id)
        return await self.begin_with(server_id, author, question, reason)

    async def _add(
        self, server_id: int, author: int, kind: Kind, fields: Fields, *, reason: str = "", fresh: bool = False
    ) -> Draft:
        everywhere = await self._banks.of(None)
        file_id = str(fields.get("id", ""))
        now = self._clock.now()
        async with self._store.write() as connection:
            await self._may_draft(connection, server_id, author)
            row = await server_questions.find(connection, server_id, file_id)
            shipped = everywhere.get(file_id)
            base = row.version if row is not None else shipped.version if shipped is not None else None
            if fresh and base is not None:
                taken = await server_questions.taken_names(connection, server_id, file_id)
                fields = {**fields, "id": unused(file_id, taken | everywhere.questions.keys())}
                row, base = None, None
            await people.ensure(connection, author, now)
            number = await server_questions.add_draft(
                connection,
                server_id=server_id,
                author_id=author,
                question_id=row.id if row is not None else None,
                kind=kind.value,
                body=new_body(fields, base=base, reason=reason),
                at=now,
            )
            return await self._draft(connection, server_id, number)

    async def _may_draft(self, connection: AsyncConnection, server_id: int, author: int) -> None:
        if await server_store.is_blocked(connection, server_id, author):
            raise UserError("The moderators of this server have blocked you, so you cannot add questions here.")
        mine = [row for row in await server_questions.drafts_of(connection, server_id, author) if row.kind in set(Kind)]
        if len(mine) >= A_PERSON:
            raise UserError(
                f"You have {len(mine)} drafts in this server. Finish or delete one first: **/question drafts**."
            )

    # Looking

    async def mine(self, server_id: int, author: int) -> list[Draft]:
        """A person's drafts in a server, the latest first."""
        async with self._store.read() as connection:
            rows = await server_questions.drafts_of(connection, server_id, author)
        return [draft_of(row) for row in rows if row.kind in set(Kind)]

    async def get(self, server_id: int, draft_id: int, by: int, *, moderator: bool) -> Draft:
        """A draft as somebody may see it: its author at any time, moderators once it waits for a review.

        Raises NoDraftError.
        """
        async with self._store.read() as connection:
            return await self._visible(connection, server_id, draft_id, by, moderator=moderator)

    async def _draft(self, connection: AsyncConnection, server_id: int, draft_id: int) -> Draft:
        row = await server_questions.draft(connection, server_id, draft_id)
        if row is None or row.kind not in set(Kind):
            raise NoDraftError
        return draft_of(row)

    async def _visible(
        self, connection: AsyncConnection, server_id: int, draft_id: int, by: int, *, moderator: bool
    ) -> Draft:
        draft = await self._draft(connection, server_id, draft_id)
        if draft.row.author_id != by and not (moderator and draft.row.state is DraftState.REVIEW):
            raise NoDraftError
        return draft

    # Writing

    async def fill(
        self, server_id: int, draft_id: int, by: int, form: str, index: int | None, rev: int, values: Values, *,
        moderator: bool,
    ) -> Draft:  # fmt: skip
        """Takes in a form that was sent. Only what changes an entry must be of the draft's present revision.

        Raises NoDraftError, StaleDraftError, and UserError where the draft may not be changed now.
        """

        def change(draft: Draft) -> Fields:
            if index is not None and rev != draft.rev:
                raise StaleDraftError
            fields = draft_forms.filled(draft, form, index, values)
            if fields is None:
                raise StaleDraftError
            return fields

        return await self._change(server_id, draft_id, by, change, f"form {form}", moderator=moderator)

    async def take_out(
        self, server_id: int, draft_id: int, by: int, form: str, index: int, rev: int, *, moderator: bool
    ) -> Draft:
        """Removes an entry of a list. Raises as `fill` does."""

        def change(draft: Draft) -> Fields:
            fields = draft_forms.without(draft, form, index) if rev == draft.rev else None
            if fields is None:
                raise StaleDraftError
            return fields

        return await self._change(server_id, draft_id, by, change, f"took out a {form}", moderator=moderator)

    async def replace(self, server_id: int, draft_id: int, by: int, question: AnyQuestion, *, moderator: bool) -> Draft:
        """Puts what a file says in place of all that is there; a question that is being changed keeps its id."""
        fields = await asyncio.to_thread(as_typed, Kind(question.type), fields_of(question))

        def change(draft: Draft) -> Fields:
            if Kind(question.type) is not draft.kind:
                raise UserError(
                    f"That file holds a {Kind(question.type).words} question, not a {draft.kind.words} one."
                )
            if draft.base is not None and question.id != draft.file_id:
                raise UserError(f"That file holds `{question.id}`, and this draft is about `{draft.file_id}`.")
            return fields

        return await self._change(server_id, draft_id, by, change, "from a file", moderator=moderator)

    async def _change(
        self, server_id: int, draft_id: int, by: int, change: Callable[[Draft], Fields], what: str, *, moderator: bool
    ) -> Draft:
        now = self._clock.now()
        async with self._store.write() as connection:
            draft = await self._visible(connection, server_id, draft_id, by, moderator=moderator)
            if draft.row.author_id == by and not draft.editable:
                raise UserError("It waits for a review. Press **Take it back** first, then you can change it.")
            new = changed(draft, change(draft))
            await self._put(connection, new)
            if draft.row.author_id != by:
                detail = f"draft {draft.id}: {what}"
                await audit.add(connection, server_id, by, Action.EDITED, new.file_id, detail, now)
        return new

    async def _put(self, connection: AsyncConnection, draft: Draft) -> None:
        row = replace(draft.row, body=body_of(draft), updated_at=self._clock.now())
        await server_questions.put_draft(connection, row)

    async def drop(self, server_id: int, draft_id: int, by: int) -> None:
        """Deletes a draft of one's own. Raises NoDraftError."""
        async with self._store.write() as connection:
            draft = await self._draft(connection, server_id, draft_id)
            if draft.row.author_id != by:
                raise NoDraftError
            await server_questions.drop_draft(connection, server_id, draft_id)
            if draft.row.state is DraftState.REVIEW:
                now = self._clock.now()
                await audit.add(connection, server_id, by, Action.WITHDREW, draft.file_id, f"draft {draft.id}", now)

    # Trying and handing in

    async def try_answer(
        self, server_id: int, draft_id: int, by: int, text: str, level: Level, variant: int, *, moderator: bool
    ) -> Trial:
        """Grades an answer as a candidate's is graded. Raises NoDraftError and NotReadyError."""
        draft = await self.get(server_id, draft_id, by, moderator=moderator)
        question = await ready(draft)
        grades = {
            each: await graded(text, question, Context(level=each, variant=variant), f"draft {draft.id}")
            for each in Level
        }
        grade = grades[level]
        if grade is None:
            raise UserError("My grader failed on that answer. That is my fault; the log has the reason.")
        if not isinstance(question, FreeText | Behavioral):
            return Trial(draft, question, grade, None)
        found = tuple(row.id for row in grade.rows if row.verdict is Verdict.HIT)
        if isinstance(question, Behavioral):
            found = tuple(part.value for part in Part if grade.star and part not in grade.star.missing)
        known = {wrong.id for wrong in question.misconceptions} if isinstance(question, FreeText) else None
        against = tuple(one.id for one in grade.findings if known is None or one.id in known)
        halves = tuple(row.id for row in grade.rows if row.verdict is Verdict.HALF and known is not None)
        bands = {each.value: one.band for each, one in grades.items() if one is not None}
        tried = Tried(text, found, against, halves, bands)
        async with self._store.write() as connection:
            now = await self._draft(connection, server_id, draft_id)
            draft = replace(now, tried=tried)
            await self._put(connection, draft)
        return Trial(draft, question, grade, tried)

    def require_judge(self) -> None:
        """Raises UserError where no code can be run."""
        if self._judge.refusal is not None:
            raise UserError(self._judge.refusal)

    async def try_code(self, task: CodeTask, code: str, *, person: int) -> CodeVerdict:
        """The verdict on a program for a task that is not published yet. Raises UserError."""
        self.require_judge()
        await self._judge.facts(task)
        return (await self._judge.judge(task, code, person=person)).verdict

    async def keep_tried(self, server_id: int, draft_id: int, by: int, *, moderator: bool) -> Draft:
        """Makes the answer that was tried last a calibration answer. Raises as `fill` does."""

        def change(draft: Draft) -> Fields:
            if draft.tried is None:
                raise UserError("I do not have that answer any more. Try it once more.")
            return draft_forms.with_calibration(draft, draft.tried)

        return await self._change(server_id, draft_id, by, change, "kept an answer", moderator=moderator)

    async def examined(self, server_id: int, draft: Draft) -> LabResult:
        """What the lab finds in a draft; it is kept, so that the same draft is not examined twice.

        Raises NotReadyError.
        """
        if (kept := draft.lab) is not None:
            return kept
        question = await ready(draft)
        async with self._store.read() as connection:
            number = await self._versions.next_version(connection, server_id, question.id)
        question = question.model_copy(update={"version": number})
        await written(question)
        bank = await self._banks.as_filed(server_id)
        found = await self._lab.examine(question, bank, person=draft.row.author_id)
        filled = made(draft.kind, draft.fields)
        text = f"{found.text}\nMade for its author: {', '.join(filled)}" if filled else found.text
        result = LabResult(draft.rev, found.errors, found.warnings, text)
        async with self._store.write() as connection:
            row = await server_questions.draft(connection, server_id, draft.id)
            if row is not None and draft_of(row).rev == draft.rev:
                await server_questions.put_draft(connection, replace(row, lab=lab_body(result)))
        return result

    async def submit(self, server_id: int, draft_id: int, by: int, rev: int, *, moderator: bool) -> Submitted:
        """Hands a draft in for a review, if the lab finds no mistake in it.

        With warnings its author hands it in a second time. Raises NoDraftError, StaleDraftError, NotReadyError, and
        UserError where the lab finds mistakes, or too much waits for a review.
        """
        draft = await self.get(server_id, draft_id, by, moderator=False)
        if draft.row.state is DraftState.REVIEW:
            raise UserError("It waits for a review already.")
        if rev != draft.rev:
            raise StaleDraftError
        result = await self.examined(server_id, draft)
        require_sound(result)
        everywhere = await self._banks.of(None)
        now = self._clock.now()
        async with self._store.write() as connection:
            draft = await self._visible(connection, server_id, draft_id, by, moderator=False)
            if rev != draft.rev:
                raise StaleDraftError
            if result.warnings and draft.accepted != draft.rev:
                draft = replace(draft, accepted=draft.rev)
                await self._put(connection, draft)
                return Submitted(draft, Outcome.WARNED)
            row = await server_questions.find(connection, server_id, draft.file_id)
            if draft.base is None and (row is not None or draft.file_id in everywhere.questions):
                how = (
                    "Give yours another id in its file, then **Replace with a file**."
                    if draft.kind is Kind.CODE
                    else "**Edit prompt** gives yours another name."
                )
                raise UserError(f"There is a question `{draft.file_id}` already. {how}")
            if row is not None and row.version != draft.base:
                draft = replace(draft, base=row.version, row=replace(draft.row, question_id=row.id))
                await self._put(connection, draft)
                return Submitted(draft, Outcome.OVERTAKEN)
            await self._may_submit(connection, server_id, by, moderator=moderator)
            draft = replace(draft, row=replace(draft.row, state=DraftState.REVIEW, note=None))
            await self._put(connection, draft)
            await audit.add(connection, server_id, by, Action.SUBMITTED, draft.file_id, f"draft {draft.id}", now)
        return Submitted(draft, Outcome.WAITING)

    async def _may_submit(self, connection: AsyncConnection, server_id: int, by: int, *, moderator: bool) -> None:
        waiting = await server_questions.queue(connection, server_id)
        if len(waiting) >= A_QUEUE:
            raise UserError("So many questions wait for a review here that no more are taken now. Your draft is kept.")
        mine = sum(row.author_id == by for row in waiting)
        if not moderator and mine >= IN_REVIEW:
            raise UserError(
                f"{mine} suggestions of yours wait for a review. Moderators are people: hand in more once they have "
                "decided. Your draft is kept."
            )

    async def take_back(self, server_id: int, draft_id: int, by: int) -> Draft:
        """The author goes on with a draft that waited for a review. Raises NoDraftError."""
        now = self._clock.now()
        async with self._store.write() as connection:
            draft = await self._visible(connection, server_id, draft_id, by, moderator=False)
            if draft.row.state is DraftState.REVIEW:
                draft = replace(draft, row=replace(draft.row, state=DraftState.DRAFT))
                await self._put(connection, draft)
                await audit.add(connection, server_id, by, Action.WITHDREW, draft.file_id, f"draft {draft.id}", now)
        return draft
