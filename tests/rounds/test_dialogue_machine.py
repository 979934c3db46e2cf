"""The question-and-answer engine under any sequence of events, honest or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.rounds.dialogue import (
    DIALOGUE,
    Outcome,
    Phase,
    Reply,
    State,
    pending,
    posts,
    replay,
    start,
    step,
)
from bot.rounds.engine import GRACE, IllegalEventError
from bot.rounds.events import (
    Advanced,
    Answered,
    Event,
    Extended,
    GaveUp,
    Graded,
    HintAsked,
    Item,
    Kind,
    Mode,
    Result,
    SelfRated,
    Skipped,
    Started,
    Stopped,
    TimedOut,
)
from questions.model import Level

OWNER, OTHER = 1, 2
PEOPLE = st.sampled_from([OWNER, OWNER, OWNER, OTHER])
OFFSETS = st.sampled_from([0, 0, 0, 0, -1, -2, 1, -100])
"""How far from the current turn an event aims."""
SCORES = st.one_of(st.none(), st.floats(), st.floats(0, 1))
RESULTS = st.builds(
    Result,
    score=SCORES,
    band=st.integers(-3, 8),
    probes=st.lists(st.sampled_from("abcdef"), max_size=4, unique=True).map(tuple),
    again=st.booleans(),
    retry=st.booleans(),
)
STARTS = st.builds(
    Started,
    at=st.just(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)),
    by=st.just(OWNER),
    kind=st.sampled_from(Kind),
    level=st.sampled_from(Level),
    mode=st.sampled_from(Mode),
    items=st.lists(
        st.builds(
            Item,
            question=st.sampled_from(["ml.boosting.a", "eval.calibration.b"]),
            version=st.integers(1, 3),
            order=st.sampled_from([(), ("b", "a", "c")]),
            variant=st.integers(0, 9),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    limit_s=st.sampled_from([None, 30, 90]),
)


def of_the_open_task(state: State, turn: int) -> bool:
    """Whether a turn is an earlier try of the code task that is open."""
    if not (state.kind is Kind.CODE and state.current.probe is None and 0 <= turn <= state.turn):
        return False
    return state.turns[turn].item == state.current.item


class Dialogue(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.accepted: list[Event] = []
        self.attempts = 0
        self.keys: list[str] = []
        self.best: dict[int, float | None] = {}
        self.away = 0.0
        """Seconds by which the deadline of the open task has moved."""
        self.state: State

    @initialize(first=STARTS)
    def begin(self, first: Started) -> None:
        self.now = first.at
        self.accepted = [first]
        self.state = start(first)

    def send(self, event: Event) -> None:
        before = self.state
        try:
            after, replies = step(before, event)
        except IllegalEventError:
            assert (
                isinstance(event, Started)
                or (isinstance(event, SelfRated) and not 1 <= event.band <= 4)
                or (isinstance(event, Extended) and event.seconds < 0)
            ), f"{event} is legal"
            return
        if event.by == OTHER:
            assert (after, replies) == (before, (Reply.NOT_YOURS,))
        if isinstance(event, Answered | HintAsked | Skipped | GaveUp | Advanced | TimedOut | Graded):
            grade = isinstance(event, Graded | TimedOut)
            aimed = event.turn == before.turn or (not grade and of_the_open_task(before, event.turn))
            assert aimed or after == before, f"the stale {event} changed something"
        if before.phase is Phase.FINISHED and not isinstance(event, SelfRated):
            assert after == before, f"{event} changed a finished round"
        if isinstance(event, SelfRated) and after != before:
            assert before.phase is Phase.FINISHED
        if after != before:
            self.accepted.append(event)
            if isinstance(event, Extended):
                self.away += event.seconds
            if after.current.item != before.current.item:
                self.away = 0.0
        self.state = after

    # What people do

    @rule(by=PEOPLE, offset=OFFSETS)
    def answer(self, by: int, offset: int) -> None:
        self.attempts += 1
        self.send(Answered(self.now, by, self.state.turn + offset, self.attempts))

    @precondition(lambda self: self.state.current.draft is not None)
    @rule(by=PEOPLE)
    def send_the_draft(self, by: int) -> None:
        draft = self.state.current.draft
        assert draft is not None
        self.send(Answered(self.now, by, self.state.turn, draft))

    @rule(by=PEOPLE, offset=OFFSETS)
    def hint(self, by: int, offset: int) -> None:
        self.send(HintAsked(self.now, by, self.state.turn + offset))

    @rule(by=PEOPLE, offset=OFFSETS)
    def skip(self, by: int, offset: int) -> None:
        self.send(Skipped(self.now, by, self.state.turn + offset))

    @rule(by=PEOPLE, offset=OFFSETS)
    def give_up(self, by: int, offset: int) -> None:
        self.send(GaveUp(self.now, by, self.state.turn + offset))

    @rule(by=PEOPLE, offset=OFFSETS)
    def advance(self, by: int, offset: int) -> None:
        self.send(Advanced(self.now, by, self.state.turn + offset))

    @rule(by=st.sampled_from([OWNER, OTHER, OTHER, None]), sure=st.integers(0, 4))
    def stop(self, by: int | None, sure: int) -> None:
        if by == OTHER or sure == 0:  # otherwise most rounds would end at once
            self.send(Stopped(self.now, by))

    @rule(by=PEOPLE, band=st.integers(-1, 6))
    def rate(self, by: int, band: int) -> None:
        self.send(SelfRated(self.now, by, band))

    # What the bot does

    @precondition(lambda self: self.state.phase is Phase.GRADING)
    @rule(result=RESULTS)
    def grade(self, result: Result) -> None:
        owed = pending(self.state).grade
        assert owed is not None
        self.send(Graded(self.now, None, owed.turn, owed.attempt, result))
        assert self.state.phase is not Phase.GRADING

    @rule(offset=OFFSETS, attempt=st.integers(0, 30), result=RESULTS)
    def grade_something(self, offset: int, attempt: int, result: Result) -> None:
        self.send(Graded(self.now, None, self.state.turn + offset, attempt, result))

    @rule(offset=OFFSETS)
    def time_out(self, offset: int) -> None:
        self.send(TimedOut(self.now, None, self.state.turn + offset))

    @precondition(lambda self: pending(self.state).wake is not None)
    @rule()
    def wake(self) -> None:
        wake = pending(self.state).wake
        assert wake is not None
        self.now = max(self.now, wake.at)
        before = self.state
        self.send(TimedOut(self.now, None, wake.turn))
        followed_up = before.trying and self.state.current.probe in before.item.planned
        assert followed_up or self.state.phase in {Phase.REVIEWING, Phase.FINISHED}

    @rule(seconds=st.floats(-10, 100_000))
    def extend(self, seconds: float) -> None:
        self.send(Extended(self.now, None, seconds))

    @rule(first=STARTS)
    def start_again(self, first: Started) -> None:
        before = self.state
        self.send(first)
        assert self.state is before

    @rule(seconds=st.floats(0, 60))
    def let_time_pass(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # What always holds

    @invariant()
    def scores_and_bands_are_in_range(self) -> None:
        for item in self.state.item_states:
            assert item.score is None or 0.0 <= item.score <= 1.0
            assert item.band is None or 1 <= item.band <= 4
            assert 0 <= item.hints <= self.state.hints_allowed
        assert self.state.score is None or 0.0 <= self.state.score <= 1.0
        assert self.state.self_rating is None or 1 <= self.state.self_rating <= 4

    @invariant()
    def replaying_what_was_stored_gives_the_live_state(self) -> None:
        stored = [DIALOGUE.codec.decode_event(*DIALOGUE.codec.encode_event(event)) for event in self.accepted]
        assert replay(stored) == self.state

    @invariant()
    def the_state_survives_its_codec(self) -> None:
        assert DIALOGUE.codec.decode_state(DIALOGUE.codec.encode_state(self.state)) == self.state

    @invariant()
    def messages_are_only_ever_added_at_the_end(self) -> None:
        keys = [post.key for post in posts(self.state)]
        assert len(set(keys)) == len(keys)
        assert keys[: len(self.keys)] == self.keys
        self.keys = keys

    @invariant()
    def what_is_owed_fits_the_phase(self) -> None:
        owed = pending(self.state)
        assert (owed.grade is not None) == (self.state.phase is Phase.GRADING)
        timed = self.state.phase is Phase.ASKING and self.state.limit_s is not None
        assert (owed.wake is not None) == timed
        if owed.wake is not None:
            assert self.state.current.deadline is not None
            assert owed.wake.at == self.state.current.deadline + GRACE

    @invariant()
    def turns_fit_the_phase(self) -> None:
        state = self.state
        assert all(turn.outcome is not None for turn in state.turns[:-1])
        open_ = state.phase in {Phase.ASKING, Phase.GRADING}
        assert (state.current.outcome is None) == open_
        assert (state.finished_at is not None) == (state.phase is Phase.FINISHED)
        assert [turn.item for turn in state.turns] == sorted(turn.item for turn in state.turns)
        for number in range(len(state.items)):
            probes = [turn.probe for turn in state.turns if turn.item == number]
            tries = probes.count(None)
            assert probes[:tries] == [None] * tries
            assert tries <= 1 or state.policy.tries
            asked = probes[tries:]
            assert not asked or tries
            assert len(set(asked)) == len(asked) <= state.policy.followups

    @invariant()
    def the_best_try_counts_and_nothing_takes_it_back_but_giving_up(self) -> None:
        for number, item in enumerate(self.state.item_states):
            tries = [turn for turn in self.state.turns if turn.item == number and turn.probe is None]
            if item.best is not None:
                assert self.state.policy.tries
                assert item.best in {turn.attempt for turn in tries}
            if self.state.policy.tries and not any(turn.item == number and turn.probe for turn in self.state.turns):
                before, gave_up = self.best.get(number), any(turn.outcome is Outcome.GAVE_UP for turn in tries)
                assert before is None or gave_up or (item.score or 0.0) >= before
                self.best[number] = item.score

    @invariant()
    def the_deadline_of_a_task_is_the_same_for_all_its_tries_but_for_outages(self) -> None:
        state = self.state
        if state.trying and state.limit_s is not None:
            first = next(turn for turn in state.turns if turn.item == state.current.item)
            assert state.current.deadline is not None
            assert state.current.deadline >= first.at + timedelta(seconds=state.limit_s)
            moved = first.at + timedelta(seconds=state.limit_s + self.away)
            assert abs(state.current.deadline - moved) < timedelta(milliseconds=1)


class TestDialogue(Dialogue.TestCase):
    settings = settings(
        max_examples=50,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


@pytest.mark.thorough
@pytest.mark.timeout(600)
class TestDialogueThoroughly(Dialogue.TestCase):
    settings = settings(TestDialogue.settings, max_examples=300)
