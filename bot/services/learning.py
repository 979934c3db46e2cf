"""What is known of a person who practices: abilities, cards, all that they met, their plan; read at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.abilities import model
from bot.abilities.ledger import EVERYWHERE
from bot.abilities.model import Ability
from bot.abilities.readiness import above_bar, half_way
from bot.clock import Clock
from bot.practice.plan import Knowledge
from bot.practice.review import mean_retrievability
from bot.schedule import find_zone, local_day
from bot.services.banks import Banks
from bot.services.people import UTC
from bot.store import daily, people, practice, standings
from bot.store.engine import Store
from bot.store.practice import CardRow, Met, PlanRow
from questions.bank import Bank
from questions.model import Level
from questions.taxonomy import taxonomy

LATEST = 3
"""Answers on a topic whose mean tells how it goes."""
LATELY = 30
"""Daily questions that came last, and are not to come again yet."""


@dataclass(frozen=True)
class Learner:
    """One person at one moment."""

    user_id: int
    now: datetime
    zone: ZoneInfo
    bank: Bank
    """What can be asked where they are."""
    ability: Ability
    cards: tuple[CardRow, ...]
    """What is to come back, as far as it can be asked where they are."""
    met: tuple[Met, ...]
    """Everything that they finished, oldest first."""
    plan: PlanRow | None

    @cached_property
    def day(self) -> date:
        """Their own calendar day."""
        return local_day(self.now, self.zone)

    @property
    def level(self) -> Level:
        """Of their plan, else of their latest round."""
        if self.plan is not None:
            return self.plan.level
        return self.met[-1].level if self.met else Level.MID

    @cached_property
    def recalled(self) -> dict[str, float]:
        """By topic, how well (0–1) they remember what they once missed."""
        return mean_retrievability((row.card for row in self.cards), self.day)

    @cached_property
    def last_in_topic(self) -> dict[str, str]:
        """By topic, the question that they finished last."""
        return {one.topic: one.question_id for one in self.met}

    @cached_property
    def seen(self) -> frozenset[str]:
        return frozenset(one.question_id for one in self.met)

    def topics_of(self, one: Met) -> tuple[str, ...]:
        """All topics of a question that was met; its first one where it is gone from the bank."""
        question = self.bank.get(one.question_id)
        return question.topics if question is not None else (one.topic,)

    def weight(self, topic: str) -> float:
        """How much a topic counts at their level: half of a topic that loops hardly touch is left."""
        known = taxonomy().topics.get(topic)
        return 0.5 + known.weight[self.level] if known else 0.5

    def knowledge(self, level: Level) -> dict[str, Knowledge]:
        """What is known of them in every topic, for interviews at a level."""
        slugs = tuple(taxonomy().topics)
        above = above_bar(self.ability, slugs, level, self.recalled)
        half = half_way(self.ability, slugs, level)
        days: dict[str, list[date]] = {}
        scores: dict[str, list[float]] = {}
        for one in self.met:
            there = days.setdefault(one.topic, [])
            if not there or there[-1] < one.day:
                there.append(one.day)
            scores.setdefault(one.topic, []).append(one.score)
        found: dict[str, Knowledge] = {}
        for slug in slugs:
            latest = scores.get(slug, [])[-LATEST:]
            mean = sum(latest) / len(latest) if latest else 0.0
            found[slug] = Knowledge(above[slug], half[slug], tuple(days.get(slug, ())), mean)
        return found


class Learning:
    """Reads what is known of people."""

    def __init__(self, store: Store, banks: Banks, clock: Clock) -> None:
        self._store = store
        self._banks = banks
        self._clock = clock

    async def of(self, user_id: int, server_id: int | None = None) -> Learner:
        """The person as they are now; `server_id`: where they are, as servers have questions of their own."""
        bank = await self._banks.of(server_id)
        now = self._clock.now()
        async with self._store.read() as connection:
            person = await people.find(connection, user_id)
            state = await standings.ability(connection, EVERYWHERE, user_id)
            cards = await practice.cards(connection, user_id)
            met = await practice.met(connection, user_id)
            plan = await practice.plan(connection, user_id)
        zone = find_zone(person.zone) if person is not None and person.zone else None
        ability = model.decode(state) if state is not None else model.prior()
        return Learner(
            user_id=user_id,
            now=now,
            zone=zone or UTC,
            bank=bank,
            ability=model.as_of(ability, now),
            cards=tuple(row for row in cards if bank.get(row.card.question) is not None),
            met=tuple(met),
            plan=plan,
        )

    async def asked_lately(self, user_id: int) -> frozenset[str]:
        """Ids of the questions that their last daily questions asked, whether or not they were answered."""
        async with self._store.read() as connection:
            return await daily.asked_lately(connection, user_id, LATELY)
