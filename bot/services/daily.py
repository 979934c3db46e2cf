"""The daily question as a person sets it: when, where and of which kind; pausing, slowing down, turning it off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import UserError
from bot.schedule import DAY, local_day, next_daily
from bot.services.daily_schedule import AT_MOST_LATE, EVERY_DAY, WORKDAYS, Pace, comes_by, fall_due, weekdays, zone_of
from bot.services.posting import PlaceGoneError, Poster
from bot.services.servers import require_channel
from bot.store import daily, people, servers
from bot.store.daily import DeliveryRow, DueRow, Status, SubscriptionRow
from bot.store.engine import Store
from bot.store.rounds import Place
from questions.model import Level

SHOWN = 7
"""Days that a status tells of."""


class DailyKind(StrEnum):
    FREE_TEXT = "free-text"
    MULTIPLE_CHOICE = "multiple-choice"
    NUMERIC = "numeric"
    CODE = "code"
    BEHAVIORAL = "behavioral"


MIX = (DailyKind.FREE_TEXT, DailyKind.MULTIPLE_CHOICE, DailyKind.NUMERIC)
"""What comes unless somebody chooses otherwise."""


class ClosedError(PlaceGoneError):
    """The place is closed to the bot: direct messages that the person does not want, a channel that is gone."""


class Mail(Poster, Protocol):
    """A `Poster` that tells a closed place (ClosedError) from one that a message is refused in."""

    async def open_dm(self, user_id: int) -> int:
        """The channel of the person's direct messages. Raises ClosedError and PostError."""
        ...


@dataclass(frozen=True)
class DailyPlan:
    """What a person asks for."""

    hour: int
    minute: int
    days: int
    """A bit for each weekday; 1 is Monday."""
    kinds: tuple[DailyKind, ...]
    count: int
    """Questions a day."""
    level: Level


def plan_of(row: SubscriptionRow) -> DailyPlan:
    return DailyPlan(row.hour, row.minute, row.days, tuple(map(DailyKind, row.kinds)), row.count, row.level)


@dataclass(frozen=True)
class DayLine:
    """What became of one day."""

    delivery: DeliveryRow
    answered: bool
    """Whether the person did anything in its round."""


class NotSubscribedError(UserError):
    def __init__(self) -> None:
        super().__init__("You get no daily question. **/daily on** with a time begins it, for example `time:08:30`.")


class Daily:
    """Who wants a daily question, and how."""

    def __init__(self, store: Store, clock: Clock, rate: float) -> None:
        """`rate`: how many questions a second are sent at most."""
        self._store = store
        self._clock = clock
        self._rate = rate

    async def find(self, user_id: int) -> SubscriptionRow | None:
        async with self._store.read() as connection:
            return await daily.find(connection, user_id)

    async def get(self, user_id: int) -> SubscriptionRow:
        """Raises NotSubscribedError."""
        found = await self.find(user_id)
        if found is None:
            raise NotSubscribedError
        return found

    async def as_set(self, user_id: int) -> SubscriptionRow:
        """As the person has set it; who has set nothing has it turned off, with a mixture of one question at mid level,
        and without a place."""
        found = await self.find(user_id)
        if found is not None:
            return found
        return SubscriptionRow(
            user_id=user_id,
            hour=0,
            minute=0,
            days=EVERY_DAY,
            kinds=MIX,
            count=1,
            level=Level.MID,
            status=Status.OFF,
            paused_until=None,
            server_id=None,
            fallback_channel_id=None,
            dm_channel_id=None,
            next_at=None,
            unanswered=0,
            slow_asked=False,
            notice=None,
            created_at=self._clock.now(),
            zone=None,
        )

    async def check_channel(self, user_id: int, server_id: int, channel_id: int) -> None:
        """Raises UserError where the person may not have their question in a channel of a server."""
        async with self._store.read() as connection:
            if await servers.is_blocked(connection, server_id, user_id):
                raise UserError(
                    "The moderators of this server have blocked you from rounds here. A direct message still works."
                )
            await require_channel(connection, server_id, channel_id)

    async def turn_on(self, user_id: int, plan: DailyPlan, place: Place, zone: str) -> SubscriptionRow:
        """From now on questions come at `place`, by the clock of `zone`, which becomes the person's.

        A day of theirs that has had its question gets no second one.
        """
        if not plan.kinds or not weekdays(plan.days):
            raise ValueError(f"nothing would ever come: {plan}")
        direct = place.server_id is None
        async with self._store.write() as connection:
            now = self._clock.now()
            await people.ensure(connection, user_id, now)
            before = await daily.find(connection, user_id)
            await self._fall_due(connection, before, now)
            await people.set_zone(connection, user_id, zone)
            row = SubscriptionRow(
                user_id=user_id,
                hour=plan.hour,
                minute=plan.minute,
                days=plan.days,
                kinds=tuple(plan.kinds),
                count=plan.count,
                level=plan.level,
                status=Status.ON,
                paused_until=None,
                server_id=place.server_id,
                fallback_channel_id=None if direct else place.channel_id,
                dm_channel_id=place.channel_id if direct else (before.dm_channel_id if before else None),
                next_at=None,
                unanswered=before.unanswered if before else 0,
                slow_asked=before.slow_asked if before else False,
                notice=None,
                created_at=before.created_at if before else now,
                zone=zone,
            )
            return await self._put(connection, row)

    async def change(self, user_id: int, plan: DailyPlan, zone: str) -> SubscriptionRow:
        """The same where it comes already. Raises NotSubscribedError."""
        row = await self.get(user_id)
        if row.place is None:
            raise NotSubscribedError
        return await self.turn_on(user_id, plan, row.place, zone)

    async def pause(self, user_id: int, until: date | None) -> SubscriptionRow:
        """Nothing comes before that day of theirs (None: until they turn it on). Raises NotSubscribedError."""
        async with self._store.write() as connection:
            row = await self._row(connection, user_id)
            return await self._put(connection, replace(row, status=Status.PAUSED, paused_until=until, notice=None))

    async def resume(self, user_id: int) -> SubscriptionRow:
        """It comes again as it was set. Raises NotSubscribedError."""
        async with self._store.write() as connection:
            row = await self._row(connection, user_id)
            return await self._put(connection, replace(row, status=Status.ON, paused_until=None, notice=None))

    async def turn_off(self, user_id: int) -> SubscriptionRow:
        """Nothing comes any more; what was set is kept for the next time. Raises NotSubscribedError."""
        async with self._store.write() as connection:
            row = await self._row(connection, user_id)
            return await self._put(connection, replace(row, status=Status.OFF, paused_until=None, notice=None))

    async def slow_down(self, user_id: int, pace: Pace) -> SubscriptionRow:
        """What the person chose who was asked whether to slow down. Raises NotSubscribedError."""
        async with self._store.write() as connection:
            row = await self._row(connection, user_id)
            row = replace(row, unanswered=0)
            match pace:
                case Pace.WORKDAYS:
                    row = replace(row, days=WORKDAYS)
                case Pace.WEEKLY:
                    today = local_day(self._clock.now(), zone_of(row.zone)).weekday()
                    row = replace(row, days=1 << (today if today in weekdays(row.days) else min(weekdays(row.days))))
                case Pace.PAUSE:
                    row = replace(row, status=Status.PAUSED, paused_until=None)
                case Pace.KEEP:
                    pass
            return await self._put(connection, row)

    # What is told

    async def window(self, row: SubscriptionRow) -> datetime | None:
        """By when the next question comes where many get theirs at that moment; None: within a minute of its time."""
        if row.next_at is None:
            return None
        async with self._store.read() as connection:
            crowd = await daily.due_at_each(connection, row.next_at - AT_MOST_LATE, row.next_at)
        return comes_by(crowd, row.next_at, self._rate)

    async def lately(self, user_id: int) -> list[DayLine]:
        """What became of the latest days, newest first."""
        async with self._store.read() as connection:
            rows = await daily.latest(connection, user_id, SHOWN)
            begun = await daily.begun(connection, [row.round_id for row in rows if row.round_id is not None])
        return [DayLine(row, row.round_id in begun) for row in rows]

    async def after_use(self, user_id: int) -> str | None:
        """Said after every command and click of a person: what there is to tell them.

        Where they have chosen another time zone, their next question moves with it.
        """
        async with self._store.read() as connection:
            row = await daily.find(connection, user_id)
            if row is None:
                return None
            ahead = row.next_at is not None and row.next_at > self._clock.now()
            moved = ahead and row.next_at != self._next(row, await daily.last_day(connection, user_id))
        if moved:
            async with self._store.write() as connection:
                await self._put(connection, await self._row(connection, user_id))
        return row.notice

    async def told(self, user_id: int, notice: str) -> bool:
        """The person is about to be told this; False where they have been."""
        async with self._store.write() as connection:
            return await daily.take_notice(connection, user_id, notice)

    # Inside

    async def _row(self, connection: AsyncConnection, user_id: int) -> SubscriptionRow:
        """The subscription, once all that has become due of it is queued."""
        row = await daily.find(connection, user_id)
        if row is None:
            raise NotSubscribedError
        await self._fall_due(connection, row, self._clock.now())
        return row

    @staticmethod
    async def _fall_due(connection: AsyncConnection, row: SubscriptionRow | None, now: datetime) -> None:
        """A change of the subscription must not swallow a day that has come."""
        if row is not None and row.next_at is not None and row.next_at <= now:
            due = DueRow(row.user_id, row.hour, row.minute, row.days, row.next_at, row.zone)
            await daily.enqueue(connection, fall_due(due, now).days)

    async def _put(self, connection: AsyncConnection, row: SubscriptionRow) -> SubscriptionRow:
        """Keeps the subscription with the moment at which it is next due."""
        row = replace(row, next_at=self._next(row, await daily.last_day(connection, row.user_id)))
        await daily.put(connection, row)
        return row

    def _next(self, row: SubscriptionRow, last: date | None) -> datetime | None:
        """When the next question is due, on a day after `last`."""
        if row.status in {Status.OFF, Status.CLOSED} or (row.status is Status.PAUSED and row.paused_until is None):
            return None
        if row.paused_until is not None:
            last = max(row.paused_until - DAY, last or date.min)
        _, moment = next_daily(
            self._clock.now(), row.hour, row.minute, weekdays(row.days), zone_of(row.zone), after=last
        )
        return moment
