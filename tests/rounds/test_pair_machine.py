"""The engine of peer interviews under any sequence of events by both, a stranger, and the bot."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.rounds.engine import IllegalEventError
from bot.rounds.events import Answered, Extended, Graded, Item, Kind, Result, Skipped, Stopped, TimedOut
from bot.rounds.pair import (
    MOST_HINTS,
    PAIR,
    End,
    Outcome,
    Phase,
    Reply,
    State,
    candidate,
    grading,
    helped,
    interviewer,
    other,
    outage,
    posts,
    propose,
    ready,
    replay,
    scored,
    step,
    time_out,
    wake_at,
)
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
    PairEvent,
    ProbeGiven,
    Proposed,
    Rated,
    Ticked,
)
from questions.model import Level

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OWNER, PARTNER, STRANGER = 1_234_567_890_123_456_789, 2_345_678_901_234_567_890, 3
MOST_WAKES = 20
"""Proposal, reminder, gathering, ten tries to draw, twice interview and rating: no round wakes oftener."""
PEOPLE = st.sampled_from([OWNER, PARTNER, OWNER, PARTNER, STRANGER])
OFFSETS = st.sampled_from([0, 0, 0, 0, 0, -1, 1, -100, 100])
"""How far from the current turn an event aims."""
AHEAD = st.sampled_from([2, 10, 60, 60, 1_440, 6_000, 86_400, -5, 0, 1, 86_401]).map(
    lambda minutes: timedelta(minutes=minutes)
)
ITEMS = (Item("ml.boosting.a", 1), Item("eval.calibration.b", 2))
HINTS = st.integers(-1, MOST_HINTS + 1)
RESULTS = st.builds(
    Result,
    score=st.one_of(st.none(), st.floats(), st.floats(0, 1)),
    band=st.integers(-3, 8),
    probes=st.lists(st.sampled_from("abcdef"), max_size=4, unique=True).map(tuple),
    again=st.booleans(),
)
MARKS = st.integers(0, 5)
NOTES = st.one_of(st.none(), st.integers(1, 30))
SHEETS = st.one_of(
    st.builds(CandidateSheet, correctness=MARKS, depth=MARKS, communication=MARKS, note=NOTES),
    st.builds(InterviewerSheet, clarity=MARKS, help=MARKS, pace=MARKS, note=NOTES),
)
PROPOSALS = st.builds(
    Proposed,
    at=st.just(T0),
    by=st.just(OWNER),
    partner=st.just(PARTNER),
    kind=st.sampled_from([Kind.QUIZ, Kind.BEHAVIORAL]),
    level=st.sampled_from(Level),
    when=st.sampled_from([2, 8, 15, 16, 90, 4_000, 86_400]).map(lambda minutes: T0 + timedelta(minutes=minutes)),
    first=st.sampled_from([OWNER, PARTNER]),
    minutes=st.sampled_from([5, 20, 60]),
)


def honest(event: PairEvent) -> bool:
    """Whether an event may be sent at all; what comes of it is another question."""
    match event:
        case Proposed():
            return False
        case Rated(sheet=sheet):
            return all(1 <= mark <= 4 for mark in sheet.marks)
        case Begun(hints_available=hints):
            return all(0 <= number <= MOST_HINTS for number in hints)
        case Extended(seconds=seconds):
            return 0 <= seconds < math.inf
        case _:
            return True


def left_alone(state: State) -> list[State]:
    """The states that follow when only the waker acts, up to the end."""
    states = [state]
    while (at := wake_at(states[-1])) is not None:
        after, replies = step(states[-1], time_out(states[-1], at))
        assert replies == ()
        wake = wake_at(after)
        assert wake is None or wake > at, f"{states[-1].phase} wakes again at once"
        states.append(after)
        assert len(states) <= MOST_WAKES, f"{state.phase} does not come to its end"
    return states


class PeerInterview(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.accepted: list[PairEvent] = []
        self.attempts = 0
        self.keys: list[str] = []
        self.scored: set[object] = set()
        self.helped: set[object] = set()
        self.state: State

    @initialize(first=PROPOSALS, smooth=st.sampled_from([0, 1, 3, 4, 4, 5, 6, 6]))
    def begin(self, first: Proposed, smooth: int) -> None:
        """So many phases go by as they should, lest most rounds end before their interviews."""
        self.now = first.at
        self.accepted = [first]
        self.state = propose(first)
        for _ in range(smooth):
            self.go_on()

    def send(self, event: PairEvent) -> tuple[Reply, ...]:
        before = self.state
        try:
            after, replies = step(before, event)
        except IllegalEventError:
            assert not honest(event), f"{event} is legal"
            return ()
        assert honest(event), f"{event} is illegal"
        if event.by == STRANGER:
            assert (after, replies) == (before, (Reply.NOT_YOURS,))
        if before.phase is Phase.FINISHED:
            late_grade = isinstance(event, Graded) and bool(grading(before))
            assert late_grade or after == before, f"{event} changed a finished round"
        wake = wake_at(before)
        if replies and not (wake is not None and event.at > wake):
            assert after == before, f"{event} was refused and changed something"
        if after != before:
            self.accepted.append(event)
        self.state = after
        return replies

    # What people do

    @rule(by=PEOPLE, ahead=AHEAD, sure=st.integers(0, 2))
    def counter(self, by: int, ahead: timedelta, sure: int) -> None:
        if sure == 0:
            self.send(Countered(self.now, by, self.now + ahead))

    @rule(by=PEOPLE)
    def accept(self, by: int) -> None:
        self.send(Accepted(self.now, by))

    @rule(by=PEOPLE, sure=st.integers(0, 9))
    def decline(self, by: int, sure: int) -> None:
        if by == STRANGER or sure == 0:  # otherwise most rounds would end at once
            self.send(Declined(self.now, by))

    @rule(by=PEOPLE, sure=st.integers(0, 9))
    def cancel(self, by: int, sure: int) -> None:
        if by == STRANGER or sure == 0:
            self.send(Cancelled(self.now, by))

    @rule(by=st.sampled_from([OWNER, PARTNER, STRANGER, None]), sure=st.integers(0, 9))
    def stop(self, by: int | None, sure: int) -> None:
        if by == STRANGER or sure == 0:
            self.send(Stopped(self.now, by))

    @rule(by=PEOPLE)
    def arrive(self, by: int) -> None:
        self.send(Arrived(self.now, by))

    @rule(by=PEOPLE, offset=OFFSETS)
    def answer(self, by: int, offset: int) -> None:
        self.attempts += 1
        self.send(Answered(self.now, by, self.state.turn + offset, self.attempts))

    @rule(by=PEOPLE, offset=OFFSETS)
    def give_a_hint(self, by: int, offset: int) -> None:
        self.send(HintGiven(self.now, by, self.state.turn + offset))

    @rule(by=PEOPLE, offset=OFFSETS, probe=st.sampled_from("abc"))
    def probe(self, by: int, offset: int, probe: str) -> None:
        self.send(ProbeGiven(self.now, by, self.state.turn + offset, probe))

    @rule(by=PEOPLE, offset=OFFSETS, points=st.lists(st.sampled_from("abcdef"), max_size=5))
    def tick(self, by: int, offset: int, points: list[str]) -> None:
        self.send(Ticked(self.now, by, self.state.turn + offset, tuple(points)))

    @rule(by=PEOPLE, offset=OFFSETS, sure=st.integers(0, 2))
    def close(self, by: int, offset: int, sure: int) -> None:
        if sure == 0:
            self.send(Closed(self.now, by, self.state.turn + offset))

    @rule(by=PEOPLE, offset=OFFSETS, sheet=SHEETS)
    def rate(self, by: int, offset: int, sheet: CandidateSheet | InterviewerSheet) -> None:
        self.send(Rated(self.now, by, self.state.turn + offset, sheet))

    @rule(by=PEOPLE, offset=OFFSETS)
    def skip(self, by: int, offset: int) -> None:
        self.send(Skipped(self.now, by, self.state.turn + offset))

    @precondition(lambda self: self.state.phase is not Phase.FINISHED)
    @rule()
    def go_on(self) -> None:
        """What punctual people and a quick bot do in each phase."""
        state, turn = self.state, self.state.turn
        match state.phase:
            case Phase.PROPOSED:
                assert state.awaiting is not None
                assert state.until is not None
                replies = self.send(Accepted(self.now, state.awaiting))
                assert replies == (() if self.now <= state.until else (Reply.TOO_LATE,))
            case Phase.AGREED:
                self.wake(sure=0)
            case Phase.GATHERING:
                for person in state.people:
                    self.send(Arrived(self.now, person))
            case Phase.READY:
                self.now = max(self.now, state.begins_at)
                assert ready(state, self.now)
                assert self.send(Begun(self.now, None, ITEMS, (3, 1))) == ()
                assert (self.state.phase, self.state.items) == (Phase.INTERVIEW, ITEMS)
            case Phase.INTERVIEW:
                self.attempts += 1
                self.send(Answered(self.now, candidate(state, turn), turn, self.attempts))
                self.send(Ticked(self.now, interviewer(state, turn), turn, ("b", "a")))
                self.send(Closed(self.now, interviewer(state, turn), turn))
                assert self.state.phase is Phase.RATING
            case Phase.RATING:
                self.send(Rated(self.now, interviewer(state, turn), turn, CandidateSheet(1, 2, 3)))
                self.send(Rated(self.now, candidate(state, turn), turn, InterviewerSheet(4, 3, 2)))
                assert self.state.phase in {Phase.INTERVIEW, Phase.FINISHED}
            case Phase.FINISHED:
                pass

    # What the bot does

    @rule(hints=st.tuples(HINTS, HINTS))
    def draw(self, hints: tuple[int, int]) -> None:
        before, drawn = self.state, Begun(self.now, None, ITEMS, hints)
        self.send(drawn)
        assert (self.state != before) == (honest(drawn) and ready(before, self.now))

    @precondition(lambda self: grading(self.state) != ())
    @rule(result=RESULTS)
    def grade(self, result: Result) -> None:
        owed = grading(self.state)
        self.send(Graded(self.now, None, owed[0].turn, owed[0].attempt, result))
        assert grading(self.state) == owed[1:]

    @rule(offset=OFFSETS, attempt=st.integers(0, 30), result=RESULTS)
    def grade_something(self, offset: int, attempt: int, result: Result) -> None:
        self.send(Graded(self.now, None, self.state.turn + offset, attempt, result))

    @rule(offset=OFFSETS)
    def time_out_perhaps(self, offset: int) -> None:
        before, wake = self.state, wake_at(self.state)
        self.send(TimedOut(self.now, None, self.state.turn + offset))
        due = wake is not None and self.now >= wake and offset == 0
        assert (self.state != before) == due

    @precondition(lambda self: wake_at(self.state) is not None)
    @rule(sure=st.integers(0, 3))
    def wake(self, sure: int) -> None:
        at = wake_at(self.state)
        assert at is not None
        if sure and self.state.phase in {Phase.PROPOSED, Phase.GATHERING}:
            return
        self.now = max(self.now, at)
        before = self.state
        self.send(time_out(self.state, self.now))
        assert self.state != before

    @rule(seconds=st.one_of(st.floats(-10, 100_000), st.just(math.nan), st.just(math.inf)))
    def extend(self, seconds: float) -> None:
        self.send(Extended(self.now, None, seconds))

    @rule(seconds=st.floats(0, 20_000))
    def be_away(self, seconds: float) -> None:
        """The bot is down for so long; what it makes good for is what it changes."""
        since, before = self.now, self.state
        self.now += timedelta(seconds=seconds)
        event = outage(before, since, self.now)
        if event is not None:
            self.send(event)
            assert self.state != before
            assert before.until is not None
            assert self.state.until is not None
            assert before.until > since
            assert before.until < self.state.until <= before.until + (self.now - since)

    @rule(first=PROPOSALS)
    def propose_again(self, first: Proposed) -> None:
        before = self.state
        self.send(first)
        assert self.state is before

    @rule(seconds=st.one_of(st.floats(0, 60), st.floats(0, 900)))
    def let_time_pass(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # What always holds

    @invariant()
    def replaying_what_was_stored_gives_the_live_state(self) -> None:
        rows = [PAIR.codec.encode_event(event) for event in self.accepted]
        events = [PAIR.codec.decode_event(*row) for row in rows]
        assert [PAIR.codec.encode_event(event) for event in events] == rows
        assert replay(events) == self.state

    @invariant()
    def the_state_survives_its_codec(self) -> None:
        assert PAIR.codec.decode_state(PAIR.codec.encode_state(self.state)) == self.state

    @invariant()
    def it_comes_to_its_end_when_everybody_leaves(self) -> None:
        end = left_alone(self.state)[-1]
        assert end.phase is Phase.FINISHED
        assert end.finished_at is not None
        assert end.end is not None

    @invariant()
    def in_a_complete_interview_each_was_the_interviewer_once(self) -> None:
        state = self.state
        turns = range(len(state.parts))
        assert len(turns) <= 2
        assert all(interviewer(state, turn) == other(state, candidate(state, turn)) for turn in turns)
        if state.end is End.COMPLETE:
            assert {interviewer(state, turn) for turn in turns} == {OWNER, PARTNER}
            assert {candidate(state, turn) for turn in turns} == {OWNER, PARTNER}
            assert {part.outcome for part in state.parts} <= {Outcome.CLOSED, Outcome.TIMED_OUT}

    @invariant()
    def what_is_known_fits_the_phase(self) -> None:
        state = self.state
        finished = state.phase is Phase.FINISHED
        assert (state.finished_at is not None) == (state.end is not None) == (state.until is None) == finished
        assert (wake_at(state) is None) == finished
        assert (state.awaiting is not None) == (state.phase is Phase.PROPOSED)
        assert state.awaiting in {None, OWNER, PARTNER}
        assert bool(state.parts) == bool(state.items) == bool(state.hints_available)
        assert bool(state.missing) == (state.end is End.NO_SHOW)
        assert not set(state.missing) & set(state.arrived)
        assert len(set(state.arrived)) == len(state.arrived)
        if state.phase in {Phase.READY, Phase.INTERVIEW, Phase.RATING}:
            assert set(state.arrived) == set(state.people)
        if state.phase is Phase.GATHERING:
            assert len(state.arrived) < 2
        if state.parts:
            assert all(part.outcome is not None for part in state.parts[:-1])
            assert (state.parts[-1].outcome is None) == (state.phase is Phase.INTERVIEW)
            assert state.parts[0].at >= state.begins_at

    @invariant()
    def parts_stay_in_range(self) -> None:
        state = self.state
        for turn, part in enumerate(state.parts):
            assert 0 <= part.answer_hints <= part.hints <= state.hints_available[turn] <= MOST_HINTS
            assert (part.score is None) == (part.band is None)
            assert part.score is None or 0.0 <= part.score <= 1.0
            assert part.band is None or 1 <= part.band <= 4
            assert not part.graded or part.attempt is not None
            assert len(set(part.probes)) == len(part.probes)
            assert list(part.ticks) == sorted(set(part.ticks))
            assert set(part.settled) <= set(state.people)
            assert part.of_candidate is None or interviewer(state, turn) in part.settled
            assert part.of_interviewer is None or candidate(state, turn) in part.settled

    @invariant()
    def what_was_earned_and_given_does_not_change(self) -> None:
        assert self.scored <= set(scored(self.state))
        assert self.helped <= set(helped(self.state))
        self.scored, self.helped = set(scored(self.state)), set(helped(self.state))
        for line in scored(self.state):
            assert line.user == candidate(self.state, line.item)
        for line in helped(self.state):
            assert line.user == interviewer(self.state, line.turn)

    @invariant()
    def messages_are_only_ever_added_at_the_end(self) -> None:
        shown = posts(self.state)
        keys = [post.key for post in shown]
        assert len(set(keys)) == len(keys)
        assert keys[: len(self.keys)] == self.keys
        assert all(0 < len(post.face) <= 64 for post in shown)
        self.keys = keys


class TestPeerInterview(PeerInterview.TestCase):
    settings = settings(
        max_examples=50,
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


@pytest.mark.thorough
@pytest.mark.timeout(600)
class TestPeerInterviewThoroughly(PeerInterview.TestCase):
    settings = settings(TestPeerInterview.settings, max_examples=300)
