"""A person's abilities as correlated Gaussians, updated with every counted score.

Each of the taxonomy's tracks has an ability τ, each topic one of its own beside its track's::

    τ_k = shared + own         τ ~ N(μ, 0.5 + 0.3·δ)      0.5 is common to all tracks
    θ_t = τ_track(t) + ε_t     ε ~ N(0, 0.4)

so that a topic has variance 1.2 and covariance 0.8 with topics of its track, 0.5 with others. A score y of an item
(`bot.abilities.items`) with topic weights w moves the whole vector by one step of an extended Kalman filter::

    p = c + (1-c)·σ(a(w'm - b))    H = a(1-c)σ(1-σ)
    R = 1.3·[p(1-p)κ + g² + (0.3·H)²]
    S = H²·w'Pw + R                K = P w·H / S
    m ← m + K(y - p)               P ← P - K·H·w'P

0.3 is the doubt about an author's difficulty; 1.3 makes up for what the linear step is too sure of. Between answers
the covariance returns to the prior's at 0.25 % a day, P ← P0 + (P - P0)·exp(-0.0025·days): abilities change as they are
spread, mostly together; what is known well loses 0.003 a day, and nothing gets less sure than the prior.
`docs/ratings.md` has sources, figures and limits.

A topic enters the state when it is first scored. Until then it is its track's ability plus ε, which is exactly what the
larger state would say of it, so a state stays as small as what a person has met.

**To the last bit.** A stored state is compared with one computed anew from the same scores, perhaps on another machine.
So everything that reaches a state is made of single IEEE operations in a fixed order: no BLAS, whose order depends on
the processor, and no `exp` of the C library, whose last digit does.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from bot.abilities.items import Item
from questions.model import Level
from questions.taxonomy import taxonomy

Vector = NDArray[np.float64]

SHARED, OWN_OF_TRACK, OWN_OF_TOPIC = 0.5, 0.3, 0.4
"""Prior variances, in square logits."""
TRACK_VARIANCE = SHARED + OWN_OF_TRACK
TOPIC_VARIANCE = TRACK_VARIANCE + OWN_OF_TOPIC
START = {Level.JUNIOR: -0.5, Level.MID: 0.0, Level.SENIOR: 0.5}
"""The prior's mean by the level that a person says to have."""

LINEARIZATION = 1.3
DIFFICULTY_ERROR = 0.3
"""Standard deviation of an author's `b`."""
FORGETTING_A_DAY = 0.0025
"""The share of what is known that a day without an answer takes: 0.003 of a well-known topic's variance of 1.2."""

RATING_CENTER = 1500
RATING_A_LOGIT = 174
"""400 / ln 10, as in chess: at a slope of 1, 400 points are odds of ten to one."""
EIGHTY_PERCENT = 1.2816
"""Standard deviations either side of the mean that hold 80 % of a normal distribution."""

TARGET = 0.7
_SUITABLE_WIDTH = 0.15
_LEAST_SUITABLE = 0.05

ENOUGH_RESULTS = 8
ENOUGH_RESULTS_IN_TRACK = 4
ENOUGH_DEVIATION = 0.5
ENOUGH_DEVIATION_IN_TRACK = 0.6

_LARGEST_LOGIT = 30.0
"""Beyond it a score is as good as certain, and 1 - p would be lost to rounding."""
_DIGITS = Context(prec=20)


@cache
def tracks() -> tuple[str, ...]:
    """The tracks in the order in which they stand in every state."""
    return tuple(track.slug for track in taxonomy().tracks)


@cache
def track_weights() -> tuple[float, ...]:
    """What each track counts in the overall ability: how often loops at mid level touch its topics. They sum to 1."""
    totals = [sum(topic.weight[Level.MID] for topic in track.topics) for track in taxonomy().tracks]
    return tuple(total / sum(totals) for total in totals)


@dataclass(frozen=True, eq=False)
class Ability:
    """What is known of a person. Two states are equal if they agree to the last bit."""

    topics: tuple[str, ...]
    """Topics scored so far, in the order of their first score. Dimensions are the tracks, then these."""
    mean: Vector
    """Logits."""
    cov: Vector
    """Symmetric and positive definite."""
    counts: tuple[int, ...]
    """How many counted results touched each dimension."""
    count: int = 0
    """Counted results."""
    updated_at: datetime | None = None
    """The latest result's moment, UTC; None before the first."""

    def __post_init__(self) -> None:
        self.mean.setflags(write=False)
        self.cov.setflags(write=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ability) and encode(self) == encode(other)

    def __hash__(self) -> int:
        return hash(encode(self))

    @property
    def track_counts(self) -> tuple[int, ...]:
        """How many counted results touched each track, in the order of `tracks()`."""
        return self.counts[: len(tracks())]


@dataclass(frozen=True)
class Rating:
    """An ability as people read it: 1500 is a typical mid-level candidate."""

    value: float
    plus_minus: float
    """Half the width of the interval that holds the true value with 80 % probability."""


@dataclass(frozen=True)
class TopicAbility:
    slug: str
    mean: float
    """Logits, as `sd`."""
    sd: float
    count: int
    """Counted results that touched it."""


def prior(level: Level = Level.MID) -> Ability:
    """What is supposed of somebody who says to be of that level, before any answer."""
    size = len(tracks())
    return Ability((), np.full(size, START[level]), _prior_cov(()), (0,) * size)


def expected(ability: Ability, item: Item) -> float:
    """The score of the item to expect of the person, 0–1, taking their mean ability for the true one.

    Raises ValueError for a topic of an unknown track.
    """
    mean = ability.mean
    logit = math.fsum(weight * float(mean[_position(ability, slug)]) for slug, weight in item.topics)
    return item.c + (1 - item.c) * _logistic(item.a * (logit - item.b))


def update(ability: Ability, item: Item, y: float, at: datetime, *, seen_before: bool = False) -> Ability:
    """The ability after the person scored `y` (0–1, after hints) at the item.

    `seen_before` halves what the score tells: the person had met the question before. A moment before the latest
    result's is taken for the same moment. Raises ValueError for a score outside 0–1, a moment without a time zone or
    a topic of an unknown track.
    """
    if not 0 <= y <= 1:
        raise ValueError(f"a score is within 0 and 1: {y}")
    now = as_of(ability, at)
    ability = _with_topics(now, [slug for slug, _ in item.topics])
    mean, cov = ability.mean, ability.cov
    weights = [(_position(ability, slug), weight) for slug, weight in item.topics]
    covariance = np.zeros(len(mean))
    for index, weight in weights:
        covariance += weight * cov[index]
    variance = math.fsum(weight * float(covariance[index]) for index, weight in weights)
    logit = math.fsum(weight * float(mean[index]) for index, weight in weights)

    curve = _logistic(item.a * (logit - item.b))
    p = item.c + (1 - item.c) * curve
    slope = item.a * (1 - item.c) * curve * (1 - curve)
    noise = LINEARIZATION * (
        p * (1 - p) * item.kappa + item.g * item.g + DIFFICULTY_ERROR * DIFFICULTY_ERROR * slope * slope
    )
    if seen_before:
        noise *= 2
    total = slope * slope * variance + noise

    touched = {index for index, _ in weights} | {_track_of(slug) for slug, _ in item.topics}
    return replace(
        ability,
        mean=mean + covariance * (slope / total * (y - p)),
        # The product of a vector with itself is symmetric to the last bit, and so stays the covariance.
        cov=cov - np.multiply.outer(covariance, covariance) * (slope * slope / total),
        counts=tuple(count + (index in touched) for index, count in enumerate(ability.counts)),
        count=ability.count + 1,
        updated_at=now.updated_at or at.astimezone(UTC),
    )


def as_of(ability: Ability, at: datetime) -> Ability:
    """The ability at a later moment: days without an answer make it less sure. For showing; `update` does it itself.

    Raises ValueError for a moment without a time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    at = at.astimezone(UTC)
    if ability.updated_at is None or at <= ability.updated_at:
        return ability
    kept = _exp(-FORGETTING_A_DAY * ((at - ability.updated_at) / timedelta(days=1)))
    return replace(ability, cov=ability.cov + (_prior_cov(ability.topics) - ability.cov) * (1 - kept), updated_at=at)


def rating(mean: float) -> float:
    """Rating points of an ability in logits."""
    return RATING_CENTER + RATING_A_LOGIT * mean


def track_rating(ability: Ability, track: str) -> Rating:
    """The rating in a track. Raises ValueError for an unknown one."""
    return _rating(*_moments(ability, track))


def overall(ability: Ability) -> Rating:
    """The rating over all tracks, each counting as much as `track_weights` says."""
    return _rating(*_moments(ability, None))


def skill(ability: Ability, track: str | None = None) -> float:
    """Rating points that the person very likely has (two standard deviations below the mean), for boards.

    Overall without a track. Raises ValueError for an unknown one.
    """
    mean, sd = _moments(ability, track)
    return rating(mean - 2 * sd)


def enough(ability: Ability, track: str | None = None) -> bool:
    """Whether there is evidence for showing others a rating, overall or in a track."""
    _, sd = _moments(ability, track)
    if track is None:
        return ability.count >= ENOUGH_RESULTS and sd <= ENOUGH_DEVIATION
    return ability.counts[_track(track)] >= ENOUGH_RESULTS_IN_TRACK and sd <= ENOUGH_DEVIATION_IN_TRACK


def topics_by_strength(ability: Ability, least: int = 2) -> tuple[TopicAbility, ...]:
    """Topics with at least that many counted results, the strongest first."""
    start = len(tracks())
    found = [
        TopicAbility(slug, float(ability.mean[index]), math.sqrt(ability.cov[index, index]), ability.counts[index])
        for index, slug in enumerate(ability.topics, start)
        if ability.counts[index] >= least
    ]
    return tuple(sorted(found, key=lambda topic: (-topic.mean, topic.slug)))


def suitability(p: float, target: float = TARGET) -> float:
    """A weight for drawing a question whose expected score is `p`: 1 at the target, never 0."""
    return _LEAST_SUITABLE + (1 - _LEAST_SUITABLE) * math.exp(-0.5 * ((p - target) / _SUITABLE_WIDTH) ** 2)


def _logistic(x: float) -> float:
    return 1 / (1 + _exp(-min(max(x, -_LARGEST_LOGIT), _LARGEST_LOGIT)))


def _exp(x: float) -> float:
    """Correctly rounded but for the last of twenty digits, so the same everywhere."""
    return float(_DIGITS.exp(Decimal(x)))


@lru_cache(maxsize=256)
def _prior_cov(topics: tuple[str, ...]) -> Vector:
    size = len(tracks())
    track = np.array([*range(size), *(_track_of(topic) for topic in topics)])
    own = np.where(np.arange(len(track)) < size, 0.0, OWN_OF_TOPIC)
    cov = SHARED + OWN_OF_TRACK * (track[:, None] == track) + np.diag(own)
    cov.setflags(write=False)
    return cov


def _track(slug: str) -> int:
    try:
        return tracks().index(slug)
    except ValueError:
        raise ValueError(f"unknown track {slug!r}") from None


def _track_of(topic: str) -> int:
    return _track(topic.partition(".")[0])


def _position(ability: Ability, topic: str) -> int:
    """The dimension that stands for a topic: its own, or its track's as long as it was never scored."""
    if topic in ability.topics:
        return len(tracks()) + ability.topics.index(topic)
    return _track_of(topic)


def _with_topics(ability: Ability, topics: list[str]) -> Ability:
    new = [topic for topic in topics if topic not in ability.topics]
    if not new:
        return ability
    size = len(ability.mean)
    # A new topic moves with everything as its track does, other new topics of the track included.
    source = [*range(size), *(_track_of(topic) for topic in new)]
    cov = ability.cov[np.ix_(source, source)]
    for index in range(size, len(source)):
        cov[index, index] += OWN_OF_TOPIC
    counts = (*ability.counts, *(0 for _ in new))
    return replace(ability, topics=(*ability.topics, *new), mean=ability.mean[source], cov=cov, counts=counts)


def _moments(ability: Ability, track: str | None) -> tuple[float, float]:
    """Mean and standard deviation in logits."""
    if track is not None:
        index = _track(track)
        return float(ability.mean[index]), math.sqrt(ability.cov[index, index])
    weights = np.array(track_weights())
    size = len(weights)
    mean = math.fsum(weights * ability.mean[:size])
    variance = math.fsum((np.multiply.outer(weights, weights) * ability.cov[:size, :size]).ravel())
    return mean, math.sqrt(variance)


def _rating(mean: float, sd: float) -> Rating:
    return Rating(rating(mean), EIGHTY_PERCENT * sd * RATING_A_LOGIT)


# Stored states: a header, the names of the dimensions, their counts, means and covariances (upper triangle, row by
# row), and a checksum. Little-endian.

_VERSION = 1
_HEADER = struct.Struct("<BIqHH")
"""Version, count, microseconds since 1970, dimensions, bytes of the names."""
_NEVER = -(2**63)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def _upper(size: int) -> NDArray[np.bool_]:
    return np.triu(np.ones((size, size), dtype=bool))


def encode(ability: Ability) -> bytes:
    """The state as bytes; `decode` gives it back to the last bit."""
    size = len(ability.mean)
    at = _NEVER if ability.updated_at is None else (ability.updated_at - _EPOCH) // timedelta(microseconds=1)
    names = "\n".join((*tracks(), *ability.topics)).encode()
    body = b"".join(
        (
            _HEADER.pack(_VERSION, ability.count, at, size, len(names)),
            names,
            np.array(ability.counts, dtype="<u4").tobytes(),
            ability.mean.astype("<f8").tobytes(),
            ability.cov[_upper(size)].astype("<f8").tobytes(),
        )
    )
    return body + zlib.crc32(body).to_bytes(4, "little")


def decode(data: bytes) -> Ability:
    """The state of `encode`. Raises ValueError where the bytes are none, are damaged, or name other tracks."""
    body, checksum = data[:-4], data[-4:]
    if len(body) < _HEADER.size or zlib.crc32(body).to_bytes(4, "little") != checksum:
        raise ValueError("not a stored ability, or a damaged one")
    version, count, at, size, length = _HEADER.unpack_from(body)
    if version != _VERSION:
        raise ValueError(f"a stored ability of version {version}, not {_VERSION}")
    start = _HEADER.size + length
    if len(body) != start + 4 * size + 8 * size + 4 * size * (size + 1):
        raise ValueError("a stored ability of the wrong length")
    names = body[_HEADER.size : start].decode().split("\n")
    known = tracks()
    if tuple(names[: len(known)]) != known or len(names) != size:
        raise ValueError("a stored ability with other tracks than the taxonomy's")
    counts = np.frombuffer(body, "<u4", size, start)
    values = np.frombuffer(body, "<f8", offset=start + 4 * size).astype(np.float64)
    cov = np.zeros((size, size))
    cov[_upper(size)] = values[size:]
    cov += np.triu(cov, 1).T
    updated_at = None if at == _NEVER else _EPOCH + timedelta(microseconds=at)
    return Ability(tuple(names[len(known) :]), values[:size], cov, tuple(counts.tolist()), count, updated_at)
