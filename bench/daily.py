"""Ten thousand daily questions in one minute: how long queueing takes, and whether sending keeps its rate and its word.

    python -m bench.daily [--people 10000] [--rate 5] [--thaw]

Queueing is measured by the machine's clock and in its own processor time (which other programs do not change), beside a
task that notes how long the event loop was busy before it came round. Sending runs on a clock that is moved by a second
at a time, with a Discord that takes everything at once.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.services.daily import MIX, Daily, DailyPlan
from bot.services.daily_delivery import Deliveries, Headers
from bot.services.daily_draw import DailyDraw
from bot.services.daily_schedule import EVERY_DAY
from bot.services.judging import NoJudge
from bot.services.posting import AnyCard, MessageRef, Sent
from bot.services.rounds import Rounds
from bot.store import daily as daily_store
from bot.store import people
from bot.store.daily import Status, SubscriptionRow
from bot.store.engine import Store
from bot.store.migrate import migrate
from bot.store.rounds import Place
from questions.bank import Bank
from questions.model import Level

DUE = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
PLAN = DailyPlan(8, 30, EVERY_DAY, MIX, 1, Level.MID)
LOOK_S = 0.002
"""How often the event loop is asked whether it is free."""


class MovedClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Sink:
    """A Discord that takes everything at once. Implements `bot.services.daily.Mail`."""

    def __init__(self, clock: MovedClock) -> None:
        self._clock = clock
        self.sent: list[datetime] = []

    async def post(self, place: Place, round_id: int, card: AnyCard, nonce: str) -> MessageRef:  # noqa: ARG002
        self.sent.append(self._clock.now())
        return MessageRef(place.channel_id, len(self.sent))

    async def edit(self, place: Place, round_id: int, ref: MessageRef, card: AnyCard) -> None:
        """Everything is as it should be."""

    async def find(self, place: Place, card: AnyCard) -> MessageRef | None:  # noqa: ARG002
        return None

    async def typed_since(self, place: Place, after: int, user_id: int) -> list[Sent]:  # noqa: ARG002
        return []

    async def open_dm(self, user_id: int) -> int:
        return user_id


class Watch:
    """How long something takes, and the longest time for which the event loop did not come round meanwhile."""

    def __init__(self) -> None:
        self._began = (time.perf_counter(), time.process_time())
        self._longest = (0.0, 0.0)
        self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while True:
            before = (time.perf_counter(), time.thread_time())
            await asyncio.sleep(LOOK_S)
            held = (time.perf_counter() - before[0] - LOOK_S, time.thread_time() - before[1])
            self._longest = (max(self._longest[0], held[0]), max(self._longest[1], held[1]))

    def end(self) -> tuple[float, float, str]:
        """Seconds by the clock and of the processor, and a line on the loop."""
        self._task.cancel()
        wall, busy = time.perf_counter() - self._began[0], time.process_time() - self._began[1]
        longest, work = (1000 * seconds for seconds in self._longest)
        return wall, busy, f"the event loop held up for {longest:.0f} ms at most, {work:.0f} ms of it by our own work"


async def subscribe(store: Store, count: int) -> None:
    async with store.write() as connection:
        for user in range(1, count + 1):
            await people.ensure(connection, user, DUE - timedelta(days=1))
            row = SubscriptionRow(
                user_id=user,
                hour=8,
                minute=30,
                days=EVERY_DAY,
                kinds=tuple(PLAN.kinds),
                count=1,
                level=Level.MID,
                status=Status.ON,
                paused_until=None,
                server_id=None,
                fallback_channel_id=None,
                dm_channel_id=user,
                next_at=DUE,
                unanswered=0,
                slow_asked=False,
                notice=None,
                created_at=DUE - timedelta(days=1),
            )
            await daily_store.put(connection, row)


async def send(deliveries: Deliveries, clock: MovedClock, sink: Sink, count: int) -> None:
    """Lets time pass until everybody has theirs."""
    while len(sink.sent) < count:
        clock.at += timedelta(seconds=1)
        await deliveries.tick()
        await deliveries.settled()


async def measure(folder: Path, count: int, rate: float, *, freeze: bool) -> None:
    """`freeze`: the collector of garbage leaves alone what was loaded at the start."""
    database = folder / "daily.db"
    migrate(database, DUE)
    store, clock, bank = Store(database), MovedClock(DUE - timedelta(hours=1)), Bank.open()
    sink, chance = Sink(clock), random.Random(1)
    daily = Daily(store, clock, rate)
    rounds = Rounds(store, bank, clock, sink, chance)
    draw = DailyDraw(store, bank, clock, chance, NoJudge())
    deliveries = Deliveries(store, clock, rounds, draw, sink, Headers(store), rate)
    await subscribe(store, count)
    row = await daily.get(1)
    told = await daily.window(row)
    clock.at = DUE
    gc.collect()
    if freeze:
        gc.freeze()
    watch = Watch()
    await deliveries.queue()
    wall, busy, held = watch.end()
    print(f"queueing {count:,} people of one minute: {wall:.2f} s, {busy:.2f} s of the processor; {held}")
    watch = Watch()
    await send(deliveries, clock, sink, count)
    wall, busy, held = watch.end()
    seconds = Counter(int((at - DUE).total_seconds()) for at in sink.sent)
    last = max(sink.sent)
    spans = [sum(seconds[first + second] for second in range(10)) for first in range(max(seconds))]
    mean = count / (last - min(sink.sent)).total_seconds()
    print(
        f"sending at {rate:g} a second: {mean:.2f} a second on average, {max(seconds.values())} in the fullest second, "
        f"{max(spans)} in the fullest ten"
    )
    print(
        f"told: between {DUE:%H:%M} and {told or DUE + timedelta(minutes=1):%H:%M}; "
        f"came from {min(sink.sent):%H:%M:%S} to {last:%H:%M:%S}"
    )
    print(f"  {busy / count * 1000:.1f} ms of the processor each; {held}")
    began = time.perf_counter()
    for _ in range(200):
        await deliveries.tick()
    print(f"a second in which nothing is due: {(time.perf_counter() - began) / 200 * 1000:.2f} ms")
    await store.close()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=5.0)
    parser.add_argument("--thaw", action="store_true", help="let the collector of garbage walk over the bank, too")
    chosen: Any = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        await measure(Path(folder), chosen.people, chosen.rate, freeze=not chosen.thaw)


if __name__ == "__main__":
    asyncio.run(main())
