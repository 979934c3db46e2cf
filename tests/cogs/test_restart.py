"""The process is killed and started again in the middle of a round: nothing is lost, nothing is asked twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import simcord

from bot.services.posting import PostError
from tests.cogs.world import FREE, Player, World, coins_answer, said, skip_followups

Reach = Callable[[World, simcord.ChannelHandle], Awaitable[None]]


async def _open(world: World, room: simcord.ChannelHandle) -> None:
    pass


async def _hinted(world: World, room: simcord.ChannelHandle) -> None:
    await world.alice.press(room, "Hint 1")


async def _grading(world: World, room: simcord.ChannelHandle) -> None:
    world.stop_mid_grade()
    await world.alice.answer(room, world.calibrated("wrong"))
    assert "Follow-up" not in world.alice.card(room).text


async def _followed_up(world: World, room: simcord.ChannelHandle) -> None:
    await world.alice.answer(room, world.calibrated("wrong"))
    assert "Follow-up 1" in world.alice.card(room).text


async def _short(world: World, room: simcord.ChannelHandle) -> None:
    await world.alice.answer(room, "Sparse weights.")
    assert "Edit my answer" in world.alice.card(room).buttons


async def _told(world: World, room: simcord.ChannelHandle) -> None:
    await world.alice.press(room, "Skip")


async def _over(world: World, room: simcord.ChannelHandle) -> None:
    await world.alice.press(room, "Stop round")


STATES = [_open, _hinted, _followed_up, _short, _told, _over]


async def finish(player: Player, room: simcord.ChannelHandle) -> None:
    """Presses whatever leads on until the round is over."""
    for _ in range(30):
        if player.find(room, "Another round like this"):
            return
        if player.find(room, "Next question"):
            await player.press(room, "Next question")
        elif player.find(room, "Leave it as it is"):
            await player.press(room, "Leave it as it is")
        elif player.find(room, "Skip follow-up"):
            await player.press(room, "Skip follow-up")
        else:
            await player.press(room, "Skip")
    raise AssertionError(f"the round does not end: {player.cards(room)}")


@pytest.mark.parametrize("reach", STATES, ids=lambda reach: reach.__name__.strip("_"))
@pytest.mark.parametrize("where", ["thread", "dm"])
async def test_after_a_restart_nothing_is_posted_twice_and_the_buttons_work(
    world: World, alice: Player, reach: Reach, where: str
) -> None:
    questions = 2 if reach is _told else 1
    topic = {} if reach is _told else {"topic": "ml.regularization", "format": "free text"}
    room = await alice.start(where=alice.dm if where == "dm" else None, questions=questions, **topic)
    await reach(world, room)
    before = [(card.id, card.text) for card in alice.cards(room)]
    await world.restart(away=30)
    assert [(card.id, card.text) for card in alice.cards(room)] == before
    await world.wait(30)
    assert [(card.id, card.text) for card in alice.cards(room)] == before
    await finish(alice, room)


async def test_an_answer_that_was_being_graded_is_graded_after_the_restart(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    await _grading(world, room)
    await world.restart(away=30)
    assert "Follow-up 1" in alice.card(room).text
    assert sum("Follow-up 1" in card.text for card in alice.cards(room)) == 1
    await finish(alice, room)


async def test_a_second_restart_while_grading_does_no_harm(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    await _grading(world, room)
    for _ in range(3):
        await world.restart(away=5)
    assert sum("Follow-up 1" in card.text for card in alice.cards(room)) == 1


async def test_a_finished_round_can_be_rated_and_repeated_after_a_restart(world: World, alice: Player) -> None:
    room = await alice.start("behavioral start")
    await alice.answer(room, world.strong("behav.conflict.shipping"))
    await skip_followups(alice, room)
    await world.restart(away=3600)
    await alice.rate(room, 3)
    assert "You rated yourself **3 of 4**." in alice.card(room).text
    assert "is ready." in said(await alice.press(room, "Tell another story"))


async def test_a_form_that_was_open_over_the_restart_is_not_lost(world: World, alice: Player) -> None:
    """discord.py forgets open forms; whoever typed for ten minutes must not."""
    room = await alice.start(**FREE)
    form = await alice.press(room, "Answer")
    await world.restart(away=60)
    [result] = await world.deliver(alice.form_payload(room, form.modal, world.strong(), alice.card(room)))
    assert result.acknowledged
    await skip_followups(alice, room)
    assert "strong yes" in alice.cards(room)[-2].text


async def test_a_report_that_was_open_over_the_restart_is_not_lost(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    form = await alice.press(room, "🚩 Report question")
    await world.restart(away=60)
    [result] = await world.deliver(alice.form_payload(room, form.modal, "An unclear sentence.", alice.card(room)))
    assert "number 1" in said(result)


async def test_a_form_of_a_turn_that_ended_meanwhile_is_kept_and_told(world: World, alice: Player) -> None:
    room = await alice.start(questions=2, format="free text", topic="ml.regularization")
    form = await alice.press(room, "Answer")
    asked = alice.card(room)
    await alice.press(room, "Skip")
    await world.restart(away=60)
    [result] = await world.deliver(alice.form_payload(room, form.modal, "What I typed for ten minutes.", asked))
    assert said(result)
    assert "What I typed for ten minutes." in said(await alice.press(room, "Reread this round"))


async def test_an_answer_typed_while_the_bot_was_down_is_found(world: World, alice: Player) -> None:
    room = await alice.start(where=alice.dm, **FREE)
    backend = world.env.backend
    await world.restart(away=60, meanwhile=lambda: backend.create_message(room.id, alice.id, world.strong()))
    await skip_followups(alice, room)
    assert "strong yes" in alice.cards(room)[-2].text


async def test_an_answer_found_after_the_restart_is_not_found_again(world: World, alice: Player) -> None:
    room = await alice.start(where=alice.dm, **FREE)
    backend = world.env.backend
    wrong = world.calibrated("wrong")
    await world.restart(away=60, meanwhile=lambda: backend.create_message(room.id, alice.id, wrong))
    assert "Follow-up 1" in alice.card(room).text
    before = len(alice.cards(room))
    await world.restart(away=60)
    assert len(alice.cards(room)) == before
    assert alice.find(room, "Skip follow-up")


async def test_an_answer_typed_in_time_while_the_bot_was_down_counts(world: World, alice: Player) -> None:
    room = await alice.start(where=alice.dm, time_limit=60, **FREE)
    backend = world.env.backend
    await world.restart(away=600, meanwhile=lambda: backend.create_message(room.id, alice.id, world.strong()))
    await skip_followups(alice, room)
    assert "strong yes" in alice.cards(room)[-2].text


async def test_several_messages_typed_while_the_bot_was_down_answer_one_question(world: World, alice: Player) -> None:
    room = await alice.start(where=alice.dm, questions=1, format="multiple choice")
    backend = world.env.backend

    def typed() -> None:
        for text in ("are you there?", "b", "or rather a"):
            backend.create_message(room.id, alice.id, text)

    await world.restart(away=60, meanwhile=typed)
    told = alice.cards(room)[-2].text
    assert "0%" in told
    assert sum("Feedback 1 of 1" in card.text for card in alice.cards(room)) == 1


async def test_chatter_in_a_channel_while_the_bot_was_down_is_no_answer(reading_world: World) -> None:
    """In a shared channel plain typing is asked about, never guessed; after a restart too."""
    world, alice = reading_world, reading_world.alice
    await alice.slash("settings rounds", place="channel")
    room = await alice.start(**FREE)
    backend = world.env.backend
    chatter = "Who wants to come along for lunch, and where shall we go today, my friends?"
    await world.restart(away=60, meanwhile=lambda: backend.create_message(room.id, alice.id, chatter))
    assert alice.find(room, "Answer")
    assert "Follow-up" not in "".join(card.text for card in alice.cards(room))


async def test_time_limits_are_extended_by_the_outage(world: World, alice: Player) -> None:
    room = await alice.start(time_limit=60, **FREE)
    await world.wait(30)
    await world.restart(away=300)
    assert "<t:1767225960:R>" in alice.card(room).text, "60 s and the 300 s that the bot was away"
    await world.wait(20)
    assert alice.find(room, "Answer")
    await world.wait(30)
    assert "Time was up" in alice.cards(room)[-2].text


async def test_a_deadline_that_passed_before_the_outage_is_carried_out(world: World, alice: Player) -> None:
    room = await alice.start(time_limit=60, **FREE)
    await world.wait(30)
    await world.restart(away=1)
    await world.restart(away=1)
    await world.wait(60)
    assert "Time was up" in alice.cards(room)[-2].text


async def test_a_restart_before_the_question_was_posted_posts_it(world: World, alice: Player) -> None:
    world.env.inject_error("POST", "/channels/*/messages", status=500)
    await alice.slash("quiz start", **FREE)
    [room] = world.channel.threads
    assert not alice.cards(room)
    await world.restart(away=5)
    assert "Question 1 of 1" in alice.card(room).text
    assert len(alice.cards(room)) == 1


async def test_a_message_that_arrived_though_the_send_failed_is_not_sent_again(
    world: World, alice: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection broke after Discord had taken the message: it is found by its buttons."""
    room = await alice.start(where=alice.dm, **FREE)
    poster = world.bot.poster
    post = poster.post

    async def unclear(*given: object) -> object:
        await post(*given)  # type: ignore[arg-type]
        raise PostError("the connection broke")

    monkeypatch.setattr(poster, "post", unclear)
    await alice.press(room, "Skip")
    monkeypatch.undo()
    await world.restart(away=5)
    assert sum("Feedback 1 of 1" in card.text for card in alice.cards(room)) == 1
    assert "Quiz finished" in alice.card(room).text


async def test_a_number_is_still_the_same_after_a_restart(world: World, alice: Player) -> None:
    """The draw is stored, so the same numbers are graded that were asked."""
    room = await alice.start(questions=1, format="numeric")
    right = coins_answer(alice.card(room))
    await world.restart(away=60)
    await alice.answer(room, right)
    assert "100%" in alice.cards(room)[1].text


async def test_a_machine_that_slept_does_not_make_up_for_every_second(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord.py runs a loop once for each interval that was missed."""
    ticks: list[float] = []
    tick = world.bot.services.pulse.tick

    async def counted() -> None:
        ticks.append(world.env.now().timestamp())
        await tick()

    monkeypatch.setattr(world.bot.services.pulse, "tick", counted)
    await world.wait(2)
    world.env.backend.advance_clock(120)
    await world.wait(3)
    assert 3 <= len(ticks) <= 20


@pytest.mark.thorough
async def test_a_time_limit_waits_for_a_machine_that_slept(world: World, alice: Player) -> None:
    room = await alice.start(questions=1, format="free text", time_limit=60)
    await world.wait(20)
    world.env.backend.advance_clock(3600)
    await world.wait(10)
    assert "Answer" in alice.card(room).buttons, "the question is still open"
    await world.wait(80)
    assert "Time was up" in alice.cards(room)[0].text


async def test_commands_are_registered_once(world: World) -> None:
    def registrations() -> int:
        return sum(request.method == "PUT" and request.path.endswith("/commands") for request in world.requests)

    assert registrations() == 1
    await world.restart()
    assert registrations() == 1
