"""A peer interview with all that belongs to it: its questions, what was typed, and who may ask what next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rounds.pair import PAIR, PostKind, State
from bot.services.hints import hints_of
from bot.services.record import Answer, questions_of
from bot.store import rounds as round_store
from bot.store import seekers
from bot.store.rounds import AttemptRow, RoundRow
from bot.store.seekers import FOUND
from grader.grade import Grade, decode
from questions.bank import Bank
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText, Part

PROPOSAL, GATHER = f"{PostKind.PROPOSAL}:0", f"{PostKind.GATHER}:0"


@dataclass(frozen=True)
class Point:
    """Something that the interviewer listens for."""

    id: str
    """As the grader's rows name it."""
    claim: str


@dataclass(frozen=True)
class FollowUp:
    """A question that the interviewer can ask beside the first one."""

    id: str
    text: str


class PairRecord:
    """Read-only view of one peer interview for cards and grading."""

    def __init__(
        self,
        row: RoundRow[State],
        questions: Mapping[tuple[str, int], AnyQuestion],
        attempts: Sequence[AttemptRow],
        home: int | None,
        called: bool,
        agreeing: frozenset[int],
    ) -> None:
        self.row = row
        self.home = home
        """The channel where it was proposed; None before the proposal was sent."""
        self.called = called
        """Whether the message that calls both together was sent, or is being sent."""
        self.agreeing = agreeing
        """Of a pair that the queue brought together: who has said that the time suits."""
        self._questions = questions
        self._attempts = attempts

    @property
    def state(self) -> State:
        return self.row.state

    @property
    def found(self) -> bool:
        """Whether the queue brought the two together."""
        return self.row.format == FOUND

    @property
    def apart(self) -> bool:
        """Whether it is held in another place than where it was proposed: in a private thread."""
        return self.home is not None and self.row.place.channel_id != self.home

    @cached_property
    def answers(self) -> dict[int, Answer]:
        """Everything that was typed, by attempt id."""
        return {a.id: Answer(a, decode(a.grade) if a.grade else None) for a in self._attempts}

    def question(self, turn: int) -> AnyQuestion:
        """The question of interview `turn`, in the version that was drawn."""
        drawn = self.state.items[turn]
        return self._questions[drawn.question, drawn.version]

    def hints(self, turn: int) -> tuple[str, ...]:
        """The whole hint ladder of interview `turn`."""
        return hints_of(self.question(turn), self.state.items[turn].variant)

    def answer(self, turn: int) -> Answer | None:
        """What the candidate typed, if they did."""
        attempt = self.state.parts[turn].attempt
        return self.answers.get(attempt) if attempt is not None else None

    def grade(self, turn: int) -> Grade | None:
        answer = self.answer(turn)
        return answer.grade if answer else None

    def note(self, attempt: int | None) -> str:
        """What was written beside a rating; empty where nothing was, or where its author was erased."""
        answer = self.answers.get(attempt) if attempt is not None else None
        return answer.row.text if answer else ""

    def points(self, turn: int) -> tuple[Point, ...]:
        return points_of(self.question(turn))

    def follow_ups(self, turn: int) -> tuple[FollowUp, ...]:
        """All that can be asked: first what the typed answer makes worth asking, then what comes with the question."""
        grade = self.grade(turn)
        found = {probe.id: probe.text for probe in (grade.probes if grade else ())}
        found |= {one.id: one.text for one in follow_ups_of(self.question(turn)) if one.id not in found}
        return tuple(FollowUp(name, text) for name, text in found.items())

    def asked(self, turn: int) -> tuple[str, ...]:
        """The words of the follow-ups that were asked, in order."""
        texts = {one.id: one.text for one in self.follow_ups(turn)}
        return tuple(texts[name] for name in self.state.parts[turn].probes if name in texts)


def points_of(question: AnyQuestion) -> tuple[Point, ...]:
    """What the interviewer's checklist holds: the key points, or the parts of a story."""
    match question:
        case FreeText():
            return tuple(Point(point.id, point.claim) for point in question.key_points)
        case Behavioral():
            return tuple(Point(part.value, question.look_for[part]) for part in Part)
        case _:
            return ()


def follow_ups_of(question: AnyQuestion) -> tuple[FollowUp, ...]:
    """The follow-ups that come with a question, under the ids that the grader gives them."""
    match question:
        case FreeText():
            points = [FollowUp(f"point:{point.id}", point.followup) for point in question.key_points]
            wrongs = [FollowUp(f"wrong:{wrong.id}", wrong.probe) for wrong in question.misconceptions if wrong.probe]
            return (*points, *wrongs)
        case Behavioral():
            return tuple(
                FollowUp(f"part:{part}" if number == 1 else f"part:{part}:{number}", text)
                for part in Part
                for number, text in enumerate(question.probes[part], start=1)
            )
        case _:
            return ()


async def load_pair(connection: AsyncConnection, bank: Bank, round_id: int) -> PairRecord | None:
    """The record of a peer interview; None when there is no such round. Raises UnknownQuestionError."""
    row = await round_store.load(connection, PAIR, round_id)
    if row is None:
        return None
    messages = await round_store.messages_of(connection, round_id)
    proposal = messages.get(PROPOSAL)
    return PairRecord(
        row,
        await questions_of(connection, bank, row.state.items),
        await round_store.attempts_of(connection, round_id),
        proposal.channel_id if proposal else None,
        GATHER in messages,
        await seekers.agreeing(connection, round_id) if row.format == FOUND else frozenset(),
    )
