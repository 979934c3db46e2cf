"""/timezone, how a zone is found, and the names that are remembered on the way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.schedule import find_zone, zone_names
from cogs._zones import CHOICES, chosen_zone, search, zone_choices, zone_label
from tests.cogs.world import FREE, Player, World, said

WINTER = datetime(2026, 1, 15, 12, 5, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 12, 5, tzinfo=UTC)


# The command


@pytest.mark.parametrize("where", ["server", "dm"])
async def test_a_zone_is_set_and_can_be_compared_with_ones_own_clock(world: World, alice: Player, where: str) -> None:
    room = alice.dm if where == "dm" else world.channel
    result = await alice.slash("timezone", room, zone="Asia/Kolkata")
    told = said(result)
    assert "your time zone is **Asia/Kolkata**. There it is **05:30** now" in told
    assert f"<t:{int(world.env.now().timestamp())}:t>" in told
    assert "if it says something else, choose another one" in told
    assert await world.bot.services.people.known_zone(alice.id) == "Asia/Kolkata"
    assert "Your time zone is **Asia/Kolkata**" in said(await alice.slash("timezone", room))


async def test_without_a_zone_it_says_that_none_is_set_and_keeps_nothing(world: World, alice: Player) -> None:
    told = said(await alice.slash("timezone"))
    assert "You have set no time zone, so I count your days in UTC, where it is 00:00 now." in told
    assert "**/timezone zone:**" in told
    assert await world.bot.services.people.names([alice.id]) == {}


async def test_suggestions_show_the_time_there(world: World, alice: Player) -> None:
    offered = await alice.member.autocomplete(world.channel, "timezone", "zone", "berlin")
    assert offered == [{"name": "Europe/Berlin · 01:00 now", "value": "Europe/Berlin"}]
    assert len(await alice.member.user.autocomplete("timezone", "zone", "")) == CHOICES


async def test_words_typed_without_choosing_are_understood_or_asked_about(world: World, alice: Player) -> None:
    assert "**America/New York**" in said(await alice.slash("timezone", zone="us east"))
    told = said(await alice.slash("timezone", zone="us"))
    assert "“us” could be America/Los Angeles, America/New York," in told
    told = said(await alice.slash("timezone", zone="**Narnia** @everyone"))
    assert "I know no time zone" in told
    assert "**Narnia**" not in told
    assert "@everyone" not in told
    assert await world.bot.services.people.known_zone(alice.id) == "America/New_York"


async def test_a_zone_outlives_a_restart(world: World, alice: Player) -> None:
    await alice.slash("timezone", zone="utc+2")
    await world.restart()
    assert "Your time zone is **UTC+2**. There it is **02:00** now" in said(await alice.slash("timezone"))


# Finding a zone


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("York new", "America/New_York"),
        ("america/new_york", "America/New_York"),
        ("us east", "America/New_York"),
        ("us west", "America/Los_Angeles"),
        ("EST", "America/New_York"),
        ("california", "America/Los_Angeles"),
        ("san francisco", "America/Los_Angeles"),
        ("india", "Asia/Kolkata"),
        ("bangalore", "Asia/Kolkata"),
        ("calcutta", "Asia/Kolkata"),
        ("germany", "Europe/Berlin"),
        ("münchen", "Europe/Berlin"),
        ("MUNICH", "Europe/Berlin"),
        ("são paulo", "America/Sao_Paulo"),
        ("beijing", "Asia/Shanghai"),
        ("uk", "Europe/London"),
        ("kiev", "Europe/Kyiv"),
        ("korea south", "Asia/Seoul"),
        ("utc", "UTC"),
        ("gmt", "UTC"),
        ("utc+0", "UTC"),
        ("utc+2", "Etc/GMT-2"),
        ("UTC +2", "Etc/GMT-2"),
        ("GMT-5", "Etc/GMT+5"),
        ("−3", "Etc/GMT+3"),
        ("+5:30", "Asia/Kolkata"),
        ("utc+0545", "Asia/Kathmandu"),
        ("Etc/GMT-2", "Etc/GMT-2"),
        ("Asia/Calcutta", "Asia/Calcutta"),
    ],
)
def test_what_people_type_finds_their_zone(typed: str, zone: str) -> None:
    assert chosen_zone(typed, WINTER) == zone
    if "/Calcutta" not in zone and "Etc/" not in typed:
        assert search(typed, WINTER)[0] == zone


@pytest.mark.parametrize(
    "typed",
    ["", " ", "xyzzy", "utc+25", "utc+2:13", "-00᭑", "utc 5", "01", "....", "北京市", "berlin tokyo", "x" * 6000],
)
def test_what_is_no_place_is_told_with_examples(typed: str) -> None:
    with pytest.raises(UserError, match="I know no time zone") as told:
        chosen_zone(typed, WINTER)
    assert "“UTC+2”" in str(told.value)
    assert len(str(told.value)) < 400


@pytest.mark.parametrize("typed", ["us", "australia", "america", "d", "canada"])
def test_what_could_be_several_is_asked_about(typed: str) -> None:
    with pytest.raises(UserError, match=f"“{typed}” could be "):
        chosen_zone(typed, WINTER)


@pytest.mark.parametrize(("typed", "zone"), [("berln", "Europe/Berlin"), ("tokio", "Asia/Tokyo")])
def test_a_misspelt_place_is_suggested_and_asked_about(typed: str, zone: str) -> None:
    assert search(typed, WINTER) == [zone]
    with pytest.raises(UserError, match=f"no time zone “{typed}”. Did you mean {zone}. Pick"):
        chosen_zone(typed, WINTER)


def test_an_offset_finds_who_has_it_at_that_time_of_the_year() -> None:
    assert "Europe/Berlin" not in search("utc+2", WINTER)
    assert "Europe/Berlin" in search("utc+2", SUMMER)
    assert search("utc+2", SUMMER)[0] == "Etc/GMT-2"


def test_suggestions_are_named_as_people_read_them() -> None:
    names = {choice.value: choice.name for choice in zone_choices("utc-4", SUMMER)}
    assert names["Etc/GMT+4"] == "UTC-4 · 08:05 now"
    assert names["America/New_York"] == "America/New York · 08:05 now"


def test_every_place_can_be_found_by_its_own_name() -> None:
    for zone in search("a", WINTER) + search("e", WINTER) + search("p", WINTER):
        assert zone in search(zone, WINTER)
        assert find_zone(zone) is not None


@pytest.mark.thorough
@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=80), st.sampled_from(sorted(zone_names())), st.from_regex(r"(utc|gmt)?[+-]\d{1,3}")))
def test_whatever_is_typed_gives_a_zone_or_a_sentence(typed: str) -> None:
    choices = zone_choices(typed, WINTER)
    assert len(choices) <= CHOICES
    assert len({choice.value for choice in choices}) == len(choices)
    assert all(0 < len(choice.name) <= 100 and choice.value in zone_names() for choice in choices)
    try:
        said = zone_label(chosen_zone(typed, WINTER))
    except UserError as error:
        said = str(error)
    assert 0 < len(said) < 600


# Names


async def names(world: World, *players: Player) -> dict[int, str]:
    return await world.bot.services.people.names([player.id for player in players])


async def test_the_name_of_somebody_who_only_looks_is_not_kept(world: World, alice: Player, bob: Player) -> None:
    room = await alice.start(where=world.guild.create_voice_channel("talk"), **FREE)
    for command in ("help", "history", "timezone", "round resume"):
        await bob.slash(command)
    assert "belongs to" in said(await bob.press(room, "Skip"))
    assert await names(world, alice, bob) == {alice.id: "alice"}


async def test_the_first_round_makes_a_name_known_and_a_click_keeps_it_up_to_date(world: World, alice: Player) -> None:
    room = await alice.start(where=alice.dm, **FREE)
    assert await names(world, alice) == {alice.id: "alice"}
    world.env.backend.users[alice.id].global_name = "Alice in Chains"
    await alice.press(room, "Hint 1")
    assert await names(world, alice) == {alice.id: "Alice in Chains"}
    world.env.backend.users[alice.id].global_name = "Ally"
    await alice.answer(room, "Sparse weights.")
    assert await names(world, alice) == {alice.id: "Ally"}


async def test_a_nickname_of_one_server_is_not_told_elsewhere(world: World) -> None:
    user = world.env.create_user("carol", global_name="Carol C.")
    carol = Player(world, world.guild.add_member(user, nick="CC of this server"))
    await carol.start(**FREE)
    assert await names(world, carol) == {carol.id: "Carol C."}


async def test_setting_a_zone_makes_a_name_known_too(world: World, bob: Player) -> None:
    await bob.slash("timezone", zone="nowhere")
    assert await names(world, bob) == {}
    await bob.slash("timezone", zone="Asia/Tokyo")
    assert await names(world, bob) == {bob.id: "bob"}
