"""Peer interviews end to end without Discord: proposals, meetings, interviews, ratings; and a process that dies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import UserError
from bot.rounds.events import Kind
from bot.rounds.pair import DRAW_AGAIN, End, Outcome, Phase, Reply, candidate
from bot.services.pair_cards import candidate_report, guide, interviewer_report
from bot.services.pairs import ROOM_PATIENCE, PairWish, TimeRefusedError
from bot.services.posting import PostError
from bot.store import questions as question_store
from bot.store import servers
from bot.store.engine import Store
from bot.store.servers import Block, RoundPlace
from questions.bank import Bank
from questions.model import Behavioral, FreeText, Level
from tests.clock import START, ManualClock
from tests.services.pairing import ANA, BEN, CHANNEL, EVE, HERE, HOUR, SERVER, Meeting, interview_bank
from tests.services.recorder import RecordingPoster


@pytest.fixture
def meeting(store: Store, bank: Bank, clock: ManualClock, poster: RecordingPoster) -> Meeting:
    return Meeting(store, interview_bank(bank), clock, poster)


def strong(meeting: Meeting) -> str:
    """An answer that earns the highest band; all questions of the bank are alike."""
    question = next(q for q in meeting.bank.questions.values() if isinstance(q, FreeText))
    return question.model_answer.full


def wish(by: int = ANA, partner: int = BEN, kind: Kind = Kind.QUIZ) -> PairWish:
    return PairWish(by, partner, HERE, CHANNEL, kind, Level.MID, 20)


# Agreeing on a time


async def test_a_proposal_stands_in_the_channel_and_notifies_the_partner_alone(meeting: Meeting) -> None:
    round_id = await meeting.propose()
    card = meeting.proposal()
    assert (card.owner, card.partner, card.awaiting, card.notify) == (ANA, BEN, BEN, (BEN,))
    assert (card.when, card.first, card.found) == (START + HOUR, ANA, False)
    await meeting.check_shown(round_id)


async def test_another_time_makes_the_other_one_reply(meeting: Meeting) -> None:
    round_id = await meeting.propose()
    assert (await meeting.counter(round_id, BEN, 3 * HOUR)).replies == ()
    card = meeting.proposal()
    assert (card.when, card.awaiting) == (START + 3 * HOUR, ANA)
    assert await meeting.accept(round_id, BEN) == (Reply.NOT_YOUR_TURN,)
    assert await meeting.accept(round_id, ANA) == ()
    assert meeting.proposal().phase is Phase.AGREED
    await meeting.check_shown(round_id)


async def test_accepting_a_time_that_has_changed_meanwhile_changes_nothing(meeting: Meeting) -> None:
    """Somebody's client still shows the first time; they must not agree to one that they have not read."""
    round_id = await meeting.propose()
    shown = meeting.proposal().when
    await meeting.counter(round_id, BEN, 3 * HOUR)
    await meeting.counter(round_id, ANA, 4 * HOUR)
    assert await meeting.accept(round_id, BEN, when=shown) == (Reply.STALE,)
    assert (await meeting.state(round_id)).phase is Phase.PROPOSED
    assert await meeting.accept(round_id, BEN) == ()


async def test_a_declined_proposal_and_a_withdrawn_one_say_by_whom(meeting: Meeting) -> None:
    round_id = await meeting.propose()
    assert await meeting.carry(await meeting.pairs.decline(round_id, by=BEN)) == ()
    assert (meeting.proposal().end, meeting.proposal().ended_by) == (End.DECLINED, BEN)
    await meeting.check_shown(round_id)
    again = await meeting.propose()
    assert await meeting.carry(await meeting.pairs.cancel(again, by=ANA)) == ()
    assert (meeting.proposal().end, meeting.proposal().ended_by) == (End.CANCELLED, ANA)
    await meeting.check_shown(again)


async def test_a_proposal_that_nobody_answers_is_over_at_its_time(meeting: Meeting) -> None:
    round_id = await meeting.propose()
    await meeting.wait(3599)
    assert (await meeting.state(round_id)).phase is Phase.PROPOSED
    await meeting.wait(1)
    assert meeting.proposal().end is End.EXPIRED
    await meeting.check_shown(round_id)


@pytest.mark.parametrize("ahead", [timedelta(minutes=1), timedelta(hours=-3), timedelta(days=61)])
async def test_a_time_out_of_range_is_refused_and_nothing_is_made(meeting: Meeting, ahead: timedelta) -> None:
    with pytest.raises(TimeRefusedError):
        await meeting.propose(ahead=ahead)
    assert meeting.poster.messages == []


async def test_nobody_asks_themself_or_the_same_partner_twice(meeting: Meeting) -> None:
    with pytest.raises(UserError, match="takes two"):
        await meeting.propose(partner=ANA, first=ANA)
    round_id = await meeting.propose()
    for by, partner in ((ANA, BEN), (BEN, ANA)):
        with pytest.raises(UserError, match="interview of you two already"):
            await meeting.propose(by=by, partner=partner, first=by)
    await meeting.propose(partner=EVE)
    await meeting.carry(await meeting.pairs.cancel(round_id, by=ANA))
    await meeting.propose()


@pytest.mark.parametrize(("blocked", "words"), [(ANA, "blocked you"), (BEN, "cannot take part in rounds here")])
async def test_blocked_people_neither_ask_nor_are_asked(meeting: Meeting, blocked: int, words: str) -> None:
    async with meeting.store.write() as connection:
        await servers.block(connection, SERVER, Block(blocked, EVE, "", START))
    with pytest.raises(UserError, match=words):
        await meeting.pairs.check(wish())


async def test_somebody_blocked_meanwhile_cannot_accept(meeting: Meeting) -> None:
    round_id = await meeting.propose()
    async with meeting.store.write() as connection:
        await servers.block(connection, SERVER, Block(BEN, EVE, "", START))
    with pytest.raises(UserError, match="blocked you"):
        await meeting.accept(round_id)
    assert (await meeting.state(round_id)).phase is Phase.PROPOSED


async def test_a_level_without_two_questions_is_refused_before_a_time_is_chosen(
    store: Store, bank: Bank, clock: ManualClock, poster: RecordingPoster
) -> None:
    meeting = Meeting(store, interview_bank(bank, each=1), clock, poster)
    with pytest.raises(UserError, match="too few questions of that kind for mid level"):
        await meeting.pairs.check(wish())


# Meeting


async def test_both_are_called_into_a_thread_of_their_own(meeting: Meeting) -> None:
    round_id = await meeting.gathered()
    row = await meeting.row(round_id)
    assert row.place.channel_id != CHANNEL
    assert meeting.venue.members == {row.place.channel_id: (ANA, BEN)}
    card = await meeting.gathering(round_id)
    assert (card.apart, card.notify, card.first) == (True, (ANA, BEN), ANA)
    assert meeting.proposal().room == row.place.channel_id
    await meeting.check_shown(round_id)


async def test_without_a_thread_it_is_held_in_the_channel_and_says_so(meeting: Meeting) -> None:
    meeting.venue.refuses = True
    round_id = await meeting.gathered()
    assert (await meeting.row(round_id)).place == HERE
    assert not (await meeting.gathering(round_id)).apart
    await meeting.check_shown(round_id)


async def test_a_server_that_wants_rounds_in_place_gets_no_thread(meeting: Meeting) -> None:
    async with meeting.store.write() as connection:
        await servers.set_place(connection, SERVER, RoundPlace.CHANNEL, START)
    round_id = await meeting.gathered()
    assert meeting.venue.made == 0
    assert (await meeting.row(round_id)).place == HERE


async def test_a_thread_that_cannot_be_made_now_is_made_later(meeting: Meeting) -> None:
    meeting.venue.failures.append(PostError("Discord is away"))
    round_id = await meeting.gathered()
    assert meeting.poster.keys(CHANNEL) == ["proposal:0"]
    await meeting.wait(20)
    assert meeting.venue.made == 1
    await meeting.check_shown(round_id)


async def test_a_thread_whose_making_was_not_heard_of_is_found_again(meeting: Meeting) -> None:
    meeting.venue.lost_replies = 1
    round_id = await meeting.gathered()
    assert (await meeting.row(round_id)).place == HERE
    await meeting.wait(20)
    assert meeting.venue.made == 1
    assert (await meeting.row(round_id)).place.channel_id == 501
    await meeting.check_shown(round_id)


async def test_a_process_that_dies_between_making_the_thread_and_noting_it_leaves_one_thread(meeting: Meeting) -> None:
    """And a second process that sees the note of the first waits before it looks."""
    meeting.venue.lost_replies = 1
    round_id = await meeting.gathered()
    next_one = meeting.restart()
    await next_one.pulse.recover()
    assert meeting.venue.made == 1
    assert (await next_one.row(round_id)).place == HERE, "the other process may be at it"
    await next_one.wait(ROOM_PATIENCE.total_seconds())
    assert meeting.venue.made == 1
    assert (await next_one.row(round_id)).place.channel_id == 501
    await next_one.check_shown(round_id)


async def test_who_does_not_come_is_named_and_nothing_else_happens(meeting: Meeting) -> None:
    round_id = await meeting.gathered()
    await meeting.arrive(round_id, ANA)
    assert (await meeting.gathering(round_id)).arrived == (ANA,)
    await meeting.wait(15 * 60 + 10 * 60)
    card = await meeting.gathering(round_id)
    assert (card.end, card.missing) == (End.NO_SHOW, (BEN,))
    assert (meeting.proposal().end, meeting.proposal().missing) == (End.NO_SHOW, (BEN,))
    await meeting.check_shown(round_id)
    await meeting.propose()


async def test_either_can_call_it_off_while_they_gather(meeting: Meeting) -> None:
    round_id = await meeting.gathered()
    assert await meeting.carry(await meeting.pairs.cancel(round_id, by=BEN)) == ()
    assert ((await meeting.gathering(round_id)).end, meeting.proposal().end) == (End.CANCELLED, End.CANCELLED)
    await meeting.check_shown(round_id)


async def test_called_off_before_they_gather_no_thread_is_made(meeting: Meeting) -> None:
    round_id = await meeting.agreed()
    await meeting.carry(await meeting.pairs.cancel(round_id, by=BEN))
    await meeting.wait(7200)
    assert meeting.venue.made == 0
    await meeting.check_shown(round_id)


async def test_a_time_within_the_quarter_of_an_hour_calls_both_at_once(meeting: Meeting) -> None:
    round_id = await meeting.agreed(ahead=timedelta(minutes=10))
    assert (await meeting.gathering(round_id)).apart
    await meeting.check_shown(round_id)


# Drawing


async def test_each_is_asked_something_new_that_the_other_one_was_not_asked(meeting: Meeting) -> None:
    asked: set[str] = set()
    for _ in range(2):
        round_id = await meeting.begun()
        items = (await meeting.state(round_id)).items
        assert len({item.question for item in items}) == 2
        assert not asked & {item.question for item in items}, "what either has seen is not drawn again"
        asked |= {item.question for item in items}
        await meeting.close(round_id)
        await meeting.both_rate(round_id)
        await meeting.carry(await meeting.pairs.stop(round_id, by=ANA))
    assert len(asked) == 4


async def test_a_question_whose_rubric_a_person_saw_is_not_asked_of_them_while_there_are_others(
    store: Store, bank: Bank, clock: ManualClock, poster: RecordingPoster
) -> None:
    meeting = Meeting(store, interview_bank(bank, each=12), clock, poster)
    round_id = await meeting.begun()
    state = await meeting.state(round_id)
    known = state.items[0].question
    await meeting.carry(await meeting.pairs.stop(round_id, by=ANA))
    for _ in range(4):
        other = await meeting.propose(partner=EVE, first=EVE, ahead=timedelta(minutes=5))
        await meeting.accept(other, EVE)
        await meeting.arrive(other, ANA)
        await meeting.arrive(other, EVE)
        found = await meeting.state(other)
        assert candidate(found, 0) == ANA
        assert found.items[0].question != known
        await meeting.carry(await meeting.pairs.stop(other, by=ANA))
        meeting.clock.move(3600)


async def test_when_all_is_known_something_known_is_asked_rather_than_nothing(
    store: Store, bank: Bank, clock: ManualClock, poster: RecordingPoster
) -> None:
    meeting = Meeting(store, interview_bank(bank, each=2), clock, poster)
    for _ in range(2):
        round_id = await meeting.begun()
        assert len({item.question for item in (await meeting.state(round_id)).items}) == 2
        await meeting.carry(await meeting.pairs.stop(round_id, by=ANA))
        meeting.clock.move(3600)


async def test_without_questions_it_is_tried_again_and_given_up_in_the_end(meeting: Meeting, bank: Bank) -> None:
    round_id = await meeting.gathered()
    emptied = Meeting(meeting.store, interview_bank(bank, each=1), meeting.clock, meeting.poster, meeting.venue)
    await emptied.arrive(round_id, ANA)
    await emptied.arrive(round_id, BEN)
    for _ in range(30):
        await emptied.wait(DRAW_AGAIN.total_seconds())
    assert (await emptied.state(round_id)).end is End.NOT_DRAWN
    assert emptied.proposal().end is End.NOT_DRAWN
    await emptied.check_shown(round_id)


async def test_questions_that_come_at_the_second_try_begin_it(meeting: Meeting, bank: Bank) -> None:
    round_id = await meeting.gathered()
    emptied = Meeting(meeting.store, interview_bank(bank, each=1), meeting.clock, meeting.poster, meeting.venue)
    await emptied.arrive(round_id, ANA)
    await emptied.arrive(round_id, BEN)
    await emptied.wait(600)
    assert (await emptied.state(round_id)).phase is Phase.READY
    await meeting.wait(DRAW_AGAIN.total_seconds())
    assert (await meeting.state(round_id)).phase is Phase.INTERVIEW
    await meeting.check_shown(round_id)


# The interviews


async def test_a_whole_interview_from_proposal_to_sheets(meeting: Meeting) -> None:
    round_id = await meeting.begun()
    pairs = meeting.pairs
    at = {"by": ANA, "turn": 0}
    assert await meeting.carry(await pairs.hint(round_id, **at, number=1)) == ()
    assert await meeting.carry(await pairs.ask(round_id, **at, follow_up="point:correlated")) == ()
    card = await meeting.asked(round_id)
    assert (card.interviewer, card.candidate) == (ANA, BEN)
    assert len(card.hints) == 1
    assert card.follow_ups == ("Two of your features carry nearly the same signal. What do the two penalties do?",)
    await meeting.answer(round_id, strong(meeting))
    assert (await meeting.asked(round_id)).answered
    ticks = ("l1-zeros", "l2-shrinks", "no-such-point")
    assert await meeting.carry(await pairs.tick_points(round_id, **at, points=ticks)) == ()
    sheet = guide(await pairs.record(round_id), 0)
    assert sheet.ticks == ("l1-zeros", "l2-shrinks")
    assert (sheet.given, sheet.answer, sheet.candidate) == (1, strong(meeting), BEN)
    await meeting.close(round_id)
    await meeting.rate(round_id, ANA, note="Name the corner at zero.", marks=(4, 2, 3))
    await meeting.rate(round_id, BEN, note="Clear, and kind.", marks=(4, 4, 3))
    assert (await meeting.asked(round_id, 1)).interviewer == BEN
    await meeting.answer(round_id, "Ridge.", source="interaction:2")
    await meeting.close(round_id)
    await meeting.both_rate(round_id)
    assert (await meeting.state(round_id)).end is End.COMPLETE
    await meeting.check_shown(round_id)

    record = await pairs.record(round_id)
    mine = candidate_report(record, BEN)
    assert mine is not None
    assert (mine.interviewer, mine.typed, mine.hints, mine.band) == (ANA, True, 1, 4)
    assert mine.sheet is not None
    assert (mine.sheet.marks, mine.note) == ((4, 2, 3), "Name the corner at zero.")
    seen = [(line.ticked, line.row.credit if line.row else None) for line in mine.lines]
    assert seen == [(True, 1.0), (True, 1.0), (False, 1.0)]
    given = interviewer_report(record, ANA)
    assert given is not None
    assert given.comparison is not None
    assert given.comparison.only_bot == ("correlated",)
    assert given.comparison.agreement == pytest.approx(5 / 7)
    assert given.comparison.kappa is None
    assert given.sheet is not None
    assert (given.sheet.marks, given.note) == ((4, 4, 3), "Clear, and kind.")
    assert candidate_report(record, EVE) is None
    assert interviewer_report(record, EVE) is None


async def test_a_behavioral_interview_has_the_parts_of_a_story_on_its_checklist(meeting: Meeting) -> None:
    round_id = await meeting.begun(kind=Kind.BEHAVIORAL)
    record = await meeting.pairs.record(round_id)
    sheet = guide(record, 0)
    assert [point.id for point in sheet.points] == ["situation", "task", "action", "result", "learning"]
    assert len(sheet.anchors) == 4
    assert len(sheet.follow_ups) == 10
    question = record.question(0)
    assert isinstance(question, Behavioral)
    await meeting.carry(await meeting.pairs.tick_points(round_id, by=ANA, turn=0, points=("action", "learning")))
    await meeting.answer(round_id, question.model_answer.full)
    await meeting.close(round_id)
    given = interviewer_report(await meeting.pairs.record(round_id), ANA)
    assert given is not None
    assert given.comparison is not None
    assert set(given.comparison.only_bot) == {"situation", "task", "result"}
    assert given.comparison.only_interviewer == ()
    await meeting.check_shown(round_id)


async def test_a_typed_answer_suggests_follow_ups_about_what_it_lacks(meeting: Meeting) -> None:
    round_id = await meeting.begun()
    await meeting.answer(
        round_id,
        "Lasso gives a sparse solution because its penalty pushes weights exactly to zero, so I pick features.",
    )
    sheet = guide(await meeting.pairs.record(round_id), 0)
    assert sheet.suggested
    assert [one.id for one in sheet.follow_ups[: len(sheet.suggested)]] == list(sheet.suggested)
    first = sheet.suggested[0]
    assert await meeting.carry(await meeting.pairs.ask(round_id, by=ANA, turn=0, follow_up=first)) == ()
    after = guide(await meeting.pairs.record(round_id), 0)
    assert first not in {one.id for one in after.follow_ups}
    again = await meeting.pairs.ask(round_id, by=ANA, turn=0, follow_up=first)
    assert again.replies == (Reply.ALREADY_ASKED,)
    with pytest.raises(UserError, match="do not know that follow-up"):
        await meeting.pairs.ask(round_id, by=ANA, turn=0, follow_up="point:nothing")


async def test_a_hint_pressed_twice_is_given_once(meeting: Meeting) -> None:
    round_id = await meeting.begun()
    for _ in range(2):
        assert (await meeting.pairs.hint(round_id, by=ANA, turn=0, number=1)).replies == ()
    await meeting.pairs.carry_out(round_id)
    assert len((await meeting.asked(round_id)).hints) == 1
    for number in (2, 3):
        await meeting.pairs.hint(round_id, by=ANA, turn=0, number=number)
    assert (await meeting.pairs.hint(round_id, by=ANA, turn=0, number=4)).replies == (Reply.NO_MORE_HINTS,)


async def test_only_hints_before_the_answer_count_against_it(meeting: Meeting) -> None:
    """Also those that are given while the answer is still being read."""
    scores: list[float | None] = []
    for before in (False, True):
        round_id = await meeting.begun()
        for helps in (before, not before):
            if helps:
                for number in (1, 2, 3):
                    await meeting.pairs.hint(round_id, by=ANA, turn=0, number=number)
            else:
                await meeting.pairs.answer(round_id, by=BEN, turn=0, text=strong(meeting), source="interaction:1")
        await meeting.pairs.carry_out(round_id)
        scores.append((await meeting.state(round_id)).parts[0].score)
        await meeting.carry(await meeting.pairs.stop(round_id, by=ANA))
        meeting.clock.move(3600)
    assert scores == [1.0, 0.5]


async def test_the_first_answer_counts_and_every_one_is_kept(meeting: Meeting) -> None:
    round_id = await meeting.begun()
    await meeting.answer(round_id, strong(meeting))
    second = await meeting.pairs.answer(round_id, by=BEN, turn=0, text="Another.", source="interaction:2")
    assert second.replies == (Reply.ALREADY_ANSWERED,)
    twice = await meeting.pairs.answer(round_id, by=BEN, turn=0, text="Another.", source="interaction:2")
    assert twice.replies == ()
    await meeting.close(round_id)
    late = await meeting.pairs.answer(round_id, by=BEN, turn=0, text="Late.", source="interaction:3")
    assert late.replies == (Reply.ALREADY_ANSWERED,)
    assert [one.text for one in await meeting.attempts(round_id)] == [strong(meeting), "Another.", "Late."]


@pytest.mark.parametrize(("by", "reply"), [(ANA, Reply.NOT_CANDIDATE), (EVE, Reply.NOT_YOURS)])
async def test_only_the_candidate_answers(meeting: Meeting, by: int, reply: Reply) -> None:
    round_id = await meeting.begun()
    typed = await meeting.pairs.answer(round_id, by=by, turn=0, text="Mine.", source="interaction:1")
    assert (typed.replies, typed.attempt) == ((reply,), None)
    assert await meeting.attempts(round_id) == []


async def test_time_ends_an_interview_and_the_rating_by_itself(meeting: Meeting) -> None:
    round_id = await meeting.begun(minutes=5)
    await meeting.wait(305)
    assert (await meeting.state(round_id)).parts[0].outcome is Outcome.TIMED_OUT
    await meeting.wait(605)
    assert (await meeting.asked(round_id, 1)).candidate == ANA
    await meeting.wait(305)
    await meeting.wait(605)
    assert (await meeting.state(round_id)).end is End.COMPLETE
    await meeting.check_shown(round_id)


async def test_stopping_in_the_middle_keeps_what_was_rated(meeting: Meeting) -> None:
    round_id = await meeting.begun()
    await meeting.close(round_id)
    await meeting.both_rate(round_id)
    assert await meeting.carry(await meeting.pairs.stop(round_id, by=BEN)) == ()
    state = await meeting.state(round_id)
    assert (state.end, state.ended_by) == (End.STOPPED, BEN)
    mine = candidate_report(await meeting.pairs.record(round_id), BEN)
    assert mine is not None
    assert mine.sheet is not None
    assert mine.typed is False
    await meeting.check_shown(round_id)


async def test_a_note_that_comes_too_late_is_kept_though_it_counts_no_more(meeting: Meeting) -> None:
    round_id = await meeting.begun()
    await meeting.close(round_id)
    await meeting.rate(round_id, ANA)
    outcome = await meeting.pairs.rate(
        round_id, by=ANA, turn=0, marks=(1, 1, 1), note="On second thought…", source="note:9"
    )
    assert outcome.replies == (Reply.ALREADY_RATED,)
    assert [one.text for one in await meeting.attempts(round_id)] == ["On second thought…"]
    stranger = await meeting.pairs.rate(round_id, by=EVE, turn=0, marks=(1, 1, 1), note="Mine", source="note:10")
    assert stranger.replies == (Reply.NOT_YOURS,)
    assert len(await meeting.attempts(round_id)) == 1


async def test_an_answer_that_the_grader_fails_on_leaves_the_interview_whole(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("the grader crashed")

    monkeypatch.setattr("bot.services.grading.grade_text", crash)
    round_id = await meeting.begun()
    await meeting.answer(round_id, strong(meeting))
    await meeting.close(round_id)
    mine = candidate_report(await meeting.pairs.record(round_id), BEN)
    assert mine is not None
    assert (mine.typed, mine.score, mine.grade) == (True, None, None)
    await meeting.check_shown(round_id)


# Help


async def test_an_interview_given_is_noted_once_when_its_rating_is_over(meeting: Meeting) -> None:
    round_id = await meeting.begun()
    await meeting.carry(await meeting.pairs.tick_points(round_id, by=ANA, turn=0, points=("l1-zeros",)))
    await meeting.answer(round_id, strong(meeting))
    await meeting.close(round_id)
    assert meeting.helps.given == []
    await meeting.both_rate(round_id)
    noted = [(ANA, SERVER, f"interview:{round_id}:0", "ml")]
    assert meeting.helps.given == noted
    await meeting.carry(await meeting.pairs.hint(round_id, by=BEN, turn=1, number=1))
    assert meeting.helps.given == noted


@pytest.mark.parametrize(
    ("lasted", "ticked", "typed", "noted"),
    [(299, True, True, True), (299, True, False, False), (299, False, True, False), (300, True, False, True)],
)
async def test_a_short_interview_helps_only_where_there_was_an_answer_to_listen_to(
    meeting: Meeting, lasted: int, ticked: bool, typed: bool, noted: bool
) -> None:
    round_id = await meeting.begun()
    if ticked:
        await meeting.pairs.tick_points(round_id, by=ANA, turn=0, points=("l1-zeros",))
    if typed:
        await meeting.answer(round_id, strong(meeting))
    meeting.clock.move(lasted)
    await meeting.close(round_id)
    await meeting.both_rate(round_id)
    assert bool(meeting.helps.given) == noted


# A process that dies


Step = Callable[[Meeting, int], Awaitable[object]]


async def _to_reminder(meeting: Meeting, round_id: int) -> None:
    await meeting.wait(45 * 60)


async def _to_begin(meeting: Meeting, round_id: int) -> None:
    await meeting.wait(10 * 60)


async def _give_hint(meeting: Meeting, round_id: int) -> None:
    await meeting.carry(await meeting.pairs.hint(round_id, by=ANA, turn=0, number=1))


SCRIPT: list[Step] = [
    lambda meeting, round_id: meeting.counter(round_id, BEN, HOUR),
    lambda meeting, round_id: meeting.accept(round_id, ANA),
    _to_reminder,
    lambda meeting, round_id: meeting.arrive(round_id, BEN),
    lambda meeting, round_id: meeting.arrive(round_id, ANA),
    _to_begin,
    _give_hint,
    lambda meeting, round_id: meeting.answer(round_id, strong(meeting)),
    lambda meeting, round_id: meeting.close(round_id),
    lambda meeting, round_id: meeting.rate(round_id, BEN, "Fine."),
    lambda meeting, round_id: meeting.rate(round_id, ANA),
    lambda meeting, round_id: meeting.close(round_id),
    lambda meeting, round_id: meeting.rate(round_id, BEN),
    lambda meeting, round_id: meeting.rate(round_id, ANA),
]


async def test_the_whole_conversation_survives_a_restart_after_every_step(meeting: Meeting) -> None:
    round_id = await meeting.propose()
    for step in SCRIPT:
        await step(meeting, round_id)
        await meeting.check_shown(round_id)
        looks = [(m.id, m.card) for m in meeting.poster.messages]
        meeting = meeting.restart()
        await meeting.pulse.recover()
        await meeting.pulse.tick()
        assert [(m.id, m.card) for m in meeting.poster.messages] == looks, "nothing is posted twice or looks different"
    assert (await meeting.state(round_id)).end is End.COMPLETE
    assert meeting.venue.made == 1


@pytest.mark.parametrize("dead", range(len(SCRIPT)))
async def test_a_message_whose_sending_was_not_heard_of_is_not_sent_twice(meeting: Meeting, dead: int) -> None:
    """At one step every send is lost on its way back, and the process dies; the next one brings all in order."""
    round_id = await meeting.propose()
    meeting.poster.remembers_nonces = False
    for number, step in enumerate(SCRIPT):
        if number == dead:
            meeting.poster.lost_replies = 1
        await step(meeting, round_id)
        if number == dead:
            meeting.poster.lost_replies = 0
            meeting = meeting.restart()
            await meeting.pulse.recover()
            await meeting.wait(ROOM_PATIENCE.total_seconds())
        await meeting.check_shown(round_id)
    assert (await meeting.state(round_id)).end is End.COMPLETE


async def test_a_proposal_that_got_lost_is_looked_for_where_it_was_sent_though_the_round_has_moved(
    meeting: Meeting,
) -> None:
    meeting.poster.remembers_nonces = False
    meeting.poster.lost_replies = 1
    round_id = await meeting.propose(ahead=timedelta(minutes=10))
    assert await meeting.accept(round_id) == ()
    assert meeting.poster.keys(CHANNEL) == ["proposal:0"]
    assert meeting.poster.keys((await meeting.row(round_id)).place.channel_id) == ["gather:0"]
    await meeting.check_shown(round_id)


async def test_an_outage_gives_back_what_it_took_from_the_interview(meeting: Meeting) -> None:
    round_id = await meeting.begun(minutes=10)
    await meeting.pulse.note_alive()
    meeting.clock.move(600)
    next_one = meeting.restart()
    await next_one.pulse.recover()
    state = await next_one.state(round_id)
    assert state.phase is Phase.INTERVIEW
    assert state.until == meeting.clock.now() + timedelta(minutes=10)
    await next_one.check_shown(round_id)


async def test_when_the_bot_was_away_at_the_time_nobody_is_to_blame(meeting: Meeting) -> None:
    round_id = await meeting.agreed()
    await meeting.pulse.note_alive()
    meeting.clock.move(4 * 3600)
    next_one = meeting.restart()
    await next_one.pulse.recover()
    await next_one.pulse.tick()
    card = next_one.proposal()
    assert (card.end, card.missing) == (End.EXPIRED, ())
    assert meeting.venue.made == 0
    await next_one.check_shown(round_id)


async def test_a_grade_that_a_dead_process_owed_is_made_by_the_next(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_id = await meeting.begun()

    async def die(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(meeting.pairs, "_grade", die)
    with pytest.raises(RuntimeError, match="killed"):
        await meeting.answer(round_id, strong(meeting))
    next_one = meeting.restart()
    await next_one.pulse.recover()
    assert (await next_one.state(round_id)).parts[0].band == 4
    await next_one.check_shown(round_id)


async def test_two_processes_begin_it_once(store: Store, meeting: Meeting) -> None:
    round_id = await meeting.gathered()
    await meeting.arrive(round_id, ANA)
    await meeting.arrive(round_id, BEN)
    second = meeting.restart()
    meeting.clock.move(600)
    await meeting.pulse.tick()
    await second.pulse.tick()
    assert [type(event).__name__ for event in await meeting.events(round_id)].count("Begun") == 1
    await second.check_shown(round_id)


async def test_what_somebody_was_shown_with_the_rubric_is_derivable(meeting: Meeting) -> None:
    """Nothing of an interviewer is in the attempts; that they know the question follows from the round."""
    round_id = await meeting.begun()
    state = await meeting.state(round_id)
    async with meeting.store.read() as connection:
        known = await question_store.seen(connection, ANA)
    assert known == {state.items[0].question}, "not the one that is still to come"
    assert replace(state, parts=()).items == state.items
