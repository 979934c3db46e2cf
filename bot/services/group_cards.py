"""What a group round's messages say, without how Discord shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from bot.rounds.dialogue import Outcome
from bot.rounds.engine import Post
from bot.rounds.events import Kind, Mode
from bot.rounds.group import (
    FEWEST,
    MOST,
    Entry,
    Phase,
    PostKind,
    Standing,
    State,
    awaited,
    board,
    counts,
    item_score,
)
from bot.services.cards import FeedbackCard, OptionLine, options_of, prompt_of
from bot.services.code_cards import STARTER, CardFile
from bot.services.code_report import CodeReport
from bot.services.group_record import GroupRecord
from bot.services.judging import Facts
from bot.services.starting import Format
from grader.code.verdict import Code, CodeVerdict
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText, Level, MultipleChoice, Numeric, Tier
from questions.taxonomy import taxonomy

GroupPost = Post[PostKind]
GOOD = 0.6
"""The least score of an answer that is quoted as the best one."""
QUOTABLE = (FreeText, Behavioral, CodeTask)
"""Kinds of questions whose answers are worth reading."""
MISSED_SHOWN = 3
BANDS = {4: "strong yes", 3: "leaning yes", 2: "leaning no", 1: "strong no"}


@dataclass(frozen=True)
class LobbyCard:
    """Where people join; after the beginning it stays as the head of the round."""

    round_id: int
    turn: int
    kind: Kind
    format: Format
    topic: str | None
    level: Level
    asked: int
    limit_s: int
    host: int
    joined: tuple[int, ...]
    fewest: int
    most: int
    vacant: bool
    open: bool
    ended: bool
    """Ended before a question was asked."""


@dataclass(frozen=True)
class GroupAskCard:
    """A question to everybody."""

    round_id: int
    turn: int
    kind: Kind
    number: int
    total: int
    topic: str
    level: Level
    question: AnyQuestion
    prompt: str
    options: tuple[OptionLine, ...]
    facts: Facts | None
    """Of a code task, where they are known."""
    deadline: datetime | None
    """None once it takes no more answers."""
    outcome: Outcome | None
    closing: bool
    ready: tuple[int, ...]
    """Who has answered."""
    waiting: tuple[int, ...]
    """Who has not, and is still there."""
    host: int
    vacant: bool
    files: tuple[CardFile, ...] = ()


@dataclass(frozen=True)
class Share:
    """How many people gave an answer of this kind."""

    label: str
    count: int
    right: bool = False


@dataclass(frozen=True)
class PersonScore:
    user: int
    score: float | None
    """0–1; None where it could not be graded."""
    answered: bool


@dataclass(frozen=True)
class BestAnswer:
    """An answer that its author lets be quoted."""

    user: int
    text: str
    score: float
    code: bool


@dataclass(frozen=True)
class MissedPoint:
    claim: str
    missed: int
    of: int


@dataclass(frozen=True)
class RevealCard:
    """How a question went."""

    round_id: int
    turn: int
    kind: Kind
    number: int
    total: int
    topic: str
    question: AnyQuestion
    variant: int
    options: tuple[OptionLine, ...]
    outcome: Outcome
    void: bool
    shares: tuple[Share, ...]
    scores: tuple[PersonScore, ...]
    """The best first."""
    best: BestAnswer | None
    missed: tuple[MissedPoint, ...]
    """Key points that at least half of the people missed, the most missed first."""
    board: tuple[Standing, ...]
    """As it stood after this question."""
    next: bool
    host: int
    vacant: bool


@dataclass(frozen=True)
class FinalLine:
    number: int
    topic: str
    mean: float | None
    """The mean score of the people who were in it; None where it does not count."""


@dataclass(frozen=True)
class FinalCard:
    """How the round ended."""

    round_id: int
    turn: int
    kind: Kind
    level: Level
    topic: str | None
    stopped: bool
    board: tuple[Standing, ...]
    lines: tuple[FinalLine, ...]
    host: int
    alt: str = ""
    """What the picture shows, in words."""
    files: tuple[CardFile, ...] = ()


GroupCard = LobbyCard | GroupAskCard | RevealCard | FinalCard


def group_card(
    record: GroupRecord, post: GroupPost, facts: Facts | None = None, picture: tuple[CardFile, str] | None = None
) -> GroupCard:
    """The card of a post; `picture` is the final board's with its words, once it is drawn."""
    match post.kind:
        case PostKind.LOBBY:
            return _lobby(record)
        case PostKind.ASK:
            return _ask(record, post, facts)
        case PostKind.REVEAL:
            return reveal(record, post)
        case PostKind.FINAL:
            return _final(record, picture)
        case _:
            assert_never(post.kind)


def _lobby(record: GroupRecord) -> LobbyCard:
    state = record.state
    return LobbyCard(
        round_id=record.row.id,
        turn=0,
        kind=state.kind,
        format=Format(record.row.format),
        topic=taxonomy().name(record.row.topic) if record.row.topic else None,
        level=state.level,
        asked=len(state.items) or state.asked,
        limit_s=state.limit_s,
        host=state.owner,
        joined=state.active,
        fewest=FEWEST,
        most=MOST,
        vacant=state.vacant,
        open=state.phase is Phase.LOBBY,
        ended=state.phase is Phase.FINISHED and not state.item_states,
    )


def _ask(record: GroupRecord, post: GroupPost, facts: Facts | None) -> GroupAskCard:
    state, number = record.state, post.turn - 1
    item = state.item_states[number]
    drawn, question = state.items[number], record.question(number)
    current = post.turn == state.turn
    open_ = current and state.phase is Phase.ASKING
    files: list[CardFile] = []
    if isinstance(question, CodeTask):
        files = [CardFile(STARTER, question.starter.encode(), "what you begin with")]
        files += [CardFile(name, content) for name, content in (facts.tables if facts else ())]
    return GroupAskCard(
        round_id=record.row.id,
        turn=post.turn,
        kind=state.kind,
        number=post.turn,
        total=len(state.items),
        topic=taxonomy().name(question.topic),
        level=state.level,
        question=question,
        prompt=prompt_of(question, drawn.variant),
        options=options_of(question, drawn.order),
        facts=facts if isinstance(question, CodeTask) else None,
        deadline=item.deadline if open_ else None,
        outcome=None if open_ else item.outcome,
        closing=current and state.phase is Phase.CLOSING,
        ready=tuple(entry.user for entry in item.entries if entry.over),
        waiting=awaited(state) if open_ else (),
        host=state.owner,
        vacant=state.vacant,
        files=tuple(files),
    )


def reveal(record: GroupRecord, post: GroupPost) -> RevealCard:
    """How the question of a turn went, and the board after it."""
    state, number = record.state, post.turn - 1
    item = state.item_states[number]
    question, drawn = record.question(number), state.items[number]
    scores = [PersonScore(entry.user, entry.earned, bool(entry.attempts)) for entry in item.entries]
    scores.sort(key=lambda one: -(one.score if one.score is not None else -1.0))
    options = options_of(question, drawn.order)
    return RevealCard(
        round_id=record.row.id,
        turn=post.turn,
        kind=state.kind,
        number=post.turn,
        total=len(state.items),
        topic=taxonomy().name(question.topic),
        question=question,
        variant=drawn.variant,
        options=options,
        outcome=item.outcome or Outcome.ANSWERED,
        void=item.void,
        shares=_shares(record, number, question, options),
        scores=() if item.void else tuple(scores),
        best=None if item.void else _best(record, number),
        missed=_missed(record, number, question),
        board=board(_until(state, number)),
        next=post.turn == state.turn and state.phase is Phase.REVEALED,
        host=state.owner,
        vacant=state.vacant,
    )


def _until(state: State, item: int) -> State:
    """The state as far as the board after an item needs it."""
    if item + 1 >= len(state.item_states):
        return state
    return replace(state, item_states=state.item_states[: item + 1], phase=Phase.REVEALED)


def _shares(record: GroupRecord, item: int, question: AnyQuestion, options: Sequence[OptionLine]) -> tuple[Share, ...]:
    entries = record.state.item_states[item].entries
    silent = sum(not entry.attempts for entry in entries)
    scores = [entry.score for entry in entries if entry.score is not None]
    if isinstance(question, MultipleChoice):
        chosen = Counter(record.texts(item).values())
        found = [Share(option.letter, chosen[option.id], option.id == question.key.id) for option in options]
    elif isinstance(question, Numeric):
        right = sum(score >= 1 for score in scores)
        close = sum(0 < score < 1 for score in scores)
        found = [Share("right", right, right=True), Share("close", close)] if close else [Share("right", right, True)]
        found.append(Share("wrong", len(scores) - right - close))
    elif isinstance(question, CodeTask):
        codes = [record.code_score(item, entry.user) for entry in entries if entry.score is not None]
        accepted = sum(score.accepted for score in codes)
        partly = sum(not score.accepted and score.score > 0 for score in codes)
        found = [
            Share("accepted", accepted, right=True),
            Share("partly right", partly),
            Share("nothing passed", len(codes) - accepted - partly),
        ]
    else:
        bands = Counter(entry.band for entry in entries if entry.score is not None)
        found = [Share(name, bands[band], band >= 3) for band, name in BANDS.items()]
    ungraded = len(entries) - silent - len(scores)
    if ungraded and not isinstance(question, MultipleChoice):
        found.append(Share("not graded", ungraded))
    return (*found, Share("no answer", silent)) if silent else tuple(found)


def _best(record: GroupRecord, item: int) -> BestAnswer | None:
    """The best answer worth reading of those who let themselves be quoted; of equal ones the first that came."""
    if not isinstance(record.question(item), QUOTABLE):
        return None
    found: list[tuple[float, int, Entry]] = []
    for entry in record.state.item_states[item].entries:
        answer = record.counting(item, entry.user)
        if entry.user in record.quotable and answer is not None and (entry.score or 0.0) >= GOOD:
            found.append((-(entry.score or 0.0), answer.row.id, entry))
    if not found:
        return None
    _, attempt, entry = min(found, key=lambda one: one[:2])
    coded = isinstance(record.question(item), CodeTask)
    return BestAnswer(entry.user, record.attempts[attempt].text, entry.score or 0.0, coded)


def _missed(record: GroupRecord, item: int, question: AnyQuestion) -> tuple[MissedPoint, ...]:
    """Of the points expected at this level, those that at least half of the people who answered did not make."""
    if not isinstance(question, FreeText):
        return ()
    level = record.state.level
    expected = {Tier.CORE} if level is Level.JUNIOR else {Tier.CORE, Tier.DEPTH}
    expected |= {Tier.STRETCH} if level is Level.SENIOR else set()
    entries = record.state.item_states[item].entries
    grades = [record.grade(item, entry.user) for entry in entries if entry.score is not None]
    earned = [{row.id: row.credit for row in grade.rows} for grade in grades if grade is not None]
    if not earned:
        return ()
    points = [point for point in question.key_points if point.tier in expected]
    missed = {point.id: sum(one.get(point.id, 0.0) == 0 for one in earned) for point in points}
    ranked = sorted(points, key=lambda point: (-missed[point.id], -point.weight))
    found = [
        MissedPoint(point.claim, missed[point.id], len(earned))
        for point in ranked
        if 2 * missed[point.id] >= len(earned)
    ]
    return tuple(found[:MISSED_SHOWN])


def _final(record: GroupRecord, picture: tuple[CardFile, str] | None) -> FinalCard:
    state = record.state
    lines: list[FinalLine] = []
    for number, item in enumerate(state.item_states):
        scores = [item_score(state, number, entry.user) for entry in item.entries]
        known = [score for score in scores if score is not None]
        topic = taxonomy().name(record.question(number).topic)
        mean = sum(known) / len(known) if known and counts(state, number) else None
        lines.append(FinalLine(number + 1, topic, mean))
    return FinalCard(
        round_id=record.row.id,
        turn=state.turn,
        kind=state.kind,
        level=state.level,
        topic=taxonomy().name(record.row.topic) if record.row.topic else None,
        stopped=state.stopped,
        board=board(state),
        lines=tuple(lines),
        host=state.owner,
        alt=picture[1] if picture else "",
        files=(picture[0],) if picture else (),
    )


# For one person alone


def own_feedback(record: GroupRecord, item: int, user: int) -> FeedbackCard | None:
    """The full feedback on a person's answer to a revealed item; None for one who was not in it."""
    state = record.state
    asked = state.item_states[item]
    entry = asked.entry(user)
    if entry is None:
        return None
    question, drawn = record.question(item), state.items[item]
    coded = _code_report(record, item, user) if isinstance(question, CodeTask) else None
    # A task may be left open with tries on it; of anything else the answer was the end.
    done = entry.over if state.tries else bool(entry.attempts)
    stopped = asked.outcome is Outcome.STOPPED
    return FeedbackCard(
        round_id=record.row.id,
        turn=item + 1,
        kind=state.kind,
        mode=Mode.PRACTICE,
        level=state.level,
        number=item + 1,
        total=len(state.items),
        topic=taxonomy().name(question.topic),
        question=question,
        outcome=Outcome.ANSWERED if done else Outcome.STOPPED if stopped else Outcome.TIMED_OUT,
        grade=record.grade(item, user) if coded is None else None,
        score=entry.earned,
        band=entry.band or 1,
        hidden=False,
        next=False,
        variant=drawn.variant,
        options=options_of(question, drawn.order),
        next_step=None,
        code=coded,
    )


def _code_report(record: GroupRecord, item: int, user: int) -> CodeReport:
    result = record.code_score(item, user)
    verdicts = [
        answer.grade.code for answer in record.sent(item, user) if answer.grade and answer.grade.code is not None
    ]
    scored = [verdict for verdict in verdicts if verdict.code is not Code.IE]
    best: CodeVerdict | None = scored[result.best] if result.best is not None else None
    # In a group nothing is followed up, so the code counts whole.
    task = record.task(item).model_copy(update={"followups": ()})
    return CodeReport(task, result, len(scored), best, 0, ())
