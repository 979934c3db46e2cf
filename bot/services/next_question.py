"""What somebody should meet next: something missed that is due, else something new from their plan."""

from __future__ import annotations

import asyncio

from bot.practice.review import due_on
from bot.services.learning import Learner, Learning
from bot.services.plans import Plans
from bot.services.reviews import Pick, Reviews
from questions.bank import Choice
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import Behavioral, Level
from questions.taxonomy import taxonomy

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


class Chooser:
    """Chooses from reviews and plans. Implements `bot.services.daily_draw.NextQuestion`."""

    def __init__(self, learning: Learning, reviews: Reviews, plans: Plans) -> None:
        self._learning = learning
        self._reviews = reviews
        self._plans = plans

    async def choose(
        self, user_id: int, kinds: tuple[type[AnyQuestion], ...], level: Level, count: int
    ) -> tuple[list[str] | None, str]:
        """Ids of up to `count` questions of these kinds (None: any will do), and why these, in a sentence."""
        learner = await self._learning.of(user_id)
        if learner.plan is None and not any(row.card.memory.due <= learner.day for row in learner.cards):
            return None, ""
        asked = await self._learning.asked_lately(user_id) if learner.plan is not None else frozenset[str]()
        return await asyncio.to_thread(self._choose, learner, asked, kinds, level, count)

    def _choose(
        self, learner: Learner, asked: frozenset[str], kinds: tuple[type[AnyQuestion], ...], level: Level, count: int
    ) -> tuple[list[str] | None, str]:
        cards = [row.card for row in learner.cards]
        picks = self._reviews.picks(learner, due_on(cards, learner.day, learner.weight), kinds)
        chosen = list(dict.fromkeys(pick.question for pick in picks))
        reason = self._missed(learner, picks[0]) if picks else ""
        if len(chosen) < count:
            fresh, told = self._planned(learner, asked, kinds, level, frozenset(chosen))
            chosen += fresh
            reason = reason or told
        first = learner.bank.get(chosen[0]) if chosen else None
        same = [name for name in chosen if first is not None and _alike(first, learner.bank.get(name))]
        return (same[:count], reason) if same else (None, "")

    @staticmethod
    def _missed(learner: Learner, pick: Pick) -> str:
        """Why something comes back, without telling what was missed: that is the question."""
        row = next(row for row in learner.cards if row.card is pick.card)
        days = (learner.day - row.missed_at.astimezone(learner.zone).date()).days
        topic = taxonomy().name(pick.card.topic)
        when = _ago(days)
        if pick.stand_in:
            return f"You missed something on {topic} {when}: first another question on it, then that one again."
        if pick.question == pick.card.question:
            return f"You missed something on {topic} {when}: here it is again."
        return f"You missed something on {topic} {when}: here it comes in other words."

    def _planned(
        self,
        learner: Learner,
        asked: frozenset[str],
        kinds: tuple[type[AnyQuestion], ...],
        level: Level,
        taken: frozenset[str],
    ) -> tuple[list[str], str]:
        """Questions on the first topic of today's plan that has any which were not met. What came lately and was left
        unanswered comes again only when nothing else on these topics is left."""
        if learner.plan is None:
            return [], ""
        _, visits = self._plans.plan_of(learner, learner.plan)
        left: list[tuple[list[str], str]] = []
        for visit in visits:
            unmet = [
                question.id
                for question in learner.bank.matching(Choice(kinds, level, visit.topic))
                if question.topic == visit.topic and question.id not in learner.seen | taken
            ]
            name = taxonomy().name(visit.topic)
            fresh = [question for question in unmet if question not in asked]
            if fresh:
                new = visit.number == 1 and len(fresh) == len(unmet)
                return fresh, f"New from your plan: {name}." if new else f"From your plan: {name}."
            if unmet:
                left.append((unmet, f"From your plan, once more: {name}."))
        return left[0] if left else ([], "")


def _alike(first: AnyQuestion, other: AnyQuestion | None) -> bool:
    """Whether two questions can be asked in one round."""
    return other is not None and all(
        isinstance(first, kind) == isinstance(other, kind) for kind in (CodeTask, Behavioral)
    )


def _ago(days: int) -> str:
    if days <= 0:
        return "earlier today"
    if days == 1:
        return "yesterday"
    if days < len(_NUMBERS):
        return f"{_NUMBERS[days]} days ago"
    return f"{days} days ago" if days < 60 else f"{days // 30} months ago"
