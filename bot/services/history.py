"""What a person has done: rounds to list, one round to reread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.errors import UserError
from bot.rounds.dialogue import DIALOGUE, Outcome, State, is_try
from bot.rounds.events import Kind
from bot.rounds.group import GROUP, item_score
from bot.rounds.group import State as GroupState
from bot.services.cards import FeedbackCard, OptionLine, feedback, options_of, prompt_of
from bot.services.code_report import verdict_of
from bot.services.group_cards import own_feedback
from bot.services.group_record import GroupRecord, load_group
from bot.services.record import RoundRecord, load_record
from bot.store import rounds
from bot.store.engine import Store
from bot.store.rounds import RoundRow
from grader.code.verdict import NAMES, CodeVerdict
from grader.grade import Grade
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.expression import fill
from questions.kinds import AnyQuestion
from questions.model import MultipleChoice, Numeric
from questions.taxonomy import taxonomy

ENGINES = (DIALOGUE, GROUP)
PAGE = 10
"""Rounds on one page of the list."""


@dataclass(frozen=True)
class HistoryLine:
    """One round in the list."""

    round_id: int
    kind: Kind
    topic: str
    level: str
    mode: str
    """Practice, exam or group."""
    score: float | None
    """0–1; None while the round is open or when nothing in it was scored."""
    open: bool
    stopped: bool
    asked: int
    total: int
    at: datetime


@dataclass(frozen=True)
class HistoryPage:
    lines: tuple[HistoryLine, ...]
    page: int
    """0-based."""
    pages: int
    total: int


@dataclass(frozen=True)
class Exchange:
    """Something asked, and what the person answered."""

    asked: str
    options: tuple[OptionLine, ...]
    followup: bool
    answer: str | None
    outcome: Outcome | None
    extra: tuple[str, ...]
    """What else was sent in this turn: kept, not scored."""
    code: bool = False
    """Whether the answer (and what else was sent) is a program."""
    verdict: CodeVerdict | None = None


@dataclass(frozen=True)
class HistoryItem:
    """One question of a past round with all that was said on it."""

    round_id: int
    number: int
    total: int
    topic: str
    exchanges: tuple[Exchange, ...]
    feedback: FeedbackCard | None
    """None for a question that was never finished."""
    model_answer: str


class History:
    """Past rounds of people; each sees their own alone."""

    def __init__(self, store: Store, bank: Bank) -> None:
        self._store = store
        self._bank = bank

    async def page(self, user_id: int, page: int = 0) -> HistoryPage:
        """A page of the person's rounds, newest first; a page beyond the end is the last one."""
        async with self._store.read() as connection:
            _, total = await rounds.past(connection, ENGINES, user_id, limit=1)
            pages = max(-(-total // PAGE), 1)
            page = min(max(page, 0), pages - 1)
            found, _ = await rounds.past(connection, ENGINES, user_id, limit=PAGE, offset=page * PAGE)
        lines = [_group_line(row, user_id) if row.engine == GROUP.name else _line(row) for row in found]
        return HistoryPage(tuple(lines), page, pages, total)

    async def item(self, user_id: int, round_id: int, item: int) -> HistoryItem:
        """One question of one of the person's rounds. Raises UserError when it is not theirs or not there."""
        async with self._store.read() as connection:
            record = await load_record(connection, self._bank, round_id)
            group = await load_group(connection, self._bank, round_id) if record is None else None
        if record is not None and record.row.owner_id == user_id:
            return _item(record, min(max(item, 0), len(record.state.items) - 1))
        if group is not None and group.state.participant(user_id) is not None:
            if not group.state.item_states:
                raise UserError("Nothing has been asked in that round.")
            return _group_item(group, min(max(item, 0), len(group.state.item_states) - 1), user_id)
        raise UserError("That round is not in your history.")

    async def transcript(self, user_id: int, round_id: int) -> str:
        """One of the person's rounds as plain text, with every word that they sent. Raises UserError."""
        first = await self.item(user_id, round_id, 0)
        items = [first] + [await self.item(user_id, round_id, index) for index in range(1, first.total)]
        return "\n\n\n".join(_as_text(item) for item in items) + "\n"


def _as_text(item: HistoryItem) -> str:
    parts = [f"QUESTION {item.number} OF {item.total}: {item.topic}"]
    for exchange in item.exchanges:
        asked = f"Follow-up: {exchange.asked}" if exchange.followup else exchange.asked
        parts.append("\n".join([asked, *(f"  {option.letter}. {option.text}" for option in exchange.options)]))
        if exchange.answer is not None:
            parts.append(f"You:\n{exchange.answer}" if exchange.code else f"You: {exchange.answer}")
            if exchange.verdict is not None:
                parts.append(f"Verdict: {NAMES[exchange.verdict.code]}. {exchange.verdict.reason}")
        elif exchange.outcome is not None:
            parts.append(f"({exchange.outcome.value})")
        parts += [f"You, not scored: {extra}" for extra in exchange.extra]
    card = item.feedback
    if card is not None and not card.hidden:
        parts.append("Not scored" if card.score is None else f"Score: {card.score:.0%}, band {card.band} of 4")
        for grade in _grades(card):
            for row in grade.rows:
                words = f' "{row.span.text}"' if row.span else ""
                parts.append(f"  {row.verdict.value}: {row.claim}{words}")
            for found in grade.findings:
                parts.append(f'  wrong: "{found.span.text}" {found.why_wrong}')
    if item.model_answer:
        parts.append(f"Model answer: {item.model_answer}")
        if card is not None and card.code is not None:
            parts.append(f"Reference solution:\n{card.code.task.solution}")
    return "\n\n".join(parts)


def _grades(card: FeedbackCard) -> list[Grade]:
    """The grades in words: of a question its own, of a code task those of the follow-ups."""
    found = [card.grade] if card.code is None else [report.grade for report in card.code.followups]
    return [grade for grade in found if grade is not None]


def _line(row: RoundRow[State]) -> HistoryLine:
    state = row.state
    over = state.finished_at is not None
    first = state.items[0].question.rpartition(".")[0]
    return HistoryLine(
        round_id=row.id,
        kind=row.kind,
        topic=_topic(row.topic, first if row.kind in {Kind.BEHAVIORAL, Kind.CODE} else None),
        level=state.level.value,
        mode=state.mode.value,
        score=state.score if over else None,
        open=not over,
        stopped=state.stopped,
        asked=sum(item.done for item in state.item_states),
        total=len(state.items),
        at=row.created_at,
    )


def _group_line(row: RoundRow[GroupState], user_id: int) -> HistoryLine:
    """A group round as one person played it: the mean over the questions that they were in and that count."""
    state = row.state
    over = state.finished_at is not None
    earned = [item_score(state, number, user_id) for number in range(len(state.item_states))]
    scores = [score for score in earned if score is not None]
    return HistoryLine(
        round_id=row.id,
        kind=row.kind,
        topic=_topic(row.topic, None),
        level=state.level.value,
        mode="group",
        score=sum(scores) / len(scores) if over and scores else None,
        open=not over,
        stopped=state.stopped,
        asked=len(scores),
        total=len(state.items) or state.asked,
        at=row.created_at,
    )


def _group_item(record: GroupRecord, index: int, user_id: int) -> HistoryItem:
    """One question of a group round; before its reveal, what the person sent and nothing else."""
    state = record.state
    question, drawn = record.question(index), state.items[index]
    options = options_of(question, drawn.order)
    counted = record.counting(index, user_id)
    asked = state.item_states[index]
    own = [sent for sent in record.attempts.values() if sent.user_id == user_id and sent.turn == index + 1]
    told = record.may_see(index)
    coded = isinstance(question, CodeTask)
    exchange = Exchange(
        asked=question.title if isinstance(question, CodeTask) else prompt_of(question, drawn.variant),
        options=options,
        followup=False,
        answer=_shown(options, counted.row.text) if counted else None,
        outcome=asked.outcome,
        extra=tuple(sent.text for sent in own if counted is None or sent.id != counted.row.id),
        code=coded,
        verdict=verdict_of(counted) if coded and told else None,
    )
    chosen = isinstance(question, MultipleChoice | Numeric)
    return HistoryItem(
        round_id=record.row.id,
        number=index + 1,
        total=len(state.item_states),
        topic=taxonomy().name(question.topic),
        exchanges=(exchange,),
        feedback=own_feedback(record, index, user_id) if told else None,
        model_answer=model_of(question, drawn.variant) if told and not chosen else "",
    )


def _topic(asked: str | None, fallback: str | None) -> str:
    slug = asked or fallback
    return taxonomy().name(slug) if slug else "Mixed topics"


def _item(record: RoundRecord, index: int) -> HistoryItem:
    state = record.state
    drawn = state.items[index]
    question = record.question(index)
    options = options_of(question, drawn.order)
    exchanges: list[Exchange] = []
    numbers = record.turns(index)
    for number in numbers:
        turn = state.turns[number]
        counted = record.answer(number)
        extra = [
            answer.row.text
            for answer in record.answers.values()
            if answer.row.turn == number and (counted is None or answer.row.id != counted.row.id)
        ]
        coded = is_try(state, number)
        again = coded and number != numbers[0]
        if again and counted is None and not extra:
            continue  # a try for which nothing was sent
        exchanges.append(
            Exchange(
                asked="Once more" if again else record.probe(number) or prompt_of(question, drawn.variant),
                options=options if turn.probe is None else (),
                followup=turn.probe is not None,
                answer=_shown(options, counted.row.text) if counted else None,
                outcome=turn.outcome,
                extra=tuple(extra),
                code=coded,
                verdict=verdict_of(counted) if coded else None,
            )
        )
    card = feedback(record, numbers[-1]) if numbers and state.item_states[index].done else None
    done = card is not None and not card.hidden
    return HistoryItem(
        round_id=record.row.id,
        number=index + 1,
        total=len(state.items),
        topic=taxonomy().name(question.topic),
        exchanges=tuple(exchanges),
        feedback=card,
        model_answer=model_answer(record, index) if done and not isinstance(question, MultipleChoice | Numeric) else "",
    )


def model_answer(record: RoundRecord, item: int) -> str:
    """A model answer to a question of a round."""
    return model_of(record.question(item), record.state.items[item].variant)


def model_of(question: AnyQuestion, variant: int) -> str:
    """A model answer to a question; for choices and numbers the key and the working."""
    if isinstance(question, MultipleChoice):
        return f"{question.key.text}. {question.key.why}"
    if isinstance(question, Numeric):
        return fill(question.working, question.draw(variant))
    if isinstance(question, CodeTask):
        return question.editorial
    return question.model_answer.full


def _shown(options: tuple[OptionLine, ...], text: str) -> str:
    """An option's id as the letter and text that the person saw."""
    return next((f"{option.letter}. {option.text}" for option in options if option.id == text), text)
