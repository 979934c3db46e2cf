"""The engine of peer interviews: two members agree on a time, meet, and interview each other, one after the other.

    PROPOSED ──accepted──▶ AGREED ──15 min before──▶ GATHERING ──both here──▶ READY ──begun──▶ INTERVIEW 0 … FINISHED
      │  ▲ countered: the other one must agree          │
      └──┴─ declined, nobody answered ──▶ FINISHED ◀────┴── somebody did not come

    INTERVIEW 0 ──closed, time over──▶ RATING 0 ──both rated, time over──▶ INTERVIEW 1 (swapped) ─▶ RATING 1 ─▶ FINISHED

READY asks the service to draw the questions (`ready`). Nothing waits for ever: every phase ends by itself at `until`,
and where the bot cannot draw, the round ends after `DRAWS` tries.

`turn` is the number of the interview, 0 until the swap. A grade may arrive at any later moment, even after the end
(`grading` says which ones are owed), because an answer that was sent counts, whatever happens next.

A person's event that comes after `until` first ends the phase, as the late waker would have done.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from bot.rounds.engine import GRACE, Codec, Engine, IllegalEventError, Post, Scored
from bot.rounds.events import Answered, Extended, Graded, Item, Kind, Mode, Skipped, Stopped, TimedOut
from bot.rounds.pair_events import (
    Accepted,
    Arrived,
    Begun,
    Cancelled,
    CandidateSheet,
    Closed,
    Countered,
    Declined,
    HintGiven,
    InterviewerSheet,
    InterviewEvent,
    Negotiation,
    PairEvent,
    PersonalEvent,
    ProbeGiven,
    Proposed,
    Rated,
    Ticked,
)
from questions.model import Level

SOONEST = timedelta(minutes=2)
"""A time that is proposed lies at least so far ahead."""
LATEST = timedelta(days=60)
"""And at most so far."""
ANSWER_WITHIN = timedelta(days=3)
"""A proposal that nobody has answered for so long is over."""
REMIND_BEFORE = timedelta(minutes=15)
BEGIN_BEFORE = timedelta(minutes=5)
"""When both are there, it begins so long before the time at the earliest."""
PATIENCE = timedelta(minutes=10)
"""Who has not come so long after the time has not come."""
EXCUSED_AFTER = timedelta(hours=1)
"""When the bot's absence delays a meeting by more than this, it is off, and nobody is noted as missing."""
RATE_WITHIN = timedelta(minutes=10)
MINUTES = range(5, 61)
"""How long one interview may be."""
MOST_HINTS = 3
DRAW_AGAIN = timedelta(seconds=30)
"""Between two tries to draw the questions."""
DRAWS = 10


class Phase(StrEnum):
    PROPOSED = "proposed"
    AGREED = "agreed"
    GATHERING = "gathering"
    READY = "ready"
    INTERVIEW = "interview"
    RATING = "rating"
    FINISHED = "finished"


class End(StrEnum):
    """Why it is over."""

    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """Nobody answered the proposal, or the bot was away at the time."""
    NO_SHOW = "no-show"
    NOT_DRAWN = "not-drawn"
    """The bot had no questions to ask."""
    STOPPED = "stopped"
    COMPLETE = "complete"


class Outcome(StrEnum):
    """How an interview ended."""

    CLOSED = "closed"
    """By the interviewer."""
    TIMED_OUT = "timed-out"
    STOPPED = "stopped"


class Reply(StrEnum):
    """What to tell whoever sent an event that changes nothing, or changes less than hoped."""

    NOT_YOURS = "not-yours"
    NOT_YOUR_TURN = "not-your-turn"
    """The other one must reply to the proposal."""
    IN_THE_PAST = "in-the-past"
    """The time lies less than `SOONEST` ahead."""
    TOO_FAR = "too-far"
    """The time lies more than `LATEST` ahead."""
    ALREADY_AGREED = "already-agreed"
    ALREADY_HERE = "already-here"
    ALREADY_BEGUN = "already-begun"
    """Too late to cancel; it can be stopped."""
    TOO_EARLY = "too-early"
    TOO_LATE = "too-late"
    STALE = "stale"
    NOT_INTERVIEWER = "not-interviewer"
    NOT_CANDIDATE = "not-candidate"
    NO_MORE_HINTS = "no-more-hints"
    ALREADY_ASKED = "already-asked"
    """This follow-up was asked before."""
    ALREADY_ANSWERED = "already-answered"
    ALREADY_RATED = "already-rated"
    FINISHED = "finished"


@dataclass(frozen=True)
class Part:
    """One interview. `score` (0–1) and `band` (1–4) are None unless a typed answer was graded."""

    at: datetime
    hints: int = 0
    probes: tuple[str, ...] = ()
    """The follow-ups that the interviewer asked, in order."""
    ticks: tuple[str, ...] = ()
    """The key points that the interviewer heard, sorted."""
    attempt: int | None = None
    """The typed answer."""
    answer_hints: int = 0
    """How many hints were given before it: only these count."""
    graded: bool = False
    """The grade is there, or will not come because the grader failed."""
    score: float | None = None
    band: int | None = None
    suggested: tuple[str, ...] = ()
    """The follow-ups that the grade of the typed answer makes worth asking, best first."""
    outcome: Outcome | None = None
    ended_at: datetime | None = None
    settled: tuple[int, ...] = ()
    """Who has rated, or will not."""
    of_candidate: CandidateSheet | None = None
    of_interviewer: InterviewerSheet | None = None


@dataclass(frozen=True)
class State:
    owner: int
    """Who proposed it."""
    partner: int
    kind: Kind
    level: Level
    first: int
    """The interviewer of turn 0."""
    minutes: int
    when: datetime
    phase: Phase
    started_at: datetime
    until: datetime | None
    """When the phase ends by itself, before `GRACE` (READY: when the questions are drawn next); None: it is over."""
    awaiting: int | None
    """Who must reply to the proposal."""
    gathered_at: datetime | None = None
    """When both were called together; None: they were not yet."""
    arrived: tuple[int, ...] = ()
    draws: int = 0
    """How often drawing the questions failed."""
    items: tuple[Item, ...] = ()
    """Empty until it begins; then the question of each turn."""
    hints_available: tuple[int, ...] = ()
    parts: tuple[Part, ...] = ()
    """The interviews that have begun, by turn."""
    finished_at: datetime | None = None
    end: End | None = None
    ended_by: int | None = None
    """Who declined, cancelled or stopped it."""
    missing: tuple[int, ...] = ()
    """Who did not come."""

    @property
    def mode(self) -> Mode:
        return Mode.PRACTICE

    @property
    def people(self) -> tuple[int, int]:
        return self.owner, self.partner

    @property
    def turn(self) -> int:
        return max(0, len(self.parts) - 1)

    @property
    def begins_at(self) -> datetime:
        """It does not begin before, even when both are there."""
        return self.when - BEGIN_BEFORE

    @property
    def stopped(self) -> bool:
        return self.end is not None and self.end is not End.COMPLETE

    @property
    def score(self) -> float | None:
        """What the proposer's typed answer earned, 0–1."""
        own = (part.score for turn, part in enumerate(self.parts) if candidate(self, turn) == self.owner)
        return next(own, None)


Step = tuple[State, tuple[Reply, ...]]


def other(state: State, person: int) -> int:
    """The one of the two who is not `person`."""
    return state.partner if person == state.owner else state.owner


def interviewer(state: State, turn: int) -> int:
    """Who asks in interview `turn` (0 or 1)."""
    return state.first if turn == 0 else other(state, state.first)


def candidate(state: State, turn: int) -> int:
    """Who answers in interview `turn` (0 or 1)."""
    return other(state, interviewer(state, turn))


def refused_time(at: datetime, when: datetime) -> Reply | None:
    """Why `when` cannot be proposed at `at`; None: it can. Raises IllegalEventError for a time without a zone."""
    if when.utcoffset() is None:
        raise IllegalEventError("a time needs its zone")
    if when - at < SOONEST:
        return Reply.IN_THE_PAST
    return Reply.TOO_FAR if when - at > LATEST else None


def propose(event: Proposed) -> State:
    """A fresh round that awaits the partner's reply. Raises IllegalEventError for one that cannot be held; ask
    `refused_time` before, to say why a time does not do."""
    if event.by == event.partner:
        raise IllegalEventError("nobody interviews themself")
    if event.first not in {event.by, event.partner}:
        raise IllegalEventError("one of the two is the interviewer first")
    if event.kind not in {Kind.QUIZ, Kind.BEHAVIORAL}:
        raise IllegalEventError(f"people cannot hold {event.kind} interviews")
    if event.minutes not in MINUTES:
        raise IllegalEventError(f"an interview takes {MINUTES.start} to {MINUTES.stop - 1} minutes")
    if refusal := refused_time(event.at, event.when):
        raise IllegalEventError(f"that time is {refusal}")
    return State(
        owner=event.by,
        partner=event.partner,
        kind=event.kind,
        level=event.level,
        first=event.first,
        minutes=event.minutes,
        when=event.when,
        phase=Phase.PROPOSED,
        started_at=event.at,
        until=_expiry(event.at, event.when),
        awaiting=event.partner,
    )


def replay(events: Sequence[PairEvent]) -> State:
    """The state after a round's events; the first must be its proposal."""
    first, *rest = events
    if not isinstance(first, Proposed):
        raise IllegalEventError("a peer interview begins with its proposal")
    state = propose(first)
    for event in rest:
        state, _ = step(state, event)
    return state


def step(state: State, event: PairEvent) -> Step:
    """The state after an event, and what to reply to its sender.

    Raises IllegalEventError for what no honest sender produces: a second proposal, marks outside 1–4, more hints than
    `MOST_HINTS`, time taken away.
    """
    match event:
        case Proposed():
            raise IllegalEventError("it is proposed already")
        case Begun():
            return _begun(state, event)
        case Graded():
            return _graded(state, event), ()
        case TimedOut():
            wake = wake_at(state)
            due = wake is not None and event.turn == state.turn and event.at >= wake
            return (_moved_on(state, event.at) if due else state), ()
        case Extended():
            return _extended(state, event), ()
        case _:
            return _from_person(state, event)


def _from_person(state: State, event: PersonalEvent) -> Step:
    if isinstance(event, Rated) and not all(1 <= mark <= 4 for mark in event.sheet.marks):
        raise IllegalEventError("a mark is 1, 2, 3 or 4")
    if event.by is not None and event.by not in state.people:
        return state, (Reply.NOT_YOURS,)
    wake = wake_at(state)
    # READY does not end by itself, it is only tried again.
    overdue = wake is not None and event.at > wake and state.phase is not Phase.READY
    state, replies = _act(_moved_on(state, event.at) if overdue else state, event)
    return state, (Reply.TOO_LATE,) if overdue and replies else replies


def _act(state: State, event: PersonalEvent) -> Step:
    match event:
        case Answered() | HintGiven() | ProbeGiven() | Ticked() | Closed() | Rated() | Skipped():
            refusal = _refusal(state, event)
            return (state, (refusal,)) if refusal else _in_interview(state, event)
        case _ if state.phase is Phase.FINISHED:
            return state, (Reply.FINISHED,)
        case Countered() | Accepted() | Declined():
            return _negotiated(state, event)
        case Cancelled():
            if state.parts:
                return state, (Reply.ALREADY_BEGUN,)
            return _finished(state, event.at, End.CANCELLED, by=event.by), ()
        case Arrived():
            return _arrived(state, event)
        case Stopped():
            return _stopped(state, event), ()
        case _:
            assert_never(event)


# Until both are there


def _expiry(at: datetime, when: datetime) -> datetime:
    return min(at + ANSWER_WITHIN, when)


def _negotiated(state: State, event: Negotiation) -> Step:
    if state.phase is not Phase.PROPOSED:
        return state, (Reply.ALREADY_AGREED,)
    if event.by != state.awaiting:
        return state, (Reply.NOT_YOUR_TURN,)
    match event:
        case Countered(at=at, by=by, when=when):
            if refusal := refused_time(at, when):
                return state, (refusal,)
            return replace(state, when=when, awaiting=other(state, by), until=_expiry(at, when)), ()
        case Accepted(at=at):
            remind_at = state.when - REMIND_BEFORE
            agreed = replace(state, phase=Phase.AGREED, awaiting=None, until=remind_at)
            return (_gathering(agreed, at) if at >= remind_at else agreed), ()
        case Declined(at=at, by=by):
            return _finished(state, at, End.DECLINED, by=by), ()
        case _:
            assert_never(event)


def _gathering(state: State, at: datetime) -> State:
    """Calls both together. Where that is late through the bot's absence, they get their time from now."""
    if at > state.when + EXCUSED_AFTER:
        return _finished(state, at, End.EXPIRED)
    return replace(state, phase=Phase.GATHERING, gathered_at=at, until=max(state.when, at) + PATIENCE)


def _arrived(state: State, event: Arrived) -> Step:
    if state.phase in {Phase.PROPOSED, Phase.AGREED}:
        return state, (Reply.TOO_EARLY,)
    if event.by in state.arrived:
        return state, (Reply.ALREADY_HERE,)
    state = replace(state, arrived=(*state.arrived, event.by))
    if len(state.arrived) == len(state.people):
        return replace(state, phase=Phase.READY, until=max(event.at, state.begins_at)), ()
    return state, ()


def _given_up(state: State, at: datetime) -> State:
    """Somebody did not come; when the bot was away for long, nobody is to blame."""
    assert state.until is not None
    if state.until > state.when + EXCUSED_AFTER + PATIENCE:
        return _finished(state, at, End.EXPIRED)
    missing = tuple(person for person in state.people if person not in state.arrived)
    return replace(_finished(state, at, End.NO_SHOW), missing=missing)


def _begun(state: State, event: Begun) -> Step:
    """Drawn questions that are not awaited (two processes drew) change nothing."""
    if not all(0 <= hints <= MOST_HINTS for hints in event.hints_available):
        raise IllegalEventError(f"a question has 0 to {MOST_HINTS} hints")
    if state.phase is not Phase.READY:
        return state, ()
    if event.at < state.begins_at:
        return state, (Reply.TOO_EARLY,)
    state = replace(state, items=event.items, hints_available=event.hints_available)
    return _interviewed(state, event.at), ()


# The interviews


def _interviewed(state: State, at: datetime) -> State:
    """Begins the next interview."""
    until = at + timedelta(minutes=state.minutes)
    return replace(state, phase=Phase.INTERVIEW, parts=(*state.parts, Part(at)), until=until)


def _refusal(state: State, event: InterviewEvent) -> Reply | None:
    if not 0 <= event.turn < len(state.parts):
        return Reply.FINISHED if state.phase is Phase.FINISHED else Reply.TOO_EARLY
    part = state.parts[event.turn]
    if refusal := _not_their_part(state, event):
        return refusal
    if isinstance(event, Answered) and part.attempt is not None:
        return Reply.ALREADY_ANSWERED
    if isinstance(event, Rated | Skipped | Ticked) and event.by in part.settled:
        return Reply.ALREADY_RATED  # and has seen what the bot makes of the answer
    if state.phase is Phase.FINISHED:
        return Reply.FINISHED
    if event.turn != state.turn:
        return Reply.STALE
    if state.phase is Phase.INTERVIEW:
        return Reply.TOO_EARLY if isinstance(event, Rated | Skipped) else None
    return None if isinstance(event, Rated | Skipped | Ticked) else Reply.TOO_LATE


def _not_their_part(state: State, event: InterviewEvent) -> Reply | None:
    asks = event.by == interviewer(state, event.turn)
    match event:
        case Answered():
            return Reply.NOT_CANDIDATE if asks else None
        case HintGiven() | ProbeGiven() | Ticked() | Closed():
            return None if asks else Reply.NOT_INTERVIEWER
        case Rated(sheet=sheet):
            if isinstance(sheet, CandidateSheet):
                return None if asks else Reply.NOT_INTERVIEWER
            return Reply.NOT_CANDIDATE if asks else None
        case Skipped():
            return None
        case _:
            assert_never(event)


def _in_interview(state: State, event: InterviewEvent) -> Step:
    part = state.parts[-1]
    match event:
        case Answered(attempt=attempt):
            return _with_part(state, replace(part, attempt=attempt, answer_hints=part.hints)), ()
        case HintGiven():
            if part.hints >= state.hints_available[state.turn]:
                return state, (Reply.NO_MORE_HINTS,)
            return _with_part(state, replace(part, hints=part.hints + 1)), ()
        case ProbeGiven(probe=probe):
            if probe in part.probes:
                return state, (Reply.ALREADY_ASKED,)
            return _with_part(state, replace(part, probes=(*part.probes, probe))), ()
        case Ticked(points=points):
            return _with_part(state, replace(part, ticks=tuple(sorted(set(points))))), ()
        case Closed(at=at):
            return _ended(state, Outcome.CLOSED, at), ()
        case Rated(at=at, by=by, sheet=sheet):
            of_candidate = isinstance(sheet, CandidateSheet)
            part = replace(part, of_candidate=sheet) if of_candidate else replace(part, of_interviewer=sheet)
            return _settled(_with_part(state, part), by, at), ()
        case Skipped(at=at, by=by):
            return _settled(state, by, at), ()
        case _:
            assert_never(event)


def _ended(state: State, outcome: Outcome, at: datetime) -> State:
    state = _with_part(state, replace(state.parts[-1], outcome=outcome, ended_at=at))
    return replace(state, phase=Phase.RATING, until=at + RATE_WITHIN)


def _settled(state: State, person: int, at: datetime) -> State:
    part = state.parts[-1]
    part = replace(part, settled=(*part.settled, person))
    state = _with_part(state, part)
    return _swapped(state, at) if len(part.settled) == len(state.people) else state


def _swapped(state: State, at: datetime) -> State:
    """After the ratings: the second interview, or the end."""
    both = len(state.parts) == len(state.people)
    return _finished(state, at, End.COMPLETE) if both else _interviewed(state, at)


def _graded(state: State, event: Graded) -> State:
    """A grade that is not awaited (sent twice after a crash) changes nothing."""
    if Grade(event.turn, event.attempt) not in grading(state):
        return state
    part, result = state.parts[event.turn], event.result
    part = replace(part, graded=True, suggested=result.probes)
    if result.score is not None and math.isfinite(result.score):
        part = replace(part, score=min(max(result.score, 0.0), 1.0), band=min(max(result.band, 1), 4))
    return _with_part(state, part, event.turn)


def _stopped(state: State, event: Stopped) -> State:
    """Before it begins, stopping is cancelling."""
    if not state.parts:
        return _finished(state, event.at, End.CANCELLED, by=event.by)
    if state.phase is Phase.INTERVIEW:
        state = _ended(state, Outcome.STOPPED, event.at)
    return _finished(state, event.at, End.STOPPED, by=event.by)


def _with_part(state: State, part: Part, turn: int = -1) -> State:
    turn %= len(state.parts)
    return replace(state, parts=(*state.parts[:turn], part, *state.parts[turn + 1 :]))


def _finished(state: State, at: datetime, end: End, by: int | None = None) -> State:
    return replace(state, phase=Phase.FINISHED, until=None, awaiting=None, finished_at=at, end=end, ended_by=by)


# Time


def _moved_on(state: State, at: datetime) -> State:
    """What happens when nobody does anything until the phase ends."""
    match state.phase:
        case Phase.PROPOSED:
            return _finished(state, at, End.EXPIRED)
        case Phase.AGREED:
            return _gathering(state, at)
        case Phase.GATHERING:
            return _given_up(state, at)
        case Phase.READY:
            if state.draws + 1 >= DRAWS:
                return _finished(state, at, End.NOT_DRAWN)
            return replace(state, draws=state.draws + 1, until=at + DRAW_AGAIN)
        case Phase.INTERVIEW:
            return _ended(state, Outcome.TIMED_OUT, at)
        case Phase.RATING:
            return _swapped(state, at)
        case Phase.FINISHED:
            return state
        case _:
            assert_never(state.phase)


def _extended(state: State, event: Extended) -> State:
    """People get back what they could not use; the time that they agreed on stays."""
    if not 0 <= event.seconds < math.inf:
        raise IllegalEventError("time is never taken away")
    if state.until is None or state.phase in {Phase.AGREED, Phase.READY}:
        return state
    until = state.until + timedelta(seconds=event.seconds)
    return replace(state, until=min(until, state.when) if state.phase is Phase.PROPOSED else until)


def time_out(state: State, at: datetime) -> PairEvent:
    return TimedOut(at, None, state.turn)


def outage(state: State, since: datetime, until: datetime) -> PairEvent | None:
    """A deadline that had not passed when the bot went away moves by its absence."""
    if state.until is None or state.until <= since:
        return None
    event = Extended(until, None, (until - since).total_seconds())
    return event if _extended(state, event) != state else None


# What the bot owes


class PostKind(StrEnum):
    PROPOSAL = "proposal"
    """Stands where it was proposed; all others stand in the thread."""
    GATHER = "gather"
    ASK = "ask"
    """What the candidate sees."""
    RATE = "rate"
    SUMMARY = "summary"


PairPost = Post[PostKind]


@dataclass(frozen=True)
class Grade:
    """An attempt waits for its grade."""

    turn: int
    attempt: int


@dataclass(frozen=True)
class Helped:
    """An interview that `user` gave."""

    user: int
    turn: int
    at: datetime
    """When it ended."""
    lasted: timedelta


def wake_at(state: State) -> datetime | None:
    """When `TimedOut` changes something; None: it is over."""
    if state.until is not None and state.phase in {Phase.INTERVIEW, Phase.RATING}:
        return state.until + GRACE
    return state.until


def ready(state: State, at: datetime) -> bool:
    """Whether the questions are to be drawn now. When that fails, `TimedOut` sets the next try."""
    return state.phase is Phase.READY and at >= state.begins_at


def grading(state: State) -> tuple[Grade, ...]:
    """The typed answers that wait for their grade, also after the end."""
    return tuple(
        Grade(turn, part.attempt)
        for turn, part in enumerate(state.parts)
        if part.attempt is not None and not part.graded
    )


def scored(state: State) -> tuple[Scored, ...]:
    """The interviews that are over and whose typed answer was graded."""
    return tuple(
        Scored(
            user=candidate(state, turn),
            item=turn,
            score=part.score,
            band=part.band,
            hints=part.answer_hints,
            told=False,
            asked_at=part.at,
        )
        for turn, part in enumerate(state.parts)
        if part.outcome is not None and part.score is not None and part.band is not None
    )


def helped(state: State) -> tuple[Helped, ...]:
    """The interviews that were given to their end by somebody who listened: who ticked a key point or rated.

    An interview is listed once its ratings are over. Once it is there it does not change.
    """
    result: list[Helped] = []
    for turn, part in enumerate(state.parts):
        over = turn < state.turn or state.phase is Phase.FINISHED
        listened = part.ticks != () or part.of_candidate is not None
        if over and listened and part.outcome in {Outcome.CLOSED, Outcome.TIMED_OUT} and part.ended_at is not None:
            result.append(Helped(interviewer(state, turn), turn, part.ended_at, part.ended_at - part.at))
    return tuple(result)


def posts(state: State) -> tuple[PairPost, ...]:
    """The messages of the round so far, in order."""
    result = [Post(PostKind.PROPOSAL, 0, _proposal_face(state))]
    if state.gathered_at is not None:
        result.append(Post(PostKind.GATHER, 0, _gather_face(state)))
    for turn, part in enumerate(state.parts):
        result.append(Post(PostKind.ASK, turn, _ask_face(state, part)))
        if part.outcome is not None and part.outcome is not Outcome.STOPPED:
            result.append(Post(PostKind.RATE, turn, _rate_face(state, turn)))
    if state.parts and state.end is not None:
        graded = "".join(str(int(part.graded)) for part in state.parts)
        result.append(Post(PostKind.SUMMARY, state.turn, f"{state.end}-{graded}"))
    return tuple(result)


def _seconds(moment: datetime | None) -> int:
    return int(moment.timestamp()) if moment else 0


def _proposal_face(state: State) -> str:
    if state.end is not None:
        return state.end.value
    if state.phase is Phase.PROPOSED:
        return f"wait-{state.awaiting}-{_seconds(state.when)}-{_seconds(state.until)}"
    if state.parts:
        return "begun"
    return "agreed" if state.phase is Phase.AGREED else "gathering"


def _gather_face(state: State) -> str:
    if state.parts:
        return "begun"
    if state.end is not None:
        return state.end.value
    here = "".join(str(int(person in state.arrived)) for person in state.people)
    until = state.begins_at if state.phase is Phase.READY else state.until
    return f"{state.phase}-{here}-{_seconds(until)}"


def _ask_face(state: State, part: Part) -> str:
    answered = "answered" if part.attempt is not None else "unanswered"
    looks = f"{part.hints}-{len(part.probes)}-{answered}"
    return f"{part.outcome}-{looks}" if part.outcome else f"open-{looks}-{_seconds(state.until)}"


def _rate_face(state: State, turn: int) -> str:
    part = state.parts[turn]
    who = "".join(str(int(person in part.settled)) for person in state.people)
    rated = f"{int(part.of_candidate is not None)}{int(part.of_interviewer is not None)}"
    open_ = state.phase is Phase.RATING and turn == state.turn
    return f"open-{who}-{rated}-{_seconds(state.until)}" if open_ else f"done-{who}-{rated}"


PAIR: Engine[State, PairEvent, Reply, PostKind] = Engine(
    name="pair",
    codec=Codec(
        State,
        {
            "proposed": Proposed,
            "countered": Countered,
            "accepted": Accepted,
            "declined": Declined,
            "cancelled": Cancelled,
            "arrived": Arrived,
            "begun": Begun,
            "answered": Answered,
            "graded": Graded,
            "hint-given": HintGiven,
            "probe-given": ProbeGiven,
            "ticked": Ticked,
            "closed": Closed,
            "rated": Rated,
            "skipped": Skipped,
            "timed-out": TimedOut,
            "extended": Extended,
            "stopped": Stopped,
        },
    ),
    step=step,
    posts=posts,
    wake_at=wake_at,
    time_out=time_out,
    outage=outage,
    scored=scored,
)
