"""Grading stored answers again by a mended version of their question, in the background, never to anybody's loss.

A regrade goes through the rounds in which the question was answered, a few at a time, and notes how far it has come, so
that the next process goes on where one was killed. A round with a better score has one more event; the results are
corrected in the same transaction, and the ratings computed anew.
"""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.rounds.dialogue import DIALOGUE
from bot.rounds.group import GROUP
from bot.services.carrying import Corrected, NoRoundError
from bot.services.grading import graded
from bot.services.groups import Groups
from bot.services.ratings import Ratings
from bot.services.record import RoundRecord, UnknownQuestionError
from bot.services.rounds import Rounds
from bot.store import appeals
from bot.store import questions as question_store
from bot.store.appeals import Regrade
from bot.store.engine import Store
from grader.grade import Context, Grade
from questions import loader
from questions.bank import Bank
from questions.kinds import AnyQuestion
from questions.model import FreeText
from questions.taxonomy import taxonomy

_log = logging.getLogger(__name__)

AT_ONCE = 10
"""Rounds that are looked at in a second."""


class Regrading:
    """The regrades of one bot process."""

    def __init__(
        self, store: Store, bank: Bank, clock: Clock, rounds: Rounds, groups: Groups, ratings: Ratings
    ) -> None:
        self._store = store
        self._bank = bank
        self._clock = clock
        self._rounds = rounds
        self._groups = groups
        self._ratings = ratings

    async def tick(self) -> None:
        """Called every second: goes on with what is to be graded again."""
        async with self._store.read() as connection:
            open_ = await appeals.open_regrades(connection)
        for regrade in open_[:1]:
            await self._go_on(regrade)

    async def _go_on(self, regrade: Regrade) -> None:
        async with self._store.read() as connection:
            found = await appeals.rounds_with(connection, regrade.question_id, regrade.after_round, AT_ONCE)
            question = await self._question(connection, regrade.question_id, regrade.version)
        changed = regrade.changed
        for round_id, engine in found:
            try:
                if engine == DIALOGUE.name:
                    changed += await self._dialogue(round_id, question)
                elif engine == GROUP.name:
                    changed += await self._group(round_id, question)
            except (NoRoundError, UnknownQuestionError) as error:  # erased in between
                _log.warning("round %s is not graded again: %s", round_id, error)
            await asyncio.sleep(0)
        last = found[-1][0] if found else regrade.after_round
        async with self._store.write() as connection:
            await appeals.went_on(connection, regrade, after_round=last, changed=changed, done=len(found) < AT_ONCE)

    async def _dialogue(self, round_id: int, question: FreeText) -> int:
        """How many scores of a round of one person have become better."""
        record = await self._rounds.record(round_id)
        mended = record.with_question(question)
        changed = 0
        for item, drawn in enumerate(record.state.items):
            if drawn.question != question.id or not record.state.item_states[item].done:
                continue
            grades = [grade for turn in record.turns(item) if (grade := await self._again(mended, turn))]
            if grades:
                user = record.row.owner_id
                corrected = self._corrected(round_id, item, user, question)
                changed += await self._rounds.regrade(round_id, item, user, grades, corrected)
        return changed

    async def _again(self, record: RoundRecord, turn: int) -> tuple[int, Grade] | None:
        answer = record.answer(turn)
        if answer is None or answer.grade is None:
            return None
        question = record.question(record.state.turns[turn].item)
        grade = await graded(
            answer.row.text, question, Rounds.context(record, turn), f"round {record.row.id} turn {turn}, again"
        )
        return (answer.row.id, grade) if grade is not None else None

    async def _group(self, round_id: int, question: FreeText) -> int:
        """How many people's scores in a group round have become better."""
        record = await self._groups.record(round_id)
        changed = 0
        for item, drawn in enumerate(record.state.items[: len(record.state.item_states)]):
            if drawn.question != question.id:
                continue
            for entry in record.state.item_states[item].entries:
                answer = record.counting(item, entry.user)
                if answer is None or answer.grade is None:
                    continue
                context = Context(level=record.state.level, variant=drawn.variant)
                grade = await graded(answer.row.text, question, context, f"round {round_id} item {item}, again")
                if grade is not None:
                    corrected = self._corrected(round_id, item, entry.user, question)
                    grades = [(answer.row.id, grade)]
                    changed += await self._groups.regrade(round_id, item, entry.user, grades, corrected)
        return changed

    def _corrected(self, round_id: int, item: int, user: int, question: FreeText) -> Corrected:
        async def corrected(connection: AsyncConnection, grade: Grade) -> None:
            if not await appeals.correct(connection, round_id, item, user, score=grade.score, band=grade.band):
                return
            await self._ratings.rebuild(connection, user=user)
            topic = taxonomy().name(question.topic)
            text = (
                f"An appeal on a question about **{topic}** was upheld, and your answer in round {round_id} counts for "
                f"more now: {grade.score:.0%}. **/history** shows it."
            )
            await appeals.notify(connection, user, text, self._clock.now())

        return corrected

    async def _question(self, connection: AsyncConnection, question_id: str, version: int) -> FreeText:
        """Raises UnknownQuestionError for a version that is not there, or no free text."""
        question: AnyQuestion | None = self._bank.get(question_id)
        if question is None or question.version != version:
            body = await question_store.body(connection, question_id, version)
            question = loader.decode(body) if body is not None else None
        if not isinstance(question, FreeText):
            raise UnknownQuestionError(f"{question_id} version {version}")
        return question
