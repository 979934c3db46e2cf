"""Appeals: a candidate says that something was right, a moderator decides, and the better question grades everybody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import UserError
from bot.rounds.dialogue import DIALOGUE
from bot.services.group_record import GroupRecord, load_group
from bot.services.record import Answer, RoundRecord, load_record
from bot.store import appeals, audit, people, questions, rounds, server_questions
from bot.store.appeals import AppealRow, AppealState
from bot.store.audit import Action
from bot.store.engine import Store
from bot.store.server_questions import file_id_of
from grader.grade import Context, decode
from grader.text import grade as grade_text
from questions import loader
from questions.bank import Bank
from questions.kinds import AnyQuestion
from questions.model import FreeText, KeyPoint

TEXT_LIMIT = 1000
PHRASE_LIMIT = 200
A_DAY = 10
"""Appeals that a person can make in 24 hours."""
BROKEN_AFTER = 3
"""Upheld appeals after which a question is quarantined; if it is restored, after as many more of them again."""


class QuestionKeeper(Protocol):
    """Where new versions of questions go."""

    async def new_version(
        self, connection: AsyncConnection, server_id: int, question: AnyQuestion, *, by: int, reason: str
    ) -> int:
        """Publishes a changed question of a server (0: the owner's version of a shipped one); the version's number."""
        ...

    async def quarantine(self, connection: AsyncConnection, server_id: int, question_id: str, *, reason: str) -> bool:
        """Takes a question out of the draw and tells the moderators; False where it was out."""
        ...


@dataclass(frozen=True)
class Missed:
    """A key point that an answer did not earn in full."""

    point: str
    claim: str


@dataclass(frozen=True)
class AppealCase:
    """An appeal with all that decides it."""

    row: AppealRow
    question: FreeText
    point: KeyPoint
    answer: str
    """What the candidate wrote; '' once it is erased."""
    earned: float
    """The credit of the point, 0 or 0.5."""
    waiting: int
    """Open appeals in the queue, this one included."""


class Appeals:
    """The appeals of one bot process."""

    def __init__(self, store: Store, bank: Bank, clock: Clock, keeper: QuestionKeeper) -> None:
        self._store = store
        self._bank = bank
        self._clock = clock
        self._keeper = keeper

    # Candidates

    async def missed(self, engine: str, round_id: int, item: int, user: int) -> tuple[Missed, ...]:
        """The points of the person's answer that an appeal can be about. Raises UserError where there are none."""
        async with self._store.read() as connection:
            found = await self._answer(connection, engine, round_id, item, user)
        if found is None:
            raise UserError("I can look into answers of your own alone, once they are graded.")
        question, answer = found
        claims = {point.id: point.claim for point in question.key_points}
        rows = answer.grade.rows if answer.grade else ()
        points = tuple(Missed(row.id, claims[row.id]) for row in rows if row.credit < 1 and row.id in claims)
        if not points:
            raise UserError("Every point of this answer was counted in full.")
        return points

    async def appeal(self, engine: str, round_id: int, item: int, user: int, *, point: str, text: str) -> int:
        """Keeps what the candidate says; the appeal's number. Raises UserError."""
        if not text.strip():
            raise UserError("Say which of your words make the point, and why.")
        now = self._clock.now()
        async with self._store.write() as connection:
            found = await self._answer(connection, engine, round_id, item, user)
            if found is None:
                raise UserError("I can look into answers of your own alone, once they are graded.")
            question, answer = found
            row = next((row for row in answer.grade.rows if row.id == point), None) if answer.grade else None
            if row is None or row.credit >= 1:
                raise UserError("That point was counted in full already.")
            if await appeals.made_since(connection, user, now - timedelta(days=1)) >= A_DAY:
                raise UserError(f"That was {A_DAY} appeals in a day. Moderators are people: please go on tomorrow.")
            server = await server_questions.server_of(connection, question.id)
            number = await appeals.add(
                connection,
                server_id=server,
                user_id=user,
                round_id=round_id,
                attempt_id=answer.row.id,
                question_id=question.id,
                version=question.version,
                point=point,
                text=text.strip()[:TEXT_LIMIT],
                at=now,
            )
        if number is None:
            raise UserError("You have asked about this point already; you are told what comes of it.")
        return number

    async def _answer(
        self, connection: AsyncConnection, engine: str, round_id: int, item: int, user: int
    ) -> tuple[FreeText, Answer] | None:
        """The person's graded answer to a free-text item that they may see the grade of."""
        record: RoundRecord | GroupRecord | None
        if engine == DIALOGUE.name:
            record = await load_record(connection, self._bank, round_id)
            mine = record is not None and record.row.owner_id == user
            if record is None or not mine or not (0 <= item < len(record.state.items)):
                return None
            answers = [record.answer(turn) for turn in record.turns(item)]
            graded = [answer for answer in answers if answer is not None and answer.grade is not None]
            answer = graded[-1] if graded and record.state.item_states[item].done else None
        else:
            record = await load_group(connection, self._bank, round_id)
            if record is None or not (0 <= item < len(record.state.item_states)) or not record.may_see(item):
                return None
            entry = record.state.item_states[item].entry(user)
            answer = record.counting(item, user) if entry is not None else None
        question = record.question(item)
        return (question, answer) if answer is not None and isinstance(question, FreeText) else None

    # Moderators

    async def next_case(self, server_id: int, after: int = 0) -> AppealCase | None:
        """The oldest open appeal of a queue (0: the owner's) with a number above `after`, else the oldest one."""
        async with self._store.read() as connection:
            rows, total = await appeals.page(connection, server_id, AppealState.OPEN, limit=1, after=after)
            if not rows and after:
                rows, total = await appeals.page(connection, server_id, AppealState.OPEN, limit=1)
            return await self._case(connection, rows[0], total) if rows else None

    async def _case(self, connection: AsyncConnection, row: AppealRow, waiting: int) -> AppealCase:
        question = await self._question(connection, row)
        answer = await rounds.attempt(connection, row.attempt_id) if row.attempt_id is not None else None
        grade = decode(answer.grade) if answer is not None and answer.grade else None
        earned = next((one.credit for one in grade.rows if one.id == row.point), 0.0) if grade else 0.0
        point = next(point for point in question.key_points if point.id == row.point)
        return AppealCase(row, question, point, answer.text if answer is not None else "", earned, waiting)

    async def _question(self, connection: AsyncConnection, row: AppealRow) -> FreeText:
        """The current version of the question, which an upheld appeal changes; else the one that was asked."""
        question: AnyQuestion | None = self._bank.get(row.question_id)
        own = await server_questions.find(connection, row.server_id, file_id_of(row.question_id))
        if own is not None:
            body = await questions.body(connection, own.id, own.version)
            question = loader.decode(body) if body is not None else None
        if not isinstance(question, FreeText) or all(point.id != row.point for point in question.key_points):
            raise UserError("This question has changed so much that the appeal has no point any more. Decline it.")
        return question

    async def uphold(self, server_id: int, appeal_id: int, *, by: int, phrase: str) -> int:
        """Adds the phrasing to the point's accepted ones as a new version, and orders that everybody is graded again.

        Returns the version. Raises UserError when it was decided before, or when the phrasing would spoil the question.
        """
        phrase = " ".join(phrase.split())
        if not 3 <= len(phrase) <= PHRASE_LIMIT:
            raise UserError(f"A phrasing has 3 to {PHRASE_LIMIT} characters: the words that make the point, no more.")
        async with self._store.read() as connection:
            row = await self._open(connection, server_id, appeal_id)
            question = await self._question(connection, row)
        mended = with_phrase(question, row.point, phrase)
        if spoiled := await asyncio.to_thread(_spoiled, question, mended, row.point):
            raise UserError(
                f"With that phrasing the question would count what it should not: {spoiled} Choose words that say more."
            )
        now = self._clock.now()
        async with self._store.write() as connection:
            await self._open(connection, server_id, appeal_id)
            if (await self._question(connection, row)).version != question.version:
                raise UserError("The question was changed meanwhile. Look at it once more.")
            version = await self._keeper.new_version(
                connection, server_id, mended, by=by, reason=f"appeal {appeal_id}: “{phrase}” counts for {row.point}"
            )
            await appeals.decide(connection, appeal_id, AppealState.UPHELD, by=by, note=phrase, at=now)
            await appeals.order_regrade(connection, mended.id, version, now)
            await appeals.notify(
                connection, row.user_id, f"Your appeal {appeal_id} was upheld. Answers are being graded again.", now
            )
            await audit.add(connection, server_id, by, Action.UPHELD, mended.id, f"appeal {appeal_id}: {phrase}", now)
            upheld = await appeals.upheld_of(connection, mended.id)
            if upheld % BROKEN_AFTER == 0:
                reason = f"{upheld} appeals on it were upheld"
                await self._keeper.quarantine(connection, server_id, mended.id, reason=reason)
        return version

    async def decline(self, server_id: int, appeal_id: int, *, by: int, note: str) -> None:
        """Nothing changes, and the candidate is told why. Raises UserError when it was decided before."""
        if not note.strip():
            raise UserError("Say why, in a sentence: the candidate reads it.")
        now = self._clock.now()
        async with self._store.write() as connection:
            row = await self._open(connection, server_id, appeal_id)
            await appeals.decide(
                connection, appeal_id, AppealState.DECLINED, by=by, note=note.strip()[:TEXT_LIMIT], at=now
            )
            text = f"Your appeal {appeal_id} was declined: {note.strip()[:TEXT_LIMIT]}"
            await people.ensure(connection, row.user_id, now)
            await appeals.notify(connection, row.user_id, text, now)
            await audit.add(connection, server_id, by, Action.DECLINED, row.question_id, f"appeal {appeal_id}", now)

    async def _open(self, connection: AsyncConnection, server_id: int, appeal_id: int) -> AppealRow:
        row = await appeals.find(connection, server_id, appeal_id)
        if row is None:
            raise UserError("There is no such appeal here.")
        if row.state is not AppealState.OPEN:
            raise UserError(f"That appeal was {row.state.value} already.")
        return row


def with_phrase(question: FreeText, point_id: str, phrase: str) -> FreeText:
    """The question's next version, in which a key point is also made by `phrase`."""
    points = tuple(
        point.model_copy(
            update={"accept": point.accept.model_copy(update={"phrases": (*point.accept.phrases, phrase)})}
        )
        if point.id == point_id
        else point
        for point in question.key_points
    )
    return question.model_copy(update={"version": question.version + 1, "key_points": points})


def _spoiled(question: FreeText, mended: FreeText, point_id: str) -> str:
    """Which calibration answer would wrongly earn the point (a sentence), '' if none does."""
    for answer in question.calibration_answers:
        meant = 1.0 if point_id in answer.hits else 0.5 if point_id in answer.halves else 0.0
        text = question.calibration_text(answer)
        if _credit(mended, text, point_id) > max(meant, _credit(question, text, point_id)):
            return f"the answer that its author calls “{answer.label}” would earn the point."
    return "the question's own words would earn it." if _credit(mended, question.prompt, point_id) > 0 else ""


def _credit(question: FreeText, text: str, point_id: str) -> float:
    grade = grade_text(text, question, Context())
    return next((row.credit for row in grade.rows if row.id == point_id), 0.0)
