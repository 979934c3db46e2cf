"""What the ability model knows of a question: how hard it is, how noisy its score is, and which topics it asks.

The curve of an item is `p = c + (1 - c) * logistic(a * (ability - b))`: the score to expect of a person whose ability
in the item's topics has that weighted mean (logits; 0 is a typical mid-level candidate).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import Behavioral, Difficulty, FreeText, Level, MultipleChoice, Numeric

SLOPE = 1.2
LOCATIONS: Mapping[int, float] = {1: -1.2, 2: -0.6, 3: 0.0, 4: 0.8, 5: 1.5}
"""`b` by the author's difficulty, where the author gave no `b`."""

LEVEL_SHIFT: Mapping[Level, float] = {Level.JUNIOR: -0.5, Level.MID: 0.0, Level.SENIOR: 0.15}
"""Added to `b` of free text. The same words score higher where less is expected of them; the shifts undo that, so that
nobody is rated higher for the level they choose. `python -m bench.abilities --grader` measures them."""

TOPIC_WEIGHTS: Mapping[int, tuple[float, ...]] = {1: (1.0,), 2: (0.6, 0.4), 3: (0.5, 0.25, 0.25)}
"""What each topic of a question counts, the primary one first, by how many it has."""

WHOLE, PARTIAL = 1.0, 0.35
"""`kappa` of a score that is right or wrong, and of one with partial credit: one over how many independent right-or-
wrong decisions it is worth. Free text has seven to nine key points that hang together. The cases of a task fail in
groups (the idea, an edge case, the growth), and its follow-ups are asked besides; a story has five parts."""

TEXT_ERROR = 0.14
"""Standard deviation of the text grader's score around a person's: `python -m bench.abilities --grader`."""
STORY_ERROR = 0.15
FOLLOW_UP_ERROR = 0.035
"""Of code with follow-ups: they are text, and a quarter of the score. What the cases say is exact."""


@dataclass(frozen=True)
class Item:
    """A question as the model sees it. Raises ValueError where a value makes no sense."""

    a: float
    """Slope, above 0."""
    b: float
    """Location: the ability at which half of what guessing leaves is expected."""
    c: float
    """The score that guessing earns, 0–1."""
    kappa: float
    """Variance of the score as a share of that of a right-or-wrong one, above 0 up to 1."""
    g: float
    """Standard deviation of the grader's error, on the score's scale of 0–1."""
    topics: tuple[tuple[str, float], ...]
    """Slugs with their weights, which sum to 1. Kept in the order of the slugs: no result depends on theirs."""

    def __post_init__(self) -> None:
        if not (self.a > 0 and 0 <= self.c < 1 and 0 < self.kappa <= 1 and self.g >= 0 and math.isfinite(self.b)):
            raise ValueError(f"not an item's parameters: {self}")
        weights = [weight for _, weight in self.topics]
        if not weights or min(weights) <= 0 or not math.isclose(math.fsum(weights), 1):
            raise ValueError(f"the weights of an item's topics are positive and sum to 1: {self.topics}")
        if len({slug for slug, _ in self.topics}) != len(weights):
            raise ValueError(f"a topic is listed twice: {self.topics}")
        object.__setattr__(self, "topics", tuple(sorted(self.topics)))


def item_of(question: AnyQuestion, level: Level) -> Item:
    """The item that a question is when asked at a level."""
    location, slope, floor = _given(question.difficulty)
    match question:
        case MultipleChoice():
            floor, kappa, error = floor or 1 / len(question.options), WHOLE, 0.0
        case Numeric():
            kappa, error = WHOLE, 0.0
        case FreeText():
            location, kappa, error = location + LEVEL_SHIFT[level], PARTIAL, TEXT_ERROR
        case Behavioral():
            kappa, error = PARTIAL, STORY_ERROR  # its score is the same at every level, so no shift
        case CodeTask():
            kappa, error = PARTIAL, FOLLOW_UP_ERROR if question.followups else 0.0
        case _:
            assert_never(question)
    weights = TOPIC_WEIGHTS[len(question.topics)]
    return Item(slope, location, floor, kappa, error, tuple(zip(question.topics, weights, strict=True)))


def _given(difficulty: Difficulty) -> tuple[float, float, float]:
    """b, a, c: the author's where given.

    Stored questions leave out what equals a default, so what an author wrote can only be told by its value: all three
    at their defaults is nothing given, and a slope of exactly 1 never is.
    """
    slope = SLOPE if difficulty.a == 1.0 else difficulty.a
    if (difficulty.b, difficulty.a, difficulty.c) == (0.0, 1.0, 0.0):
        return LOCATIONS[difficulty.level], slope, 0.0
    return difficulty.b, slope, difficulty.c
