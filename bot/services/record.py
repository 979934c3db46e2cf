"""A round with all that belongs to it: its questions in the versions that were asked, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rounds.dialogue import DIALOGUE, State
from bot.rounds.events import Item, Kind
from bot.store import questions as question_store
from bot.store import rounds as round_store
from bot.store.rounds import AttemptRow, RoundRow
from grader.grade import Grade, decode, encode
from questions import loader
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion


@dataclass(frozen=True)
class Answer:
    """Something a person sent in a turn, with its grade once there is one."""

    row: AttemptRow
    grade: Grade | None


class RoundRecord:
    """Read-only view of one round for cards, history and grading."""

    def __init__(
        self,
        row: RoundRow[State],
        questions: Mapping[tuple[str, int], AnyQuestion],
        attempts: Sequence[AttemptRow],
        pictures: Mapping[int, tuple[bytes, ...]] | None = None,
    ) -> None:
        self.row = row
        self.pictures = pictures or {}
        """What submitted figures look like, and the references, by attempt id."""
        self._questions = questions
        self._attempts = attempts

    @property
    def state(self) -> State:
        return self.row.state

    def with_grade(self, attempt: int, grade: Grade | None) -> RoundRecord:
        """The same record with the grade of one attempt, as it will be once that is stored."""
        text = encode(grade) if grade else None
        attempts = [replace(a, grade=text) if a.id == attempt else a for a in self._attempts]
        return RoundRecord(self.row, self._questions, attempts, self.pictures)

    def with_question(self, question: AnyQuestion) -> RoundRecord:
        """The same record as if this version of the question had been asked."""
        questions = {key: question if key[0] == question.id else other for key, other in self._questions.items()}
        return RoundRecord(self.row, questions, self._attempts, self.pictures)

    @cached_property
    def answers(self) -> dict[int, Answer]:
        """Everything that was sent, by attempt id."""
        return {a.id: Answer(a, decode(a.grade) if a.grade else None) for a in self._attempts}

    def question(self, item: int) -> AnyQuestion:
        """The question of item number `item`, in the version that was asked."""
        drawn = self.state.items[item]
        return self._questions[drawn.question, drawn.version]

    def task(self, item: int) -> CodeTask:
        """The code task of item number `item`; only code rounds have any."""
        found = self.question(item)
        assert isinstance(found, CodeTask)
        return found

    def answer(self, turn: int) -> Answer | None:
        """The answer that counts in this turn (or the short draft that waits to be expanded)."""
        asked = self.state.turns[turn]
        found = asked.attempt if asked.attempt is not None else asked.draft
        return self.answers.get(found) if found is not None else None

    def turns(self, item: int) -> list[int]:
        """The numbers of the turns on an item, in order."""
        return [number for number, turn in enumerate(self.state.turns) if turn.item == item]

    def grade(self, item: int, *, before: int | None = None) -> Grade | None:
        """The latest grade of an item (it covers all turns so far); `before` stops ahead of a turn."""
        latest = None
        for number in self.turns(item):
            if before is not None and number >= before:
                break
            answer = self.answer(number)
            if answer is not None and answer.grade is not None:
                latest = answer.grade
        return latest

    def probe(self, turn: int) -> str | None:
        """The words of the follow-up that a turn asks; None for a question."""
        asked = self.state.turns[turn]
        if asked.probe is None:
            return None
        question = self.question(asked.item)
        if isinstance(question, CodeTask):
            return next((f.ask for f in question.followups if f.id == asked.probe), None) or "Tell me more about that."
        source = self.answers.get(asked.probe_from) if asked.probe_from is not None else None
        probes = source.grade.probes if source and source.grade else ()
        found = next((probe.text for probe in probes if probe.id == asked.probe), None)
        return found or "Tell me more about that."


class UnknownQuestionError(LookupError):
    """A round names a question that neither the bank nor the store holds."""


async def load_record(connection: AsyncConnection, bank: Bank, round_id: int) -> RoundRecord | None:
    """The record of a round; None when there is no such round. Raises UnknownQuestionError."""
    row = await round_store.load(connection, DIALOGUE, round_id)
    return await record_of(connection, bank, row) if row else None


async def record_of(connection: AsyncConnection, bank: Bank, row: RoundRow[State]) -> RoundRecord:
    """The record of a loaded round. Raises UnknownQuestionError."""
    questions = await questions_of(connection, bank, row.state.items)
    pictures = await round_store.pictures_of(connection, row.id) if row.kind is Kind.CODE else None
    return RoundRecord(row, questions, await round_store.attempts_of(connection, row.id), pictures)


async def questions_of(
    connection: AsyncConnection, bank: Bank, items: Sequence[Item]
) -> dict[tuple[str, int], AnyQuestion]:
    """The questions of drawn items in the versions that were asked, by id and version. Raises UnknownQuestionError."""
    questions: dict[tuple[str, int], AnyQuestion] = {}
    for item in items:
        question = bank.get(item.question)
        if question is None or question.version != item.version:
            body = await question_store.body(connection, item.question, item.version)
            if body is None:
                raise UnknownQuestionError(f"{item.question} version {item.version}")
            question = loader.decode(body)
        questions[item.question, item.version] = question
    return questions
