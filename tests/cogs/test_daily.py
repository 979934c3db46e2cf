"""The daily question: setting it by command and form, getting it, answering it hours later, and all that goes wrong."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
import simcord
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bot.errors import UserError
from bot.services.daily import DailyKind
from bot.services.daily_delivery import Header
from bot.services.daily_schedule import EVERY_DAY, WEEKEND, WORKDAYS, Pace
from bot.store.daily import Became, DeliveryRow, Reason
from cogs._daily_words import days_text, parse_days, parse_kinds, parse_time, parse_until
from cogs._layout import layout
from cogs._render_daily import head, with_head
from tests.cogs.limits import texts
from tests.cogs.world import Card, Player, World, said, skip_followups

HOUR, DAY = 3600, 86_400
CHOICE: dict[str, Any] = {"time": "8:30", "zone": "UTC", "kinds": "multiple choice"}


async def rows(world: World, sql: str) -> list[Any]:
    async with world.bot.store.read() as connection:
        return list((await connection.execute(text(sql))).all())


async def days(world: World, person: Player) -> list[tuple[str, str | None]]:
    """What became of each day of a person."""
    return [
        (row[0], row[1])
        for row in await rows(
            world, f"SELECT status, reason FROM daily_deliveries WHERE user_id = {person.id} ORDER BY day"
        )
    ]


async def on(world: World, person: Player, where: simcord.ChannelHandle | None = None, **options: Any) -> str:
    """Turns the daily question on, by default at 8:30 in UTC with multiple choice; returns what was said."""
    return said(await person.slash("daily on", where, **{**CHOICE, **options}))


async def until(world: World, hour: int, minute: int, days_on: int = 0) -> None:
    """Time passes until a clock in UTC shows this, so many days from now."""
    now = world.env.now()
    target = now.replace(hour=hour, minute=minute, second=0, microsecond=0).timestamp() + days_on * DAY
    await world.wait(target - now.timestamp())
    await world.wait(6)


def close_dms(world: World, person: Player, *, times: int | None = None) -> None:
    world.env.inject_error(
        "POST", f"/channels/{person.dm.id}/messages", status=403, code=50007, message="Cannot send", times=times
    )


def shown(result: simcord.InteractionResult) -> Card:
    """The card that a command was answered with."""
    assert result.response is not None
    return Card(result.response, result.response.channel_id)


def questions(person: Player) -> list[Card]:
    return [card for card in person.frames(person.dm) if "Your daily question" in card.text and "Question" in card.text]


# Turning it on


async def test_turning_it_on_says_everything_in_words_and_writes_to_the_person_at_once(
    world: World, alice: Player
) -> None:
    told = await on(world, alice, zone="Berlin", kinds="mix", days="weekdays", questions=2, level="senior")
    assert "On weekdays at **08:30** Europe/Berlin, by direct message: 2 questions" in told
    assert "a mixture of free text, multiple choice and numeric, senior level" in told
    moment = int(datetime(2026, 1, 1, 7, 30, tzinfo=UTC).timestamp())
    assert f"Next <t:{moment}:F> (<t:{moment}:R>)." in told
    assert "your own clock should say" in told
    assert "Your daily question comes here." in alice.cards(alice.dm)[-1].text
    assert await world.bot.services.people.known_zone(alice.id) == "Europe/Berlin"


async def test_the_zone_is_only_needed_once(world: World, alice: Player) -> None:
    told = said(await alice.slash("daily on", time="8:30"))
    assert "By which clock? Add **zone** once" in told
    assert not alice.cards(alice.dm)
    await alice.slash("timezone", zone="Asia/Tokyo")
    assert "at **08:30** Asia/Tokyo" in said(await alice.slash("daily on", time="8:30"))


async def test_a_guess_is_stated(world: World, alice: Player) -> None:
    told = await on(world, alice, time="7")
    assert "at **07:00** UTC" in told
    assert "I took “7” for the morning; for the evening write 19:00." in told


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ({"time": "breakfast"}, "I cannot read “breakfast” as a time of day."),
        ({"time": "25:00"}, "There is no “25:00” on a clock."),
        ({"days": "someday"}, "I do not know the days “someday”."),
        ({"kinds": "essays"}, "I have no questions of the kind “essays”."),
        ({"zone": "Narnia"}, "I know no time zone"),
    ],
)
async def test_nonsense_is_answered_in_plain_words_and_nothing_is_kept(
    world: World, alice: Player, options: dict[str, Any], answer: str
) -> None:
    assert answer in await on(world, alice, **options)
    assert not alice.cards(alice.dm)
    assert await rows(world, "SELECT * FROM daily_subscriptions") == []


async def test_without_a_time_it_is_asked_for(alice: Player) -> None:
    assert "At what time shall it come?" in said(await alice.slash("daily on", zone="UTC"))


async def test_using_it_again_keeps_what_is_not_said(world: World, alice: Player) -> None:
    await on(world, alice, questions=3, days="weekend")
    told = said(await alice.slash("daily on", time="20:15"))
    assert "On Saturdays and Sundays at **20:15** UTC, by direct message: 3 questions, multiple choice" in told


async def test_suggestions_while_typing(world: World, alice: Player) -> None:
    offered = await alice.member.autocomplete(world.channel, "daily on", "kinds", "code, nu")
    assert [choice["value"] for choice in offered] == ["code, numeric"]
    offered = await alice.member.autocomplete(world.channel, "daily on", "days", "we")
    assert [choice["value"] for choice in offered] == ["weekdays", "weekend", "Wednesday"]
    assert await alice.member.autocomplete(world.channel, "daily on", "zone", "berlin")


async def test_with_closed_messages_it_says_how_to_open_them_and_offers_a_channel(world: World, alice: Player) -> None:
    close_dms(world, alice, times=1)
    told = await on(world, alice)
    assert "Your direct messages are closed to me" in told
    assert "choose a **channel**" in told
    assert await rows(world, "SELECT * FROM daily_subscriptions") == []


# Getting it


async def test_it_comes_at_its_time_and_can_be_answered_hours_later_by_typing(world: World, alice: Player) -> None:
    await on(world, alice)
    await until(world, 8, 29)
    assert not questions(alice)
    await until(world, 8, 30)
    [card] = questions(alice)
    assert "Question 1 of 1" in card.text
    assert {"A", "B", "Skip", "Stop round"} <= set(card.buttons)
    await world.wait(7 * HOUR)
    await alice.type(alice.dm, "B")
    assert "Quiz finished" in alice.card(alice.dm).text
    assert "Your daily question" in alice.frames(alice.dm)[0].text, "the head stays"
    assert await days(world, alice) == [("sent", None)]


@pytest.mark.parametrize("kinds", ["free text", "numeric", "behavioral"])
async def test_every_kind_of_question_can_come_and_be_answered(world: World, alice: Player, kinds: str) -> None:
    await on(world, alice, kinds=kinds)
    await until(world, 8, 30)
    await alice.type(alice.dm, {"numeric": "0.125"}.get(kinds, world.strong()))
    await skip_followups(alice, alice.dm)
    assert "finished" in alice.card(alice.dm).text


async def test_three_questions_come_in_one_round(world: World, alice: Player) -> None:
    await on(world, alice, kinds="mix", questions=3)
    await until(world, 8, 30)
    assert "Question 1 of 3" in questions(alice)[0].text


async def test_the_next_days_question_ends_an_untouched_one_quietly(world: World, alice: Player) -> None:
    await on(world, alice)
    await until(world, 8, 30)
    await until(world, 8, 30, days_on=1)
    first, second = alice.frames(alice.dm)
    assert "Left open: the next question came." in first.text
    assert not first.buttons
    assert {"A", "B"} <= set(second.buttons)
    assert await rows(world, "SELECT count(*) FROM results") == [(0,)], "it is no answered day and scores nothing"
    assert await days(world, alice) == [("sent", None), ("sent", None)]
    await alice.type(alice.dm, "A")
    assert "Quiz finished" in alice.card(alice.dm).text


async def test_a_question_that_was_begun_ends_with_its_feedback(world: World, alice: Player) -> None:
    await on(world, alice, kinds="free text")
    await until(world, 8, 30)
    await alice.type(alice.dm, world.calibrated("wrong"))
    assert alice.find(alice.dm, "Skip follow-up")
    await until(world, 8, 30, days_on=1)
    texts_ = [card.text for card in alice.frames(alice.dm)]
    assert any("Quiz stopped" in each for each in texts_)
    assert "Your daily question" in texts_[-1]


async def test_nobody_is_interrupted_in_the_middle_of_a_round(world: World, alice: Player) -> None:
    await on(world, alice)
    await until(world, 8, 28)
    await alice.start(where=alice.dm, questions=1, topic="ml.regularization", format="free text")
    await alice.press(alice.dm, "Hint 1")
    await until(world, 8, 45)
    assert not questions(alice)
    await alice.press(alice.dm, "Skip")
    await skip_followups(alice, alice.dm)
    await world.wait(6 * 60)
    assert questions(alice)


async def test_several_people_get_theirs_by_their_own_clocks(world: World, alice: Player, bob: Player) -> None:
    await on(world, alice, zone="Asia/Tokyo")
    await on(world, bob, zone="America/New_York")
    await until(world, 13, 30)
    assert (len(questions(alice)), len(questions(bob))) == (0, 1)
    await until(world, 23, 30)
    assert (len(questions(alice)), len(questions(bob))) == (1, 1)


async def test_choosing_another_zone_moves_the_question(world: World, alice: Player) -> None:
    await on(world, alice)
    await alice.slash("timezone", zone="Asia/Tokyo")
    moment = int(datetime(2026, 1, 1, 23, 30, tzinfo=UTC).timestamp())
    assert f"Next <t:{moment}:F>" in said(await alice.slash("daily status"))
    await until(world, 8, 30)
    assert not questions(alice)
    await until(world, 23, 30)
    assert len(questions(alice)) == 1


# Away, failures


async def test_after_a_short_absence_it_comes_late_and_once(world: World, alice: Player) -> None:
    await on(world, alice)
    await world.restart(away=14 * HOUR)
    await world.wait(3)
    assert len(questions(alice)) == 1
    await world.restart(away=60)
    await world.wait(3)
    assert len(questions(alice)) == 1


async def test_after_a_long_absence_it_is_left_out_and_the_next_one_says_so(world: World, alice: Player) -> None:
    await on(world, alice)
    await world.restart(away=15 * HOUR)
    await world.wait(3)
    assert not questions(alice)
    assert await days(world, alice) == [("skipped", "late")]
    await until(world, 8, 30, days_on=1)
    assert "The question of Thursday, January 1 did not come: I was away." in questions(alice)[0].text
    status = said(await alice.slash("daily status"))
    assert "Thursday, January 1 · did not come: I was away" in status
    assert "Friday, January 2 · came" in status


@pytest.mark.thorough
async def test_while_discord_fails_it_is_tried_again(world: World, alice: Player) -> None:
    await on(world, alice)
    await until(world, 8, 29)
    world.env.inject_error("POST", f"/channels/{alice.dm.id}/messages", status=503, times=None)
    await until(world, 8, 31)
    await world.wait(60)
    assert not questions(alice)
    world.env.backend.faults.clear()
    for _ in range(10):
        await world.wait(80)
    assert len(questions(alice)) == 1
    assert await days(world, alice) == [("sent", None)]


async def test_when_messages_are_closed_it_rests_and_the_next_click_says_so(world: World, alice: Player) -> None:
    await on(world, alice)
    await until(world, 8, 29)
    close_dms(world, alice)
    await until(world, 8, 31)
    assert await days(world, alice) == [("skipped", "closed")]
    await until(world, 8, 31, days_on=1)
    assert await days(world, alice) == [("skipped", "closed")], "nothing more is due"
    told = said(await alice.slash("help"))
    assert "Your daily question could not reach you" in told
    assert "Your daily question could not reach you" not in said(await alice.slash("help"))
    assert "could not reach you" not in said(await alice.slash("daily off"))


async def test_the_notice_also_comes_beside_a_click_and_turns_it_on_again(world: World, alice: Player) -> None:
    room = await alice.start(questions=1, topic="ml.regularization", format="free text")
    await on(world, alice)
    await until(world, 8, 29)
    close_dms(world, alice)
    await until(world, 8, 31)
    click = await alice.press(room, "Hint 1")
    assert "Your daily question could not reach you" in said(click)
    notice = Card(click.followups[-1], room.id)
    assert "Your direct messages are closed to me" in said(await alice.press(room, "Turn it on again", notice))
    world.env.backend.faults.clear()
    told = said(await alice.press(room, "Turn it on again", notice))
    assert "Your daily question comes here." in alice.cards(alice.dm)[-1].text
    assert "Next <t:" in told or "Next <t:" in Card(notice.message, room.id).text
    await until(world, 8, 30, days_on=1)
    assert len(questions(alice)) == 1


# Three unanswered


async def unanswered(world: World, alice: Player, count: int) -> None:
    await until(world, 8, 30)
    for _ in range(count):
        await until(world, 8, 30, days_on=1)


async def test_after_three_unanswered_ones_it_is_asked_once_whether_to_slow_down(world: World, alice: Player) -> None:
    await on(world, alice)
    await unanswered(world, alice, 2)
    assert "rhythm" not in questions(alice)[-1].text
    await until(world, 8, 30, days_on=1)
    card = questions(alice)[-1]
    assert "The last three went by. Would another rhythm suit you better?" in card.text
    assert {"Weekdays only", "Once a week", "Pause", "Keep it as it is", "A", "B"} <= set(card.buttons)
    for _ in range(4):
        await until(world, 8, 30, days_on=1)
        assert "rhythm" not in questions(alice)[-1].text


async def test_it_is_asked_again_only_after_something_was_answered(world: World, alice: Player) -> None:
    await on(world, alice)
    await unanswered(world, alice, 3)
    assert "rhythm" in questions(alice)[-1].text
    told = said(await alice.press(alice.dm, "Keep it as it is"))
    assert "it stays as it is" in told
    assert "rhythm" not in questions(alice)[-1].text
    await alice.press(alice.dm, "A")
    for number in range(1, 5):
        await until(world, 8, 30, days_on=1)
        assert ("rhythm" in questions(alice)[-1].text) == (number == 4), number


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Weekdays only", "On weekdays at"),
        ("Once a week", "On Sundays at"),
        ("Pause", "It is paused until you turn it on again."),
    ],
)
async def test_each_way_to_slow_down_is_taken(world: World, alice: Player, label: str, words: str) -> None:
    await on(world, alice)
    await unanswered(world, alice, 3)
    await alice.press(alice.dm, label)
    assert words in said(await alice.slash("daily status"))
    await alice.type(alice.dm, "B")
    assert "Quiz finished" in alice.card(alice.dm).text, "the question itself stays"


async def test_after_a_restart_the_offer_still_works(world: World, alice: Player) -> None:
    await on(world, alice)
    await unanswered(world, alice, 3)
    await world.restart(away=60)
    assert "Done: once a week." in said(await alice.press(alice.dm, "Once a week"))
    assert "rhythm" not in questions(alice)[-1].text


# Pausing, turning off, one now


async def test_a_pause_lasts_to_its_day(world: World, alice: Player) -> None:
    await on(world, alice)
    told = said(await alice.slash("daily pause", until="in 3 days"))
    moment = int(datetime(2026, 1, 4, 8, 30, tzinfo=UTC).timestamp())
    assert f"Paused; it comes again <t:{moment}:F>" in told
    await until(world, 8, 31, days_on=2)
    assert not questions(alice)
    await until(world, 8, 31, days_on=1)
    assert len(questions(alice)) == 1
    assert await days(world, alice) == [("sent", None)]


async def test_a_pause_without_an_end_waits_for_the_person(world: World, alice: Player) -> None:
    await on(world, alice)
    result = await alice.slash("daily pause")
    assert "It is paused until you turn it on again." in said(result)
    await until(world, 8, 31, days_on=1)
    assert not questions(alice)
    card = shown(result)
    await alice.press(world.channel, "Turn it on again", card)
    await until(world, 8, 31, days_on=1)
    assert len(questions(alice)) == 1


async def test_what_is_off_stays_off_and_remembers_how_it_was(world: World, alice: Player) -> None:
    await on(world, alice, days="weekend")
    assert "It is turned off." in said(await alice.slash("daily off"))
    await until(world, 8, 31, days_on=7)
    assert not questions(alice)
    assert "On Saturdays and Sundays at **08:30**" in said(await alice.slash("daily on"))


@pytest.mark.parametrize("command", ["daily pause", "daily off", "daily status"])
async def test_without_a_subscription_it_is_said_how_to_begin(alice: Player, command: str) -> None:
    assert "You get no daily question. **/daily on** with a time begins it" in said(await alice.slash(command))


def at(person: Player) -> str:
    return f"https://discord.com/channels/@me/{person.dm.id}"


async def test_one_can_be_had_now_beside_the_daily_one(world: World, alice: Player) -> None:
    await on(world, alice)
    told = said(await alice.slash("daily now"))
    assert f"Here it is: [our direct messages]({at(alice)})" in told
    assert len(questions(alice)) == 1
    assert "A question is waiting for you" in said(await alice.slash("daily now"))
    await alice.press(alice.dm, "A")
    await until(world, 8, 31)
    assert len(questions(alice)) == 2
    assert await days(world, alice) == [("sent", None)]


async def test_one_can_be_had_now_without_a_daily_one(world: World, alice: Player) -> None:
    told = said(await alice.slash("daily now"))
    assert f"Here it is: [our direct messages]({at(alice)}). **/daily on** brings one every day." in told
    assert "Here is a question." in alice.cards(alice.dm)[0].text
    assert len(questions(alice)) == 1
    assert await rows(world, "SELECT * FROM daily_subscriptions") == []
    await until(world, 8, 31, days_on=2)
    assert len(questions(alice)) == 1
    assert "You get no daily question." in said(await alice.slash("daily status"))


async def test_while_it_is_paused_one_can_be_had_now(world: World, alice: Player) -> None:
    await on(world, alice)
    await alice.slash("daily pause")
    assert "The daily one stays paused." in said(await alice.slash("daily now"))


async def test_one_had_now_and_left_alone_makes_way(world: World, alice: Player) -> None:
    await on(world, alice)
    await alice.slash("daily now")
    await until(world, 8, 31)
    first, second = alice.frames(alice.dm)
    assert "Left open" in first.text
    assert {"A", "B"} <= set(second.buttons)


# The form and its buttons


async def test_everything_can_be_changed_in_a_form(world: World, alice: Player) -> None:
    result = await alice.slash("daily on", alice.dm, **CHOICE)
    card = shown(result)
    form = await alice.press(alice.dm, "Change", card)
    values = {"time": "20.15", "zone": "New York", "days": "Mon, Wed", "kinds": ["code", "numeric"], "count": ["2"]}
    told = said(await alice.actor(alice.dm).submit_modal(form, values))
    now_shown = told or card.text
    row = await rows(world, "SELECT hour, minute, days, kinds, count FROM daily_subscriptions")
    assert row == [(20, 15, 0b101, "numeric,code", 2)], now_shown
    assert await world.bot.services.people.known_zone(alice.id) == "America/New_York"


async def test_the_form_sent_as_it_was_filled_in_changes_nothing(world: World, alice: Player) -> None:
    result = await alice.slash("daily on", alice.dm, **{**CHOICE, "zone": "UTC+2", "days": "mon-thu"})
    before = await rows(world, "SELECT hour, minute, days, kinds, count, next_at FROM daily_subscriptions")
    form = await alice.press(alice.dm, "Change", shown(result))
    assert form.modal is not None
    filled = {
        item["component"]["custom_id"]: item["component"].get("value")
        or [option["value"] for option in item["component"].get("options", []) if option.get("default")]
        for item in form.modal["components"]
    }
    await alice.actor(alice.dm).submit_modal(form, filled)
    assert await rows(world, "SELECT hour, minute, days, kinds, count, next_at FROM daily_subscriptions") == before
    assert await world.bot.services.people.known_zone(alice.id) == "Etc/GMT-2"


async def test_nonsense_in_the_form_is_answered_in_words(world: World, alice: Player) -> None:
    result = await alice.slash("daily on", alice.dm, **CHOICE)
    form = await alice.press(alice.dm, "Change", shown(result))
    values = {"time": "late", "zone": "UTC", "days": "every day", "kinds": ["code"], "count": ["1"]}
    assert "I cannot read “late” as a time of day." in said(await alice.actor(alice.dm).submit_modal(form, values))


async def test_the_buttons_send_one_now_and_turn_it_off(world: World, alice: Player) -> None:
    result = await alice.slash("daily on", alice.dm, **CHOICE)
    card = shown(result)
    await alice.press(alice.dm, "Send me one now", card)
    assert len(questions(alice)) == 1
    await alice.press(alice.dm, "Turn off", card)
    assert await rows(world, "SELECT status FROM daily_subscriptions") == [("off",)]


async def test_a_strangers_click_changes_nothing(world: World, alice: Player, bob: Player) -> None:
    await on(world, alice)
    button = {"type": 2, "style": 2, "label": "Turn off", "custom_id": f"daily:{alice.id}:off"}
    await bob.start(questions=1)
    room = world.channel.threads[-1]
    [result] = await world.deliver(bob.forged_payload(room, bob.card(room), button))
    assert "somebody else's daily question" in said(result)
    assert await rows(world, "SELECT status FROM daily_subscriptions") == [("on",)]


# In a channel


async def test_in_a_channel_it_comes_in_a_private_thread_of_ones_own(world: World, alice: Player, bob: Player) -> None:
    told = await on(world, alice, channel=world.channel)
    [thread] = world.channel.threads
    assert f"in <#{thread.id}>" in told
    assert not alice.cards(alice.dm)
    with pytest.raises(simcord.SetupError, match="cannot read"):
        thread.history(viewer=bob.member)
    await until(world, 8, 31)
    await alice.press(thread, "A")
    assert "Quiz finished" in alice.card(thread).text
    await on(world, alice, channel=world.channel)
    assert len(world.channel.threads) == 1, "the thread is used again"


async def test_somebody_who_was_blocked_there_gets_none(world: World, alice: Player, bob: Player) -> None:
    await on(world, bob, channel=world.channel)
    await alice.slash("settings block", person=bob.member, reason="spam")
    await until(world, 8, 31)
    assert await days(world, bob) == [("skipped", "blocked")]
    assert "have blocked you" in await on(world, bob, channel=world.channel)


async def test_a_thread_that_was_deleted_lets_it_rest(world: World, alice: Player) -> None:
    await on(world, alice, channel=world.channel)
    [thread] = world.channel.threads
    world.env.backend.delete_channel(thread.id)
    await until(world, 8, 31)
    assert await days(world, alice) == [("skipped", "closed")]
    assert "I cannot write any more where it came" in said(await alice.slash("help"))


# A crowd


@pytest.mark.thorough
async def test_twenty_people_each_get_one_question_a_day(world: World) -> None:
    crowd: list[Player] = []
    for number in range(20):
        user = world.env.create_user(f"person{number}")
        crowd.append(Player(world, world.guild.add_member(user)))
    zones = ("UTC", "Europe/London", "Africa/Abidjan", "Atlantic/Reykjavik")
    for number, person in enumerate(crowd):
        await on(world, person, zone=zones[number % 4], kinds=("multiple choice", "numeric")[number % 2])
    await until(world, 8, 30)
    await world.wait(5)
    assert [len(questions(person)) for person in crowd] == [1] * 20
    for number, person in enumerate(crowd):
        if number % 3 == 0:
            await person.type(person.dm, "B" if number % 2 == 0 else "0.125")
            await skip_followups(person, person.dm)
    await world.restart(away=300)
    await until(world, 8, 30, days_on=1)
    await world.wait(5)
    assert [len(questions(person)) for person in crowd] == [2 if n % 3 == 0 else 1 for n in range(20)], (
        "an untouched one loses its head"
    )
    assert [len(await days(world, person)) for person in crowd] == [2] * 20
    unanswered_ = await rows(world, "SELECT count(*) FROM daily_subscriptions WHERE unanswered = 1")
    assert unanswered_ == [(13,)]


async def test_at_a_low_rate_a_crowd_is_told_in_which_span_it_comes(world: World, alice: Player, bob: Player) -> None:
    await on(world, bob)
    world.bot.services.daily._rate = 0.01  # pyright: ignore[reportPrivateUsage]
    told = await on(world, alice)
    assert "Many people get theirs at that time, so it comes between 08:30 and 08:35." in told


# How it looks


def test_the_head_makes_room_and_keeps_every_limit() -> None:
    missed = tuple(
        DeliveryRow(
            1,
            date(2026, 1, number),
            datetime(2026, 1, number, tzinfo=UTC),
            Became.SKIPPED,
            reason,
            None,
            datetime(2026, 1, number, tzinfo=UTC),
        )
        for number, reason in enumerate((Reason.LATE, Reason.ERROR, Reason.LATE, Reason.NO_QUESTION), start=1)
    )
    header = Header(1, "**x** " * 200, missed, tuple(Pace))
    view = with_head(layout(["a" * 3000, "b" * 3000]), head(header))
    written = "\n".join(texts([item.to_component_dict() for item in view.children]))
    assert len(written) <= 4000
    assert "Since Thursday, January 1 4 questions did not come: I was away or Discord did not take it" in written
    assert re.search(r"a{500}", written)


# What people type


@pytest.mark.parametrize(
    ("typed", "hour", "minute"),
    [
        ("8:30", 8, 30),
        ("8.30", 8, 30),
        ("08h30", 8, 30),
        ("8am", 8, 0),
        ("8 AM", 8, 0),
        ("8:05 p.m.", 20, 5),
        ("20:15", 20, 15),
        ("2015", 20, 15),
        ("830", 8, 30),
        ("12am", 0, 0),
        ("12 pm", 12, 0),
        ("12:30am", 0, 30),
        ("0:00", 0, 0),
        ("noon", 12, 0),
        ("Midnight", 0, 0),
        ("at 9", 9, 0),
        ("18 Uhr", 18, 0),
        ("9 o'clock", 9, 0),
        ("8h", 8, 0),
    ],
)
def test_times_are_understood(typed: str, hour: int, minute: int) -> None:
    found = parse_time(typed)
    assert (found.hour, found.minute) == (hour, minute)


@pytest.mark.parametrize(
    "typed",
    ["", "soon", "24:00", "8:60", "13pm", "0am", "8:3", "8:30:00", "-8", "8:30 and 9:30", "٨:٣٠", "1e3", "@everyone"],
)
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_time(typed)
    assert "@everyone" not in str(refused.value)


@given(st.integers(0, 23), st.integers(0, 59))
@settings(max_examples=100, deadline=None)
def test_every_time_is_read_as_it_is_written(hour: int, minute: int) -> None:
    forms = [f"{hour}:{minute:02}", f"{hour:02}.{minute:02}", f"{hour:02}h{minute:02}"]
    forms.append(f"{(hour - 1) % 12 + 1}:{minute:02} {'am' if hour < 12 else 'pm'}")
    assert {(found.hour, found.minute) for found in map(parse_time, forms)} == {(hour, minute)}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("every day", EVERY_DAY),
        ("Daily", EVERY_DAY),
        ("weekdays", WORKDAYS),
        ("on weekdays", WORKDAYS),
        ("weekend", WEEKEND),
        ("Monday", 1),
        ("mondays and thursdays", 0b1001),
        ("mon, wed, fri", 0b10101),
        ("mon wed fri", 0b10101),
        ("Mon-Thu", 0b1111),
        ("sat to mon", 0b1100001),
        ("weekdays and Sunday", WORKDAYS | 0b1000000),
        ("every day except Sunday", 0b0111111),
        ("every day but not Sat and Sun", WORKDAYS),
    ],
)
def test_days_are_understood(typed: str, expected: int) -> None:
    assert parse_days(typed) == expected


@pytest.mark.parametrize("typed", ["never", "m", "weekdays except mon-fri", "13", "monday or so"])
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(UserError):
        parse_days(typed)


@given(st.integers(1, EVERY_DAY))
@settings(max_examples=127, deadline=None)
def test_days_said_in_words_are_read_back(chosen: int) -> None:
    assert parse_days(days_text(chosen)) == chosen


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("mix", ("free-text", "multiple-choice", "numeric")),
        ("code", ("code",)),
        ("free-text, numeric", ("free-text", "numeric")),
        ("Behavioral and code", ("code", "behavioral")),
        ("mix + behavioral", ("free-text", "multiple-choice", "numeric", "behavioral")),
        ("everything", tuple(kind.value for kind in DailyKind)),
    ],
)
def test_kinds_are_understood(typed: str, expected: tuple[str, ...]) -> None:
    assert parse_kinds(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("tomorrow", date(2026, 3, 5)),
        ("in 3 days", date(2026, 3, 7)),
        ("3 days", date(2026, 3, 7)),
        ("for 2 weeks", date(2026, 3, 18)),
        ("next week", date(2026, 3, 11)),
        ("monday", date(2026, 3, 9)),
        ("wednesday", date(2026, 3, 11)),
        ("until Friday", date(2026, 3, 6)),
        ("2026-05-03", date(2026, 5, 3)),
        ("3 May", date(2026, 5, 3)),
        ("the 3rd of May", date(2026, 5, 3)),
        ("May 3rd, 2026", date(2026, 5, 3)),
        ("3.5.", date(2026, 5, 3)),
        ("3.5.2026", date(2026, 5, 3)),
        ("1 March", date(2027, 3, 1)),
    ],
)
def test_dates_are_understood(typed: str, expected: date) -> None:
    """On Wednesday, 4 March 2026."""
    assert parse_until(typed, date(2026, 3, 4)) == expected


@pytest.mark.parametrize(
    "typed", ["", "later", "today", "2026-03-04", "2025-01-01", "31 February", "in 2 years", "40.1.", "2030-01-01"]
)
def test_what_is_no_day_ahead_is_refused(typed: str) -> None:
    with pytest.raises(UserError):
        parse_until(typed, date(2026, 3, 4))
