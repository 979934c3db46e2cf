"""Whether somebody is ready for a round of an interview: what they would score today, and how sure that is.

"Ready for a round at a level" claims this: if the person took a fresh exam round of that kind today, the chance of
scoring at least the bar is 80 %. It is not the chance of a job offer.

Abilities are drawn from what is known of the person (`bot.abilities.model`), less what has been forgotten meanwhile;
for each draw a round is drawn from its blueprint. What a round's score scatters around its expectation (partial credit,
the grader's error, the doubt about difficulties) is integrated over instead of drawn, as if normal, so that few draws
suffice and the chance grows steadily with every ability. Chance comes in as a generator: the same one gives the same
answer. `docs/readiness.md` has the figures of `python -m bench.readiness`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bot.abilities.blueprints import BAR, BLUEPRINTS, CORE, MIXES, Blueprint, RoundKind
from bot.abilities.model import DIFFICULTY_ERROR, LINEARIZATION, OWN_OF_TOPIC, Ability, tracks
from questions.model import Level
from questions.taxonomy import taxonomy

Vector = NDArray[np.float64]

DRAWS = 800
READY, BORDERLINE = 0.80, 0.55
ENOUGH_SD = 0.09
"""Above this standard deviation of the expected score there is not enough evidence."""
ENOUGH_COVERED = 0.60
"""The share of a round, by weight, whose topics must have come up lately."""
RECENT_DAYS = 60
GOOD_EXAM = 2.8
"""The band (1–4) that the last exam answers must have reached on average."""
SURELY_WEAK = 0.80
"""A core topic that lies below the bar with more than this chance stands in the way."""
FORGOTTEN = 0.5
"""Logits by which a topic is lowered of which nothing is recalled any more."""

HALF_WAY = 0.5
"""Logits below the bar from which a topic can be built on."""
UNLOCKED = 0.6
"""The chance of being half-way from which a topic counts as known well enough to build on."""
STEP = 0.5
"""Logits by which a topic is taken to improve where the gain is compared."""
HOUR, HOUR_A_GAP = 1.0, 0.5
"""Hours that a step takes, and those that each prerequisite adds which is not half-way known."""
MOST_NEEDED = 40


class State(StrEnum):
    NOT_ENOUGH = "not enough evidence"
    NOT_YET = "not yet"
    BORDERLINE = "borderline"
    READY = "ready"


@dataclass(frozen=True)
class Forecast:
    """What somebody would score in a round today."""

    p: float
    """The chance (0–1) of a round at or above the bar."""
    above: float
    """The chance that the expected score is: what is left of the doubt when the luck of one round is set aside."""
    score: float
    """The score (0–1) to expect."""
    low: float
    high: float
    """Between them the expected score lies eight times in ten."""
    sd: float
    """Standard deviation of the expected score: what is not known about the abilities."""
    weak: Mapping[str, float]
    """By topic, the chance that the ability lies below the bar."""


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on."""

    answers: int = 0
    """Counted results that touch the round."""
    recent: AbstractSet[str] = frozenset()
    """Topics that the person answered questions on within the last 60 days, in any mode."""
    last_exam: float | None = None
    """The mean band (1–4) of the last answers in exams and group rounds on the round's topics, as many as a round has;
    None: there were none."""


@dataclass(frozen=True)
class Verdict:
    state: State
    forecast: Forecast
    evidence: Evidence
    covered: int
    """How many of the round's topics came up lately."""
    topics: int
    obstacle: str | None = None
    """The core topic that stands in the way of being ready."""
    exam_missing: bool = False
    """Whether a round in exam mode is all or part of what is missing."""


@dataclass(frozen=True)
class Needed:
    """About how much more would make a verdict possible."""

    answers: int
    """0: none."""
    tracks: tuple[str, ...]
    """Where, the most important first; at most two."""


def forecast(
    ability: Ability,
    blueprint: Blueprint,
    level: Level,
    chance: np.random.Generator,
    recalled: Mapping[str, float] | None = None,
) -> Forecast:
    """What the person would score in a round of the blueprint at a level.

    `recalled` tells how well (0–1) what was missed on a topic is remembered, for topics where anything was.
    """
    rounds = _draw(ability, blueprint, level, chance, recalled or {})
    expected = _curves(rounds.theta, blueprint, level) @ np.array(MIXES[level]) @ rounds.weights
    low, high = np.quantile(expected, (0.1, 0.9))
    lower = bar(blueprint.kind, level)
    weak = np.mean(rounds.theta < lower, axis=0)
    return Forecast(
        p=_passes(rounds, blueprint),
        above=float(np.mean(expected >= BAR)),
        score=float(expected.mean()),
        low=float(low),
        high=float(high),
        sd=float(expected.std()),
        weak=dict(zip(rounds.topics, weak.tolist(), strict=True)),
    )


def verdict(found: Forecast, blueprint: Blueprint, level: Level, evidence: Evidence) -> Verdict:
    """What a forecast and its evidence amount to."""
    topics = blueprint.topics(level)
    covered = [slug for slug in topics if slug in evidence.recent]
    share = math.fsum(topics[slug] for slug in covered)
    exam_missing = blueprint.exam_needed and evidence.last_exam is None
    every = taxonomy().topics
    obstacle = max(
        (slug for slug in topics if every[slug].weight[level] == CORE and found.weak[slug] > SURELY_WEAK),
        key=lambda slug: found.weak[slug],
        default=None,
    )
    if found.sd > ENOUGH_SD or share < ENOUGH_COVERED or exam_missing:
        state = State.NOT_ENOUGH
    elif found.p < BORDERLINE:
        state = State.NOT_YET
    elif found.p < READY or obstacle is not None or evidence.last_exam is None or evidence.last_exam < GOOD_EXAM:
        state = State.BORDERLINE
    else:
        state = State.READY
    exam_missing = exam_missing or (state is State.BORDERLINE and evidence.last_exam is None)
    return Verdict(state, found, evidence, len(covered), len(topics), obstacle, exam_missing)


def roughly(ability: Ability, blueprint: Blueprint, level: Level, recalled: Mapping[str, float] | None = None) -> float:
    """The chance of `forecast` without a draw, within a few hundredths: as if the expected score were normal too."""
    parts = blueprint.topics(level)
    slugs, weights = tuple(parts), np.array(list(parts.values()))
    mean, cov = moments(ability, slugs)
    mix = np.array(MIXES[level])
    curves = _curves(mean - _lowered(slugs, recalled or {}), blueprint, level)
    steep = weights * ((blueprint.slope * curves * (1 - curves)) @ mix)
    expected = float((curves @ mix) @ weights)
    noise = expected * (1 - expected) * blueprint.kappa + blueprint.error**2
    spread = math.sqrt(float(steep @ cov @ steep) + noise / blueprint.questions)
    return above(expected, spread, BAR)


# How the rounds are drawn


@dataclass(frozen=True)
class _Rounds:
    topics: tuple[str, ...]
    weights: Vector
    theta: Vector
    """Abilities: draws by topics."""
    asked: NDArray[np.intp]
    """The topic of each question: draws by questions."""
    b: Vector
    """The location of each question."""


def _draw(
    ability: Ability, blueprint: Blueprint, level: Level, chance: np.random.Generator, recalled: Mapping[str, float]
) -> _Rounds:
    parts = blueprint.topics(level)
    slugs, weights = tuple(parts), np.array(list(parts.values()))
    mean, cov = moments(ability, slugs)
    theta = mean - _lowered(slugs, recalled) + chance.standard_normal((DRAWS, len(slugs))) @ np.linalg.cholesky(cov).T
    # The largest keys of weighted exponentials are a draw without replacement: no topic is the first of two questions.
    count = min(blueprint.questions, len(slugs))
    keys = np.log(chance.random((DRAWS, len(slugs)))) / weights
    asked = np.argsort(-keys, axis=1)[:, :count]
    which = np.searchsorted(np.cumsum(MIXES[level])[:-1], chance.random((DRAWS, count)))
    return _Rounds(slugs, weights, theta, asked, np.array(blueprint.locations(level))[which])


def _lowered(topics: Sequence[str], recalled: Mapping[str, float]) -> Vector:
    return np.array([FORGOTTEN * (1 - recalled.get(slug, 1.0)) for slug in topics])


def _passes(rounds: _Rounds, blueprint: Blueprint, better: int | None = None) -> float:
    """The share of rounds that reach the bar; `better` is the index of a topic taken to be a step better."""
    theta = np.take_along_axis(rounds.theta, rounds.asked, axis=1)
    if better is not None:
        theta = theta + STEP * (rounds.asked == better)
    p = _logistic(blueprint.slope * (theta - rounds.b))
    slope = blueprint.slope * p * (1 - p)
    noise = p * (1 - p) * blueprint.kappa + blueprint.error**2 + (DIFFICULTY_ERROR * slope) ** 2
    sd = np.sqrt(noise.sum(axis=1)) / p.shape[1]
    return float(np.mean(_normal((p.mean(axis=1) - BAR) / sd)))


def _curves(theta: Vector, blueprint: Blueprint, level: Level) -> Vector:
    """The scores to expect at these abilities of an easy, a medium and a hard question, as the last dimension."""
    return _logistic(blueprint.slope * (theta[..., None] - np.array(blueprint.locations(level))))


def _logistic(x: Vector) -> Vector:
    return 1 / (1 + np.exp(-x))


_ERF = np.vectorize(math.erf, otypes=[np.float64])


def _normal(z: Vector) -> Vector:
    """The standard normal distribution function."""
    return 0.5 * (1 + _ERF(z / math.sqrt(2)))


def moments(ability: Ability, topics: Sequence[str]) -> tuple[Vector, Vector]:
    """Mean and covariance of abilities in topics, scored or not, in logits. Raises ValueError for an unknown track."""
    known = {slug: index for index, slug in enumerate(ability.topics, len(tracks()))}
    rows = [known.get(slug, tracks().index(slug.partition(".")[0])) for slug in topics]
    cov = ability.cov[np.ix_(rows, rows)]
    # A topic that was never scored is its track and something of its own.
    own = np.array([0.0 if slug in known else OWN_OF_TOPIC for slug in topics])
    return ability.mean[rows], cov + np.diag(own)


# Bars of topics


@cache
def bar(kind: RoundKind, level: Level) -> float:
    """The ability (logits) at which a round of the kind is expected to score just the bar."""
    blueprint = BLUEPRINTS[kind]
    low, high = -6.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        if float(_curves(np.array([middle]), blueprint, level)[0] @ np.array(MIXES[level])) < BAR:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def above(mean: float, sd: float, lower: float) -> float:
    """The chance that an ability lies above `lower`."""
    return 0.5 * math.erfc((lower - mean) / (sd * math.sqrt(2)))


def above_bar(
    ability: Ability, topics: Sequence[str], level: Level, recalled: Mapping[str, float] | None = None
) -> dict[str, float]:
    """By topic, the chance that the ability lies above what a round at the level asks for."""
    return _above(ability, topics, level, recalled or {}, 0.0)


def half_way(ability: Ability, topics: Sequence[str], level: Level) -> dict[str, float]:
    """By topic, the chance that the ability suffices to build on it."""
    return _above(ability, topics, level, {}, HALF_WAY)


def _above(
    ability: Ability, topics: Sequence[str], level: Level, recalled: Mapping[str, float], less: float
) -> dict[str, float]:
    mean, cov = moments(ability, topics)
    found: dict[str, float] = {}
    for index, slug in enumerate(topics):
        lower = bar(_kind_of(slug), level) - less
        lowered = float(mean[index]) - FORGOTTEN * (1 - recalled.get(slug, 1.0))
        found[slug] = above(lowered, math.sqrt(float(cov[index, index])), lower)
    return found


def _kind_of(topic: str) -> RoundKind:
    """A round in which the topic is asked about in the usual way."""
    track = topic.partition(".")[0]
    return {
        "mlcode": RoundKind.ML_CODING,
        "dsa": RoundKind.DSA_CODING,
        "behav": RoundKind.BEHAVIORAL,
    }.get(track, RoundKind.BREADTH)


# What to do next


def worth_most(
    ability: Ability,
    blueprint: Blueprint,
    level: Level,
    chance: np.random.Generator,
    recalled: Mapping[str, float] | None = None,
    most: int = 2,
) -> tuple[str, ...]:
    """The topics whose improvement raises the chance to pass most for each hour, the best first.

    A topic takes longer where prerequisites of it are missing.
    """
    rounds = _draw(ability, blueprint, level, chance, recalled or {})
    now = _passes(rounds, blueprint)
    every = taxonomy().topics
    needs = sorted({need for slug in rounds.topics for need in every[slug].needs})
    known = half_way(ability, needs, level) if needs else {}
    gains: list[tuple[float, str]] = []
    for index, slug in enumerate(rounds.topics):
        gaps = sum(known[need] < UNLOCKED for need in every[slug].needs)
        gains.append(((now - _passes(rounds, blueprint, index)) / (HOUR + HOUR_A_GAP * gaps), slug))
    return tuple(slug for _, slug in sorted(gains)[:most])


def needed(ability: Ability, blueprint: Blueprint, level: Level, found: Forecast, evidence: Evidence) -> Needed:
    """About how many more counted answers give enough evidence, each on the topic where it tells most.

    What answers would be is not known, so the abilities stay where they are and only the doubt about them shrinks.
    """
    parts = blueprint.topics(level)
    slugs, weights = tuple(parts), np.array(list(parts.values()))
    mean, cov = moments(ability, slugs)
    curves = _curves(mean, blueprint, level)
    steep = weights * ((blueprint.slope * curves * (1 - curves)) @ np.array(MIXES[level]))
    # The linear guess at the standard deviation is too wide while little is known, and right once there is enough.
    scale = math.sqrt(found.sd / math.sqrt(float(steep @ cov @ steep)))
    uncovered = np.array([slug not in evidence.recent for slug in slugs])
    share = float(weights[~uncovered].sum())
    asked: list[str] = []
    while len(asked) < MOST_NEEDED:
        doubtful = scale * math.sqrt(max(float(steep @ cov @ steep), 0.0)) > ENOUGH_SD
        if not doubtful and share >= ENOUGH_COVERED:
            break
        p = curves[:, 1]
        slope = blueprint.slope * p * (1 - p)
        noise = p * (1 - p) * blueprint.kappa + blueprint.error**2 + (DIFFICULTY_ERROR * slope) ** 2
        total = slope**2 * np.diag(cov) + LINEARIZATION * noise
        telling = (cov @ steep) ** 2 * slope**2 / total
        if share < ENOUGH_COVERED:
            telling = np.where(uncovered, telling if doubtful else weights, 0.0)
        index = int(np.argmax(telling))
        asked.append(slugs[index])
        cov = cov - np.multiply.outer(cov[:, index], cov[index]) * float(slope[index] ** 2 / total[index])
        share += float(weights[index] * uncovered[index])
        uncovered[index] = False
    counts: dict[str, int] = {}
    for slug in asked:
        counts[slug.partition(".")[0]] = counts.get(slug.partition(".")[0], 0) + 1
    return Needed(len(asked), tuple(sorted(counts, key=lambda track: -counts[track])[:2]))
