"""The queue for a peer interview partner: who is brought together, what both must do, and who looks on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import UserError
from bot.rounds.pair import End, Phase, Reply
from bot.rounds.partners import Days
from bot.services.pair_cards import ProposalCard
from bot.services.partners import MATCH_EVERY
from bot.store import people, seekers, servers
from bot.store.engine import Store
from bot.store.servers import Block
from questions.bank import Bank
from questions.model import Level
from tests.clock import START, ManualClock
from tests.services.pairing import ANA, BEN, CHANNEL, EVE, HOUR, SERVER, Meeting, interview_bank
from tests.services.recorder import RecordingPoster

DAN = 4
EVENING = datetime(2026, 3, 2, 18, tzinfo=UTC)
"""The clock starts on Monday, 9:00."""


@pytest.fixture
def meeting(store: Store, bank: Bank, clock: ManualClock, poster: RecordingPoster) -> Meeting:
    return Meeting(store, interview_bank(bank), clock, poster)


async def waiting(meeting: Meeting) -> list[int]:
    async with meeting.store.read() as connection:
        return [row.user_id for row in await seekers.waiting(connection, SERVER)]


async def queued(meeting: Meeting) -> list[int]:
    """Who is in the queue at all, in a proposal or not."""
    return [user for user in (ANA, BEN, EVE, DAN) if await meeting.pairs.partners.stop(SERVER, user)]


async def together(meeting: Meeting) -> int:
    """Ben waits, Ana comes: the round is hers, and the engine awaits him first."""
    await meeting.find(BEN)
    found = await meeting.find(ANA)
    assert found.round_id is not None
    return found.round_id


async def test_alone_in_the_queue_a_person_waits_and_hears_how_many_others_do(meeting: Meeting) -> None:
    assert await meeting.find(BEN) == await meeting.find(BEN)
    far = await meeting.find(ANA, level=Level.SENIOR, hours=(3, 5))
    assert (far.round_id, far.others) == (None, 1)
    assert meeting.poster.messages == []


async def test_two_that_fit_are_asked_both_at_their_first_common_hour(meeting: Meeting) -> None:
    round_id = await together(meeting)
    card = meeting.proposal()
    assert (card.owner, card.partner, card.when) == (ANA, BEN, EVENING)
    assert (card.found, card.awaiting, card.notify) == (True, None, (ANA, BEN))
    assert await waiting(meeting) == []
    await meeting.check_shown(round_id)


async def test_hours_are_read_in_each_persons_own_zone(meeting: Meeting) -> None:
    """18-22 o'clock in Berlin and 9-13 in New York meet at 18:00 in Berlin… which is 17:00 UTC, 12:00 there."""
    await meeting.find(BEN, zone="Europe/Berlin", hours=(18, 21))
    found = await meeting.find(ANA, zone="America/New_York", hours=(9, 12))
    assert found.round_id is not None
    assert meeting.proposal().when == datetime(2026, 3, 2, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "another", "asked"), [(Level.JUNIOR, Level.MID, Level.JUNIOR), (Level.SENIOR, Level.MID, Level.MID)]
)
async def test_neighbouring_levels_meet_at_the_lower_one(
    meeting: Meeting, one: Level, another: Level, asked: Level
) -> None:
    await meeting.find(BEN, level=one)
    assert (await meeting.find(ANA, level=another)).round_id is not None
    assert meeting.proposal().level is asked


async def test_weekdays_and_weekend_have_nothing_in_common(meeting: Meeting) -> None:
    await meeting.find(BEN, days=Days.WEEKEND)
    assert (await meeting.find(ANA, days=Days.WEEKDAYS)).round_id is None
    assert (await meeting.find(ANA, days=Days.ANY)).round_id is not None


async def test_servers_have_queues_of_their_own(meeting: Meeting) -> None:
    await meeting.find(BEN)
    async with meeting.store.write() as connection:
        [row] = await seekers.waiting(connection, SERVER)
        await seekers.remove(connection, SERVER, [BEN])
        await seekers.put(connection, seekers.SeekerRow(SERVER + 1, *row_of(row)))
    assert (await meeting.find(ANA)).round_id is None


def row_of(row: seekers.SeekerRow) -> tuple[int, int, Level, Days, int, int, str, datetime]:
    return (row.user_id, row.channel_id, row.level, row.days, row.first_hour, row.last_hour, row.zone, row.since)


@pytest.mark.parametrize("order", [(ANA, BEN), (BEN, ANA)])
async def test_both_agree_in_any_order_and_leave_the_queue(meeting: Meeting, order: tuple[int, int]) -> None:
    round_id = await together(meeting)
    first, second = order
    assert await meeting.accept(round_id, first) == ()
    card = meeting.proposal()
    assert (card.phase, card.awaiting) == (Phase.PROPOSED, second), "the message says who is missing"
    assert await meeting.accept(round_id, second) == ()
    assert meeting.proposal().phase is Phase.AGREED
    assert await queued(meeting) == []
    await meeting.check_shown(round_id)


@pytest.mark.parametrize("person", [ANA, BEN])
async def test_agreeing_twice_is_not_agreeing_for_the_other_one(meeting: Meeting, person: int) -> None:
    round_id = await together(meeting)
    await meeting.accept(round_id, person)
    assert await meeting.accept(round_id, person) == (Reply.NOT_YOUR_TURN,)
    assert (await meeting.state(round_id)).phase is Phase.PROPOSED


@pytest.mark.parametrize("person", [ANA, BEN])
@pytest.mark.parametrize("agreed_before", [False, True])
async def test_when_either_declines_both_wait_again(meeting: Meeting, person: int, agreed_before: bool) -> None:
    round_id = await together(meeting)
    if agreed_before:
        await meeting.accept(round_id, ANA if person == BEN else BEN)
    meeting.clock.move(60)
    assert await meeting.carry(await meeting.pairs.decline(round_id, by=person)) == ()
    assert (meeting.proposal().end, meeting.proposal().ended_by) in {(End.DECLINED, person), (End.CANCELLED, person)}
    assert await waiting(meeting) == [ANA, BEN]
    await meeting.check_shown(round_id)


async def test_who_has_left_the_queue_meanwhile_does_not_come_back_into_it(meeting: Meeting) -> None:
    round_id = await together(meeting)
    assert await meeting.pairs.partners.stop(SERVER, ANA)
    await meeting.carry(await meeting.pairs.decline(round_id, by=BEN))
    assert await waiting(meeting) == [BEN]


async def test_two_who_declined_are_not_brought_together_again_at_once(meeting: Meeting) -> None:
    round_id = await together(meeting)
    await meeting.carry(await meeting.pairs.decline(round_id, by=BEN))
    for _ in range(48):
        await meeting.wait(3600)
    assert len(meeting.poster.messages) == 1
    assert (await meeting.find(ANA)).round_id is None
    assert (await meeting.find(EVE)).round_id is not None, "others are free to"


async def test_two_who_met_lately_meet_again_only_when_nobody_else_comes_for_a_week(meeting: Meeting) -> None:
    round_id = await meeting.begun()
    await meeting.carry(await meeting.pairs.stop(round_id, by=ANA))
    await meeting.find(BEN)
    assert (await meeting.find(ANA)).round_id is None
    for _ in range(6):
        await meeting.wait(24 * 3600)
    assert await waiting(meeting) == [ANA, BEN] or await waiting(meeting) == [BEN, ANA]
    await meeting.wait(24 * 3600 + 1)
    card = meeting.proposal()
    assert card.found
    await meeting.carry(await meeting.pairs.decline(card.round_id, by=BEN))
    count = len(meeting.poster.messages)
    for _ in range(48):
        await meeting.wait(3600)
    assert len(meeting.poster.messages) == count, "the week begins anew"


async def test_two_who_met_a_month_ago_are_strangers_again(meeting: Meeting) -> None:
    round_id = await meeting.begun()
    await meeting.carry(await meeting.pairs.stop(round_id, by=ANA))
    meeting.clock.move(31 * 24 * 3600)
    await meeting.find(BEN)
    assert (await meeting.find(ANA)).round_id is not None


async def test_a_proposal_that_one_does_not_answer_takes_that_one_out_of_the_queue(meeting: Meeting) -> None:
    round_id = await together(meeting)
    await meeting.accept(round_id, ANA)
    await meeting.wait((EVENING - meeting.clock.now()).total_seconds())
    assert meeting.proposal().end is End.EXPIRED
    assert await waiting(meeting) == [ANA]
    await meeting.check_shown(round_id)


async def test_a_proposal_that_nobody_answers_takes_both_out(meeting: Meeting) -> None:
    await together(meeting)
    await meeting.wait((EVENING - meeting.clock.now()).total_seconds())
    assert await queued(meeting) == []


async def test_another_time_by_the_one_asked_makes_it_the_other_ones_turn(meeting: Meeting) -> None:
    round_id = await together(meeting)
    outcome = await meeting.counter(round_id, BEN, 30 * HOUR)
    assert (outcome.row.id, outcome.replies) == (round_id, ())
    assert meeting.proposal().awaiting == ANA
    assert await meeting.accept(round_id, ANA) == (), "Ben proposed it, so it suits him"
    assert meeting.proposal().phase is Phase.AGREED
    await meeting.check_shown(round_id)


async def test_another_time_by_the_other_one_is_a_proposal_of_their_own(meeting: Meeting) -> None:
    round_id = await together(meeting)
    outcome = await meeting.counter(round_id, ANA, 30 * HOUR)
    assert outcome.row.id != round_id
    assert (await meeting.state(round_id)).end is End.CANCELLED
    card = meeting.proposal()
    assert (card.round_id, card.awaiting, card.notify) == (outcome.row.id, BEN, (BEN,))
    assert await waiting(meeting) == []
    assert await meeting.accept(outcome.row.id, BEN) == ()
    assert meeting.proposal().phase is Phase.AGREED
    assert await queued(meeting) == []
    for one in (round_id, outcome.row.id):
        await meeting.check_shown(one)


async def test_times_go_back_and_forth_and_whoever_is_asked_last_agrees(meeting: Meeting) -> None:
    round_id = await together(meeting)
    await meeting.counter(round_id, BEN, 30 * HOUR)
    await meeting.counter(round_id, ANA, 31 * HOUR)
    assert await meeting.accept(round_id, BEN) == ()
    assert (await meeting.state(round_id)).phase is Phase.AGREED


async def test_another_time_out_of_range_leaves_the_proposal_as_it_is(meeting: Meeting) -> None:
    round_id = await together(meeting)
    for person in (ANA, BEN):
        outcome = await meeting.counter(round_id, person, timedelta(seconds=5))
        assert outcome.replies == (Reply.IN_THE_PAST,)
    assert (await meeting.state(round_id)).phase is Phase.PROPOSED
    assert len(meeting.poster.messages) == 1


async def test_the_queue_is_looked_at_once_an_hour_as_hours_come_within_reach(meeting: Meeting) -> None:
    """Both have 10-11 o'clock alone. At 9:00 that is an hour's notice off; half an hour later it is too near, and the
    next one is tomorrow's."""
    meeting.clock.move(1800)
    await meeting.pulse.tick()
    async with meeting.store.write() as connection:
        await seed(meeting, connection, BEN)
        await seed(meeting, connection, ANA)
    await meeting.wait(MATCH_EVERY.total_seconds() - 1)
    assert meeting.poster.messages == []
    await meeting.wait(1)
    card = meeting.proposal()
    assert (card.found, card.owner, card.partner) == (True, ANA, BEN)
    assert card.when == datetime(2026, 3, 3, 10, tzinfo=UTC)
    await meeting.wait(MATCH_EVERY.total_seconds())
    assert len(meeting.poster.messages) == 1


async def seed(meeting: Meeting, connection: AsyncConnection, user: int) -> None:
    """Somebody in the queue for whom nobody has looked yet."""
    now = meeting.clock.now()
    await people.ensure(connection, user, now)
    row = seekers.SeekerRow(SERVER, user, CHANNEL, Level.MID, Days.ANY, 10, 10, "UTC", now)
    await seekers.put(connection, row)


async def test_four_who_wait_become_two_pairs_those_first_who_waited_longest(meeting: Meeting) -> None:
    await meeting.pulse.tick()
    for user in (DAN, EVE, BEN, ANA):
        async with meeting.store.write() as connection:
            await seed(meeting, connection, user)
        meeting.clock.move(60)
    await meeting.wait(MATCH_EVERY.total_seconds())
    cards = [m.card for m in meeting.poster.messages]
    pairs = [{card.owner, card.partner} for card in cards if isinstance(card, ProposalCard)]
    assert pairs == [{DAN, EVE}, {BEN, ANA}]
    assert await waiting(meeting) == []


async def test_two_processes_bring_the_same_two_together_once(meeting: Meeting) -> None:
    await meeting.pulse.tick()
    for user in (ANA, BEN):
        async with meeting.store.write() as connection:
            await seed(meeting, connection, user)
    async with meeting.store.read() as connection:
        one, another = await seekers.waiting(connection, SERVER)
    when = datetime(2026, 3, 3, 10, tzinfo=UTC)
    second = meeting.restart()
    assert await meeting.pairs.bring_together(one, another, when) is not None
    assert await second.pairs.bring_together(one, another, when) is None
    assert len(meeting.poster.messages) == 1


async def test_a_new_process_looks_at_the_queue_at_once(meeting: Meeting) -> None:
    await meeting.pulse.tick()
    for user in (ANA, BEN):
        async with meeting.store.write() as connection:
            await seed(meeting, connection, user)
    next_one = meeting.restart()
    await next_one.pulse.tick()
    assert meeting.proposal().found


async def test_a_found_pair_keeps_its_place_in_the_story_over_restarts(meeting: Meeting) -> None:
    round_id = await together(meeting)
    for person in (ANA, BEN):
        meeting = meeting.restart()
        await meeting.pulse.recover()
        await meeting.accept(round_id, person)
        await meeting.check_shown(round_id)
    assert (await meeting.state(round_id)).phase is Phase.AGREED


async def test_looking_again_changes_what_is_looked_for_and_keeps_the_place(meeting: Meeting) -> None:
    await meeting.find(BEN, hours=(3, 5))
    meeting.clock.move(3600)
    await meeting.find(BEN, hours=(18, 21), level=Level.SENIOR)
    async with meeting.store.read() as connection:
        [row] = await seekers.waiting(connection, SERVER)
    assert (row.first_hour, row.last_hour, row.level, row.since) == (18, 21, Level.SENIOR, START)


async def test_stopping_says_whether_there_was_anything_to_stop(meeting: Meeting) -> None:
    await meeting.find(BEN)
    assert await meeting.pairs.partners.stop(SERVER, BEN)
    assert not await meeting.pairs.partners.stop(SERVER, BEN)
    assert (await meeting.find(ANA)).others == 0


async def test_blocked_people_and_unlisted_channels_are_refused(meeting: Meeting) -> None:
    async with meeting.store.write() as connection:
        await servers.block(connection, SERVER, Block(BEN, EVE, "", START))
        await servers.allow_channel(connection, SERVER, CHANNEL + 1)
    with pytest.raises(UserError, match="blocked you"):
        await meeting.find(BEN)
    with pytest.raises(UserError, match=f"<#{CHANNEL + 1}>"):
        await meeting.find(ANA)
    assert await queued(meeting) == []


async def test_a_span_without_a_full_hour_is_refused_with_the_way_out(meeting: Meeting) -> None:
    """In India the clock shows half past when it is a full hour in UTC."""
    with pytest.raises(UserError, match="at least two hours"):
        await meeting.find(BEN, zone="Asia/Kolkata", hours=(18, 18))
    assert (await meeting.find(BEN, zone="Asia/Kolkata", hours=(18, 19))).round_id is None


async def test_a_channel_that_is_gone_makes_no_proposal_that_is_held(meeting: Meeting) -> None:
    meeting.poster.gone.add(CHANNEL)
    round_id = await together(meeting)
    assert meeting.poster.messages == []
    await meeting.wait((EVENING - meeting.clock.now()).total_seconds())
    assert (await meeting.state(round_id)).end is End.EXPIRED
