"""A server's settings: channels, moderators, seasons, the weekly post."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.abilities.periods import SEASON_LENGTHS
from bot.errors import UserError
from bot.rounds.events import Kind
from bot.services.servers import LISTED, Servers, mentions
from bot.services.starting import Wish
from bot.store.engine import Store
from bot.store.rounds import Place, Surface
from bot.store.servers import RoundPlace, ServerSettings, Weekly
from questions.model import Level
from tests.clock import START, ManualClock
from tests.services.conftest import DM, OWNER, Table

HERE, ELSEWHERE = 7, 8


@pytest.fixture
def servers(store: Store, clock: ManualClock) -> Servers:
    return Servers(store, clock)


async def test_what_holds_where_nobody_chose(servers: Servers) -> None:
    assert await servers.settings(HERE) == ServerSettings(RoundPlace.THREAD, 3, (), (), None, 0)


async def test_every_setting_stands_beside_the_others(servers: Servers) -> None:
    assert await servers.set_season(HERE, 6)
    await servers.set_place(HERE, RoundPlace.CHANNEL)
    await servers.allow_channel(HERE, 71)
    await servers.allow_channel(HERE, 70)
    await servers.add_role(HERE, 700)
    post = await servers.set_weekly(HERE, channel_id=72, weekday=0, hour=9, zone="UTC")
    await servers.block(HERE, OWNER, by=99, reason="")
    assert await servers.settings(HERE) == ServerSettings(RoundPlace.CHANNEL, 6, (70, 71), (700,), post, 1)
    assert await servers.settings(ELSEWHERE) == ServerSettings(RoundPlace.THREAD, 3, (), (), None, 0)


# Channels


async def test_rounds_start_in_listed_channels_and_their_threads_alone(table: Table) -> None:
    servers = Servers(table.store, table.clock)

    async def may_start(channel: int, around: int | None = None, server: int | None = HERE) -> None:
        place = Place(server, channel, Surface.CHANNEL)
        await table.rounds.may_start(Wish(OWNER, place, Kind.QUIZ, Level.MID, channel_id=around))

    await may_start(71)
    assert await servers.allow_channel(HERE, 70)
    assert not await servers.allow_channel(HERE, 70), "it was there already"
    with pytest.raises(UserError, match=r"rounds are started in <#70>\. Use the command there"):
        await may_start(71)
    with pytest.raises(UserError, match="<#70>"):
        await may_start(711, around=71)
    with pytest.raises(UserError, match="<#70>"):
        await table.start(place=Place(HERE, 71, Surface.CHANNEL))
    await may_start(70)
    await may_start(701, around=70)
    await may_start(71, server=ELSEWHERE)
    await table.start(place=DM)
    await table.rounds.start(Wish(OWNER, Place(HERE, 701, Surface.CHANNEL), Kind.QUIZ, Level.MID, channel_id=70))
    assert await servers.disallow_channel(HERE, 70)
    assert not await servers.disallow_channel(HERE, 70)
    await may_start(71)


async def test_the_list_of_channels_has_an_end(servers: Servers) -> None:
    for number in range(LISTED):
        await servers.allow_channel(HERE, number)
    with pytest.raises(UserError, match="25 channels are listed already"):
        await servers.allow_channel(HERE, 1000)
    assert 1000 not in (await servers.settings(HERE)).channels
    assert not await servers.allow_channel(HERE, 3), "what is listed may be named again"
    await servers.allow_channel(ELSEWHERE, 1000)


async def test_deleted_channels_leave_the_list_and_take_the_weekly_post_along(servers: Servers) -> None:
    for channel in (70, 71):
        await servers.allow_channel(HERE, channel)
    await servers.set_weekly(HERE, channel_id=72, weekday=0, hour=9, zone="UTC")
    await servers.forget_channels(HERE, [70, 99])
    found = await servers.settings(HERE)
    assert found.channels == (71,)
    assert found.weekly is not None
    await servers.forget_channels(HERE, [72])
    assert (await servers.settings(HERE)).weekly is None
    await servers.forget_channels(HERE, [])
    assert (await servers.settings(HERE)).channels == (71,)


@pytest.mark.parametrize(
    ("channels", "expected"), [([1], "<#1>"), ([1, 2], "<#1> or <#2>"), ([1, 2, 3], "<#1>, <#2> or <#3>")]
)
def test_channels_are_named_in_a_sentence(channels: list[int], expected: str) -> None:
    assert mentions(channels) == expected


# Moderators


async def test_roles_become_moderators_and_cease_to_be(servers: Servers) -> None:
    assert await servers.moderator_roles(HERE) == frozenset()
    assert await servers.add_role(HERE, 700)
    assert await servers.add_role(HERE, 701)
    assert not await servers.add_role(HERE, 700)
    assert await servers.moderator_roles(HERE) == {700, 701}
    assert await servers.moderator_roles(ELSEWHERE) == frozenset()
    assert await servers.remove_role(HERE, 700)
    assert not await servers.remove_role(HERE, 700)
    await servers.forget_roles(HERE, [701])
    assert await servers.moderator_roles(HERE) == frozenset()


async def test_everybody_cannot_be_a_moderator(servers: Servers) -> None:
    """The role @everyone has the server's own id."""
    with pytest.raises(UserError, match="everybody would be a moderator"):
        await servers.add_role(HERE, HERE)
    assert await servers.moderator_roles(HERE) == frozenset()


async def test_the_list_of_roles_has_an_end(servers: Servers) -> None:
    for number in range(100, 100 + LISTED):
        await servers.add_role(HERE, number)
    with pytest.raises(UserError, match="25 roles"):
        await servers.add_role(HERE, 1000)
    assert 1000 not in await servers.moderator_roles(HERE)


# Seasons


@pytest.mark.parametrize("months", SEASON_LENGTHS)
async def test_a_season_has_another_length(servers: Servers, months: int) -> None:
    assert await servers.set_season(HERE, months) is (months != 3)
    assert not await servers.set_season(HERE, months)
    assert (await servers.settings(HERE)).season_months == months


@pytest.mark.parametrize("months", [0, 5, -3, 7, 24])
async def test_seasons_divide_a_year(servers: Servers, months: int) -> None:
    with pytest.raises(ValueError, match="a season has"):
        await servers.set_season(HERE, months)


# The weekly post


async def test_the_next_post_is_known_when_it_is_chosen(servers: Servers, clock: ManualClock) -> None:
    """It is Monday, 2 March 2026, nine o'clock in UTC."""
    first = await servers.set_weekly(HERE, channel_id=70, weekday=0, hour=9, zone="America/New_York")
    assert first == Weekly(70, 0, 9, "America/New_York", datetime(2026, 3, 2, 14, tzinfo=UTC))
    clock.move(6 * 3600)
    again = await servers.set_weekly(HERE, channel_id=71, weekday=0, hour=9, zone="America/New_York")
    # Summer time has begun by then.
    assert again.next_at == datetime(2026, 3, 9, 13, tzinfo=UTC)
    assert (await servers.settings(HERE)).weekly == again
    assert (await servers.settings(ELSEWHERE)).weekly is None
    assert await servers.stop_weekly(HERE)
    assert not await servers.stop_weekly(HERE)
    assert (await servers.settings(HERE)).weekly is None


async def test_a_weekly_post_by_no_known_clock_is_refused(servers: Servers) -> None:
    before = await servers.set_weekly(HERE, channel_id=70, weekday=0, hour=9, zone="UTC")
    assert before.next_at > START
    with pytest.raises(UserError, match="do not know that time zone"):
        await servers.set_weekly(HERE, channel_id=70, weekday=0, hour=9, zone="Berlin")
    assert (await servers.settings(HERE)).weekly == before
