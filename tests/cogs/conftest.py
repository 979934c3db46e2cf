"""The world that conversation tests play in."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
import simcord

from bot.services.judging import Judging
from questions.bank import Bank
from tests.cogs.keeping import Keeper
from tests.cogs.world import Player, World, open_world


@pytest.fixture
def judge() -> Judging | None:
    """What judges code in the world; None: nothing does. A module puts one of its own in its place."""
    return None


@pytest_asyncio.fixture
async def world(database: Path, bank: Bank, judge: Judging | None) -> AsyncGenerator[World]:
    async with open_world(database, bank, judge=judge) as opened:
        yield opened


@pytest_asyncio.fixture
async def reading_world(database: Path, bank: Bank) -> AsyncGenerator[World]:
    """With the message-content intent on, so that plainly typed text arrives."""
    async with open_world(database, bank, message_content=True) as opened:
        yield opened


@pytest.fixture
def alice(world: World) -> Player:
    return world.alice


@pytest.fixture
def bob(world: World) -> Player:
    return world.bob


@pytest.fixture
def keeper(alice: Player) -> Keeper:
    """Somebody who runs the server."""
    return Keeper(alice)


@pytest.fixture
def member(bob: Player) -> Keeper:
    """Somebody who may suggest questions."""
    return Keeper(bob)


@pytest.fixture
def channel(world: World) -> simcord.ChannelHandle:
    return world.channel
