"""How a person is doing, as one picture: ratings, their course, active days, strongest and weakest topics."""

from __future__ import annotations

import asyncio
import math
from datetime import timedelta

from bot.abilities.model import (
    EIGHTY_PERCENT,
    RATING_A_LOGIT,
    Ability,
    TopicAbility,
    as_of,
    enough,
    overall,
    rating,
    topics_by_strength,
    track_rating,
    tracks,
)
from bot.clock import Clock
from bot.pictures import Picture
from bot.pictures.progress import (
    TOPICS,
    WEEKS,
    ProgressCard,
    RatingPoint,
    TopicRating,
    TrackRating,
    progress,
)
from bot.schedule import local_day
from bot.services.people import People
from bot.services.ratings import Ratings
from bot.store import activity
from bot.store.engine import Store
from questions.model import Level
from questions.taxonomy import taxonomy


class Progress:
    """Draws progress cards."""

    def __init__(self, store: Store, clock: Clock, people: People, ratings: Ratings) -> None:
        self._store = store
        self._clock = clock
        self._people = people
        self._ratings = ratings

    async def card(self, user_id: int, name: str) -> ProgressCard:
        """What is known about the person; `name` is what they are called on it."""
        now = self._clock.now()
        today = local_day(now, await self._people.zone(user_id))
        async with self._store.read() as connection:
            days = await activity.days(connection, user_id, today - timedelta(weeks=WEEKS))
            level = await activity.latest_level(connection, user_id)
        ability = as_of(await self._ratings.ability_of(user_id), now)
        history = await self._ratings.history(user_id)
        strong = topics_by_strength(ability)
        # A topic is not both: of few, the better half is strong.
        best = strong[: min(TOPICS, math.ceil(len(strong) / 2))]
        worst = [topic for topic in reversed(strong) if topic not in best][:TOPICS]
        total = overall(ability)
        return ProgressCard(
            name=name,
            level=f"{level or Level.MID.value} level",
            today=today,
            overall=(total.value, total.plus_minus) if enough(ability) else None,
            tracks=tuple(_track(ability, track) for track in tracks()),
            history=tuple(RatingPoint(point.at, point.rating.value, point.rating.plus_minus) for point in history),
            days=days,
            strongest=tuple(map(_topic, best)),
            weakest=tuple(map(_topic, worst)),
        )

    async def picture(self, user_id: int, name: str) -> Picture:
        """The same, drawn off the event loop."""
        return await asyncio.to_thread(progress, await self.card(user_id, name))


def _track(ability: Ability, track: str) -> TrackRating:
    name = taxonomy().name(track)
    if not enough(ability, track):
        return TrackRating(name, None)
    found = track_rating(ability, track)
    return TrackRating(name, found.value, found.plus_minus)


def _topic(topic: TopicAbility) -> TopicRating:
    return TopicRating(taxonomy().name(topic.slug), rating(topic.mean), EIGHTY_PERCENT * topic.sd * RATING_A_LOGIT)
