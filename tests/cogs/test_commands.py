"""The commands themselves: what is registered, /help, /round, topics, cooldown."""

from __future__ import annotations

from typing import Any, cast

import discord
import pytest
from discord import app_commands

from cogs._start import CHOICES
from tests.cogs.world import FREE, NUMBER, Player, World, said, skip_followups

SERVER_ONLY = {"mock", "settings", "question", "Add as question"}


def registered(world: World) -> list[dict[str, Any]]:
    """The commands as they were sent to Discord."""
    sent = next(request for request in world.requests if request.path.endswith("/commands"))
    return cast("list[dict[str, Any]]", sent.json)


def typed(world: World) -> list[dict[str, Any]]:
    """The commands that are typed; others are chosen from the menu of a message, and have a name alone."""
    return [command for command in registered(world) if command.get("type", 1) == 1]


def options(command: dict[str, Any]) -> list[dict[str, Any]]:
    return command.get("options") or []


def leaves(command: dict[str, Any], prefix: str = "") -> list[tuple[str, dict[str, Any]]]:
    name = f"{prefix}{command['name']}"
    inner = [option for option in options(command) if option["type"] in {1, 2}]
    return [leaf for option in inner for leaf in leaves(option, f"{name} ")] if inner else [(name, command)]


# Registration


async def test_every_command_has_a_unique_name_and_a_description(world: World) -> None:
    commands = typed(world)
    found = [leaf for command in commands for leaf in leaves(command)]
    names = [name for name, _ in found]
    assert sorted(set(names)) == sorted(names)
    assert {"quiz start", "behavioral start", "round resume", "round stop", "history", "help"} <= set(names)
    assert {"settings show", "settings rounds", "settings block", "settings blocked", "timezone"} <= set(names)
    everything = [*commands, *(leaf for _, leaf in found)]
    everything += [option for _, leaf in found for option in options(leaf)]
    assert all(len(item["description"].strip()) > 2 and item["description"] != "…" for item in everything)


async def test_install_types_and_contexts_are_declared(world: World) -> None:
    for command in registered(world):
        server_only = command["name"] in SERVER_ONLY
        assert sorted(command["integration_types"]) == ([0] if server_only else [0, 1]), command["name"]
        assert sorted(command["contexts"]) == ([0] if server_only else [0, 1, 2]), command["name"]


async def test_the_settings_are_for_people_who_manage_the_server(world: World) -> None:
    [settings] = [command for command in registered(world) if command["name"] == "settings"]
    assert int(settings["default_member_permissions"]) == 1 << 5


async def test_commands_are_registered_again_only_when_their_definition_changed(world: World) -> None:
    def registrations() -> int:
        return sum(request.method == "PUT" and request.path.endswith("/commands") for request in world.requests)

    await world.restart()
    await world.restart()
    assert registrations() == 1

    @app_commands.command(name="later", description="A command of the next release")
    async def later(_: discord.Interaction) -> None: ...

    make_bot = world.make_bot

    def newer() -> Any:
        bot = make_bot()
        bot.tree.add_command(cast(Any, later))
        return bot

    world.make_bot = newer  # type: ignore[method-assign]
    await world.restart()
    assert registrations() == 2
    await world.restart()
    assert registrations() == 2


# Help


@pytest.mark.parametrize("where", ["server", "dm"])
async def test_help_fits_one_message_and_names_every_command(world: World, alice: Player, where: str) -> None:
    result = await alice.slash("help", alice.dm if where == "dm" else world.channel)
    text = said(result)
    assert result.response is not None
    assert result.response.ephemeral
    assert not result.followups
    assert len(text) < 4000
    for command in registered(world):
        if command["name"] != "help":
            assert command["name"] in text
    for command in typed(world):
        if command["name"] != "help":
            assert f"/{command['name']}" in text


# Topics


async def test_topics_are_suggested_while_typing(world: World, alice: Player) -> None:
    every = await alice.member.autocomplete(world.channel, "quiz start", "topic", "")
    assert 0 < len(every) <= CHOICES
    some = await alice.member.autocomplete(world.channel, "quiz start", "topic", "regul")
    assert [choice["value"] for choice in some] == ["ml.regularization"]
    none = await alice.member.autocomplete(world.channel, "quiz start", "topic", "cooking")
    assert none == []


async def test_competencies_are_suggested_and_a_surprise_is_offered(world: World, alice: Player) -> None:
    every = await alice.member.autocomplete(world.channel, "behavioral start", "competency", "")
    assert every[0]["name"] == "Surprise me"
    some = await alice.member.autocomplete(world.channel, "behavioral start", "competency", "confl")
    assert [choice["value"] for choice in some] == ["behav.conflict"]


async def test_suggestions_work_in_a_direct_message(alice: Player) -> None:
    assert await alice.member.user.autocomplete("quiz start", "topic", "regul")


@pytest.mark.parametrize("typed", ["Regularization", "regularization", "regulari", "ml.regularization"])
async def test_a_topic_typed_by_hand_is_understood(alice: Player, typed: str) -> None:
    room = await alice.start(questions=1, topic=typed)
    assert "Regularization" in alice.card(room).text


async def test_a_whole_track_can_be_asked_for(alice: Player) -> None:
    room = await alice.start(questions=1, topic="math")
    assert "You flip" in alice.card(room).text


@pytest.mark.parametrize("topic", ["cooking", "@everyone", "**bold** <@&1>", "x" * 6000])
async def test_an_unknown_topic_is_told_with_examples(alice: Player, topic: str) -> None:
    result = await alice.slash("quiz start", topic=topic)
    told = said(result)
    assert "I have no mixed questions on" in told
    assert "Regularization" in told
    assert not alice.world.channel.threads


async def test_a_topic_without_questions_of_the_format_is_told(alice: Player) -> None:
    told = said(await alice.slash("quiz start", topic="ml.regularization", format="numeric"))
    assert "I have no numeric questions" in told


# Rounds: resume, stop


async def test_resume_and_stop_without_a_round_say_how_to_start(alice: Player) -> None:
    for command in ("round resume", "round stop"):
        assert "You have no open round." in said(await alice.slash(command))


async def test_resume_shows_the_open_question_again(world: World, alice: Player) -> None:
    room = await alice.start(where=alice.dm, **FREE)
    await alice.press(room, "Hint 1")
    result = await alice.slash("round resume", room)
    assert "question 1 of 1" in said(result)
    asked = alice.card(room)
    assert "many useless features" in asked.text
    await alice.answer(room, world.strong())
    await skip_followups(alice, room)
    assert "Quiz finished" in alice.card(room).text


async def test_resume_in_another_channel_moves_the_round(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    await alice.slash("round resume", alice.dm)
    assert "Question 1 of 1" in alice.card(alice.dm).text
    await alice.type(alice.dm, world.strong())
    await skip_followups(alice, alice.dm)
    assert "Quiz finished" in alice.card(alice.dm).text
    assert len(alice.cards(room)) == 1


@pytest.mark.parametrize("state", ["followup", "short", "feedback"])
async def test_resume_shows_whatever_is_open(world: World, alice: Player, state: str) -> None:
    wish: dict[str, Any] = {"questions": 2} if state == "feedback" else FREE
    room = await alice.start(where=alice.dm, **wish)
    if state == "followup":
        await alice.answer(room, world.calibrated("wrong"))
    elif state == "short":
        await alice.answer(room, "Sparse weights.")
    else:
        await alice.press(room, "Skip")
    label = {"followup": "Skip follow-up", "short": "Edit my answer", "feedback": "Next question"}[state]
    last = alice.cards(room)[-1].id
    await alice.slash("round resume", room)
    again = alice.find(room, label)
    assert again is not None
    assert again.id > last
    await alice.press(room, label)


async def test_stop_ends_the_round_and_says_where_the_summary_is(alice: Player) -> None:
    room = await alice.start(questions=3)
    told = said(await alice.slash("round stop"))
    assert f"The round is over. The summary is in <#{room.id}>." in told
    assert "Quiz stopped" in alice.card(room).text
    assert "You have no open round." in said(await alice.slash("round stop"))


async def test_stop_in_place_points_to_the_history(alice: Player) -> None:
    await alice.start(where=alice.dm, **FREE)
    told = said(await alice.slash("round stop", alice.dm))
    assert "The round is over. **/history** keeps it." in told


# Cooldown


async def test_the_ninth_round_in_ten_minutes_has_to_wait(world: World, alice: Player) -> None:
    room = alice.dm
    for _ in range(8):
        await alice.start(where=room, **NUMBER)
        await alice.press(room, "Skip")
    told = said(await alice.slash("quiz start", alice.dm, **NUMBER))
    assert "That was 8 rounds in ten minutes." in told
    assert f"<t:{int(world.env.now().timestamp()) + 601}:R>" in told
    assert "Take a breath" in said(await alice.press(room, "Another round like this"))
    await world.wait(602)
    await alice.start(where=alice.dm, **NUMBER)


async def test_a_very_busy_server_sends_people_to_direct_messages(
    alice: Player, bob: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.starting.ROUNDS_A_SERVER", 2)
    for _ in range(2):
        await alice.press(await alice.start(**NUMBER), "Skip")
    assert "This server is very busy right now" in said(await bob.slash("quiz start", **NUMBER))
    await bob.start(where=bob.dm, **NUMBER)


@pytest.mark.parametrize("command", ["help", "history", "round resume", "settings blocked"])
@pytest.mark.parametrize("path", ["/interactions/*/callback", "/webhooks/*"])
async def test_a_command_whose_answer_is_refused_once_works_the_second_time(
    world: World, alice: Player, command: str, path: str
) -> None:
    world.env.inject_error("POST", path, status=500)
    await alice.slash(command)
    world.env.backend.faults.clear()
    world.expect(discord.HTTPException)
    assert said(await alice.slash(command))
