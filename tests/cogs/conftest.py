"""The world that conversation tests play in."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
import simcord

from questions.bank import Bank
from tests.cogs.world import Player, World, open_world


@pytest_asyncio.fixture
async def world(database: Path, bank: Bank) -> AsyncGenerator[World]:
    async with open_world(database, bank) as opened:
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
def channel(world: World) -> simcord.ChannelHandle:
    return world.channel
