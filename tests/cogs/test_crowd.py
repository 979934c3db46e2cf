"""Two clicks at once, and two people at one round."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio
import simcord

from tests.cogs.world import CHOICE, FREE, Player, World, said, skip_followups

MINE = "Your first answer to this one counts; I have it."


@pytest_asyncio.fixture
async def shared(world: World, alice: Player) -> simcord.ChannelHandle:
    """A channel in which everybody sees everybody's round."""
    await alice.slash("settings rounds", place="channel")
    return world.channel


@pytest.mark.parametrize(
    "label", ["Answer", "Hint 1 (free)", "Skip", "Show answer (0 points)", "Stop round", "🚩 Report question"]
)
async def test_a_strangers_click_changes_nothing_and_is_told_why(
    alice: Player, bob: Player, shared: simcord.ChannelHandle, label: str
) -> None:
    await alice.start(**FREE)
    before = alice.card(shared).text
    result = await bob.press(shared, label)
    if label == "🚩 Report question":  # anybody may say that a question is wrong
        assert "number 1" in said(await bob.fill(shared, result, "There is a typo."))
    else:
        assert result.modal is None
        assert f"This round belongs to <@{alice.id}>. Start your own" in said(result)
        assert all(answer.ephemeral for answer in result.followups)
    assert alice.card(shared).text == before


async def test_a_stranger_cannot_go_on_rate_or_read_the_model_answer(
    world: World, alice: Player, bob: Player, shared: simcord.ChannelHandle
) -> None:
    await alice.start(questions=2)
    await alice.press(shared, "Skip")
    belongs = f"This round belongs to <@{alice.id}>"
    assert belongs in said(await bob.press(shared, "Next question"))
    await alice.press(shared, "Stop round")
    for label in ("Another round like this", "Reread this round"):
        told = said(await bob.press(shared, label))
        assert "round" in told
        assert "Question 1 of" not in told.split("Quiz stopped")[0]
    await alice.start("behavioral start")
    await alice.press(shared, "Skip")
    summary = alice.card(shared)
    if summary.select is not None:
        assert belongs in said(await bob.rate(shared, 4))
    assert belongs in said(await bob.press(shared, "Model answer"))
    assert "You rated yourself" not in alice.card(shared).text


async def test_a_strangers_form_is_refused_too(
    world: World, alice: Player, bob: Player, shared: simcord.ChannelHandle
) -> None:
    """The form of somebody's round, sent in by another client."""
    await alice.start(**FREE)
    form = await alice.press(shared, "Answer")
    [result] = await world.deliver(bob.form_payload(shared, form.modal, world.strong(), alice.card(shared)))
    assert f"This round belongs to <@{alice.id}>" in said(result)
    assert alice.find(shared, "Answer")


async def test_two_people_play_side_by_side_in_one_channel(
    world: World, alice: Player, bob: Player, shared: simcord.ChannelHandle
) -> None:
    await alice.start(**FREE)
    hers = alice.card(shared)
    await bob.start(**FREE)
    his = bob.card(shared)
    assert hers.id != his.id
    form, other = await alice.press(shared, "Answer", hers), await bob.press(shared, "Answer", his)
    results = await world.deliver(
        alice.form_payload(shared, form.modal, world.strong(), hers),
        bob.form_payload(shared, other.modal, world.calibrated("wrong"), his),
    )
    assert all(MINE not in said(result) for result in results)
    assert all("✓ Answered" in card.text for card in alice.cards(shared) if card.id in {hers.id, his.id})


async def test_a_double_click_on_a_choice_counts_once(world: World, alice: Player) -> None:
    room = await alice.start(**CHOICE)
    asked = alice.card(room)
    first, second = await world.deliver(alice.click_payload(room, asked, "B"), alice.click_payload(room, asked, "A"))
    replies = [said(first), said(second)]
    assert sum("over" in reply or MINE in reply for reply in replies) == 1
    assert sum("Feedback 1 of 1" in card.text for card in alice.cards(room)) == 1
    assert "0%" in alice.frames(room)[1].text, "the first click counts"


async def test_a_double_click_on_a_choice_in_the_middle_says_that_the_first_counts(world: World, alice: Player) -> None:
    room = await alice.start(questions=3)
    while "A" not in alice.card(room).buttons:
        await alice.press(room, "Skip")
        await skip_followups(alice, room)
        if alice.find(room, "Next question"):
            await alice.press(room, "Next question")
    asked = alice.card(room)
    clicks = await world.deliver(*(alice.click_payload(room, asked, "A") for _ in range(3)))
    told = [said(click) for click in clicks]
    assert sum(MINE in text or "This round is over" in text for text in told) == 2


async def test_a_form_sent_twice_at_once_counts_once(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    asked = alice.card(room)
    form, again = await alice.press(room, "Answer"), await alice.press(room, "Answer")
    results = await world.deliver(
        alice.form_payload(room, form.modal, world.calibrated("wrong"), asked),
        alice.form_payload(room, again.modal, world.strong(), asked),
    )
    assert [MINE in said(result) for result in results] == [False, True]
    assert sum("Follow-up 1" in card.text for card in alice.cards(room)) == 1
    await alice.press(room, "Stop round")
    reread = said(await alice.press(room, "Reread this round"))
    assert "Kept, not scored" in reread
    assert world.strong()[:30] in reread


async def test_the_same_interaction_delivered_twice_is_one_answer(world: World, alice: Player) -> None:
    """After a reconnect the gateway may repeat an event."""
    room = await alice.start(**FREE)
    form = await alice.press(room, "Answer")
    record, payload = alice.form_payload(room, form.modal, world.calibrated("wrong"), alice.card(room))
    await world.deliver((record, payload), (record, payload))
    await alice.press(room, "Stop round")
    assert "Kept, not scored" not in said(await alice.press(room, "Reread this round"))


async def test_two_clicks_on_the_hint_at_once_take_two_hints_at_most(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    asked = alice.card(room)
    await world.deliver(*(alice.click_payload(room, asked, "Hint 1 (free)") for _ in range(5)))
    assert "Hint 3" in alice.card(room).text
    assert alice.find(room, "Answer")


async def test_next_pressed_twice_asks_one_question(world: World, alice: Player) -> None:
    room = await alice.start(questions=3)
    await alice.press(room, "Skip")
    told = alice.card(room)
    results = await world.deliver(
        alice.click_payload(room, told, "Next question"), alice.click_payload(room, told, "Next question")
    )
    assert sum("Question 2 of 3" in card.text for card in alice.cards(room)) == 1
    assert sum("That button belongs to an earlier question." in said(result) for result in results) == 1


async def test_an_old_button_is_answered_kindly(world: World, alice: Player) -> None:
    """A client that has not heard of the edit still shows the buttons of the first question."""
    room = await alice.start(questions=2)
    asked = alice.card(room)
    clicks = [alice.click_payload(room, asked, label) for label in ("Skip", "Hint 1 (free)")]
    await alice.press(room, "Skip")
    await alice.press(room, "Next question")
    for result in await world.deliver(*clicks):
        assert "That button belongs to an earlier question." in said(result)
    assert "Question 2 of 2" in alice.card(room).text


async def test_a_button_of_a_finished_round_is_answered_kindly(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    click = alice.click_payload(room, alice.card(room), "Answer")
    await alice.press(room, "Skip")
    [result] = await world.deliver(click)
    assert "This round is over." in said(result)


def button(custom_id: str) -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": "Press", "custom_id": custom_id}


@pytest.mark.parametrize("action", ["answer", "hint", "next", "again", "read", "dm", "model", "report", "flag"])
async def test_a_button_of_an_unknown_round_is_answered_kindly(world: World, alice: Player, action: str) -> None:
    room = await alice.start(**FREE)
    click = alice.forged_payload(room, alice.card(room), button(f"round:999:0:{action}"))
    [result] = await world.deliver(click)
    if result.modal is not None:
        [result] = await world.deliver(alice.form_payload(room, result.modal, "Wrong."))
    told = said(result)
    assert "I cannot find that round any more." in told or "not in your history" in told


@pytest.mark.parametrize("turn", [7, 999_999])
@pytest.mark.parametrize("action", ["answer", "hint", "skip", "show", "next", "asis", "edit", "model", "choose-zz"])
async def test_a_button_of_a_turn_that_never_was_does_no_harm(
    world: World, alice: Player, turn: int, action: str
) -> None:
    room = await alice.start(**FREE)
    [result] = await world.deliver(alice.forged_payload(room, alice.card(room), button(f"round:1:{turn}:{action}")))
    assert result.acknowledged
    assert "went wrong" not in said(result)
    assert alice.find(room, "Answer")


@pytest.mark.parametrize("value", ["0", "5", "-1", "four"])
async def test_a_forged_rating_does_no_harm(world: World, alice: Player, value: str) -> None:
    room = await alice.start("behavioral start")
    await alice.press(room, "Skip")
    select = {"type": 3, "custom_id": "round:1:0:rate", "options": [{"label": "?", "value": value}]}
    await world.deliver(alice.forged_payload(room, alice.card(room), select))
    world.complaints.lines.clear()  # an impossible event may be logged
    assert "You rated yourself" not in alice.card(room).text


async def test_a_second_round_in_the_same_place_is_refused_with_the_way_out(
    alice: Player, shared: simcord.ChannelHandle
) -> None:
    await alice.start(**FREE)
    told = said(await alice.slash("quiz start", **FREE))
    assert "You already have a quiz round open here (question 1 of 1)" in told
    assert "/round resume" in told
    assert "/round stop" in told


async def test_two_starts_at_once_make_one_round(world: World, alice: Player, shared: simcord.ChannelHandle) -> None:
    root = world.env.backend.find_command("behavioral", None)
    assert root is not None
    data: dict[str, Any] = {
        "id": root["id"],
        "name": "behavioral",
        "type": 1,
        "options": [{"type": 1, "name": "start", "options": []}],
    }
    results = await world.deliver(*(alice.payload(shared, 2, data, None) for _ in range(2)))
    assert sum("is ready." in said(result) for result in results) == 1
    assert sum("already have" in said(result) for result in results) == 1
    assert sum("Your story" in card.text for card in alice.cards(shared)) == 1
