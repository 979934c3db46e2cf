"""Every call to Discord fails once: the person can still finish, and nothing escapes.

A conversation is played again and again, and each time another of its requests is refused: the first time the first
one, then the second one, until no request is left to refuse. The person does what people do: presses again, waits,
writes /round resume, starts again.
"""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import simcord
from simcord.backend import Backend
from simcord.backend.errors import BackendError
from simcord.http import router

from bot.services.carrying import RETRY
from questions.bank import Bank
from tests.cogs.world import STORY, World, open_world, said

OVER = ("Another round like this", "Tell another story")
WAIT = RETRY.total_seconds() + 2


@dataclass
class Saboteur:
    """Refuses the request number `target` (0-based) once it is armed."""

    target: int
    status: int
    armed: bool = False
    count: int = 0
    refused: str = ""

    def __call__(self, _: Backend, method: str, path: str) -> None:
        if not self.armed:
            return
        self.count += 1
        if self.count == self.target + 1:
            self.refused = f"{method} {path}"
            raise BackendError(self.status, 0, "refused by the test")


class Stubborn:
    """Somebody who wants to finish, whatever Discord does."""

    def __init__(self, world: World, command: str, where: simcord.ChannelHandle, typing: bool) -> None:
        self.world, self.command, self.where, self.typing = world, command, where, typing
        self.me = world.alice
        self.answers = [world.calibrated("wrong"), world.strong()]
        if command.startswith("behavioral"):
            self.answers = [world.strong(STORY)[:300], world.strong(STORY)]
        self.ended = True

    def places(self) -> list[simcord.ChannelHandle]:
        return [self.where, *self.where.threads]

    def find(self, *labels: str) -> tuple[simcord.ChannelHandle, str] | None:
        for label in labels:
            cards = [(card.id, place) for place in self.places() if (card := self.me.find(place, label))]
            if cards:
                return max(cards, key=lambda found: found[0])[1], label
        return None

    def looks(self) -> list[str]:
        return [repr(card) for place in self.places() for card in self.me.frames(place)]

    async def play(self) -> None:
        hinted = False
        for _ in range(25):
            if self.find(*OVER):
                return
            if await self.can_be_reread():
                await self.world.wait(WAIT)
                return
            before = self.looks()
            if not hinted and (hint := self.find("Hint 1")):
                hinted = True
                await self.me.press(*hint)
            else:
                await self.step()
            if self.looks() == before and not self.find(*OVER):
                await self.insist()
        self.ended = False

    async def step(self) -> None:
        """Does what the newest card invites to."""
        if found := self.find("Leave it as it is", "Next question"):
            await self.me.press(*found)
        elif found := self.find("Answer"):
            text = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if self.typing:
                await self.me.type(found[0], text)
                return
            form = await self.me.press(*found)
            if form.modal is not None:
                await self.me.fill(found[0], form, text)

    async def insist(self) -> None:
        """Nothing has changed: waits a little, then asks for the round, then starts anew."""
        before = self.looks()
        await self.world.wait(WAIT)
        if self.looks() != before:
            return
        if "You have no open round" in said(await self.me.slash("round resume", self.where)):
            await self.me.slash(self.command, self.where, **WISHES[self.command])

    async def can_be_reread(self) -> bool:
        """The round is over, though its last message did not arrive: the history has it."""
        if not any("Feedback" in look or "sheet" in look for look in self.looks()):
            return False
        history = said(await self.me.slash("history", self.where))
        return "%" in history and "**open**" not in history


WISHES: dict[str, dict[str, object]] = {
    "quiz start": {"questions": 1, "topic": "ml.regularization", "format": "free text"},
    "behavioral start": {},
}

Setting = Callable[[World], Awaitable[simcord.ChannelHandle]]


async def in_a_thread(world: World) -> simcord.ChannelHandle:
    return world.channel


async def in_place(world: World) -> simcord.ChannelHandle:
    await world.alice.slash("settings rounds", place="channel")
    return world.channel


async def by_direct_message(world: World) -> simcord.ChannelHandle:
    return world.alice.dm


async def in_answers_alone(world: World) -> simcord.ChannelHandle:
    """Where the bot may not write, it only answers clicks."""
    import discord

    bot = world.env.bot.user
    assert bot is not None
    silent = discord.PermissionOverwrite(send_messages=False, create_private_threads=False)
    return world.guild.create_text_channel("silent", overwrites={bot: silent})


SETTINGS: list[Setting] = [in_a_thread, in_place, by_direct_message, in_answers_alone]


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("status", [500, 403])
@pytest.mark.parametrize(
    ("setting", "command", "typing"),
    [
        (in_a_thread, "quiz start", False),
        (in_place, "behavioral start", False),
        (by_direct_message, "quiz start", True),
        (in_answers_alone, "quiz start", False),
    ],
    ids=["thread", "in-place", "dm-typed", "answers-alone"],
)
async def test_a_round_is_finished_though_any_one_request_fails(
    tmp_path: Path,
    migrated: Path,
    bank: Bank,
    monkeypatch: pytest.MonkeyPatch,
    setting: Setting,
    command: str,
    typing: bool,
    status: int,
    step: int,
) -> None:
    # In steps, each setting at another request.
    target = SETTINGS.index(setting) % step
    while True:
        saboteur = Saboteur(target, status)
        monkeypatch.setattr(router, "_check_faults", saboteur)
        database = Path(shutil.copy(migrated, tmp_path / f"{target}.db"))
        async with open_world(database, bank) as world:
            where = await setting(world)
            saboteur.armed = True
            await world.alice.slash(command, where, **WISHES[command])
            person = Stubborn(world, command, where, typing)
            await person.play()
            assert person.ended, f"after refusing {saboteur.refused}: {person.looks()}"
            if status == 500 and setting is not in_answers_alone:
                assert person.find(*OVER), f"the summary is never shown after refusing {saboteur.refused}"
            saboteur.armed = False
            # What was refused is told with a reference, and logged under it; nothing else may be, nor escape.
            world.expect()
            assert not world.problems(), f"after refusing {saboteur.refused}"
        if not saboteur.refused:
            break
        target += step
    assert target > 8, "the conversation makes more requests than that"
