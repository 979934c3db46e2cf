"""A group round with all that belongs to it: its questions in the versions that were asked, and everybody's answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rounds.code_score import CodeScore, code_score
from bot.rounds.group import GROUP, State, counts
from bot.services.code_report import tried
from bot.services.record import Answer, questions_of
from bot.store import people
from bot.store import rounds as round_store
from bot.store.rounds import AttemptRow, RoundRow
from grader.code.verdict import Code
from grader.grade import Grade, decode, encode
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion


class GroupRecord:
    """Read-only view of one group round for cards and grading."""

    def __init__(
        self,
        row: RoundRow[State],
        questions: Mapping[tuple[str, int], AnyQuestion],
        attempts: Sequence[AttemptRow],
        names: Mapping[int, str],
        quotable: frozenset[int],
    ) -> None:
        self.row = row
        self.names = names
        """What people are called, by user id, where it is known."""
        self.quotable = quotable
        """Who lets their answers be quoted."""
        self.attempts = {attempt.id: attempt for attempt in attempts}
        """Everything that was sent, by id, in order."""
        self._questions = questions
        self._answers: dict[int, Answer] = {}

    @property
    def state(self) -> State:
        return self.row.state

    def with_grade(self, attempt: int, grade: Grade) -> GroupRecord:
        """The same record with the grade of one attempt, as it will be once that is stored."""
        text = encode(grade)
        attempts = [replace(sent, grade=text) if sent.id == attempt else sent for sent in self.attempts.values()]
        return GroupRecord(self.row, self._questions, attempts, self.names, self.quotable)

    def answer(self, attempt: int) -> Answer | None:
        """Something that was sent, with its grade; None once it is erased."""
        sent = self.attempts.get(attempt)
        if sent is None:
            return None
        # Hundreds are sent in a round, and a card needs the grades of few.
        if attempt not in self._answers:
            self._answers[attempt] = Answer(sent, decode(sent.grade) if sent.grade else None)
        return self._answers[attempt]

    def question(self, item: int) -> AnyQuestion:
        """The question of item number `item`, in the version that was asked."""
        drawn = self.state.items[item]
        return self._questions[drawn.question, drawn.version]

    def task(self, item: int) -> CodeTask:
        """The code task of item number `item`; only code rounds have any."""
        found = self.question(item)
        assert isinstance(found, CodeTask)
        return found

    def sent(self, item: int, user: int) -> list[Answer]:
        """What was taken as the person's answer to an item, in order; more than one only of a code task."""
        entry = self.state.item_states[item].entry(user) if item < len(self.state.item_states) else None
        found = [self.answer(attempt) for attempt in (entry.attempts if entry else ())]
        return [answer for answer in found if answer is not None]

    def counting(self, item: int, user: int) -> Answer | None:
        """The answer that the person's score came from; the last one while none has a score."""
        entry = self.state.item_states[item].entry(user)
        if entry is not None and entry.best is not None:
            return self.answer(entry.best)
        sent = self.sent(item, user)
        return sent[-1] if sent else None

    def grade(self, item: int, user: int) -> Grade | None:
        answer = self.counting(item, user)
        return answer.grade if answer else None

    def texts(self, item: int) -> dict[int, str]:
        """What counts of everybody's answers to an item, by user id."""
        found: dict[int, str] = {}
        for entry in self.state.item_states[item].entries:
            answer = self.counting(item, entry.user)
            if answer is not None:
                found[entry.user] = answer.row.text
        return found

    def code_score(self, item: int, user: int) -> CodeScore:
        """What a person's submissions to a code task have come to; in a group nothing is followed up."""
        verdicts = [(answer, answer.grade.code) for answer in self.sent(item, user) if answer.grade]
        tries = [tried(answer, verdict) for answer, verdict in verdicts if verdict and verdict.code is not Code.IE]
        return code_score(tries, (), 0)

    def may_see(self, item: int) -> bool:
        """Whether an item is revealed, so that its grades may be shown; of one that counts for nobody always."""
        return counts(self.state, item) or self.state.item_states[item].void


async def load_group(connection: AsyncConnection, bank: Bank, round_id: int) -> GroupRecord | None:
    """The record of a group round; None when there is no such round. Raises UnknownQuestionError."""
    row = await round_store.load(connection, GROUP, round_id)
    if row is None:
        return None
    users = {one.user for one in row.state.participants} | {row.state.owner}
    return GroupRecord(
        row,
        await questions_of(connection, bank, row.state.items),
        await round_store.attempts_of(connection, round_id),
        await people.names(connection, users),
        await people.quotable(connection, users),
    )
