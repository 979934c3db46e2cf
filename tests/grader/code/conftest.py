"""One sandbox for the tests of a module: starting it takes longer than most of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest_asyncio

from grader.code.client import Sandbox


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncGenerator[Sandbox]:
    async with Sandbox.open() as opened:
        yield opened
