"""Every request of whole conversations, held against Discord's own description of its interface (OpenAPI 3.1)."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Iterable
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
import simcord
from jsonschema import Draft202012Validator, ValidationError

from questions.bank import Bank
from tests.cogs.limits import breaches
from tests.cogs.world import STORY, World, coins_answer, open_world, skip_followups
from tests.services.scripted import ScriptedJudge, program

OPENAPI = Path(__file__).parents[2].parent / "shared" / "discord" / "openapi.json"

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not OPENAPI.is_file(), reason=f"there is no {OPENAPI}: Discord's description is not here"),
]


@cache
def description() -> dict[str, Any]:
    return json.loads(OPENAPI.read_text(encoding="utf-8"))


@cache
def paths() -> list[tuple[re.Pattern[str], str]]:
    """Each path as a pattern; those with fewer parameters come first, so that `@original` is not a message id."""
    found = sorted(description()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path) for path in found]


def template(request: simcord.HttpLogEntry) -> str | None:
    """The described path of a request; None when there is none for its method."""
    for pattern, path in paths():
        if pattern.fullmatch(request.path) and request.method.lower() in description()["paths"][path]:
            return path
    return None


@cache
def validator(path: str, method: str) -> Draft202012Validator | None:
    """For the body of a request; None when it has none."""
    body = description()["paths"][path][method.lower()].get("requestBody")
    if body is None:
        return None
    schema = body["content"]["application/json"]["schema"]
    # References are relative to the whole description, which therefore stays around the schema.
    return Draft202012Validator({**schema, "components": description()["components"]})


def complaints(request: simcord.HttpLogEntry) -> list[str]:
    """What the description has against a request."""
    path = template(request)
    if path is None:
        return [f"{request.method} {request.path} is not described"]
    check = validator(path, request.method)
    if check is None:
        return [] if request.json is None else [f"{request.method} {path} takes no body"]
    body = _ids_as_text(request.json)
    errors = cast("Iterable[ValidationError]", cast(Any, check).iter_errors(body))
    return [f"{request.method} {path}: {error.json_path} {error.message[:300]}" for error in errors]


def _ids_as_text(body: Any) -> Any:
    """discord.py writes the ids of a reply and of new files as numbers, which Discord takes as well."""
    if isinstance(body, dict):
        fields = cast("dict[str, Any]", body)
        return {
            key: str(value) if _is_id(key, fields) and isinstance(value, int) else _ids_as_text(value)
            for key, value in fields.items()
        }
    return [_ids_as_text(item) for item in cast("list[Any]", body)] if isinstance(body, list) else body


def _is_id(key: str, body: dict[str, Any]) -> bool:
    return key.endswith("_id") or (key == "id" and "filename" in body)


@pytest_asyncio.fixture
async def played(database: Path, bank: Bank) -> AsyncGenerator[World]:
    """A world in which a round of every kind was played, and every command was used."""
    async with open_world(database, bank, judge=ScriptedJudge()) as world:
        await play_quiz(world)
        await play_story(world)
        await play_code(world)
        await use_the_rest(world)
        yield world


async def play_quiz(world: World) -> None:
    alice = world.alice
    room = await alice.start(questions=3, time_limit=600)
    for _ in range(3):
        card = alice.card(room)
        await alice.press(room, "Hint 1")
        if "A" in card.buttons:
            await alice.press(room, "A")
        elif "You flip" in card.text:
            await alice.answer(room, "a quarter or so")
            if alice.find(room, "Edit my answer"):
                await alice.answer(room, coins_answer(card), label="Edit my answer")
        else:
            await alice.answer(room, "Sparse weights.")
            await alice.answer(room, world.calibrated("wrong"), label="Edit my answer")
            await alice.answer(room, world.strong())
            await skip_followups(alice, room)
        if alice.find(room, "Model answer"):
            await alice.press(room, "Model answer")
        if alice.find(room, "Next question"):
            await alice.press(room, "Next question")
    await alice.fill(room, await alice.press(room, "🚩 Report question"), "An unclear sentence.")
    await alice.press(room, "Reread this round")
    await alice.press(room, "Another round like this")
    await alice.slash("round resume", room)
    await alice.slash("round stop", room)


async def play_story(world: World) -> None:
    alice = world.alice
    room = await alice.start("behavioral start", where=alice.dm)
    await alice.type(room, world.strong(STORY)[:400])
    await skip_followups(alice, room)
    await alice.rate(room, 3)
    await alice.type(room, "Thanks!")


async def play_code(world: World) -> None:
    alice = world.alice
    room = await alice.start("code start", time_limit=1200)
    await alice.submit(room, program("WA 40%"), label="Run samples")
    await alice.submit(
        room, program("WA 40% draw"), label="Submit code", file=("mine.py", program("WA 60% draw").encode())
    )
    await alice.press(room, "Hint (free)")
    await alice.press(room, "My code")
    await alice.submit(room, program("AC draw"), label="Submit again")
    await skip_followups(alice, room)
    await alice.press(room, "Model answer")
    await alice.press(room, "Reread this round")
    room = await alice.start("code challenge", where=alice.dm)
    await alice.type(room, f"```python\n{program('AC 70%', 'predict')}```")
    await alice.press(room, "Give up")


async def use_the_rest(world: World) -> None:
    alice, bob = world.alice, world.bob
    await alice.slash("help")
    await alice.slash("history")
    await alice.slash("settings rounds", place="channel")
    await alice.slash("settings block", person=bob.member, reason="spoils answers")
    await alice.slash("settings blocked")
    await alice.slash("settings unblock", person=bob.member)
    await alice.member.autocomplete(world.channel, "quiz start", "topic", "reg")
    await bob.start(questions=1, format="multiple choice")
    await alice.press(world.channel, "Skip")
    await bob.press(world.channel, "Skip")
    await bob.slash("quiz start", topic="nothing of the kind")


async def test_every_request_of_whole_conversations_is_as_discord_describes_it(played: World) -> None:
    found = [text for request in played.requests for text in complaints(request)]
    assert not found, "\n".join(found)


async def test_every_request_of_whole_conversations_keeps_to_the_documented_limits(played: World) -> None:
    found = [text for request in played.requests for text in breaches(request)]
    assert not found, "\n".join(found)


async def test_the_conversations_make_the_requests_that_matter(played: World) -> None:
    """So that the other tests cannot pass for want of anything to look at."""
    made = {(request.method, template(request)) for request in played.requests}
    assert {
        ("PUT", "/applications/{application_id}/commands"),
        ("POST", "/interactions/{interaction_id}/{interaction_token}/callback"),
        ("POST", "/channels/{channel_id}/threads"),
        ("PUT", "/channels/{channel_id}/thread-members/{user_id}"),
        ("POST", "/channels/{channel_id}/messages"),
        ("PATCH", "/channels/{channel_id}/messages/{message_id}"),
        ("POST", "/webhooks/{webhook_id}/{webhook_token}"),
    } <= made
    answers = {
        cast("dict[str, Any]", request.json)["type"]
        for request in played.requests
        if request.path.endswith("/callback")
    }
    assert answers == {4, 5, 6, 8, 9}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/channels/1/messages", {"content": "x" * 4001}),
        ("/channels/1/messages", {"components": [{"type": 10}], "flags": 1 << 15}),
        ("/channels/1/threads", {"name": ""}),
        ("/interactions/1/token/callback", {"type": 9, "data": {"title": "No custom id", "components": []}}),
        ("/nowhere", {}),
    ],
)
def test_the_check_finds_what_discord_would_refuse(path: str, body: dict[str, Any]) -> None:
    assert complaints(simcord.HttpLogEntry("POST", path, {}, body, None))


def test_the_limits_find_what_discord_would_refuse() -> None:
    button = {"type": 2, "style": 2, "label": "x" * 81, "custom_id": "y" * 101}
    body = {
        "components": [
            {"type": 1, "components": [button] * 6},
            *({"type": 10, "content": "z" * 500} for _ in range(40)),
        ],
    }
    found = "\n".join(breaches(simcord.HttpLogEntry("POST", "/channels/1/messages", {}, body, None)))
    for text in (
        "label has 81",
        "custom_id has 101",
        "47 components",
        "all text",
        "buttons in a row",
        "pinged",
        "twice",
    ):
        assert text in found, text
