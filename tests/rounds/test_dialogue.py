"""The question-and-answer engine by short scripts: events in, phases, replies and scores out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bot.rounds.dialogue import (
    DIALOGUE,
    Grade,
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
from bot.rounds.engine import GRACE, CodecError, IllegalEventError
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
    Regraded,
    Result,
    SelfRated,
    Skipped,
    Started,
    Stopped,
    TimedOut,
)
from questions.model import Level

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OWNER, OTHER = 1, 2
ASKING, GRADING, REVIEWING, FINISHED = Phase.ASKING, Phase.GRADING, Phase.REVIEWING, Phase.FINISHED


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def started(
    items: int = 2, *, kind: Kind = Kind.QUIZ, mode: Mode = Mode.PRACTICE, limit_s: int | None = None
) -> Started:
    drawn = tuple(Item(f"ml.boosting.q{number}", 1) for number in range(items))
    return Started(T0, OWNER, kind, Level.MID, mode, drawn, limit_s)


def answered(turn: int, attempt: int, s: float = 1, *, by: int = OWNER) -> Answered:
    return Answered(at(s), by, turn, attempt)


def graded(
    turn: int,
    attempt: int,
    score: float | None = 0.5,
    *,
    band: int = 2,
    probes: Sequence[str] = (),
    again: bool = False,
    retry: bool = False,
    s: float = 2,
) -> Graded:
    return Graded(at(s), None, turn, attempt, Result(score, band, tuple(probes), again, retry))


def advanced(turn: int, s: float = 3, *, by: int = OWNER) -> Advanced:
    return Advanced(at(s), by, turn)


def skipped(turn: int, s: float = 1, *, by: int = OWNER) -> Skipped:
    return Skipped(at(s), by, turn)


def gave_up(turn: int, s: float = 1, *, by: int = OWNER) -> GaveUp:
    return GaveUp(at(s), by, turn)


def hint(turn: int, s: float = 1, *, by: int = OWNER) -> HintAsked:
    return HintAsked(at(s), by, turn)


def timed_out(turn: int, s: float) -> TimedOut:
    return TimedOut(at(s), None, turn)


def rated(band: int, *, by: int = OWNER) -> SelfRated:
    return SelfRated(at(9), by, band)


def stopped(by: int | None = OWNER, s: float = 5) -> Stopped:
    return Stopped(at(s), by)


def play(first: Started, *events: Event) -> State:
    return replay([first, *events])


Line = tuple[Event, Phase, int, tuple[Reply, ...]]
"""An event, then the phase, the current turn and the replies after it."""

CODE = started(1, kind=Kind.CODE, limit_s=600)
"""A code task of ten minutes."""

SCRIPTS: dict[str, tuple[Started, list[Line]]] = {
    "an answer is graded, followed up, graded again, and the next question ends the round": (
        started(2),
        [
            (answered(0, 10), GRADING, 0, ()),
            (graded(0, 10, probes=["p1", "p2"]), ASKING, 1, ()),
            (answered(1, 11), GRADING, 1, ()),
            (graded(1, 11, probes=["p1"]), REVIEWING, 1, ()),
            (advanced(1), ASKING, 2, ()),
            (answered(2, 12), GRADING, 2, ()),
            (graded(2, 12), FINISHED, 2, ()),
        ],
    ),
    "code is tried until it passes, and then followed up as planned": (
        CODE,
        [
            (answered(0, 10), GRADING, 0, ()),
            (graded(0, 10, 0.4, retry=True), ASKING, 1, ()),
            (answered(1, 11), GRADING, 1, ()),
            (graded(1, 11, 0.75, probes=["p", "q"]), ASKING, 2, ()),
            (skipped(2), ASKING, 3, ()),
            (answered(3, 12), GRADING, 3, ()),
            (graded(3, 12, 0.9, probes=["p", "q"]), FINISHED, 3, ()),
        ],
    ),
    "the task's card goes on working: what names an earlier try is meant for the current one": (
        CODE,
        [
            (answered(0, 10), GRADING, 0, ()),
            (graded(0, 10, 0.4, retry=True), ASKING, 1, ()),
            (hint(0), ASKING, 1, ()),
            (answered(0, 11), GRADING, 1, ()),
            (graded(1, 11, 0.5, retry=True), ASKING, 2, ()),
            (skipped(0), FINISHED, 2, ()),
        ],
    ),
    "while a try is judged nothing else is taken": (
        CODE,
        [
            (answered(0, 10), GRADING, 0, ()),
            (answered(0, 11), GRADING, 0, (Reply.STILL_RUNNING,)),
            (hint(0), GRADING, 0, (Reply.STILL_RUNNING,)),
            (skipped(0), GRADING, 0, (Reply.STILL_RUNNING,)),
            (gave_up(0), GRADING, 0, (Reply.STILL_RUNNING,)),
            (graded(0, 11, 1.0), GRADING, 0, ()),
        ],
    ),
    "once code has passed, its card takes nothing more": (
        CODE,
        [
            (answered(0, 10), GRADING, 0, ()),
            (graded(0, 10, 0.75, probes=["p"]), ASKING, 1, ()),
            (answered(0, 11), ASKING, 1, (Reply.ALREADY_ANSWERED,)),
            (skipped(0), ASKING, 1, (Reply.STALE,)),
            (hint(1), ASKING, 1, (Reply.NO_MORE_HINTS,)),
        ],
    ),
    "what failed through our fault leaves the task as it was": (
        CODE,
        [
            (answered(0, 10), GRADING, 0, ()),
            (graded(0, 10, None, retry=True), ASKING, 1, ()),
            (timed_out(1, 605), FINISHED, 1, ()),
        ],
    ),
    "at most three follow-ups are asked on a question": (
        started(1),
        [
            (answered(0, 10), GRADING, 0, ()),
            (graded(0, 10, probes=["a", "b", "c", "d"]), ASKING, 1, ()),
            (answered(1, 11), GRADING, 1, ()),
            (graded(1, 11, probes=["a", "b", "c", "d"]), ASKING, 2, ()),
            (answered(2, 12), GRADING, 2, ()),
            (graded(2, 12, probes=["a", "b", "c", "d"]), ASKING, 3, ()),
            (answered(3, 13), GRADING, 3, ()),
            (graded(3, 13, probes=["a", "b", "c", "d"]), FINISHED, 3, ()),
        ],
    ),
    "a short answer may be expanded once, and a second short one is graded as it is": (
        started(1),
        [
            (answered(0, 10), GRADING, 0, ()),
            (graded(0, 10, 0.1, again=True), ASKING, 0, ()),
            (answered(0, 11), GRADING, 0, ()),
            (graded(0, 11, 0.1, again=True), FINISHED, 0, ()),
        ],
    ),
    "a short answer to a follow-up is not sent back": (
        started(1),
        [
            (answered(0, 10), GRADING, 0, ()),
            (graded(0, 10, probes=["p1"]), ASKING, 1, ()),
            (answered(1, 11), GRADING, 1, ()),
            (graded(1, 11, again=True), FINISHED, 1, ()),
        ],
    ),
    "the draft itself may be sent as the answer": (
        started(1),
        [
            (answered(0, 10), GRADING, 0, ()),
            (graded(0, 10, 0.3, again=True), ASKING, 0, ()),
            (answered(0, 10), GRADING, 0, ()),
            (graded(0, 10, 0.3, again=True), FINISHED, 0, ()),
        ],
    ),
    "practice gives three hints": (
        started(1),
        [
            (hint(0), ASKING, 0, ()),
            (hint(0), ASKING, 0, ()),
            (hint(0), ASKING, 0, ()),
            (hint(0), ASKING, 0, (Reply.NO_MORE_HINTS,)),
        ],
    ),
    "an exam gives two hints": (
        started(1, mode=Mode.EXAM),
        [
            (hint(0), ASKING, 0, ()),
            (hint(0), ASKING, 0, ()),
            (hint(0), ASKING, 0, (Reply.NO_MORE_HINTS,)),
        ],
    ),
    "a behavioral question has one hint": (
        started(1, kind=Kind.BEHAVIORAL),
        [(hint(0), ASKING, 0, ()), (hint(0), ASKING, 0, (Reply.NO_MORE_HINTS,))],
    ),
    "a follow-up shares the hints of its question": (
        started(1, kind=Kind.BEHAVIORAL),
        [
            (hint(0), ASKING, 0, ()),
            (answered(0, 10), GRADING, 0, ()),
            (graded(0, 10, probes=["p1"]), ASKING, 1, ()),
            (hint(1), ASKING, 1, (Reply.NO_MORE_HINTS,)),
        ],
    ),
    "a skipped question is reviewed, then the next one is asked": (
        started(2),
        [(skipped(0), REVIEWING, 0, ()), (advanced(0), ASKING, 1, ()), (skipped(1), FINISHED, 1, ())],
    ),
    "asking for the answer ends the question in practice": (
        started(2),
        [(gave_up(0), REVIEWING, 0, ())],
    ),
    "asking for the answer does nothing in an exam": (
        started(2, mode=Mode.EXAM),
        [(gave_up(0), ASKING, 0, (Reply.NOT_IN_EXAM,))],
    ),
    "a question ends when its time and the grace are over": (
        started(2, limit_s=60),
        [
            (timed_out(0, 59), ASKING, 0, ()),
            (timed_out(0, 60), ASKING, 0, ()),
            (timed_out(0, 64.9), ASKING, 0, ()),
            (timed_out(0, 65), REVIEWING, 0, ()),
        ],
    ),
    "without a limit no question times out": (started(2), [(timed_out(0, 10**6), ASKING, 0, ())]),
    "a time-out of an earlier turn does nothing": (
        started(2, limit_s=60),
        [
            (skipped(0), REVIEWING, 0, ()),
            (advanced(0), ASKING, 1, ()),
            (timed_out(0, 10**6), ASKING, 1, ()),
        ],
    ),
    "no time runs while an answer is read": (
        started(2, limit_s=60),
        [(answered(0, 10), GRADING, 0, ()), (timed_out(0, 10**6), GRADING, 0, ())],
    ),
    "an answer within the grace counts": (
        started(1, limit_s=60),
        [(answered(0, 10, 65), GRADING, 0, ())],
    ),
    "an answer after the grace is too late and ends the turn": (
        started(2, limit_s=60),
        [
            (answered(0, 10, 65.1), REVIEWING, 0, (Reply.TOO_LATE,)),
            (answered(0, 11, 66), REVIEWING, 0, (Reply.WAITING_FOR_NEXT,)),
        ],
    ),
    "a hint after the grace is too late as well": (
        started(1, limit_s=60),
        [(hint(0, 70), FINISHED, 0, (Reply.TOO_LATE,))],
    ),
    "somebody else's late click does not end the turn": (
        started(2, limit_s=60),
        [(hint(0, 70, by=OTHER), ASKING, 0, (Reply.NOT_YOURS,))],
    ),
    "an outage moves the deadline": (
        started(2, limit_s=60),
        [
            (Extended(at(100), None, 50.0), ASKING, 0, ()),
            (timed_out(0, 114), ASKING, 0, ()),
            (answered(0, 10, 112), GRADING, 0, ()),
        ],
    ),
    "a round that is stopped is over": (
        started(3),
        [
            (skipped(0), REVIEWING, 0, ()),
            (stopped(), FINISHED, 0, ()),
            (stopped(), FINISHED, 0, (Reply.FINISHED,)),
            (advanced(0), FINISHED, 0, (Reply.FINISHED,)),
            (answered(0, 10), FINISHED, 0, (Reply.FINISHED,)),
        ],
    ),
    "the bot itself may stop a round, another person may not": (
        started(1),
        [(stopped(OTHER), ASKING, 0, (Reply.NOT_YOURS,)), (stopped(None), FINISHED, 0, ())],
    ),
    "a round stopped while an answer is read stays stopped when the grade comes": (
        started(2),
        [(answered(0, 10), GRADING, 0, ()), (stopped(), FINISHED, 0, ()), (graded(0, 10), FINISHED, 0, ())],
    ),
    "clicks on an earlier turn are stale": (
        started(2),
        [
            (skipped(0), REVIEWING, 0, ()),
            (advanced(0), ASKING, 1, ()),
            (hint(0), ASKING, 1, (Reply.STALE,)),
            (skipped(0), ASKING, 1, (Reply.STALE,)),
            (gave_up(0), ASKING, 1, (Reply.STALE,)),
            (advanced(0), ASKING, 1, (Reply.STALE,)),
            (answered(0, 10), ASKING, 1, (Reply.STALE,)),
            (answered(7, 10), ASKING, 1, (Reply.STALE,)),
            (answered(-1, 10), ASKING, 1, (Reply.STALE,)),
        ],
    ),
    "a second answer to a turn does not count": (
        started(2),
        [
            (answered(0, 10), GRADING, 0, ()),
            (answered(0, 11), GRADING, 0, (Reply.ALREADY_ANSWERED,)),
            (skipped(0), GRADING, 0, (Reply.ALREADY_ANSWERED,)),
            (hint(0), GRADING, 0, (Reply.ALREADY_ANSWERED,)),
            (graded(0, 10), REVIEWING, 0, ()),
            (answered(0, 11), REVIEWING, 0, (Reply.ALREADY_ANSWERED,)),
            (advanced(0), ASKING, 1, ()),
            (answered(0, 11), ASKING, 1, (Reply.ALREADY_ANSWERED,)),
        ],
    ),
    "nobody but the owner plays": (
        started(2),
        [
            (answered(0, 10, by=OTHER), ASKING, 0, (Reply.NOT_YOURS,)),
            (hint(0, by=OTHER), ASKING, 0, (Reply.NOT_YOURS,)),
            (skipped(0, by=OTHER), ASKING, 0, (Reply.NOT_YOURS,)),
            (gave_up(0, by=OTHER), ASKING, 0, (Reply.NOT_YOURS,)),
            (skipped(0), REVIEWING, 0, ()),
            (advanced(0, by=OTHER), REVIEWING, 0, (Reply.NOT_YOURS,)),
            (stopped(), FINISHED, 0, ()),
            (rated(3, by=OTHER), FINISHED, 0, (Reply.NOT_YOURS,)),
        ],
    ),
    "the next question waits for its click": (
        started(2),
        [(advanced(0), ASKING, 0, (Reply.STALE,)), (skipped(0), REVIEWING, 0, ())],
    ),
    "a grade that nobody waits for changes nothing": (
        started(2),
        [
            (graded(0, 10), ASKING, 0, ()),
            (answered(0, 10), GRADING, 0, ()),
            (graded(0, 99), GRADING, 0, ()),
            (graded(1, 10), GRADING, 0, ()),
            (graded(0, 10), REVIEWING, 0, ()),
            (graded(0, 10, 1.0), REVIEWING, 0, ()),
        ],
    ),
    "one rates oneself when the round is over, and may think again": (
        started(1, kind=Kind.BEHAVIORAL),
        [
            (rated(3), ASKING, 0, (Reply.NOT_FINISHED,)),
            (skipped(0), FINISHED, 0, ()),
            (rated(3), FINISHED, 0, ()),
            (rated(2), FINISHED, 0, ()),
        ],
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(name: str) -> None:
    first, lines = SCRIPTS[name]
    state = start(first)
    for number, (event, phase, turn, replies) in enumerate(lines):
        before = state
        state, said = step(state, event)
        where = f"line {number}: {event}"
        assert (state.phase, state.turn, said) == (phase, turn, replies), where
        if said and said != (Reply.TOO_LATE,):
            assert state == before, where
        assert DIALOGUE.codec.decode_state(DIALOGUE.codec.encode_state(state)) == state, where
        assert DIALOGUE.codec.decode_event(*DIALOGUE.codec.encode_event(event)) == event, where


def test_the_latest_grade_of_a_question_counts_and_the_round_is_the_mean() -> None:
    state = play(
        started(2),
        answered(0, 10),
        graded(0, 10, 0.25, band=1, probes=["p1"]),
        answered(1, 11),
        graded(1, 11, 0.75, band=3),
        advanced(1),
        answered(2, 12),
        graded(2, 12, 0.25, band=1),
    )
    assert [(item.score, item.band) for item in state.item_states] == [(0.75, 3), (0.25, 1)]
    assert state.score == 0.5
    assert [turn.probe for turn in state.turns] == [None, "p1", None]
    assert state.turns[1].probe_from == 10
    assert state.finished_at == at(2)


def test_a_round_without_a_finished_question_has_no_score() -> None:
    assert start(started(2)).score is None
    assert play(started(2), stopped()).score is None


def test_a_skipped_question_counts_as_zero() -> None:
    state = play(started(2), answered(0, 10), graded(0, 10, 0.8, band=4), advanced(0), skipped(1))
    assert state.score == 0.4
    assert state.item_states[1].band == 1
    assert state.turns[1].outcome is Outcome.SKIPPED


def test_skipping_a_follow_up_keeps_what_was_earned() -> None:
    state = play(started(1), answered(0, 10), graded(0, 10, 0.6, band=3, probes=["p1"]), skipped(1))
    assert (state.phase, state.score, state.item_states[0].band) == (Phase.FINISHED, 0.6, 3)


def test_skipping_after_a_short_answer_lets_the_short_answer_count() -> None:
    state = play(started(1), answered(0, 10), graded(0, 10, 0.3, again=True), skipped(0))
    assert (state.score, state.turns[0].attempt, state.turns[0].draft) == (0.3, 10, 10)


def test_time_running_out_after_a_short_answer_lets_the_short_answer_count() -> None:
    state = play(started(1, limit_s=60), answered(0, 10), graded(0, 10, 0.3, again=True), timed_out(0, 65))
    assert (state.score, state.turns[0].attempt, state.turns[0].outcome) == (0.3, 10, Outcome.TIMED_OUT)


def test_an_expanded_answer_replaces_the_short_one() -> None:
    state = play(started(1), answered(0, 10), graded(0, 10, 0.1, again=True), answered(0, 11), graded(0, 11, 0.9))
    assert (state.score, state.turns[0].attempt, state.turns[0].draft) == (0.9, 11, 10)


def test_asking_for_the_answer_voids_a_short_answer() -> None:
    state = play(started(1), answered(0, 10), graded(0, 10, 0.3, again=True), gave_up(0))
    assert (state.score, state.item_states[0].band, state.turns[0].attempt) == (0.0, 1, None)


def test_asking_for_the_answer_to_a_follow_up_keeps_the_first_answer() -> None:
    state = play(started(1), answered(0, 10), graded(0, 10, 0.6, band=3, probes=["p1"]), gave_up(1))
    assert (state.score, state.turns[1].outcome) == (0.6, Outcome.GAVE_UP)


def test_stopping_counts_what_was_graded_and_leaves_out_the_rest() -> None:
    state = play(started(3), answered(0, 10), graded(0, 10, 0.6, probes=["p1"]), stopped())
    assert (state.score, state.stopped, state.turns[1].outcome) == (0.6, True, Outcome.STOPPED)
    assert [item.done for item in state.item_states] == [True, False, False]


def test_stopping_while_reviewing_keeps_how_the_turn_ended() -> None:
    state = play(started(2), skipped(0), stopped())
    assert state.turns[0].outcome is Outcome.SKIPPED


@pytest.mark.parametrize("score", [None, float("nan"), float("inf"), float("-inf")])
def test_a_question_that_the_grader_failed_on_is_left_out(score: float | None) -> None:
    state = play(started(2), answered(0, 10), graded(0, 10, score), advanced(0), answered(1, 11), graded(1, 11, 0.8))
    assert not state.item_states[0].judged
    assert state.score == 0.8


def test_a_round_that_the_grader_failed_on_has_no_score() -> None:
    assert play(started(1), answered(0, 10), graded(0, 10, None)).score is None


def test_a_grader_that_fails_on_a_follow_up_leaves_what_was_earned() -> None:
    state = play(
        started(1), answered(0, 10), graded(0, 10, 0.6, band=3, probes=["p1"]), answered(1, 11), graded(1, 11, None)
    )
    assert state.item_states[0].judged
    assert (state.score, state.item_states[0].band) == (0.6, 3)


@pytest.mark.parametrize(
    ("score", "band", "kept"), [(1.7, 9, (1.0, 4)), (-0.5, 0, (0.0, 1)), (0.0, 1, (0.0, 1)), (1.0, 4, (1.0, 4))]
)
def test_scores_and_bands_stay_in_range(score: float, band: int, kept: tuple[float, int]) -> None:
    state = play(started(1), answered(0, 10), graded(0, 10, score, band=band))
    assert (state.item_states[0].score, state.item_states[0].band) == kept


def test_every_turn_gets_its_own_deadline() -> None:
    state = play(
        started(2, limit_s=60), answered(0, 10, 30), graded(0, 10, probes=["p1"], s=40), skipped(1, 50), advanced(1, 70)
    )
    assert [turn.deadline for turn in state.turns] == [at(60), at(100), at(130)]


def test_the_bot_wakes_when_the_grace_is_over() -> None:
    state = start(started(2, limit_s=60))
    wake = pending(state).wake
    assert wake is not None
    assert (wake.turn, wake.at) == (0, at(60) + GRACE)
    ended, _ = step(state, TimedOut(wake.at, None, 0))
    assert ended.phase is Phase.REVIEWING
    assert pending(ended).wake is None


def test_an_outage_changes_nothing_where_no_time_runs() -> None:
    for state in (start(started(1)), play(started(2, limit_s=60), answered(0, 10)), play(started(1), stopped())):
        assert step(state, Extended(at(9), None, 60.0)) == (state, ())


def test_a_grade_is_owed_only_while_an_answer_is_read() -> None:
    state = play(started(1), answered(0, 10))
    assert pending(state).grade == Grade(0, 10)
    assert pending(play(started(1), answered(0, 10), graded(0, 10))).grade is None


@pytest.mark.parametrize(
    "event",
    [started(), Extended(at(1), None, -1.0), rated(0), rated(5), rated(-1)],
    ids=["a second start", "time taken away", "rating 0", "rating 5", "rating -1"],
)
def test_what_no_honest_sender_produces_is_refused(event: Event) -> None:
    with pytest.raises(IllegalEventError):
        step(play(started(1), stopped()), event)


def test_a_round_needs_questions_and_begins_with_its_start() -> None:
    with pytest.raises(IllegalEventError):
        start(started(0))
    with pytest.raises(IllegalEventError):
        replay([hint(0)])


POSTS: dict[str, tuple[Started, list[Event], list[tuple[str, str]]]] = {
    "a question": (started(2), [], [("ask:0", "open-0-0")]),
    "a question with a hint and a deadline": (
        started(2, limit_s=60),
        [hint(0)],
        [("ask:0", f"open-1-{int(at(60).timestamp())}")],
    ),
    "an answer that is read": (started(2), [answered(0, 10)], [("ask:0", "reading")]),
    "a short answer": (
        started(2),
        [answered(0, 10), graded(0, 10, again=True)],
        [("ask:0", "open-0-0"), ("expand:0", "open")],
    ),
    "a follow-up": (
        started(2),
        [answered(0, 10), graded(0, 10, probes=["p1"])],
        [("ask:0", "answered"), ("ask:1", "open-0-0")],
    ),
    "feedback in practice": (
        started(2),
        [answered(0, 10), graded(0, 10)],
        [("ask:0", "answered"), ("feedback:0", "grade-next")],
    ),
    "feedback in an exam": (
        started(2, mode=Mode.EXAM),
        [answered(0, 10), graded(0, 10), advanced(0)],
        [("ask:0", "answered"), ("feedback:0", "hidden"), ("ask:1", "open-0-0")],
    ),
    "an exam that is over": (
        started(2, mode=Mode.EXAM),
        [answered(0, 10), graded(0, 10), advanced(0), skipped(1), rated(3)],
        [
            ("ask:0", "answered"),
            ("feedback:0", "grade"),
            ("ask:1", "skipped"),
            ("feedback:1", "grade"),
            ("summary:1", "rated-3"),
        ],
    ),
    "a round stopped before anything was answered": (
        started(2),
        [stopped()],
        [("ask:0", "stopped"), ("summary:0", "rated-0")],
    ),
    "feedback stands after the last follow-up": (
        started(2),
        [answered(0, 10), graded(0, 10, probes=["p1"]), skipped(1), advanced(1)],
        [("ask:0", "answered"), ("ask:1", "skipped"), ("feedback:1", "grade"), ("ask:2", "open-0-0")],
    ),
}


@pytest.mark.parametrize("name", POSTS)
def test_posts(name: str) -> None:
    first, events, expected = POSTS[name]
    assert [(post.key, post.face) for post in posts(play(first, *events))] == expected


@pytest.mark.parametrize(("name", "version"), [("answered", 2), ("answered", 0), ("danced", 1)])
def test_an_event_of_a_newer_program_is_not_guessed_at(name: str, version: int) -> None:
    with pytest.raises(CodecError, match=name):
        DIALOGUE.codec.decode_event(name, version, "{}")


# Code tasks


def test_the_best_try_counts_and_tells_which_it_was() -> None:
    state = play(CODE, answered(0, 10), graded(0, 10, 0.6, retry=True), answered(1, 11), graded(1, 11, 0.3, retry=True))
    assert (state.item.score, state.item.best) == (0.6, 10)


def test_all_tries_share_the_deadline_of_the_first_and_follow_ups_have_their_own() -> None:
    tried = play(CODE, answered(0, 10, 300), graded(0, 10, 0.4, retry=True, s=301))
    assert tried.current.deadline == at(600)
    passed = play(CODE, answered(0, 10, 300), graded(0, 10, 0.75, probes=["p"], s=301))
    assert passed.current.deadline == at(601)
    long = play(
        started(1, kind=Kind.CODE, limit_s=3600), answered(0, 10, 300), graded(0, 10, 0.75, probes=["p"], s=301)
    )
    assert long.current.deadline == at(301 + 900)


def test_an_outage_while_a_try_is_judged_moves_its_deadline() -> None:
    state = play(CODE, answered(0, 10, 5), Extended(at(6), None, 100))
    assert state.current.deadline == at(700)
    state = play(started(1, limit_s=600), answered(0, 10, 5), Extended(at(6), None, 100))
    assert state.current.deadline == at(600), "an answer that is read runs no clock"


def test_a_task_with_follow_ups_in_store_goes_on_with_them_when_it_is_left_or_time_is_up() -> None:
    passed = (answered(0, 10), graded(0, 10, 0.7, retry=True, probes=["p"]))
    for end in (skipped(1), timed_out(1, 605)):
        assert play(CODE, *passed, end).current.probe == "p"


def test_a_task_has_one_card_a_verdict_for_each_try_and_buttons_on_the_newest() -> None:
    state = play(CODE, answered(0, 10), graded(0, 10, 0.4, retry=True), answered(1, 11), graded(1, 11, retry=True))
    assert [(post.key, post.face) for post in posts(state)] == [
        ("ask:0", f"open-0-{int(at(600).timestamp())}"),
        ("verdict:0", "closed"),
        ("verdict:1", "open-0"),
    ]
    judged = play(CODE, answered(0, 10))
    assert [(post.key, post.face) for post in posts(judged)][1:] == [("verdict:0", "running")]
    left = play(CODE, answered(0, 10), graded(0, 10, 0.4, retry=True), skipped(1))
    assert [(post.key, post.face) for post in posts(left)][:2] == [("ask:0", "skipped"), ("verdict:0", "closed")]


def test_a_state_and_an_event_of_an_older_program_are_still_read() -> None:
    state = play(started(1), answered(0, 10))
    text = DIALOGUE.codec.encode_state(state)
    for field in ('"best":null', '"planned":[]'):
        assert field in text
        text = text.replace(f",{field}", "")
    assert DIALOGUE.codec.decode_state(text) == state
    name, version, payload = DIALOGUE.codec.encode_event(graded(0, 10))
    assert ',"retry":false' in payload
    assert DIALOGUE.codec.decode_event(name, version, payload.replace(',"retry":false', "")) == graded(0, 10)


def test_a_regrade_raises_what_is_done_and_never_lowers_it() -> None:
    state = start(started(2))
    for event in (Answered(at(1), OWNER, 0, 7), Graded(at(2), None, 0, 7, Result(0.4, 2))):
        state, _ = step(state, event)
    better, _ = step(state, Regraded(at(3), None, OWNER, 0, 0.7, 3))
    assert (better.item_states[0].score, better.item_states[0].band) == (0.7, 3)
    assert better.score == 0.7
    assert step(better, Regraded(at(4), None, OWNER, 0, 0.5, 2))[0] == better
    assert step(better, Regraded(at(4), None, OTHER, 0, 0.9, 4))[0] == better
    assert step(better, Regraded(at(4), None, OWNER, 1, 0.9, 4))[0] == better, "the second item was not asked"
    assert step(better, Regraded(at(4), None, OWNER, 9, 0.9, 4))[0] == better


def test_a_finished_round_can_be_regraded() -> None:
    state = start(started(1))
    for event in (Answered(at(1), OWNER, 0, 7), Graded(at(2), None, 0, 7, Result(0.4, 2))):
        state, _ = step(state, event)
    assert state.phase is FINISHED
    state, replies = step(state, Regraded(at(9), None, OWNER, 0, 1.0, 4))
    assert (state.phase, state.score, replies) == (FINISHED, 1.0, ())
