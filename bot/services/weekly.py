"""The weekly post of a server: who moved up, what the group did, one fact. Nobody is named for being last."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.abilities.ledger import ALL_TRACKS, Board
from bot.abilities.periods import Period, key
from bot.clock import Clock
from bot.pictures.weekly import Mover, WeeklyCard, climbers, weekly
from bot.schedule import WEEK, find_zone, local_day, next_weekly
from bot.services.boards import BoardPage, Boards
from bot.services.code_cards import CardFile
from bot.services.posting import PlaceGoneError, PostError
from bot.store import activity
from bot.store.activity import Answered, DueWeekly
from bot.store.engine import Store
from questions.taxonomy import taxonomy

_log = logging.getLogger(__name__)

LATE = timedelta(days=2)
"""A post that could not be sent for so long is left out."""
RETRY = timedelta(minutes=5)


@dataclass(frozen=True)
class WeeklyPost:
    """What a weekly post says."""

    server_id: int
    week: str
    """The key of the week, for the board behind its button."""
    first: date
    answered: int
    people: int
    movers: tuple[Mover, ...]
    effort: BoardPage
    """The most active people of the week."""
    fact: str
    alt: str
    files: tuple[CardFile, ...]


class Announcer(Protocol):
    """Posts in a server's channel."""

    async def server_name(self, server_id: int) -> str:
        """What the server is called."""
        ...

    async def announce(self, channel_id: int, post: WeeklyPost, nonce: str) -> None:
        """Posts; the same nonce sent again within minutes is the same message. Raises PostError."""
        ...

    async def announced(self, channel_id: int, post: WeeklyPost) -> bool:
        """Whether the post stands in the channel already. Raises PostError."""
        ...


class WeeklyPosts:
    """The weekly posts of one bot process."""

    def __init__(self, store: Store, clock: Clock, boards: Boards, announcer: Announcer) -> None:
        self._store = store
        self._clock = clock
        self._boards = boards
        self._announcer = announcer
        self._retry_at: dict[int, datetime] = {}

    async def tick(self) -> None:
        """Called every second: sends what is due."""
        now = self._clock.now()
        async with self._store.read() as connection:
            due = await activity.due_weekly(connection, now)
        for post in due:
            if self._retry_at.get(post.server_id, now) > now:
                continue
            try:
                await self._send(post, now)
                self._retry_at.pop(post.server_id, None)
            except PlaceGoneError as error:
                _log.warning("server %s gets no weekly post: %s", post.server_id, error)
                await self._done(post, now)
            except PostError as error:
                _log.warning("server %s gets its weekly post later: %s", post.server_id, error)
                self._retry_at[post.server_id] = now + RETRY
            except Exception:  # noqa: BLE001 - one server must not keep the others from their post
                _log.exception("server %s: the weekly post failed", post.server_id)
                self._retry_at[post.server_id] = now + RETRY

    async def _send(self, due: DueWeekly, now: datetime) -> None:
        if now - due.due_at > LATE:
            _log.warning("server %s: the weekly post of %s is too late and left out", due.server_id, due.due_at)
            await self._done(due, now)
            return
        post = await self.compose(due.server_id, due.due_at, due.zone)
        if post is None:  # nobody did anything: a post would only say so
            await self._done(due, now)
            return
        nonce = f"w{due.server_id}-{int(due.due_at.timestamp()) % 10**5}"[-25:]
        async with self._store.write() as connection:
            if not await activity.claim_weekly(connection, due, nonce):
                return
        # It may have been sent by a process that was killed before it could note that.
        if due.nonce is None or not await self._announcer.announced(due.channel_id, post):
            await self._announcer.announce(due.channel_id, post, nonce)
        await self._done(due, now)

    async def _done(self, due: DueWeekly, now: datetime) -> None:
        zone = find_zone(due.zone)
        following = next_weekly(now, due.weekday, due.hour, zone) if zone else due.due_at + WEEK
        async with self._store.write() as connection:
            await activity.weekly_done(connection, due, following)

    async def compose(self, server_id: int, at: datetime, zone_name: str) -> WeeklyPost | None:
        """The post of the seven days before `at`; None when nobody answered anything in them."""
        zone = find_zone(zone_name)
        assert zone is not None, zone_name
        last = local_day(at, zone) - timedelta(days=1)
        first = last - timedelta(days=6)
        async with self._store.read() as connection:
            found = await activity.answered_in(connection, server_id, at - WEEK, at)
        if not found:
            return None
        days = [local_day(one.at, zone) for one in found]
        counts = Counter(min(max(day, first), last) for day in days)
        week = key(Period.WEEK, last)
        gains = await self._boards.page(server_id, Board.IMPROVEMENT, ALL_TRACKS, week, 1, None)
        effort = await self._boards.page(server_id, Board.EFFORT, ALL_TRACKS, week, 1, None)
        movers = tuple(climbers([Mover(line.name, line.value) for line in gains.lines]))
        card = WeeklyCard(
            server=await self._announcer.server_name(server_id),
            first=first,
            answered=tuple(counts[first + timedelta(days=number)] for number in range(7)),
            people=len({one.user_id for one in found}),
            movers=movers,
            fact=_fact(found),
        )
        picture = await asyncio.to_thread(weekly, card)
        return WeeklyPost(
            server_id=server_id,
            week=week,
            first=first,
            answered=len(found),
            people=card.people,
            movers=movers,
            effort=effort,
            fact=card.fact,
            alt=picture.alt,
            files=(CardFile("week.png", picture.png),),
        )


def _fact(found: list[Answered]) -> str:
    """Something about the group, never about one person."""
    by_topic: dict[str, list[float]] = {}
    for one in found:
        by_topic.setdefault(one.topic, []).append(one.score)
    practiced = [slug for slug, scores in by_topic.items() if len(scores) >= 3]
    name = taxonomy().name
    if len(practiced) >= 2:
        best = max(practiced, key=lambda slug: sum(by_topic[slug]) / len(by_topic[slug]))
        mean = sum(by_topic[best]) / len(by_topic[best])
        return f"The group did best at {name(best)}: {mean:.0%} on average over {len(by_topic[best])} answers."
    most = max(by_topic, key=lambda slug: len(by_topic[slug]))
    many = len(by_topic)
    if many == 1:
        return f"The whole week went to {name(most)}."
    return f"The group met {many} different topics; {name(most)} most often."
