"""Peer interviews by short scripts: events in, phases, replies and what the bot owes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.rounds.engine import GRACE, CodecError, IllegalEventError, Scored
from bot.rounds.events import Answered, Extended, Graded, Item, Kind, Mode, Result, Skipped, Stopped, TimedOut
from bot.rounds.pair import (
    DRAW_AGAIN,
    DRAWS,
    LATEST,
    PAIR,
    End,
    Grade,
    Helped,
    Outcome,
    Phase,
    PostKind,
    Reply,
    State,
    candidate,
    grading,
    helped,
    interviewer,
    outage,
    posts,
    propose,
    ready,
    refused_time,
    replay,
    scored,
    step,
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
ANA, BEN, EVE = 1, 2, 3
"""Ana proposes to Ben and is the interviewer first; Eve has no part in it."""
ITEMS = (Item("ml.boosting.a", 1), Item("eval.calibration.b", 2))
OF_CANDIDATE = CandidateSheet(4, 3, 2, note=77)
OF_INTERVIEWER = InterviewerSheet(1, 2, 3)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def proposed(when: float = 60, *, first: int = ANA) -> Proposed:
    return Proposed(T0, ANA, BEN, Kind.QUIZ, Level.MID, at(when), first)


def run(state: State, *events: PairEvent) -> State:
    """The state after events none of which is refused."""
    for event in events:
        state, replies = step(state, event)
        assert replies == (), f"{event}: {replies}"
    return state


def refusal(state: State, event: PairEvent) -> Reply:
    """Why an event is refused; it must then change nothing."""
    after, replies = step(state, event)
    assert after == state
    (reply,) = replies
    return reply


def agreed() -> State:
    return run(propose(proposed()), Accepted(at(1), BEN))


def gathering() -> State:
    return run(agreed(), TimedOut(at(45), None, 0))


def both_here() -> State:
    return run(gathering(), Arrived(at(50), ANA), Arrived(at(56), BEN))


def begun() -> State:
    """Ana interviews Ben since minute 57."""
    return run(both_here(), Begun(at(57), None, ITEMS, (2, 3)))


def rating() -> State:
    """The first interview was closed at minute 70."""
    return run(begun(), Ticked(at(60), ANA, 0, ("bias",)), Closed(at(70), ANA, 0))


def swapped() -> State:
    """Ben interviews Ana since minute 72."""
    return run(rating(), Rated(at(71), ANA, 0, OF_CANDIDATE), Rated(at(72), BEN, 0, OF_INTERVIEWER))


def complete() -> State:
    return run(
        swapped(),
        Ticked(at(80), BEN, 1, ("brier",)),
        Closed(at(90), BEN, 1),
        Rated(at(91), BEN, 1, OF_CANDIDATE),
        Skipped(at(92), ANA, 1),
    )


def graded(turn: int, attempt: int, score: float | None = 0.5, band: int = 2, probes: Sequence[str] = ()) -> Graded:
    return Graded(at(200), None, turn, attempt, Result(score, band, tuple(probes)))


def face(state: State, kind: PostKind, turn: int = 0) -> str:
    (found,) = (post.face for post in posts(state) if post.kind is kind and post.turn == turn)
    return found


# Agreeing on a time


def test_a_proposal_awaits_the_partner_until_its_time() -> None:
    state = propose(proposed())
    assert (state.phase, state.awaiting, wake_at(state)) == (Phase.PROPOSED, BEN, at(60))
    assert (state.owner, state.partner, state.mode, state.items) == (ANA, BEN, Mode.PRACTICE, ())
    assert (state.started_at, state.finished_at, state.stopped, state.score) == (T0, None, False, None)


def test_a_proposal_for_a_far_day_is_answered_within_three_days() -> None:
    state = propose(proposed(when=20 * 1440))
    assert wake_at(state) == at(3 * 1440)
    over = run(state, TimedOut(at(3 * 1440), None, 0))
    assert (over.phase, over.end, over.missing, over.stopped) == (Phase.FINISHED, End.EXPIRED, (), True)
    assert wake_at(over) is None


@pytest.mark.parametrize(
    "event",
    [
        replace(proposed(), partner=ANA),
        replace(proposed(), first=EVE),
        replace(proposed(), kind=Kind.CODE),
        replace(proposed(), minutes=4),
        replace(proposed(), minutes=61),
        replace(proposed(), when=at(1.9)),
        replace(proposed(), when=T0 + LATEST + timedelta(seconds=1)),
        replace(proposed(), when=datetime(2026, 3, 2, 12, 0)),  # noqa: DTZ001 - the zone is what is missing
    ],
)
def test_a_proposal_that_cannot_be_held_is_illegal(event: Proposed) -> None:
    with pytest.raises(IllegalEventError):
        propose(event)


def test_a_time_lies_two_minutes_to_sixty_days_ahead() -> None:
    assert refused_time(T0, at(2)) is None
    assert refused_time(T0, T0 + LATEST) is None
    assert refused_time(T0, at(1.99)) is Reply.IN_THE_PAST
    assert refused_time(T0, at(-60)) is Reply.IN_THE_PAST
    assert refused_time(T0, T0 + LATEST + timedelta(seconds=1)) is Reply.TOO_FAR


def test_another_time_must_be_accepted_by_the_other_one() -> None:
    state = run(propose(proposed()), Countered(at(5), BEN, at(120)))
    assert (state.phase, state.awaiting, state.when, wake_at(state)) == (Phase.PROPOSED, ANA, at(120), at(120))
    assert refusal(state, Accepted(at(6), BEN)) is Reply.NOT_YOUR_TURN
    assert refusal(state, Countered(at(6), BEN, at(180))) is Reply.NOT_YOUR_TURN
    assert refusal(state, Declined(at(6), BEN)) is Reply.NOT_YOUR_TURN
    back = run(state, Countered(at(7), ANA, at(90)))
    assert (back.awaiting, back.when) == (BEN, at(90))
    settled = run(back, Accepted(at(8), BEN))
    assert (settled.phase, settled.awaiting, wake_at(settled)) == (Phase.AGREED, None, at(75))


@pytest.mark.parametrize(("when", "reply"), [(6, Reply.IN_THE_PAST), (61 * 1440, Reply.TOO_FAR)])
def test_another_time_out_of_range_is_refused(when: float, reply: Reply) -> None:
    assert refusal(propose(proposed()), Countered(at(5), BEN, at(when))) is reply


def test_the_proposer_cannot_accept_their_own_time() -> None:
    assert refusal(propose(proposed()), Accepted(at(1), ANA)) is Reply.NOT_YOUR_TURN


def test_a_declined_proposal_is_over_and_says_by_whom() -> None:
    state = run(propose(proposed()), Declined(at(1), BEN))
    assert (state.phase, state.end, state.ended_by, state.finished_at) == (Phase.FINISHED, End.DECLINED, BEN, at(1))
    assert [post.kind for post in posts(state)] == [PostKind.PROPOSAL]
    assert refusal(state, Accepted(at(2), BEN)) is Reply.FINISHED


def test_accepting_after_the_time_is_too_late_and_ends_it() -> None:
    state, replies = step(propose(proposed()), Accepted(at(60.1), BEN))
    assert (state.end, replies) == (End.EXPIRED, (Reply.TOO_LATE,))


@pytest.mark.parametrize("person", [ANA, BEN])
@pytest.mark.parametrize("state", [propose(proposed()), agreed(), gathering(), both_here()])
def test_either_can_cancel_before_it_begins(state: State, person: int) -> None:
    over = run(state, Cancelled(at(57), person))
    assert (over.end, over.ended_by) == (End.CANCELLED, person)
    assert run(state, Stopped(at(57), person)) == over


def test_what_is_agreed_is_not_negotiated_again() -> None:
    for event in (Accepted(at(2), BEN), Declined(at(2), ANA), Countered(at(2), BEN, at(90))):
        assert refusal(agreed(), event) is Reply.ALREADY_AGREED


# Meeting


def test_both_are_called_a_quarter_of_an_hour_before() -> None:
    assert wake_at(agreed()) == at(45)
    assert refusal(agreed(), Arrived(at(44), ANA)) is Reply.TOO_EARLY
    assert run(agreed(), TimedOut(at(44.9), None, 0)) == agreed()
    state = gathering()
    assert (state.phase, wake_at(state)) == (Phase.GATHERING, at(70))
    assert [post.key for post in posts(state)] == ["proposal:0", "gather:0"]


def test_a_time_agreed_less_than_a_quarter_of_an_hour_ahead_calls_both_at_once() -> None:
    state = run(propose(proposed(when=14)), Accepted(at(1), BEN))
    assert (state.phase, wake_at(state)) == (Phase.GATHERING, at(24))


def test_it_is_ready_when_both_are_there_but_not_long_before_the_time() -> None:
    early = run(gathering(), Arrived(at(46), BEN), Arrived(at(47), ANA))
    assert (early.phase, wake_at(early)) == (Phase.READY, at(55))
    assert not ready(early, at(54.9))
    assert refusal(early, Begun(at(54.9), None, ITEMS, (0, 0))) is Reply.TOO_EARLY
    assert ready(early, at(55))
    late = both_here()
    assert (late.phase, wake_at(late)) == (Phase.READY, at(56))
    assert ready(late, at(56))
    assert not ready(gathering(), at(56))


def test_being_here_is_said_once() -> None:
    state = run(gathering(), Arrived(at(50), ANA))
    assert refusal(state, Arrived(at(51), ANA)) is Reply.ALREADY_HERE
    assert refusal(begun(), Arrived(at(58), BEN)) is Reply.ALREADY_HERE


@pytest.mark.parametrize(("came", "missing"), [((), (ANA, BEN)), ((ANA,), (BEN,)), ((BEN,), (ANA,))])
def test_who_has_not_come_ten_minutes_after_the_time_is_noted(came: tuple[int, ...], missing: tuple[int, ...]) -> None:
    state = run(gathering(), *(Arrived(at(60), person) for person in came))
    assert run(state, TimedOut(at(69.9), None, 0)) == state
    over = run(state, TimedOut(at(70), None, 0))
    assert (over.end, over.missing, over.stopped) == (End.NO_SHOW, missing, True)
    assert [post.key for post in posts(over)] == ["proposal:0", "gather:0"]


def test_coming_after_the_wait_is_too_late_even_when_nobody_woke_it() -> None:
    state = run(gathering(), Arrived(at(60), ANA))
    over, replies = step(state, Arrived(at(70.1), BEN))
    assert (over.end, over.missing, replies) == (End.NO_SHOW, (BEN,), (Reply.TOO_LATE,))


def test_coming_counts_though_the_reminder_is_late() -> None:
    state = run(agreed(), Arrived(at(46), ANA))
    assert (state.phase, state.arrived) == (Phase.GATHERING, (ANA,))


def test_drawing_is_tried_again_and_given_up_in_the_end() -> None:
    state = both_here()
    moments: list[datetime] = []
    while (wake := wake_at(state)) is not None:
        moments.append(wake)
        state = run(state, TimedOut(wake, None, 0))
    assert moments == [at(56) + number * DRAW_AGAIN for number in range(DRAWS)]
    assert (state.end, state.missing) == (End.NOT_DRAWN, ())


def test_questions_that_come_at_the_second_try_begin_it() -> None:
    state = run(both_here(), TimedOut(at(56), None, 0))
    assert ready(state, at(56.1))
    assert run(state, Begun(at(56.6), None, ITEMS, (0, 0))).phase is Phase.INTERVIEW


def test_questions_drawn_twice_begin_it_once() -> None:
    assert run(begun(), Begun(at(57), None, (ITEMS[1], ITEMS[0]), (0, 0))) == begun()


@pytest.mark.parametrize("hints", [(-1, 0), (0, 4)])
def test_a_question_has_up_to_three_hints(hints: tuple[int, int]) -> None:
    with pytest.raises(IllegalEventError):
        step(both_here(), Begun(at(57), None, ITEMS, hints))


# Interviewing


@pytest.mark.parametrize(("first", "second"), [(ANA, BEN), (BEN, ANA)])
def test_they_swap_after_the_first_interview(first: int, second: int) -> None:
    state = propose(proposed(first=first))
    assert (interviewer(state, 0), candidate(state, 0)) == (first, second)
    assert (interviewer(state, 1), candidate(state, 1)) == (second, first)


def test_only_the_interviewer_helps_ticks_and_closes() -> None:
    for event in (
        HintGiven(at(58), BEN, 0),
        ProbeGiven(at(58), BEN, 0, "why"),
        Ticked(at(58), BEN, 0, ("bias",)),
        Closed(at(58), BEN, 0),
    ):
        assert refusal(begun(), event) is Reply.NOT_INTERVIEWER
        assert refusal(begun(), replace(event, by=EVE)) is Reply.NOT_YOURS
        assert run(begun(), replace(event, by=ANA)) != begun()
    assert refusal(begun(), Answered(at(58), ANA, 0, 5)) is Reply.NOT_CANDIDATE


def test_hints_end_with_the_ladder() -> None:
    state = run(begun(), HintGiven(at(58), ANA, 0), HintGiven(at(59), ANA, 0))
    assert state.parts[0].hints == 2
    assert refusal(state, HintGiven(at(60), ANA, 0)) is Reply.NO_MORE_HINTS


def test_a_follow_up_is_asked_once() -> None:
    state = run(begun(), ProbeGiven(at(58), ANA, 0, "why"), ProbeGiven(at(59), ANA, 0, "how"))
    assert state.parts[0].probes == ("why", "how")
    assert refusal(state, ProbeGiven(at(60), ANA, 0, "why")) is Reply.ALREADY_ASKED


def test_ticks_are_the_whole_list_and_can_be_taken_back() -> None:
    state = run(begun(), Ticked(at(58), ANA, 0, ("b", "a", "b")))
    assert state.parts[0].ticks == ("a", "b")
    assert run(state, Ticked(at(59), ANA, 0, ())).parts[0].ticks == ()


def test_ticks_can_be_completed_until_the_interviewer_has_rated() -> None:
    state = run(rating(), Ticked(at(70.5), ANA, 0, ("bias", "trees")))
    assert state.parts[0].ticks == ("bias", "trees")
    state = run(state, Rated(at(71), ANA, 0, OF_CANDIDATE))
    assert refusal(state, Ticked(at(71.5), ANA, 0, ())) is Reply.ALREADY_RATED


def test_the_first_typed_answer_counts_with_the_hints_before_it() -> None:
    state = run(begun(), HintGiven(at(58), ANA, 0), Answered(at(59), BEN, 0, 5), HintGiven(at(60), ANA, 0))
    assert grading(state) == (Grade(0, 5),)
    assert refusal(state, Answered(at(61), BEN, 0, 6)) is Reply.ALREADY_ANSWERED
    state = run(state, graded(0, 5, 0.75, 3, ["why"]))
    assert grading(state) == ()
    assert scored(state) == ()  # the interview goes on
    assert state.parts[0].suggested == ("why",)
    over = run(state, Closed(at(70), ANA, 0))
    assert scored(over) == (Scored(BEN, 0, 0.75, 3, hints=1, told=False, asked_at=at(57)),)
    assert refusal(over, Answered(at(71), BEN, 0, 6)) is Reply.ALREADY_ANSWERED


def test_the_owners_score_is_that_of_their_own_answer() -> None:
    state = run(begun(), Answered(at(59), BEN, 0, 5), graded(0, 5, 0.75))
    assert state.score is None
    state = run(state, Closed(at(60), ANA, 0), Skipped(at(60), ANA, 0), Skipped(at(60), BEN, 0))
    state = run(state, Answered(at(61), ANA, 1, 6), graded(1, 6, 0.25))
    assert state.score == 0.25


def test_without_a_typed_answer_nothing_is_scored() -> None:
    assert scored(complete()) == ()


@pytest.mark.parametrize("score", [None, float("nan"), float("inf"), float("-inf")])
def test_a_grader_that_failed_leaves_nothing_scored_and_nothing_owed(score: float | None) -> None:
    state = run(begun(), Answered(at(59), BEN, 0, 5), graded(0, 5, score), Closed(at(60), ANA, 0))
    assert (grading(state), scored(state)) == ((), ())


def test_a_grade_comes_late_once_and_for_its_attempt_only() -> None:
    state = run(begun(), Answered(at(59), BEN, 0, 5), Stopped(at(60), BEN))
    assert state.phase is Phase.FINISHED
    assert run(state, graded(0, 6)) == state
    assert run(state, graded(1, 5)) == state
    assert run(state, graded(-1, 5)) == state
    late = run(state, graded(0, 5, 0.5))
    assert [line.score for line in scored(late)] == [0.5]
    assert run(late, graded(0, 5, 1.0)) == late


def test_grades_out_of_range_are_brought_back() -> None:
    state = run(begun(), Answered(at(59), BEN, 0, 5), graded(0, 5, 1.5, 9))
    assert (state.parts[0].score, state.parts[0].band) == (1.0, 4)


def test_the_time_of_an_interview_ends_it_after_a_grace() -> None:
    state, deadline = begun(), at(77)
    assert wake_at(state) == deadline + GRACE
    assert run(state, TimedOut(deadline, None, 0)) == state
    assert run(state, Answered(deadline + GRACE, BEN, 0, 5)).parts[0].attempt == 5
    over = run(state, TimedOut(deadline + GRACE, None, 0))
    assert (over.phase, over.parts[0].outcome) == (Phase.RATING, Outcome.TIMED_OUT)


def test_an_answer_after_the_time_is_too_late_and_ends_the_interview() -> None:
    state, replies = step(begun(), Answered(at(77.2), BEN, 0, 5))
    assert (state.phase, replies, grading(state)) == (Phase.RATING, (Reply.TOO_LATE,), ())


def test_a_stranger_does_not_end_an_overdue_interview() -> None:
    assert refusal(begun(), Answered(at(500), EVE, 0, 5)) is Reply.NOT_YOURS


def test_after_closing_nothing_is_asked_or_answered() -> None:
    for event in (
        Answered(at(71), BEN, 0, 5),
        HintGiven(at(71), ANA, 0),
        ProbeGiven(at(71), ANA, 0, "why"),
        Closed(at(71), ANA, 0),
    ):
        assert refusal(rating(), event) is Reply.TOO_LATE


def test_clicks_of_the_first_interview_are_stale_in_the_second() -> None:
    for event in (Ticked(at(75), ANA, 0, ()), Rated(at(75), ANA, 0, OF_CANDIDATE), Skipped(at(75), BEN, 0)):
        assert refusal(swapped(), event) is Reply.ALREADY_RATED
    assert refusal(swapped(), Answered(at(75), BEN, 0, 5)) is Reply.STALE
    assert refusal(swapped(), HintGiven(at(75), ANA, 0)) is Reply.STALE
    assert run(swapped(), TimedOut(at(500), None, 0)) == swapped()


def test_clicks_before_an_interview_are_too_early() -> None:
    assert refusal(both_here(), HintGiven(at(57), ANA, 0)) is Reply.TOO_EARLY
    assert refusal(begun(), Rated(at(58), ANA, 0, OF_CANDIDATE)) is Reply.TOO_EARLY
    assert refusal(begun(), Skipped(at(58), BEN, 0)) is Reply.TOO_EARLY


# Rating and swapping


def test_both_rate_and_then_they_swap() -> None:
    state = run(rating(), Rated(at(71), BEN, 0, OF_INTERVIEWER))
    assert state.phase is Phase.RATING
    assert refusal(state, Rated(at(71), BEN, 0, OF_INTERVIEWER)) is Reply.ALREADY_RATED
    state = run(state, Rated(at(72), ANA, 0, OF_CANDIDATE))
    assert (state.phase, state.turn, wake_at(state)) == (Phase.INTERVIEW, 1, at(92) + GRACE)
    assert (state.parts[0].of_candidate, state.parts[0].of_interviewer) == (OF_CANDIDATE, OF_INTERVIEWER)
    assert state.parts[1].at == at(72)
    assert refusal(state, HintGiven(at(73), ANA, 1)) is Reply.NOT_INTERVIEWER
    assert run(state, HintGiven(at(73), BEN, 1)).parts[1].hints == 1


def test_each_fills_in_their_own_sheet() -> None:
    assert refusal(rating(), Rated(at(71), BEN, 0, OF_CANDIDATE)) is Reply.NOT_INTERVIEWER
    assert refusal(rating(), Rated(at(71), ANA, 0, OF_INTERVIEWER)) is Reply.NOT_CANDIDATE


@pytest.mark.parametrize("sheet", [CandidateSheet(0, 1, 1), CandidateSheet(1, 1, 5), InterviewerSheet(1, 5, 1)])
def test_a_mark_outside_the_anchors_is_illegal(sheet: CandidateSheet | InterviewerSheet) -> None:
    with pytest.raises(IllegalEventError):
        step(rating(), Rated(at(71), ANA, 0, sheet))


def test_a_rating_may_be_left_out_but_not_taken_up_again() -> None:
    state = run(rating(), Skipped(at(71), ANA, 0))
    assert refusal(state, Rated(at(71), ANA, 0, OF_CANDIDATE)) is Reply.ALREADY_RATED
    assert run(state, Skipped(at(71), BEN, 0)).turn == 1


def test_they_swap_ten_minutes_after_the_interview_when_somebody_does_not_rate() -> None:
    state = run(rating(), Rated(at(71), BEN, 0, OF_INTERVIEWER))
    assert wake_at(state) == at(80) + GRACE
    state = run(state, TimedOut(at(80) + GRACE, None, 0))
    assert (state.phase, state.turn, state.parts[0].of_candidate) == (Phase.INTERVIEW, 1, None)


def test_it_is_complete_after_the_second_ratings() -> None:
    state = complete()
    assert (state.phase, state.end, state.stopped, state.finished_at) == (Phase.FINISHED, End.COMPLETE, False, at(92))
    assert [post.key for post in posts(state)] == [
        "proposal:0",
        "gather:0",
        "ask:0",
        "rate:0",
        "ask:1",
        "rate:1",
        "summary:1",
    ]
    assert refusal(state, HintGiven(at(93), BEN, 1)) is Reply.FINISHED
    assert refusal(state, Rated(at(93), BEN, 1, OF_CANDIDATE)) is Reply.ALREADY_RATED


@pytest.mark.parametrize("person", [ANA, BEN, None])
def test_stopping_keeps_what_was_done(person: int | None) -> None:
    state = run(begun(), Answered(at(59), BEN, 0, 5), graded(0, 5), Stopped(at(60), person))
    assert (state.phase, state.end, state.ended_by, state.stopped) == (Phase.FINISHED, End.STOPPED, person, True)
    assert state.parts[0].outcome is Outcome.STOPPED
    assert [line.user for line in scored(state)] == [BEN]
    assert [post.key for post in posts(state)] == ["proposal:0", "gather:0", "ask:0", "summary:0"]


def test_what_has_begun_is_stopped_not_cancelled() -> None:
    assert refusal(begun(), Cancelled(at(58), ANA)) is Reply.ALREADY_BEGUN


# Help given


def test_interviews_given_to_their_end_count_as_help() -> None:
    first = Helped(ANA, 0, at(70), timedelta(minutes=13))
    assert helped(rating()) == ()  # ticks can still be taken back
    assert helped(swapped()) == (first,)
    assert helped(complete()) == (first, Helped(BEN, 1, at(90), timedelta(minutes=18)))


def test_who_neither_ticked_nor_rated_has_not_helped() -> None:
    state = run(begun(), HintGiven(at(58), ANA, 0), Closed(at(70), ANA, 0))
    assert helped(run(state, Skipped(at(71), ANA, 0), Rated(at(71), BEN, 0, OF_INTERVIEWER))) == ()
    rated = run(state, Rated(at(71), ANA, 0, OF_CANDIDATE), Skipped(at(71), BEN, 0))
    assert [line.user for line in helped(rated)] == [ANA]


def test_an_interview_that_was_stopped_is_no_help_given_and_one_before_it_is() -> None:
    stopped = run(begun(), Ticked(at(58), ANA, 0, ("bias",)), Stopped(at(60), BEN))
    assert helped(stopped) == ()
    later = run(swapped(), Ticked(at(75), BEN, 1, ("brier",)), Stopped(at(76), ANA))
    assert [line.turn for line in helped(later)] == [0]


# Time


def test_an_outage_gives_back_the_time_of_an_interview_and_of_a_rating() -> None:
    for state in (begun(), rating()):
        event = outage(state, at(71), at(101))
        assert event is not None
        assert event == Extended(at(101), None, 1800.0)
        assert run(state, event).until == (state.until or T0) + timedelta(minutes=30)
    assert outage(begun(), at(77), at(100)) is None  # its time was over before
    assert outage(complete(), at(95), at(100)) is None


def test_an_outage_does_not_move_the_time_that_was_agreed() -> None:
    assert outage(agreed(), at(10), at(40)) is None
    assert outage(both_here(), at(55), at(59)) is None
    assert outage(propose(proposed()), at(10), at(50)) is None
    far = propose(proposed(when=20 * 1440))
    event = outage(far, at(10), at(70))
    assert event is not None
    assert wake_at(run(far, event)) == at(3 * 1440 + 60)


def test_who_could_not_say_that_they_are_here_gets_that_time_back() -> None:
    event = outage(gathering(), at(50), at(80))
    assert event is not None
    state = run(gathering(), event)
    assert wake_at(state) == at(100)
    assert run(state, TimedOut(at(100), None, 0)).end is End.NO_SHOW


def test_nobody_is_missing_where_the_bot_was_away_for_long() -> None:
    event = outage(gathering(), at(50), at(50 + 61))
    assert event is not None
    over = run(gathering(), event, TimedOut(at(131), None, 0))
    assert (over.end, over.missing) == (End.EXPIRED, ())


def test_a_reminder_that_is_late_gives_both_their_ten_minutes() -> None:
    state = run(agreed(), TimedOut(at(75), None, 0))
    assert (state.phase, wake_at(state)) == (Phase.GATHERING, at(85))
    assert run(state, TimedOut(at(85), None, 0)).end is End.NO_SHOW
    over = run(agreed(), TimedOut(at(121), None, 0))
    assert (over.end, over.missing) == (End.EXPIRED, ())


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_time_is_never_taken_away(seconds: float) -> None:
    with pytest.raises(IllegalEventError):
        step(begun(), Extended(at(58), None, seconds))


# Messages


def test_faces_change_with_what_people_see() -> None:
    seen = [
        face(propose(proposed()), PostKind.PROPOSAL),
        face(run(propose(proposed()), Countered(at(1), BEN, at(90))), PostKind.PROPOSAL),
        face(agreed(), PostKind.PROPOSAL),
        face(gathering(), PostKind.PROPOSAL),
        face(begun(), PostKind.PROPOSAL),
        face(complete(), PostKind.PROPOSAL),
    ]
    assert len(set(seen)) == len(seen)
    seen = [
        face(gathering(), PostKind.GATHER),
        face(run(gathering(), Arrived(at(50), ANA)), PostKind.GATHER),
        face(run(gathering(), Arrived(at(50), BEN)), PostKind.GATHER),
        face(both_here(), PostKind.GATHER),
        face(begun(), PostKind.GATHER),
    ]
    assert len(set(seen)) == len(seen)
    open_, hinted = begun(), run(begun(), HintGiven(at(58), ANA, 0))
    probed = run(hinted, ProbeGiven(at(58), ANA, 0, "why"))
    answered = run(probed, Answered(at(58), BEN, 0, 5))
    longer = run(answered, Extended(at(58), None, 60))
    closed = run(longer, Closed(at(60), ANA, 0))
    seen = [face(state, PostKind.ASK) for state in (open_, hinted, probed, answered, longer, closed)]
    assert len(set(seen)) == len(seen)
    one = run(closed, Rated(at(61), ANA, 0, OF_CANDIDATE))
    seen = [face(state, PostKind.RATE) for state in (closed, one, run(one, Skipped(at(61), BEN, 0)))]
    assert len(set(seen)) == len(seen)


def test_what_the_interviewer_ticks_does_not_show_in_the_thread() -> None:
    assert posts(run(begun(), Ticked(at(58), ANA, 0, ("bias",)))) == posts(begun())


def test_the_summary_shows_a_grade_that_came_after_the_end() -> None:
    state = run(begun(), Answered(at(59), BEN, 0, 5), Stopped(at(60), BEN))
    assert face(state, PostKind.SUMMARY) != face(run(state, graded(0, 5)), PostKind.SUMMARY)


# Storing


def test_a_round_begins_with_its_one_proposal() -> None:
    with pytest.raises(IllegalEventError):
        step(agreed(), proposed())
    with pytest.raises(IllegalEventError):
        replay([Accepted(at(1), BEN)])


def test_events_and_state_survive_the_store() -> None:
    events: list[PairEvent] = [
        proposed(),
        Accepted(at(1), BEN),
        TimedOut(at(45), None, 0),
        Arrived(at(50), ANA),
        Arrived(at(56), BEN),
        Begun(at(57), None, ITEMS, (2, 3)),
        Ticked(at(60), ANA, 0, ("bias",)),
        Closed(at(70), ANA, 0),
        Rated(at(71), ANA, 0, OF_CANDIDATE),
        Rated(at(72), BEN, 0, OF_INTERVIEWER),
    ]
    stored = [PAIR.codec.decode_event(*PAIR.codec.encode_event(event)) for event in events]
    assert stored == events
    assert replay(stored) == swapped()
    assert PAIR.codec.decode_state(PAIR.codec.encode_state(complete())) == complete()
    with pytest.raises(CodecError):
        PAIR.codec.decode_event("proposed", 99, "{}")
