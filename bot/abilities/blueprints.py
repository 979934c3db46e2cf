"""What the rounds of an interview loop are made of: which topics, how hard, how many questions.

A blueprint says how a round of a kind is drawn at a level: shares of tracks (or of single topics), inside a track
topics by how often loops of that level touch them, and three difficulties. `bot.abilities.readiness` asks of it what
somebody would score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from bot.abilities.items import FOLLOW_UP_ERROR, LEVEL_SHIFT, PARTIAL, SLOPE, STORY_ERROR, TEXT_ERROR
from questions.model import Level
from questions.taxonomy import taxonomy

BAR = 0.62
"""The score (0–1) of a round that passes."""
DIFFICULTIES = (-1.2, 0.0, 1.2)
"""`b` of an easy, a medium and a hard question."""
MIXES: Mapping[Level, tuple[float, float, float]] = {
    Level.JUNIOR: (0.45, 0.45, 0.10),
    Level.MID: (0.20, 0.55, 0.25),
    Level.SENIOR: (0.05, 0.45, 0.50),
}
"""How many of a level's questions are easy, medium and hard."""
CORE = 5
"""The weight of a topic that more than four loops in five touch."""


class Played(StrEnum):
    """How the bot plays a kind of round."""

    QUIZ = "quiz"
    CODE = "code"
    STORY = "story"
    NOT_YET = "not yet"


class RoundKind(StrEnum):
    PHONE_SCREEN = "phone-screen"
    BREADTH = "ml-breadth"
    MATH = "math"
    ML_CODING = "ml-coding"
    DSA_CODING = "dsa-coding"
    DATA = "data-feature"
    EVALUATION = "evaluation"
    CASE = "case-study"
    DESIGN = "ml-system-design"
    MLOPS = "mlops"
    DOMAIN = "domain"
    DEEP_DIVE = "project-deep-dive"
    BEHAVIORAL = "behavioral"
    TAKE_HOME = "take-home"
    REVERSE = "reverse"
    FOLLOW_UP = "follow-up"


@dataclass(frozen=True)
class Blueprint:
    kind: RoundKind
    name: str
    """As people read it."""
    played: Played
    questions: int
    """Of a round."""
    shares: Mapping[str, float]
    """By track or topic; they sum to 1. A track's share goes to those of its topics that are not named themselves."""
    exam_needed: bool = False
    """Whether nothing is said without a round in exam mode or a group round of it."""
    elsewhere: frozenset[str] = frozenset()
    """Topics that the round leaves to another one."""

    @property
    def error(self) -> float:
        """Standard deviation of the grader's error on one question's score."""
        return {Played.CODE: FOLLOW_UP_ERROR, Played.STORY: STORY_ERROR}.get(self.played, TEXT_ERROR)

    @property
    def kappa(self) -> float:
        """The variance of a question's score, as a share of a right-or-wrong one's."""
        return PARTIAL

    def locations(self, level: Level) -> tuple[float, ...]:
        """`b` of an easy, a medium and a hard question as it is scored at the level."""
        shift = LEVEL_SHIFT[level] if self.played in {Played.QUIZ, Played.NOT_YET} else 0.0
        return tuple(b + shift for b in DIFFICULTIES)

    @property
    def slope(self) -> float:
        return SLOPE

    def topics(self, level: Level) -> Mapping[str, float]:
        """What each topic counts at a level, in curriculum order; it sums to 1, and all are above 0."""
        return _topics(tuple(self.shares.items()), self.elsewhere, level)


BLUEPRINTS: Mapping[RoundKind, Blueprint] = {
    blueprint.kind: blueprint
    for blueprint in (
        Blueprint(
            RoundKind.PHONE_SCREEN, "Phone screen", Played.NOT_YET, 8,
            {
                "ml": 0.35, "behav.intro-motivation": 0.15, "behav.project-narrative": 0.15, "eval": 0.10,
                "data": 0.10, "dsa": 0.10, "process": 0.05,
            },
        ),
        Blueprint(
            RoundKind.BREADTH, "ML breadth", Played.QUIZ, 8,
            {"ml": 0.40, "dl": 0.20, "eval": 0.12, "data": 0.12, "math": 0.08, "nlp": 0.08},
        ),
        Blueprint(RoundKind.MATH, "Mathematics", Played.QUIZ, 5, {"math": 1.0}),
        Blueprint(
            RoundKind.ML_CODING, "ML coding", Played.CODE, 2, {"mlcode": 0.85, "ml": 0.10, "eval": 0.05}, True
        ),
        Blueprint(RoundKind.DSA_CODING, "Coding (algorithms)", Played.CODE, 2, {"dsa": 1.0}, True),
        Blueprint(RoundKind.DATA, "Data and features", Played.QUIZ, 6, {"data": 0.85, "eval": 0.15}),
        Blueprint(
            RoundKind.EVALUATION, "Model evaluation", Played.QUIZ, 6,
            {"eval": 0.80, "data.splitting-leakage": 0.10, "data.class-imbalance": 0.10},
        ),
        Blueprint(
            RoundKind.CASE, "Case study", Played.NOT_YET, 5, {"case": 0.60, "data": 0.15, "eval": 0.15, "domain": 0.10}
        ),
        Blueprint(
            RoundKind.DESIGN, "ML system design", Played.NOT_YET, 8,
            {"design": 0.65, "domain": 0.15, "ops": 0.12, "eval": 0.08}, True,
        ),
        Blueprint(
            RoundKind.MLOPS, "MLOps", Played.QUIZ, 6,
            {"ops": 0.80, "design.serving": 0.07, "design.capacity": 0.06, "design.rollout-monitoring": 0.07},
        ),
        Blueprint(RoundKind.DOMAIN, "Domain", Played.NOT_YET, 6, {"domain": 0.80, "eval": 0.10, "design": 0.10}),
        Blueprint(
            RoundKind.DEEP_DIVE, "Project deep dive", Played.NOT_YET, 5,
            {
                "behav.project-narrative": 0.30, "behav.project-depth": 0.30, "eval": 0.15, "data": 0.15,
                "ops": 0.10,
            },
            True,
        ),
        Blueprint(
            RoundKind.BEHAVIORAL, "Behavioral", Played.STORY, 4, {"behav": 1.0}, True,
            frozenset({"behav.project-narrative", "behav.project-depth"}),
        ),
        Blueprint(
            RoundKind.TAKE_HOME, "Take-home", Played.NOT_YET, 4,
            {"case.takehome": 0.40, "mlcode": 0.25, "eval": 0.20, "data": 0.15},
        ),
        Blueprint(
            RoundKind.REVERSE, "Your questions to them", Played.NOT_YET, 4,
            {"process.questions-to-ask": 0.70, "process.company-research": 0.30},
        ),
        Blueprint(
            RoundKind.FOLLOW_UP, "Follow-up", Played.NOT_YET, 2,
            {"process.follow-up": 0.50, "process.reflection-planning": 0.50},
        ),
    )
}  # fmt: skip
"""Every kind of round that loops have."""


@cache
def _topics(shares: tuple[tuple[str, float], ...], elsewhere: frozenset[str], level: Level) -> Mapping[str, float]:
    every = taxonomy().topics
    named = {slug for slug, _ in shares}
    found: dict[str, float] = {}
    for slug, share in shares:
        if slug in every:
            found[slug] = share
            continue
        often = {
            topic.slug: topic.weight[level]
            for topic in every.values()
            if topic.track == slug and topic.slug not in elsewhere and topic.slug not in named
        }
        total = sum(often.values())
        found |= {name: share * weight / total for name, weight in often.items() if weight}
    whole = sum(found.values())
    return {slug: found[slug] / whole for slug in every if slug in found}
