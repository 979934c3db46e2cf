"""What a service does without anybody waiting for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable


class Background:
    """The tasks of one service that go on by themselves."""

    def __init__(self, log: logging.Logger) -> None:
        """Failures are written to `log`; it is for whoever started the work to try it again."""
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Callable[[], Awaitable[object]], failed: str) -> asyncio.Task[None]:
        """Begins `work`. `failed` says in the log what could not be done."""

        async def logged() -> None:
            try:
                await work()
            except Exception:  # noqa: BLE001 - logged; whoever started it tries again
                self._log.exception(failed)

        task = asyncio.create_task(logged())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def settled(self) -> None:
        """Returns when nothing goes on any more."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def rest(self) -> None:
        """Breaks off what goes on; the next process does it."""
        for task in self._tasks:
            task.cancel()
        await self.settled()
