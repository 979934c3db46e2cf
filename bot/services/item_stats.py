"""Item statistics: how a question does with people, and whether it looks broken.

Discrimination is the point-biserial correlation (for partial credit: Pearson's) of the scores on a question with the
same people's mean score on all other questions, over first results. A good question is answered better by those who are
better elsewhere; below `WEAK` it says little about them (Allen & Yen, *Introduction to Measurement Theory*, 1979).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from bot.store import appeals, item_stats
from bot.store.engine import Store
from bot.store.item_stats import Earned

ENOUGH = 20
"""First results below which nothing is said about a question."""
ELSEWHERE = 3
"""Other questions that a person must have answered for their mean to say something."""
WEAK = 0.1
TOO_HARD, TOO_EASY = 0.1, 0.95
STRONG = 0.25
"""The share of people, the best elsewhere, for whom a question should not be too hard."""
MANY_APPEALS = 0.1
"""Appeals an answer from which a question is suspect."""


@dataclass(frozen=True)
class ItemStats:
    """How a question does. Shares are 0–1."""

    question_id: str
    attempts: int
    """First results."""
    mean: float | None
    discrimination: float | None
    """None below `ENOUGH` people with results elsewhere, or where all have the same score."""
    strong_mean: float | None
    """The mean score of the quarter of people who are best elsewhere."""
    hint_rate: float
    told_rate: float
    """How many gave up."""
    minutes: float | None
    """The median time."""
    appeals: int
    reports: int
    options: Mapping[str, int]
    """Of a choice: how often each option was chosen, by its id."""

    @property
    def suspect(self) -> str | None:
        """Why the question looks broken, in words; None when it does not, or when nothing can be said."""
        if self.attempts < ENOUGH:
            return None
        if self.strong_mean is not None and self.strong_mean < TOO_HARD:
            return "too hard even for the strongest"
        if self.discrimination is not None and self.discrimination < 0:
            return "the better people do worse on it"
        if self.appeals >= 3 and self.appeals / self.attempts >= MANY_APPEALS:
            return "many appeals"
        if self.mean is not None and self.mean > TOO_EASY:
            return "everybody gets it right"
        if self.discrimination is not None and self.discrimination < WEAK:
            return "it does not tell the better from the others"
        return None


class ItemStatistics:
    """Statistics of questions, computed when somebody asks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, question_id: str, server_id: int | None = None) -> ItemStats:
        """Of one question; in a server alone where one is named."""
        async with self._store.read() as connection:
            earned = await item_stats.first_results(connection, question_id, server_id=server_id)
            users = sorted({one.user_id for one in earned})
            others: dict[int, tuple[float, int]] = {}
            for start in range(0, len(users), 500):
                others |= await item_stats.elsewhere(connection, question_id, users[start : start + 500])
            options = await item_stats.chosen(connection, question_id, server_id=server_id)
            appealed = (await appeals.counts(connection, [question_id])).get(question_id, 0)
            reported = await item_stats.reported(connection, question_id)
        pairs = [
            (one.score, others[one.user_id][0])
            for one in earned
            if one.user_id in others and others[one.user_id][1] >= ELSEWHERE
        ]
        return ItemStats(
            question_id=question_id,
            attempts=len(earned),
            mean=fmean(one.score for one in earned) if earned else None,
            discrimination=correlation(pairs) if len(pairs) >= ENOUGH else None,
            strong_mean=_strong(pairs) if len(pairs) >= ENOUGH else None,
            hint_rate=_share(earned, lambda one: one.hints > 0),
            told_rate=_share(earned, lambda one: one.told),
            minutes=median(one.seconds for one in earned) / 60 if earned else None,
            appeals=appealed,
            reports=reported,
            options={name: count for name, count in options.items() if len(name) <= 40},
        )

    async def suspects(
        self, server_id: int | None = None, most: int = 10, *, among: Container[str] | None = None
    ) -> list[ItemStats]:
        """Questions that look broken, those asked most often first; of a server's rounds where one is named.

        `among`: the ids that are looked at, where not all are.
        """
        async with self._store.read() as connection:
            names = await item_stats.asked(connection, server_id=server_id, least=ENOUGH)
        found: list[ItemStats] = []
        for name in names:
            if among is not None and name not in among:
                continue
            stats = await self.of(name, server_id)
            if stats.suspect is not None:
                found.append(stats)
            if len(found) == most:
                break
        return found


def correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Pearson's correlation; None where one side does not vary."""
    if len(pairs) < 2:
        return None
    first, second = fmean(one for one, _ in pairs), fmean(other for _, other in pairs)
    across = math.fsum((one - first) * (other - second) for one, other in pairs)
    squares = math.fsum((one - first) ** 2 for one, _ in pairs) * math.fsum((other - second) ** 2 for _, other in pairs)
    return across / math.sqrt(squares) if squares > 1e-12 else None


def _strong(pairs: Sequence[tuple[float, float]]) -> float:
    best = sorted(pairs, key=lambda pair: -pair[1])[: max(1, round(len(pairs) * STRONG))]
    return fmean(score for score, _ in best)


def _share(earned: Sequence[Earned], holds: Callable[[Earned], bool]) -> float:
    return sum(map(holds, earned)) / len(earned) if earned else 0.0
