"""A simulated Discord with the real bot in it, and people who use it as they would in the client.

simcord stands in for Discord below discord.py: commands, clicks, forms and messages arrive as gateway events, and
the bot answers by REST calls. Time stands still unless a test moves it, and the bot's clock is simcord's.

What simcord refuses as impossible for a person at rest (a form kept open over a restart, two clicks at the same
moment) is built here from the gateway payload itself; those lines reach into simcord's private parts and say so.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import discord
import simcord
from discord import app_commands
from simcord import _runtime, interactions
from simcord.backend import serializers
from simcord.backend.models import Interaction, Message

from bot.client import MockloopBot
from bot.errors import UserError
from bot.services.judging import Judging
from bot.store.engine import Store
from cogs._errors import cause
from questions.bank import Bank
from questions.model import Behavioral, FreeText
from tests.cogs.limits import breaches, texts, walk

BORN = datetime(2026, 1, 1, tzinfo=UTC)
"""simcord's first instant."""
FREE_TEXT = "ml.regularization.penalties"
STORY = "behav.conflict.shipping"

# Options of /quiz start that draw one question of the bank.
FREE: dict[str, Any] = {"questions": 1, "topic": "ml.regularization", "format": "free text"}
CHOICE: dict[str, Any] = {"questions": 1, "format": "multiple choice"}
NUMBER: dict[str, Any] = {"questions": 1, "format": "numeric"}

EXPECTED = (
    UserError,
    app_commands.CommandOnCooldown,
    app_commands.CheckFailure,
)
"""What a command may raise: the person is told, and nothing is wrong."""

File = tuple[str, bytes]
"""A file that a person sends: its name and what is in it."""
Payload = tuple[Interaction, dict[str, Any]]
"""An interaction that is about to arrive: simcord's record of it, and what the gateway sends."""


class WorldClock:
    """The bot's clock: simcord's."""

    def __init__(self) -> None:
        self.env: simcord.Env | None = None

    def now(self) -> datetime:
        return self.env.now() if self.env else BORN


class QuickEnv(simcord.Env):
    """Looks more often whether the bot has come to rest: each look at the database would else cost 50 ms."""

    async def _settle_internal(self, **options: Any) -> None:
        options.setdefault("idle", 0.002)
        await super()._settle_internal(**options)


class Complaints(logging.Handler):
    """What the bot logs as errors."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@dataclass(frozen=True)
class Card:
    """A message of the bot as a person sees it."""

    message: simcord.ResponseMessage
    channel_id: int

    @property
    def id(self) -> int:
        return self.message.id

    @property
    def text(self) -> str:
        return "\n".join([self.message.content, *texts(self.message.components)]).strip()

    @property
    def buttons(self) -> dict[str, str]:
        """The custom ids of the buttons that can be pressed, by label."""
        return {
            item["label"]: item["custom_id"]
            for item in walk(self.message.components)
            if item["type"] == 2 and not item.get("disabled")
        }

    @property
    def files(self) -> list[str]:
        """The names of the files and pictures on the message."""
        return [file.filename for file in self.message.attachments]

    @property
    def select(self) -> dict[str, Any] | None:
        return next((item for item in walk(self.message.components) if item["type"] == 3), None)

    def __repr__(self) -> str:
        return f"<Card {self.text!r} {list(self.buttons)}>"


def said(result: simcord.InteractionResult) -> str:
    """All that the bot answered to a command, a click or a form."""
    answers = [*([result.response] if result.response else []), *result.followups]
    return "\n".join(Card(answer, answer.channel_id).text for answer in answers)


class Player:
    """A person: a member of the server who can also write to the bot."""

    def __init__(self, world: World, member: simcord.MemberActor) -> None:
        self.world = world
        self.member = member

    @property
    def id(self) -> int:
        return self.member.id

    @property
    def dm(self) -> simcord.ChannelHandle:
        return self.member.user.dm_channel

    def actor(self, where: simcord.ChannelHandle) -> Any:
        """In a server a member, in a direct message a user: simcord has a class for each."""
        return self.member if where.guild is not None else self.member.user

    # Reading

    def cards(self, where: simcord.ChannelHandle) -> list[Card]:
        """Every message of the bot that this person sees there, oldest first."""
        world = self.world
        stored: dict[int, Message] = world.env.backend.messages.get(where.id, {})
        return [
            Card(simcord.ResponseMessage(world.env, stored[number]), where.id)
            for number in sorted(stored)
            if stored[number].author_id == world.env.backend.bot_user.id and stored[number].visible_to(self.id)
        ]

    def frames(self, where: simcord.ChannelHandle) -> list[Card]:
        """The cards proper, without lines that are only said, such as "That button belongs to…"."""
        return [card for card in self.cards(where) if card.message.components]

    def card(self, where: simcord.ChannelHandle) -> Card:
        """The newest card there."""
        return self.frames(where)[-1]

    def find(self, where: simcord.ChannelHandle, label: str) -> Card | None:
        """The newest card with a button of this label."""
        return next((card for card in reversed(self.cards(where)) if _match(card, label)), None)

    # Doing

    async def slash(
        self, command: str, where: simcord.ChannelHandle | None = None, **options: Any
    ) -> simcord.InteractionResult:
        where = where or self.world.channel
        if where.guild is None:
            return cast(simcord.InteractionResult, await self.member.user.slash(command, **options))
        return await self.member.slash(where, command, **options)

    async def start(
        self, command: str = "quiz start", where: simcord.ChannelHandle | None = None, **options: Any
    ) -> simcord.ChannelHandle:
        """Starts a round; returns where it lives."""
        where = where or self.world.channel
        before = {thread.id for thread in where.threads}
        result = await self.slash(command, where, **options)
        assert "is ready." in said(result) or "not a member" in said(result), said(result)
        return next((thread for thread in where.threads if thread.id not in before), where)

    async def press(self, where: simcord.ChannelHandle, label: str, card: Card | None = None) -> Any:
        """Presses the newest button with this label (or that begins so)."""
        card = card or self.find(where, label)
        assert card is not None, f"no button {label!r} among {[list(c.buttons) for c in self.cards(where)]}"
        return await self.actor(where).click(card.message, custom_id=_match(card, label))

    async def fill(
        self, where: simcord.ChannelHandle, form: simcord.InteractionResult, text: str, file: File | None = None
    ) -> Any:
        """Fills in an open form and sends it."""
        assert form.modal is not None, said(form)
        return await self.actor(where).submit_modal(form, {"text": text} | ({"file": file} if file else {}))

    async def submit(
        self, where: simcord.ChannelHandle, code: str, label: str = "Submit", file: File | None = None
    ) -> Any:
        """Opens the form for code under the newest card that has it, and sends a program in it."""
        return await self.fill(where, await self.press(where, label), code, file)

    async def answer(self, where: simcord.ChannelHandle, text: str, label: str = "Answer") -> Any:
        """Opens the form under the question and answers in it."""
        return await self.fill(where, await self.press(where, label), text)

    async def rate(self, where: simcord.ChannelHandle, band: int) -> Any:
        card = next(card for card in reversed(self.cards(where)) if card.select is not None)
        return await self.actor(where).select(card.message, [str(band)])

    async def type(
        self, where: simcord.ChannelHandle, text: str, reply_to: Card | None = None, files: Sequence[File] = ()
    ) -> discord.Message:
        if where.guild is None:
            stored = self.world.env.backend.store_attachments(where.id, files)
            return await self.member.user.send_dm(text, attachments=stored)
        return await self.member.send(where, text, reply_to=reply_to.message if reply_to else None, attachments=files)

    # Gateway payloads, for what a person at rest cannot do

    def payload(self, where: simcord.ChannelHandle, kind: int, data: dict[str, Any], card: Card | None) -> Payload:
        backend = self.world.env.backend
        record, payload = interactions.base_payload(
            backend,
            type=kind,
            channel_id=where.id,
            guild_id=where.guild.id if where.guild else None,
            user_id=self.id,
            data=data,
        )
        if card is not None:
            stored = backend.get_message(where.id, card.id)
            payload["message"] = dict(serializers.message_payload(backend, stored))
            record.source_message_id = card.id
        return record, payload

    def click_payload(self, where: simcord.ChannelHandle, card: Card, label: str) -> Payload:
        return self.payload(where, 3, {"custom_id": _match(card, label), "component_type": 2}, card)

    def forged_payload(self, where: simcord.ChannelHandle, card: Card, component: dict[str, Any]) -> Payload:
        """A click on a component that the message does not have: discord.py looks for it there."""
        data = {"custom_id": component["custom_id"], "component_type": component["type"]}
        if component["type"] == 3:
            data["values"] = [option["value"] for option in component["options"]]
        record, payload = self.payload(where, 3, data, card)
        payload["message"] = {**payload["message"], "components": [{"type": 1, "components": [component]}]}
        return record, payload

    def form_payload(
        self, where: simcord.ChannelHandle, form: dict[str, Any], text: str, card: Card | None = None
    ) -> Payload:
        """A form that was shown (its payload) as it is sent in."""
        label = form["components"][0]
        field_ = {"type": 4, "id": 2, "custom_id": label["component"]["custom_id"], "value": text}
        return self.payload(
            where, 5, {"custom_id": form["custom_id"], "components": [{"type": 18, "id": 1, "component": field_}]}, card
        )


def _match(card: Card, label: str) -> str | None:
    exact = card.buttons.get(label)
    return exact or next((key for text, key in card.buttons.items() if text.startswith(label) and len(label) > 1), None)


@dataclass
class World:
    """A simulated Discord: one server with one channel, the bot, Alice (who runs the server) and Bob."""

    database: Path
    bank: Bank
    env: simcord.Env
    clock: WorldClock
    stores: list[Store]
    complaints: Complaints = field(default_factory=Complaints)
    message_content: bool = False
    judge: Judging | None = None
    expected: tuple[type[BaseException], ...] = EXPECTED

    # Set once the environment runs.
    guild: simcord.GuildHandle = field(init=False)
    channel: simcord.ChannelHandle = field(init=False)
    alice: Player = field(init=False)
    bob: Player = field(init=False)

    @property
    def bot(self) -> MockloopBot:
        return cast(MockloopBot, self.env.bot)

    def make_bot(self) -> MockloopBot:
        """The bot of a new process, on the same database."""
        self.stores.append(Store(self.database))
        return MockloopBot(
            self.stores[-1],
            self.bank,
            self.clock,
            message_content=self.message_content,
            chance=random.Random(1),
            judge=self.judge,
        )

    # Time

    async def wait(self, seconds: float) -> None:
        """Time passes while the bot runs. A long wait is a jump: nothing happens in between anyway."""
        if seconds > 90:
            self.env.backend.advance_clock(seconds - 2)
            # discord.py would else run the loop once for every second that was jumped.
            self.bot.waker._next_iteration = self.env.now()  # pyright: ignore[reportPrivateUsage]
            seconds = 2
        await self.env.advance_time(seconds)

    async def restart(self, away: float = 0, meanwhile: Callable[[], object] | None = None) -> None:
        """The process is killed and started again `away` seconds later; `meanwhile` happens in between."""
        env = self.env
        await env.settle()
        await env._detach_bot()  # pyright: ignore[reportPrivateUsage] - restart_bot leaves no time in between
        env.backend.advance_clock(away)
        if meanwhile is not None:
            meanwhile()
        await _runtime._attach_bot(env, self.make_bot())  # pyright: ignore[reportPrivateUsage]

    def stop_mid_grade(self) -> None:
        """From now on this process never finishes a grade: it is killed before."""

        async def hang(*_: object) -> None:
            await self.env.external_wait(asyncio.get_running_loop().create_future(), reason="grading")

        for name in ("_grade", "_judged"):
            object.__setattr__(self.bot.services.rounds, name, hang)

    async def deliver(self, *payloads: Payload) -> list[simcord.InteractionResult]:
        """Interactions that arrive in the same moment."""
        for _, payload in payloads:
            self.env.backend.emit("INTERACTION_CREATE", payload)
        await self.env.settle()
        return [simcord.InteractionResult(self.env, record) for record, _ in payloads]

    # What was said

    @property
    def requests(self) -> Sequence[simcord.HttpLogEntry]:
        return self.env.http_requests

    def strong(self, question: str = FREE_TEXT) -> str:
        """An answer that earns the highest band."""
        found = self.bank.get(question)
        assert isinstance(found, FreeText | Behavioral)
        return found.model_answer.full

    def calibrated(self, label: str, question: str = FREE_TEXT) -> str:
        """A calibration answer of the bank."""
        found = self.bank.get(question)
        assert isinstance(found, FreeText | Behavioral)
        return next(answer.text for answer in found.calibration_answers if answer.label == label)

    def problems(self) -> list[str]:
        """What went wrong although every test step went through."""
        errors = [error for error in self.env.errors if not isinstance(cause(error), self.expected)]
        refused = [text for request in self.requests for text in breaches(request)]
        return [*(repr(error) for error in errors), *self.complaints.lines, *refused]

    def expect(self, *errors: type[BaseException]) -> None:
        """The test made these happen: commands may raise them, and what is logged with a reference is meant."""
        self.expected = (*self.expected, *errors)
        self.complaints.lines = [line for line in self.complaints.lines if not line.startswith("reference ")]


@asynccontextmanager
async def open_world(
    database: Path, bank: Bank, *, message_content: bool = False, judge: Judging | None = None
) -> AsyncGenerator[World]:
    """The world, torn down at the end; what the bot logged or raised unexpectedly fails the test.

    `database` is migrated.
    """
    clock = WorldClock()
    store = Store(database)
    bot = MockloopBot(store, bank, clock, message_content=message_content, chance=random.Random(1), judge=judge)
    env = QuickEnv(bot, check_errors=False, settle_timeout=30)
    clock.env = env
    world = World(database, bank, env, clock, [store], message_content=message_content, judge=judge)
    loggers = [logging.getLogger(name) for name in ("bot", "cogs", "discord")]
    for logger in loggers:
        logger.addHandler(world.complaints)
    try:
        await env.start()
        world.guild = env.create_guild("Study group")
        world.channel = world.guild.create_text_channel("interviews")
        runs = world.guild.create_role("runs it", permissions=discord.Permissions(manage_guild=True))
        world.alice = Player(world, world.guild.add_member(env.create_user("alice"), roles=[runs]))
        world.bob = Player(world, world.guild.add_member(env.create_user("bob")))
        try:
            yield world
        finally:
            await env.shutdown()
        problems = world.problems()
        assert not problems, "\n".join(problems)
    finally:
        for logger in loggers:
            logger.removeHandler(world.complaints)
        for opened in world.stores:
            await opened.close()


def coins_answer(card: Card) -> str:
    """The right answer to the bank's numeric question as its card asks it."""
    found = re.search(r"You flip (\d) fair coins", card.text)
    assert found is not None, card.text
    return str(0.5 ** int(found[1]))


async def skip_followups(player: Player, where: simcord.ChannelHandle) -> None:
    """Skips whatever the interviewer asks beyond the question."""
    while player.find(where, "Skip follow-up"):
        await player.press(where, "Skip follow-up")
