"""/history and rereading: a person's own rounds, for them alone."""

from __future__ import annotations

import pytest
import simcord

from tests.cogs.world import FREE, NUMBER, Card, Player, World, coins_answer, said, skip_followups


async def shown(player: Player, where: simcord.ChannelHandle | None = None) -> Card:
    """What /history shows."""
    result = await player.slash("history", where)
    assert result.response is not None
    assert result.response.ephemeral
    return Card(result.response, result.response.channel_id)


def seen(player: Player, where: simcord.ChannelHandle, card: Card) -> Card:
    """The same message as it looks now."""
    return next(other for other in player.cards(where) if other.id == card.id)


async def finish_some(world: World, player: Player, count: int) -> None:
    for _ in range(count):
        room = await player.start(where=player.dm, **NUMBER)
        await player.press(room, "Skip")
        await world.wait(200)


async def test_without_rounds_it_says_how_to_begin(alice: Player) -> None:
    card = await shown(alice)
    assert "No rounds yet." in card.text
    assert "/quiz start" in card.text


async def test_it_lists_rounds_with_topic_level_and_score(world: World, alice: Player) -> None:
    room = await alice.start(**FREE, level="senior")
    await alice.answer(room, world.strong())
    await skip_followups(alice, room)
    await alice.start("behavioral start")
    card = await shown(alice)
    assert "**Regularization** · senior" in card.text
    assert "Behavioral · **Conflict & disagreement** · mid · **open**" in card.text
    assert "%" in card.text
    assert card.select is not None
    assert len(card.select["options"]) == 2


async def test_it_shows_a_stopped_round_as_such(alice: Player) -> None:
    room = await alice.start(questions=3)
    await alice.press(room, "Skip")
    await alice.press(room, "Stop round")
    assert "stopped after 1 of 3" in (await shown(alice)).text


@pytest.mark.thorough
async def test_pages_turn_and_end(world: World, alice: Player) -> None:
    await finish_some(world, alice, 12)
    card = await shown(alice, alice.dm)
    assert "Page 1 of 2 · 12 rounds" in card.text
    assert list(card.buttons) == ["Older"]
    assert card.select is not None
    assert len(card.select["options"]) == 10
    await alice.press(alice.dm, "Older", card)
    card = seen(alice, alice.dm, card)
    assert "Page 2 of 2" in card.text
    assert list(card.buttons) == ["Newer"]
    await alice.press(alice.dm, "Newer", card)
    assert "Page 1 of 2" in seen(alice, alice.dm, card).text


async def test_a_round_opens_from_the_list_and_its_questions_can_be_paged(world: World, alice: Player) -> None:
    room = await alice.start(questions=3)
    for _ in range(3):
        card = alice.card(room)
        if "A" in card.buttons:
            await alice.press(room, "B")
        elif "You flip" in card.text:
            await alice.answer(room, coins_answer(card))
        else:
            await alice.answer(room, world.calibrated("partial"))
            await skip_followups(alice, room)
        if alice.find(room, "Next question"):
            await alice.press(room, "Next question")
    card = await shown(alice)
    assert card.select is not None
    await alice.member.select(card.message, [card.select["options"][0]["value"]])
    card = seen(alice, world.channel, card)
    assert "Question 1 of 3" in card.text
    assert list(card.buttons) == ["Back to the list", "Next", "As a file"]
    texts = [card.text]
    for _ in range(2):
        await alice.press(world.channel, "Next", card)
        card = seen(alice, world.channel, card)
        texts.append(card.text)
    assert "Question 3 of 3" in card.text
    assert list(card.buttons) == ["Back to the list", "Previous", "As a file"]
    assert any(world.calibrated("partial")[:40] in text for text in texts)
    assert any("> B. Recall" in text for text in texts)
    assert all("Feedback" in text for text in texts)
    await alice.press(world.channel, "Previous", card)
    assert "Question 2 of 3" in seen(alice, world.channel, card).text
    await alice.press(world.channel, "Back to the list", seen(alice, world.channel, card))
    assert "Your history" in seen(alice, world.channel, card).text


async def test_an_open_round_can_be_read_without_its_answers(alice: Player) -> None:
    await alice.start(**FREE)
    card = await shown(alice)
    assert card.select is not None
    await alice.member.select(card.message, [card.select["options"][0]["value"]])
    text = seen(alice, alice.world.channel, card).text
    assert "L1 and an L2 penalty" in text
    assert "Model answer" not in text
    assert "picks one arbitrarily" not in text


async def test_an_open_exam_does_not_tell_its_scores(world: World, alice: Player) -> None:
    room = await alice.start(questions=3, mode="exam")
    await alice.press(room, "Skip")
    card = await shown(alice)
    assert card.select is not None
    await alice.member.select(card.message, [card.select["options"][0]["value"]])
    text = seen(alice, world.channel, card).text
    assert "Model answer" not in text
    assert "%" not in text
    assert "✗" not in text
    assert "✓" not in text


async def test_the_whole_conversation_can_be_reread(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    await alice.answer(room, world.calibrated("wrong"))
    await alice.answer(room, world.strong())
    await skip_followups(alice, room)
    reread = said(await alice.press(room, "Reread this round"))
    assert world.calibrated("wrong")[:40] in reread
    assert "*Follow-up:*" in reread
    assert world.strong()[:40] in reread


async def test_another_persons_round_is_refused(world: World, alice: Player, bob: Player) -> None:
    await alice.start(**FREE)
    await bob.start(**FREE)
    card = await shown(bob)
    pick = {"type": 3, "custom_id": "history:pick", "options": [{"label": "?", "value": "1"}]}
    go = {"type": 2, "style": 2, "label": "Next", "custom_id": "history:item:1:0"}
    for component in (pick, go):
        [result] = await world.deliver(bob.forged_payload(world.channel, card, component))
        assert "That round is not in your history." in said(result)


async def test_each_person_sees_their_own_alone(alice: Player, bob: Player) -> None:
    await alice.start(**FREE)
    assert "No rounds yet." in (await shown(bob)).text


async def test_the_buttons_of_a_history_outlive_a_restart(world: World, alice: Player) -> None:
    await finish_some(world, alice, 11)
    card = await shown(alice, alice.dm)
    await world.restart(away=60)
    await alice.press(alice.dm, "Older", card)
    assert "Page 2 of 2" in seen(alice, alice.dm, card).text


async def test_a_forged_page_is_the_last_one(world: World, alice: Player) -> None:
    await finish_some(world, alice, 1)
    card = await shown(alice, alice.dm)
    go = {"type": 2, "style": 2, "label": "Older", "custom_id": "history:page:0:999999"}
    await world.deliver(alice.forged_payload(alice.dm, card, go))
    assert "Page 1 of 1" in seen(alice, alice.dm, card).text


async def test_a_group_round_is_in_everybodys_history_with_their_own_answers_alone(
    world: World, alice: Player, bob: Player, channel: simcord.ChannelHandle
) -> None:
    await alice.slash("mock host", questions=1, format="numeric", topic="math.probability-bayes")
    await bob.press(channel, "Join")
    await alice.press(channel, "Start")
    right = coins_answer(alice.card(channel))
    await alice.answer(channel, right, "Answer in private")
    page = await shown(alice)
    await alice.actor(channel).select(page.message, ["1"])
    before = seen(alice, channel, page).text
    assert f"> {right}" in before
    assert "100%" not in before, "nothing is told before the reveal"
    await bob.answer(channel, "7", "Answer in private")
    page = await shown(bob)
    assert "group · **0%**" in page.text
    await bob.actor(channel).select(page.message, ["1"])
    read = seen(bob, channel, page).text
    assert "> 7" in read
    assert f"> {right}" not in read
    assert "the value is" in read
