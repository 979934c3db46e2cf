"""Nobody without the right reaches what is for moderators, whatever they send.

Commands, forged buttons, lists and forms, cards that were shown to them earlier, what opens while they type, the menu
of a message, and ids of another server. What can be sent is read from the code: a command or an action that is added
and not known here fails these tests.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import simcord
from sqlalchemy import select

from bot.services.drafts import Kind
from bot.store.schema import (
    audit_log,
    question_drafts,
    question_versions,
    server_question_versions,
    server_questions,
    switched_off,
)
from cogs.questions._actions import BUTTONS, FORMS, LISTS, Action, Who, custom_id
from questions.bank import Bank
from tests.cogs.keeping import Keeper, file_of
from tests.cogs.test_commands import leaves, registered
from tests.cogs.world import Player, World, open_world, said
from tests.services.caring import template
from tests.services.scripted import ScriptedJudge

pytestmark = pytest.mark.thorough

QUESTION = template(Kind.NUMERIC).id
WAITING, UNFINISHED = 2, 3
"""The numbers of two drafts: a suggestion of Carol's that waits for a review, and one of Alice's that she works on."""
SHIPPED = "eval.classification-metrics.rare-positives"
FOR_EVERYBODY = {"question suggest", "question drafts", "question template"}
REFUSALS = ("Only moderators can do that", "That is for a server's moderators", "works in a server")
KEPT = (server_questions, server_question_versions, question_versions, question_drafts, switched_off, audit_log)

# What stands in the custom id behind each action, as a card would have it.
BUTTON_WORDS: Mapping[str, tuple[object, ...]] = {
    "activate": (QUESTION, 1),
    "approve": (WAITING, 1, "active"),
    "askdrop": (UNFINISHED,),
    "askfile": (UNFINISHED,),
    "askreject": (WAITING, 1),
    "askretire": (QUESTION, 1),
    "askreturn": (WAITING, 1),
    "cancel": (4,),
    "changes": (WAITING,),
    "diff": (QUESTION,),
    "draft": (UNFINISHED,),
    "draftfile": (UNFINISHED,),
    "drop": (UNFINISHED,),
    "edit": (QUESTION,),
    "file": (QUESTION,),
    "find": (0, "", "", "", "", ""),
    "history": (QUESTION,),
    "importall": (4,),
    "keep": (UNFINISHED,),
    "log": (0,),
    "queue": (0,),
    "report": (WAITING,),
    "restore": (QUESTION, 1),
    "review": (WAITING,),
    "show": (QUESTION,),
    "since": (WAITING,),
    "submit": (UNFINISHED, 1),
    "switch": (SHIPPED, "off"),
    "takeback": (WAITING,),
    "takepart": (UNFINISHED, 1, "mistake", 0),
    "try": (UNFINISHED,),
    "whole": (QUESTION,),
    "wholedraft": (UNFINISHED,),
    "write": (UNFINISHED, 1, "hints", "new"),
}
LIST_WORDS: Mapping[str, tuple[tuple[object, ...], str]] = {
    "change": ((UNFINISHED, 1), "mistake-0"),
    "open": ((), str(UNFINISHED)),
    "review": ((), str(WAITING)),
    "show": ((), QUESTION),
    "takeout": ((UNFINISHED, 1), "mistake-0"),
    "topic": ((UNFINISHED, 1, 0), "dl.cnn"),
}
FORM_WORDS: Mapping[str, tuple[tuple[object, ...], dict[str, str]]] = {
    "begin": (("numeric",), {"prompt": "How many?", "topics": "dl.cnn", "difficulty": "2"}),
    "file": ((UNFINISHED, 1), {"file": "1"}),
    "reject": ((WAITING, 1), {"note": "no"}),
    "retire": ((QUESTION, 1), {"note": "no"}),
    "return": ((WAITING, 1), {"note": "no"}),
    "try": ((UNFINISHED, 1), {"text": "7"}),
    "write": ((UNFINISHED, 1, "hints", "new"), {"hint1": "a", "hint2": "b", "hint3": "c"}),
}
OPEN_FORMS = {"begin"}
"""What members may send in: it makes a draft of their own."""


@pytest_asyncio.fixture
async def scene(database: Path, bank: Bank) -> AsyncGenerator[tuple[World, Player]]:
    """A published question, a suggestion of Carol's that waits, a draft of Alice's, and an import that she plans."""
    async with open_world(database, bank, judge=ScriptedJudge()) as opened:
        alice = Keeper(opened.alice)
        await alice.own(template(Kind.NUMERIC))
        carol = Keeper(Player(opened, opened.guild.add_member(opened.env.create_user("carol"))))
        await carol.run("suggest", file=file_of(template(Kind.MULTIPLE_CHOICE)))
        await carol.hand_in()
        changed = template(Kind.NUMERIC).model_copy(update={"takeaway": "Another one."})
        await alice.run("add", file=file_of(changed))
        await alice.run("import", file=file_of(template(Kind.BEHAVIORAL)))
        yield opened, carol.player


@pytest.fixture
def world(scene: tuple[World, Player]) -> World:
    return scene[0]


@pytest.fixture
def carol(scene: tuple[World, Player]) -> Player:
    """A member who has suggested a question."""
    return scene[1]


async def kept(world: World) -> list[list[tuple[Any, ...]]]:
    """All that is known of questions, and what was done to them."""
    async with world.bot.store.read() as connection:
        return [[tuple(row) for row in await connection.execute(select(table))] for table in KEPT]


def elsewhere(world: World) -> tuple[Player, simcord.ChannelHandle]:
    """Somebody who runs another server, and a channel of it."""
    dora = world.env.create_user("dora")
    guild = world.env.create_guild("Hers", owner=dora)
    return Player(world, guild.add_member(dora)), guild.create_text_channel("general")


async def press(who: Player, where: simcord.ChannelHandle, action: str, words: tuple[object, ...]) -> str:
    """Presses a button that the bot never showed."""
    card = await _some_card(who, where)
    component = {"type": 2, "style": 1, "label": "x", "custom_id": custom_id("go", action, *words)}
    [result] = await who.world.deliver(who.forged_payload(where, card, component))
    return _answer(result)


async def pick(who: Player, where: simcord.ChannelHandle, action: str, words: tuple[object, ...], value: str) -> str:
    """Picks from a list that the bot never showed."""
    card = await _some_card(who, where)
    options = [{"label": "x", "value": value}]
    component = {"type": 3, "custom_id": custom_id("pick", action, *words), "options": options}
    [result] = await who.world.deliver(who.forged_payload(where, card, component))
    return _answer(result)


async def send(
    who: Player, where: simcord.ChannelHandle, action: str, words: tuple[object, ...], fields: dict[str, str]
) -> str:
    """Sends in a form that the bot never opened."""
    labels = [
        {"type": 18, "id": number, "component": {"type": 4, "id": 50 + number, "custom_id": name, "value": value}}
        for number, (name, value) in enumerate(fields.items(), 1)
    ]
    data = {"custom_id": custom_id("form", action, *words), "components": labels}
    [result] = await who.world.deliver(who.payload(where, 5, data, await _some_card(who, where)))
    return _answer(result)


async def _some_card(who: Player, where: simcord.ChannelHandle) -> Any:
    if not who.frames(where):
        await who.slash("help", where)
    return who.card(where)


def _answer(result: simcord.InteractionResult) -> str:
    """What was said; a form that opened is a way in, too."""
    return said(result) if result.modal is None else f"a form opened: {result.modal['custom_id']}"


def refused(told: str) -> bool:
    return any(words in told for words in REFUSALS)


# Nothing is forgotten


def test_every_action_is_known_here() -> None:
    assert BUTTON_WORDS.keys() == BUTTONS.keys()
    assert LIST_WORDS.keys() == LISTS.keys()
    assert FORM_WORDS.keys() == FORMS.keys()


def by_moderators(actions: Mapping[str, Action]) -> list[str]:
    return sorted(name for name, action in actions.items() if action.who is Who.MODERATORS)


def by_people(actions: Mapping[str, Action]) -> list[str]:
    return sorted(name for name, action in actions.items() if action.who is Who.PEOPLE)


def test_what_publishes_changes_or_shows_a_servers_questions_is_for_moderators() -> None:
    """Actions of anybody are about a draft of their own; all the others are told apart by this list."""
    assert by_people(BUTTONS) == [
        "askdrop", "askfile", "draft", "draftfile", "drop", "keep", "submit", "takeback", "takepart", "try",
        "wholedraft", "write",
    ]  # fmt: skip
    assert by_people(LISTS) == ["change", "open", "takeout", "topic"]
    assert by_people(FORMS) == ["begin", "file", "try", "write"]


# Commands


VALUES: dict[int, Any] = {3: QUESTION, 4: 1, 5: True, 6: "1", 11: "1"}
"""Something to send for an option of each type."""


def options(command: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything that a command takes, filled in so that it would work for a moderator."""
    given: list[dict[str, Any]] = []
    for option in command.get("options", []):
        choices = option.get("choices")
        value = choices[0]["value"] if choices else VALUES[option["type"]]
        given.append({"type": option["type"], "name": option["name"], "value": value})
    return given


def ours(world: World) -> list[tuple[str, dict[str, Any]]]:
    """The commands of /question as they were registered with Discord."""
    [root] = [command for command in registered(world) if command["name"] == "question"]
    return leaves(root)


async def use(world: World, who: Player, where: simcord.ChannelHandle, command: dict[str, Any]) -> str:
    """Sends a command, whatever Discord would show this person."""
    root = world.env.backend.find_command("question", None)
    assert root is not None
    sub: dict[str, Any] = {"type": 1, "name": command["name"], "options": options(command)}
    file = {"id": "1", "filename": "x.yaml", "size": 3, "url": "https://cdn.example/x", "proxy_url": "https://x"}
    data: dict[str, Any] = {"id": root["id"], "name": "question", "type": 1, "options": [sub]}
    data["resolved"] = {
        "attachments": {"1": file},
        "users": {"1": {"id": "1", "username": "someone", "discriminator": "0", "avatar": None}},
    }
    [result] = await world.deliver(who.payload(where, 2, data, None))
    return _answer(result)


async def test_a_member_is_refused_every_command_but_those_for_everybody(world: World, bob: Player) -> None:
    before = await kept(world)
    checked = 0
    for name, command in ours(world):
        if name in FOR_EVERYBODY:
            continue
        assert refused(await use(world, bob, world.channel, command)), name
        checked += 1
    assert checked >= 15
    assert await kept(world) == before


async def test_no_command_works_outside_of_a_server(world: World, alice: Player) -> None:
    before = await kept(world)
    for name, command in ours(world):
        if name == "question template":
            continue  # it gives away what is shipped
        told = await use(world, alice, alice.dm, command)
        assert refused(told) or "in that server" in told, (name, told)
    assert await kept(world) == before


async def test_nothing_opens_for_a_member_who_types(world: World, alice: Player, bob: Player) -> None:
    checked = 0
    for name, command in ours(world):
        for option in command.get("options", []):
            if option.get("autocomplete") and option["name"] != "topic":
                mine = await bob.member.autocomplete(world.channel, name, option["name"], "")
                theirs = await alice.member.autocomplete(world.channel, name, option["name"], "")
                assert mine == [], (name, option["name"])
                assert isinstance(theirs, list)
                checked += 1
    assert checked >= 8


# Forged buttons, lists and forms


async def test_a_member_is_refused_every_action_of_moderators(world: World, bob: Player) -> None:
    before = await kept(world)
    for action in by_moderators(BUTTONS):
        assert refused(await press(bob, world.channel, action, BUTTON_WORDS[action])), action
    for action in by_moderators(LISTS):
        words, value = LIST_WORDS[action]
        assert refused(await pick(bob, world.channel, action, words, value)), action
    for action in by_moderators(FORMS):
        words, fields = FORM_WORDS[action]
        assert refused(await send(bob, world.channel, action, words, fields)), action
    assert await kept(world) == before


@pytest.mark.parametrize("draft", [WAITING, UNFINISHED])
async def test_a_member_reaches_nobody_elses_draft(world: World, bob: Player, draft: int) -> None:
    def about(words: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(draft if word in {WAITING, UNFINISHED} else word for word in words)

    before = await kept(world)
    for action in by_people(BUTTONS):
        told = await press(bob, world.channel, action, about(BUTTON_WORDS[action]))
        assert "I cannot find that draft" in told, action
    for action in by_people(LISTS):
        words, _ = LIST_WORDS[action]
        value = str(draft) if action == "open" else "mistake-0"
        told = await pick(bob, world.channel, action, about(words), value)
        assert "I cannot find that draft" in told, action
    for action in by_people(FORMS):
        if action in OPEN_FORMS:
            continue
        words, fields = FORM_WORDS[action]
        told = await send(bob, world.channel, action, about(words), fields)
        assert "I cannot find that draft" in told, action
    assert await kept(world) == before


async def test_an_author_cannot_decide_about_their_own_suggestion(world: World, carol: Player) -> None:
    before = await kept(world)
    for action in by_moderators(BUTTONS):
        assert refused(await press(carol, world.channel, action, BUTTON_WORDS[action])), action
    for action in by_moderators(FORMS):
        words, fields = FORM_WORDS[action]
        assert refused(await send(carol, world.channel, action, words, fields)), action
    assert await kept(world) == before


async def test_in_a_direct_message_every_action_is_refused(world: World, alice: Player) -> None:
    before = await kept(world)
    for action in BUTTONS:
        told = await press(alice, alice.dm, action, BUTTON_WORDS[action])
        assert refused(told) or "in that server" in told, (action, told)
    for action, (words, value) in LIST_WORDS.items():
        told = await pick(alice, alice.dm, action, words, value)
        assert refused(told) or "in that server" in told, (action, told)
    for action, (words, fields) in FORM_WORDS.items():
        told = await send(alice, alice.dm, action, words, fields)
        assert refused(told) or "in that server" in told, (action, told)
    assert await kept(world) == before


@pytest.mark.parametrize(
    "forged",
    [
        "question:go:publish:2:1",
        "question:go:approve",
        "question:go:approve:2",
        "question:go:approve:two:1:active",
        "question:go:approve:2:1:quarantined",
        "question:go:approve:999999999999999999:1:active",
        "question:go:write:2:1:sandcastle:999999999",
        "question:go:show:../../etc",
        "question:go:find:x:y",
    ],
)
async def test_a_custom_id_that_nobody_made_does_nothing(world: World, alice: Player, forged: str) -> None:
    before = (await kept(world))[:5]
    component = {"type": 2, "style": 1, "label": "x", "custom_id": forged}
    [result] = await world.deliver(
        alice.forged_payload(world.channel, await _some_card(alice, world.channel), component)
    )
    told = said(result)
    assert "went wrong" not in told
    assert told
    assert (await kept(world))[:5] == before


# Cards that were shown before


async def test_who_has_lost_the_right_gets_nowhere_with_cards_shown_before(world: World, alice: Player) -> None:
    role = world.guild.create_role("keepers")
    await alice.slash("settings moderators", add=role)
    dave = Keeper(Player(world, world.guild.add_member(world.env.create_user("dave"), roles=[role])))
    await dave.run("review")
    await dave.pick("Open a question", str(WAITING))
    card = dave.card
    assert "Approve" in card.buttons
    await alice.slash("settings moderators", remove=role)
    before = await kept(world)
    for label in card.buttons:
        told = _answer(await dave.player.press(world.channel, label, card))
        assert refused(told) or "I cannot find that draft" in told, label
    assert await kept(world) == before


async def test_a_form_opened_with_the_right_and_sent_without_it_is_refused_and_handed_back(
    world: World, alice: Player
) -> None:
    role = world.guild.create_role("keepers")
    await alice.slash("settings moderators", add=role)
    dave = Keeper(Player(world, world.guild.add_member(world.env.create_user("dave"), roles=[role])))
    await dave.run("review")
    await dave.pick("Open a question", str(WAITING))
    opened = await dave.press("Reject…")
    await alice.slash("settings moderators", remove=role)
    before = await kept(world)
    result = await dave.fill(opened, {"note": "A long reason."})
    assert refused(said(result))
    answers = [one for one in [result.response, *result.followups] if one is not None]
    assert any(answer.attachments for answer in answers), "what was typed is not lost"
    assert await kept(world) == before


# Another server


async def test_who_runs_another_server_reaches_nothing_of_this_one(world: World) -> None:
    dora, there = elsewhere(world)
    await dora.slash("question review", there)  # she is noted as a moderator of hers
    before = await kept(world)
    for action in BUTTONS:
        told = await press(dora, there, action, BUTTON_WORDS[action])
        if action in {"queue", "log", "find", "switch", "edit"}:
            continue  # about her own server, or about what is shipped
        assert "find that draft" in told or "There is no question" in told, (action, told)
    for action, (words, value) in LIST_WORDS.items():
        told = await pick(dora, there, action, words, value)
        assert "find that draft" in told or "There is no question" in told, (action, told)
    for action, (words, fields) in FORM_WORDS.items():
        if action in OPEN_FORMS:
            continue
        told = await send(dora, there, action, words, fields)
        assert "find that draft" in told or "There is no question" in told, (action, told)
    mine = [[row for row in rows if _here(world, row)] for rows in await kept(world)]
    assert mine == [[row for row in rows if _here(world, row)] for rows in before]


def _here(world: World, row: tuple[Any, ...]) -> bool:
    """Whether a row is of this server; versions are told by their ids."""
    return dict.fromkeys(row).keys() & {world.guild.id} != set() or "~" in str(row[0])


async def test_commands_of_another_server_do_not_know_ids_of_this_one(world: World) -> None:
    dora, there = elsewhere(world)
    before = await kept(world)
    for name, command in ours(world):
        if {option["name"] for option in command.get("options", [])} & {"id", "draft"} and name != "question suggest":
            told = await use(world, dora, there, command)
            expected = ("There is no question", "could not fetch", "must hold", "in this server yet")
            assert any(words in told for words in expected), (name, told)
    found = await dora.member.autocomplete(there, "question show", "id", "stacked-filters")
    assert found == []
    mine = [[row for row in rows if _here(world, row)] for rows in await kept(world)]
    assert mine == [[row for row in rows if _here(world, row)] for rows in before]


# Messages, and what members may do


async def test_the_menu_of_a_message_gives_a_member_a_draft_of_their_own_and_nothing_more(
    world: World, alice: Player, bob: Player
) -> None:
    message = await alice.member.send(world.channel, "id: dl.cnn.mine\ntype: numeric")
    before = await kept(world)
    told = said(await bob.member.context_menu(world.channel, "Add as question", message))
    assert "I cannot take that yet" in told
    assert await kept(world) == before
    await Keeper(bob).run("suggest", file=file_of(template(Kind.BEHAVIORAL)))
    published, versions, bodies, drafts, off, log = await kept(world)
    assert [published, versions, bodies, off, log] == [before[0], before[1], before[2], before[4], before[5]]
    assert len(drafts) == len(before[3]) + 1


async def test_a_member_who_hands_in_publishes_nothing(world: World, bob: Player) -> None:
    before = await kept(world)
    keeper = Keeper(bob)
    await keeper.run("suggest", file=file_of(template(Kind.BEHAVIORAL)))
    await keeper.hand_in()
    assert "Approve" not in keeper.card.buttons
    after = await kept(world)
    assert after[:3] == before[:3]
    assert refused(await press(bob, world.channel, "approve", (5, 1, "active")))
    assert (await kept(world))[:3] == before[:3]


async def test_moderators_do_reach_all_of_it(world: World, alice: Player) -> None:
    """Else the refusals above would prove nothing."""
    for action in by_moderators(BUTTONS):
        told = await press(alice, world.channel, action, BUTTON_WORDS[action])
        assert not refused(told), action
        assert "went wrong" not in told, action
    for name, command in ours(world):
        if name not in FOR_EVERYBODY:
            assert not refused(await use(world, alice, world.channel, command)), name
