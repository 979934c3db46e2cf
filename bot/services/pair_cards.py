"""What a peer interview's messages say, without how Discord shows it; and what one of the two sees alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.rounds.calibration import Calibration, calibration
from bot.rounds.events import Kind
from bot.rounds.pair import End, Outcome, PairPost, Phase, PostKind, State, candidate, interviewer, other
from bot.rounds.pair_events import CandidateSheet, InterviewerSheet
from bot.services.cards import prompt_of
from bot.services.hints import HINT_COSTS
from bot.services.pair_record import FollowUp, PairRecord, Point
from grader.grade import UNSCORED, Grade, Row
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText, Level
from questions.taxonomy import taxonomy


@dataclass(frozen=True)
class ProposalCard:
    """Somebody asks somebody for an interview, or the queue asks both; later what came of it."""

    round_id: int
    turn: int
    kind: Kind
    level: Level
    minutes: int
    owner: int
    partner: int
    first: int
    """The interviewer of the first half."""
    when: datetime
    phase: Phase
    """PROPOSED, AGREED, GATHERING (called together), INTERVIEW (it has begun) or FINISHED."""
    awaiting: int | None
    """Who must reply; None: nobody, or (a found pair) both."""
    found: bool
    end: End | None
    ended_by: int | None
    missing: tuple[int, ...]
    room: int | None
    """The thread where it is held, once there is one."""
    notify: tuple[int, ...] = ()


@dataclass(frozen=True)
class GatherCard:
    """Both are called together."""

    round_id: int
    turn: int
    kind: Kind
    people: tuple[int, int]
    first: int
    when: datetime
    begun: bool
    ready: bool
    """Both are here."""
    arrived: tuple[int, ...]
    begins_at: datetime
    until: datetime | None
    """Until when they are waited for."""
    apart: bool
    """Held in a private thread, which only the two can read."""
    end: End | None
    ended_by: int | None
    missing: tuple[int, ...]
    notify: tuple[int, ...] = ()


@dataclass(frozen=True)
class PairAskCard:
    """The question that the candidate is asked, as both see it."""

    round_id: int
    turn: int
    kind: Kind
    level: Level
    interviewer: int
    candidate: int
    topic: str
    difficulty: int
    prompt: str
    hints: tuple[str, ...]
    """Those that were given."""
    follow_ups: tuple[str, ...]
    """Those that were asked."""
    answered: bool
    """In writing."""
    deadline: datetime | None
    """None once it is over."""
    outcome: Outcome | None


@dataclass(frozen=True)
class RateCard:
    """After an interview the two rate each other."""

    round_id: int
    turn: int
    interviewer: int
    candidate: int
    outcome: Outcome
    settled: tuple[int, ...]
    until: datetime | None
    """None once it is over."""
    last: bool
    """No interview follows."""


@dataclass(frozen=True)
class PairSummaryCard:
    """How it ended, as far as everybody may see it: nothing about how well anybody did."""

    round_id: int
    turn: int
    people: tuple[int, int]
    level: Level
    end: End
    ended_by: int | None
    given: tuple[tuple[int, int, str], ...]
    """Of each interview: who asked, who answered, about what."""


PairCard = ProposalCard | GatherCard | PairAskCard | RateCard | PairSummaryCard


def pair_card(record: PairRecord, post: PairPost) -> PairCard:
    """The card of a post."""
    match post.kind:
        case PostKind.PROPOSAL:
            return _proposal(record)
        case PostKind.GATHER:
            return _gather(record)
        case PostKind.ASK:
            return _ask(record, post.turn)
        case PostKind.RATE:
            return _rate(record, post.turn)
        case PostKind.SUMMARY:
            return _summary(record)
        case _:
            assert_never(post.kind)


def undecided(record: PairRecord) -> bool:
    """Whether neither of a found pair has said yet that the time suits."""
    state = record.state
    return record.found and state.awaiting == state.partner and state.owner not in record.agreeing


def _proposal(record: PairRecord) -> ProposalCard:
    state = record.state
    both = undecided(record)
    awaited = (state.awaiting,) if state.awaiting is not None else ()
    phase = Phase.GATHERING if state.phase is Phase.READY else state.phase
    return ProposalCard(
        round_id=record.row.id,
        turn=0,
        kind=state.kind,
        level=state.level,
        minutes=state.minutes,
        owner=state.owner,
        partner=state.partner,
        first=state.first,
        when=state.when,
        phase=Phase.INTERVIEW if state.parts and state.end is None else phase,
        awaiting=None if both else state.awaiting,
        found=record.found,
        end=state.end,
        ended_by=state.ended_by,
        missing=state.missing,
        room=record.row.place.channel_id if record.apart else None,
        notify=state.people if both else awaited,
    )


def _gather(record: PairRecord) -> GatherCard:
    state = record.state
    begun = state.parts != ()
    return GatherCard(
        round_id=record.row.id,
        turn=0,
        kind=state.kind,
        people=state.people,
        first=state.first,
        when=state.when,
        begun=begun,
        ready=state.phase is Phase.READY,
        arrived=state.arrived,
        begins_at=state.begins_at,
        until=state.until if state.phase is Phase.GATHERING else None,
        apart=record.apart,
        end=None if begun else state.end,
        ended_by=None if begun else state.ended_by,
        missing=state.missing,
        notify=state.people if state.end is None and not begun else (),
    )


def _ask(record: PairRecord, turn: int) -> PairAskCard:
    state, part, question = record.state, record.state.parts[turn], record.question(turn)
    return PairAskCard(
        round_id=record.row.id,
        turn=turn,
        kind=state.kind,
        level=state.level,
        interviewer=interviewer(state, turn),
        candidate=candidate(state, turn),
        topic=taxonomy().name(question.topic),
        difficulty=question.difficulty.level,
        prompt=prompt_of(question, state.items[turn].variant),
        hints=record.hints(turn)[: part.hints],
        follow_ups=record.asked(turn),
        answered=part.attempt is not None,
        deadline=state.until if part.outcome is None else None,
        outcome=part.outcome,
    )


def _rate(record: PairRecord, turn: int) -> RateCard:
    state, part = record.state, record.state.parts[turn]
    assert part.outcome is not None
    return RateCard(
        round_id=record.row.id,
        turn=turn,
        interviewer=interviewer(state, turn),
        candidate=candidate(state, turn),
        outcome=part.outcome,
        settled=part.settled,
        until=state.until if _rating(state, turn) else None,
        last=turn == len(state.people) - 1,
    )


def _rating(state: State, turn: int) -> bool:
    return state.phase is Phase.RATING and turn == state.turn


def _summary(record: PairRecord) -> PairSummaryCard:
    state = record.state
    assert state.end is not None
    given = [
        (interviewer(state, turn), candidate(state, turn), taxonomy().name(record.question(turn).topic))
        for turn in range(len(state.parts))
    ]
    return PairSummaryCard(
        round_id=record.row.id,
        turn=state.turn,
        people=state.people,
        level=state.level,
        end=state.end,
        ended_by=state.ended_by,
        given=tuple(given),
    )


# For the interviewer alone


@dataclass(frozen=True)
class Guide:
    """What the interviewer has before them: the rubric, what they heard of it, and how they can help."""

    round_id: int
    turn: int
    kind: Kind
    candidate: int
    prompt: str
    points: tuple[Point, ...]
    ticks: tuple[str, ...]
    in_short: str
    """The model answer; of a story what it should be about."""
    anchors: tuple[str, ...]
    """What 1, 2, 3, 4 look like; empty for other questions."""
    hints: tuple[tuple[str, str], ...]
    """Every hint, with what a point is worth after it."""
    given: int
    """How many hints were given."""
    follow_ups: tuple[FollowUp, ...]
    """Those that were not asked yet."""
    suggested: tuple[str, ...]
    """Which of them the typed answer makes worth asking."""
    answer: str | None
    """What the candidate typed."""
    deadline: datetime | None
    """None once the interview is over."""


def guide(record: PairRecord, turn: int) -> Guide:
    """The interviewer's sheet of an interview that has begun."""
    state, part, question = record.state, record.state.parts[turn], record.question(turn)
    answer = record.answer(turn)
    in_short, anchors = _in_short(question, state.level)
    return Guide(
        round_id=record.row.id,
        turn=turn,
        kind=state.kind,
        candidate=candidate(state, turn),
        prompt=prompt_of(question, state.items[turn].variant),
        points=record.points(turn),
        ticks=part.ticks,
        in_short=in_short,
        anchors=anchors,
        hints=tuple(zip(record.hints(turn), HINT_COSTS, strict=False)),
        given=part.hints,
        follow_ups=tuple(one for one in record.follow_ups(turn) if one.id not in part.probes),
        suggested=part.suggested,
        answer=answer.row.text if answer else None,
        deadline=state.until if part.outcome is None else None,
    )


def _in_short(question: AnyQuestion, level: Level) -> tuple[str, tuple[str, ...]]:
    match question:
        case FreeText():
            return question.model_answer.short, ()
        case Behavioral():
            anchors = tuple(text for _, text in sorted(question.anchors.items()))
            return f"{question.competency} At {level.value} level: {question.level_scope[level]}.", anchors
        case _:
            return "", ()


# Afterwards, for each of the two alone


@dataclass(frozen=True)
class PointLine:
    """A point as the interviewer heard it and as the bot read it."""

    claim: str
    ticked: bool
    row: Row | None
    """What the bot found; None where nothing was typed."""


@dataclass(frozen=True)
class CandidateReport:
    """How the candidate did: the interviewer's ticks beside the bot's grade of what was typed."""

    turn: int
    interviewer: int
    topic: str
    prompt: str
    lines: tuple[PointLine, ...]
    grade: Grade | None
    score: float | None
    """0-1, of what was typed; None where nothing was, or where it could not be graded."""
    band: int | None
    hints: int
    typed: bool
    sheet: CandidateSheet | None
    note: str
    model: str


@dataclass(frozen=True)
class InterviewerReport:
    """How the interviewer did: their ticks against the rubric, and what the candidate says of them."""

    turn: int
    candidate: int
    topic: str
    claims: dict[str, str]
    """What each point says, by its id."""
    rows: dict[str, Row]
    comparison: Calibration | None
    """None where no typed answer was graded."""
    sheet: InterviewerSheet | None
    note: str


def candidate_report(record: PairRecord, user: int) -> CandidateReport | None:
    """None for somebody who was not interviewed."""
    state = record.state
    turn = next((turn for turn in range(len(state.parts)) if candidate(state, turn) == user), None)
    if turn is None:
        return None
    part, question, grade = state.parts[turn], record.question(turn), record.grade(turn)
    rows = {row.id: row for row in (grade.rows if grade else ())}
    return CandidateReport(
        turn=turn,
        interviewer=other(state, user),
        topic=taxonomy().name(question.topic),
        prompt=prompt_of(question, state.items[turn].variant),
        lines=tuple(PointLine(p.claim, p.id in part.ticks, rows.get(p.id)) for p in record.points(turn)),
        grade=grade,
        score=part.score,
        band=part.band,
        hints=part.hints,
        typed=part.attempt is not None,
        sheet=part.of_candidate,
        note=record.note(part.of_candidate.note if part.of_candidate else None),
        model=_in_short(question, state.level)[0],
    )


def interviewer_report(record: PairRecord, user: int) -> InterviewerReport | None:
    """None for somebody who did not interview."""
    state = record.state
    turn = next((turn for turn in range(len(state.parts)) if interviewer(state, turn) == user), None)
    if turn is None:
        return None
    part, question, grade = state.parts[turn], record.question(turn), record.grade(turn)
    judged = grade is not None and grade.gate not in UNSCORED and grade.rows != ()
    return InterviewerReport(
        turn=turn,
        candidate=other(state, user),
        topic=taxonomy().name(question.topic),
        claims={point.id: point.claim for point in record.points(turn)},
        rows={row.id: row for row in (grade.rows if grade else ())},
        comparison=calibration(part.ticks, grade.rows) if grade is not None and judged else None,
        sheet=part.of_interviewer,
        note=record.note(part.of_interviewer.note if part.of_interviewer else None),
    )
