"""How well ability ratings find the truth: simulated people, whose abilities are known, answer the bank's questions.

    python -m bench.abilities [--people 200] [--grader]

Each person plays rounds at mid level, one every three days, that are drawn as the bot draws them, weighted by the
current estimate. The scores come from the person's true abilities with partial credit, errors in the authors'
difficulties and in the grader. The same answers then go to what one might use instead: the mean score, Elo, and the
same filter with independent topics. The first tables keep to the model's own assumptions; the last breaks them one by
one. `--grader` measures what the items rely on: the text grader's error, and how much more the same words score at a
lower level.

Everything is fixed by seeds. Figures are means over six seeds, with the lowest and highest in brackets.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import fmean, median
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bench.interview import answers
from bot.abilities import model
from bot.abilities.items import SLOPE, WHOLE, Item, item_of
from bot.abilities.model import EIGHTY_PERCENT, LINEARIZATION, TOPIC_VARIANCE, Ability
from grader.grade import Context
from grader.text import grade
from questions.bank import SEEN_WEIGHT, Bank
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText, Level, MultipleChoice, Numeric
from questions.taxonomy import taxonomy

Vector = NDArray[np.float64]

SEEDS = (11, 21, 22, 23, 24, 25)
TUNING_SEED = 31
"""Elo's step is chosen on it, in Elo's favor."""
PEOPLE = 200
STOPS = (5, 10, 20, 40)
ROUNDS: tuple[tuple[float, int, tuple[type[AnyQuestion], ...]], ...] = (
    (0.6, 5, (FreeText, MultipleChoice, Numeric)),
    (0.2, 2, (Behavioral,)),
    (0.2, 2, (CodeTask,)),
)
"""Kinds of rounds: how often, how many questions, of which kinds."""
DAYS_BETWEEN_ROUNDS = 3
ELO_STEPS = (0.02, 0.04, 0.07, 0.1, 0.2, 0.4)
USUAL_STEP = 32 / model.RATING_A_LOGIT
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")


# The world


@dataclass(frozen=True)
class World:
    """What is true of people, questions and scores."""

    name: str = "as the model supposes"
    variances: tuple[float, float, float] = (model.SHARED, model.OWN_OF_TRACK, model.OWN_OF_TOPIC)
    tails: float | None = None
    """Degrees of freedom of Student's t for all abilities, scaled to the same variance; None: normal."""
    difficulty_error: float = 0.3
    slope_error: float = 0.0
    """Standard deviation of the logarithm of slopes."""
    grader_error: float = 1.0
    """Times what the items say."""
    careless: float = 0.0
    """The share of answers that earn nothing, whatever the ability."""
    growth: float = 0.0
    """What all abilities gain over the forty questions, in logits."""
    key_points: bool = False
    """Partial credit made of eight points, each with a difficulty of its own, and good and bad days with a question."""


WORLDS = (
    World("abilities with heavy tails (t, 4 degrees of freedom)", tails=4),
    World("slopes differ (±40 %)", slope_error=0.35),
    World("difficulties twice as wrong (SD 0.6)", difficulty_error=0.6),
    World("grader twice as wrong", grader_error=2),
    World("8 % of the answers are given up", careless=0.08),
    World("topics hang together less (0.2 + 0.3 + 0.7)", variances=(0.2, 0.3, 0.7)),
    World("people grow by 0.5 while they practice", growth=0.5),
    World("partial credit made of eight key points", key_points=True),
    World(
        "heavy tails, slopes, difficulties 0.45, 4 % given up, key points at once",
        tails=4,
        slope_error=0.35,
        difficulty_error=0.45,
        careless=0.04,
        key_points=True,
    ),
)


class Pool:
    """The bank's questions as arrays, for drawing."""

    def __init__(self, bank: Bank) -> None:
        topics = taxonomy().topics
        self.slugs = tuple(topics)
        self.index = {slug: number for number, slug in enumerate(self.slugs)}
        self.track_of = np.array([model.tracks().index(topic.track) for topic in topics.values()])
        asked = [q for q in bank.questions.values() if Level.MID in q.levels]
        self.questions = [q for q in asked if not (isinstance(q, CodeTask) and q.score is not None)]
        self.items = [item_of(question, Level.MID) for question in self.questions]
        self.weights = np.zeros((len(self.items), len(self.slugs)))
        for row, item in enumerate(self.items):
            for slug, weight in item.topics:
                self.weights[row, self.index[slug]] = weight
        self.a, self.b, self.c = np.array([(item.a, item.b, item.c) for item in self.items]).T
        self.often = np.array([0.5 + topics[q.topic].weight[Level.MID] for q in self.questions])
        self.primary = np.array([self.index[q.topic] for q in self.questions])
        self.kind = np.array([type(q).__name__ for q in self.questions])

    def curve(self, abilities: Vector) -> Vector:
        """Expected scores of all questions at these abilities in all topics, if the authors are right."""
        return self.c + (1 - self.c) / (1 + np.exp(-self.a * (self.weights @ abilities - self.b)))


def means_of_topics(ability: Ability, pool: Pool) -> Vector:
    """The mean of every topic, scored or not."""
    means = ability.mean[pool.track_of]
    for slug, mean in zip(ability.topics, ability.mean[len(model.tracks()) :], strict=True):
        means[pool.index[slug]] = mean
    return means


class Person:
    def __init__(self, world: World, pool: Pool, rng: np.random.Generator) -> None:
        shared, track, topic = (math.sqrt(variance) for variance in world.variances)
        self.tracks = shared * _draw(world, rng, 1) + track * _draw(world, rng, len(model.tracks()))
        self.topics = self.tracks[pool.track_of] + topic * _draw(world, rng, len(pool.slugs))

        self.slugs = pool.slugs

    @property
    def by_slug(self) -> dict[str, float]:
        """The true ability in every topic."""
        return dict(zip(self.slugs, self.topics.tolist(), strict=True))

    def overall(self) -> float:
        return float(np.array(model.track_weights()) @ self.tracks)

    def grow(self, by: float) -> None:
        self.tracks = self.tracks + by
        self.topics = self.topics + by


def _draw(world: World, rng: np.random.Generator, size: int) -> Vector:
    if world.tails is None:
        return rng.standard_normal(size)
    return rng.standard_t(world.tails, size) / math.sqrt(world.tails / (world.tails - 2))


@dataclass
class Truth:
    """The questions' true parameters, which the authors only guessed."""

    world: World
    pool: Pool
    rng: np.random.Generator
    b: Vector = field(init=False)
    a: Vector = field(init=False)

    def __post_init__(self) -> None:
        size = len(self.pool.items)
        self.b = self.pool.b + self.world.difficulty_error * self.rng.standard_normal(size)
        self.a = self.pool.a * np.exp(self.world.slope_error * self.rng.standard_normal(size))

    def score(self, person: Person, row: int) -> float:
        item, rng = self.pool.items[row], self.rng
        if rng.random() < self.world.careless:
            return 0.0
        logit = float(self.a[row] * (self.pool.weights[row] @ person.topics - self.b[row]))
        p = item.c + (1 - item.c) / (1 + math.exp(-logit))
        if item.kappa == WHOLE:
            return float(rng.random() < p)
        if self.world.key_points:
            # Spread over points and days flattens the curve; 1.25 makes up for it on average.
            each = 1.25 * logit + 0.9 * rng.standard_normal() + rng.standard_normal(8)
            earned = float(np.mean(rng.random(8) < 1 / (1 + np.exp(-each))))
        else:
            pieces = 1 / item.kappa - 1  # a beta distribution of variance kappa * p(1-p)
            earned = float(rng.beta(max(p * pieces, 1e-3), max((1 - p) * pieces, 1e-3)))
        return min(max(earned + self.world.grader_error * item.g * float(rng.standard_normal()), 0.0), 1.0)


def draw_round(pool: Pool, ability: Ability, seen: set[int], rng: np.random.Generator) -> list[int]:
    """Rows of the next round's questions, drawn at its start as the bot does."""
    _, count, kinds = ROUNDS[int(rng.choice(len(ROUNDS), p=[share for share, _, _ in ROUNDS]))]
    names = [kind.__name__ for kind in kinds]
    suitable = np.array([model.suitability(float(p)) for p in pool.curve(means_of_topics(ability, pool))])
    weights = pool.often * suitable * np.isin(pool.kind, names)
    weights[list(seen)] *= SEEN_WEIGHT
    rows: list[int] = []
    while len(rows) < count:
        row = int(rng.choice(len(weights), p=weights / weights.sum()))
        rows.append(row)
        weights[row] = 0
        weights[pool.primary == pool.primary[row]] *= 0.01
        if len(names) > 1:
            weights[pool.kind == pool.kind[row]] *= 0.25
    return rows


# What is compared


class Estimator(Protocol):
    name: str

    def see(self, item: Item, primary: str, y: float, at: datetime) -> None: ...

    def overall(self) -> tuple[float, float | None]:
        """Mean and standard deviation; None where the method has none."""
        ...

    def tracks(self) -> tuple[Vector, Vector | None]: ...


class Ours:
    name = "correlated abilities"

    def __init__(self, level: Level = Level.MID) -> None:
        if level is not Level.MID:
            self.name += f" from {level}"
        self.ability = model.prior(level)

    def see(self, item: Item, primary: str, y: float, at: datetime) -> None:  # noqa: ARG002
        self.ability = model.update(self.ability, item, y, at)

    def overall(self) -> tuple[float, float | None]:
        shown = model.overall(self.ability)
        sd = shown.plus_minus / EIGHTY_PERCENT / model.RATING_A_LOGIT
        return (shown.value - model.RATING_CENTER) / model.RATING_A_LOGIT, sd

    def tracks(self) -> tuple[Vector, Vector | None]:
        size = len(model.tracks())
        return self.ability.mean[:size], np.sqrt(self.ability.cov.diagonal()[:size])


class Independent:
    """The same filter when topics have nothing to do with each other; a track is the mean of its topics."""

    name = "independent topics"

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.mean = np.zeros(len(pool.slugs))
        self.variance = np.full(len(pool.slugs), TOPIC_VARIANCE)
        often = np.array([topic.weight[Level.MID] for topic in taxonomy().topics.values()], dtype=float)
        in_track = pool.track_of[:, None] == np.arange(len(model.tracks()))
        self.share = often[:, None] * in_track / (often @ in_track)
        """What each topic counts in each track."""

    def see(self, item: Item, primary: str, y: float, at: datetime) -> None:  # noqa: ARG002
        rows = np.array([self.pool.index[slug] for slug, _ in item.topics])
        weights = np.array([weight for _, weight in item.topics])
        curve = 1 / (1 + math.exp(-item.a * (float(weights @ self.mean[rows]) - item.b)))
        p = item.c + (1 - item.c) * curve
        slope = item.a * (1 - item.c) * curve * (1 - curve)
        noise = LINEARIZATION * (p * (1 - p) * item.kappa + item.g**2 + (model.DIFFICULTY_ERROR * slope) ** 2)
        moved = weights * self.variance[rows]
        total = slope**2 * float(weights @ moved) + noise
        self.mean[rows] += moved * slope / total * (y - p)
        self.variance[rows] -= moved**2 * slope**2 / total

    def overall(self) -> tuple[float, float | None]:
        share = self.share @ np.array(model.track_weights())
        return float(share @ self.mean), math.sqrt(share**2 @ self.variance)

    def tracks(self) -> tuple[Vector, Vector | None]:
        return self.mean @ self.share, np.sqrt(self.variance @ self.share**2)


class Elo:
    """One rating over all questions and one a track, moved by a fixed step times the surprise."""

    def __init__(self, step: float) -> None:
        self.name = f"Elo (K = {step * model.RATING_A_LOGIT:.0f})"
        self.step = step
        self.whole = 0.0
        self.parts = np.zeros(len(model.tracks()))

    def see(self, item: Item, primary: str, y: float, at: datetime) -> None:  # noqa: ARG002
        self.whole += self.step * (y - self._expected(self.whole, item))
        track = model.tracks().index(primary.partition(".")[0])
        self.parts[track] += self.step * (y - self._expected(float(self.parts[track]), item))

    @staticmethod
    def _expected(rating: float, item: Item) -> float:
        return item.c + (1 - item.c) / (1 + math.exp(-SLOPE * (rating - item.b)))

    def overall(self) -> tuple[float, float | None]:
        return self.whole, None

    def tracks(self) -> tuple[Vector, Vector | None]:
        return self.parts, None


class MeanScore:
    name = "mean score"

    def __init__(self) -> None:
        self.scores: list[float] = []
        self.parts: list[list[float]] = [[] for _ in model.tracks()]

    def see(self, item: Item, primary: str, y: float, at: datetime) -> None:  # noqa: ARG002
        self.scores.append(y)
        self.parts[model.tracks().index(primary.partition(".")[0])].append(y)

    def overall(self) -> tuple[float, float | None]:
        mean = min(max(fmean(self.scores), 0.02), 0.98)
        return math.log(mean / (1 - mean)) / SLOPE, None  # as if all questions were of middling difficulty

    def tracks(self) -> tuple[Vector, Vector | None]:
        whole = fmean(self.scores)
        return np.array([fmean(part) if part else whole for part in self.parts]), None


# Running


@dataclass
class Seen:
    """What was true and what a method said of everybody at one stop."""

    overall: list[tuple[float, float, float | None]] = field(default_factory=list[tuple[float, float, float | None]])
    """True, estimated, standard deviation."""
    tracks: list[tuple[Vector, Vector, Vector | None]] = field(
        default_factory=list[tuple[Vector, Vector, Vector | None]]
    )
    topics: list[tuple[float, float, float]] = field(default_factory=list[tuple[float, float, float]])

    def spearman(self) -> float:
        true, said, _ = zip(*self.overall, strict=True)
        return rank_correlation(np.array(true), np.array(said))

    def track_spearman(self) -> float:
        """Over people, the mean over tracks."""
        true, said = (np.array([row[n] for row in self.tracks]) for n in (0, 1))
        return fmean(rank_correlation(true[:, track], said[:, track]) for track in range(true.shape[1]))

    def error(self) -> float:
        """Root mean square of the overall rating, in points."""
        return model.RATING_A_LOGIT * math.sqrt(fmean((true - mean) ** 2 for true, mean, _ in self.overall))

    def coverage(self) -> float | None:
        return covered([(t, m, s) for t, m, s in self.overall if s is not None])

    def track_coverage(self) -> float | None:
        return covered([row for t, m, s in self.tracks if s is not None for row in zip(t, m, s, strict=True)])

    def topic_coverage(self) -> float | None:
        return covered(self.topics)


def covered(rows: Sequence[tuple[float, float, float]]) -> float | None:
    """The share of 80 % intervals that hold the truth."""
    return fmean(abs(true - mean) <= EIGHTY_PERCENT * sd for true, mean, sd in rows) if rows else None


def rank_correlation(x: Vector, y: Vector) -> float:
    """Spearman's: Pearson's of the ranks, ties sharing theirs."""
    return float(np.corrcoef(_ranks(x), _ranks(y))[0, 1])


def _ranks(values: Vector) -> Vector:
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[which]


@dataclass
class Run:
    """One world with one seed."""

    stops: dict[tuple[str, int], Seen]
    """By method and number of answers."""
    people: list[tuple[Person, list[Ability]]]
    """What was true, and the state after each answer."""
    scores: list[float]


def run(world: World, pool: Pool, seed: int, people: int, rivals: Sequence[Callable[[], Estimator]]) -> Run:
    rng = np.random.default_rng(seed)
    truth = Truth(world, pool, rng)
    result = Run({}, [], [])
    for _ in range(people):
        person, ours = Person(world, pool, rng), Ours()
        methods: list[Estimator] = [ours, *(make() for make in rivals)]
        seen: set[int] = set()
        rows: list[int] = []
        states: list[Ability] = []
        day = 0
        for number in range(1, STOPS[-1] + 1):
            if not rows:
                day += DAYS_BETWEEN_ROUNDS
                rows = draw_round(pool, ours.ability, seen, rng)
            row = rows.pop(0)
            seen.add(row)
            y = truth.score(person, row)
            result.scores.append(y)
            person.grow(world.growth / STOPS[-1])
            for method in methods:
                method.see(pool.items[row], pool.questions[row].topic, y, BEGIN + timedelta(days=day))
            states.append(ours.ability)
            if number in STOPS:
                for method in methods:
                    _note(result.stops.setdefault((method.name, number), Seen()), person, method, pool)
        result.people.append((person, states))
    return result


def _note(seen: Seen, person: Person, method: Estimator, pool: Pool) -> None:
    seen.overall.append((person.overall(), *method.overall()))
    means, deviations = method.tracks()
    # Each is held against what it claims to know: the track's ability, or the mean of the track's topics.
    true = person.topics @ method.share if isinstance(method, Independent) else person.tracks
    seen.tracks.append((true, means.copy(), deviations))
    if isinstance(method, Ours):
        start = len(model.tracks())
        for index, slug in enumerate(method.ability.topics, start):
            truth = float(person.topics[pool.index[slug]])
            seen.topics.append((truth, float(method.ability.mean[index]), math.sqrt(method.ability.cov[index, index])))
    if isinstance(method, Independent):
        for row in np.flatnonzero(method.variance < TOPIC_VARIANCE):
            seen.topics.append((float(person.topics[row]), float(method.mean[row]), math.sqrt(method.variance[row])))


# Reports


def figure(values: Sequence[float | None]) -> str:
    """The mean over the seeds, and their range."""
    numbers = [value for value in values if value is not None]
    if not numbers:
        return "—"
    digits = 0 if max(numbers) > 10 else 2
    return f"{fmean(numbers):.{digits}f} ({min(numbers):.{digits}f}–{max(numbers):.{digits}f})"


def best_step(pool: Pool, people: int) -> float:
    """Elo's best step: the highest rank correlation after the last question, on a seed of its own."""
    result = run(World(), pool, TUNING_SEED, people, [lambda step=step: Elo(step) for step in ELO_STEPS])
    return max(ELO_STEPS, key=lambda step: result.stops[Elo(step).name, STOPS[-1]].spearman())


def compare(pool: Pool, people: int, step: float) -> list[Run]:
    """The methods side by side."""
    rivals: list[Callable[[], Estimator]] = [
        lambda: Independent(pool),
        lambda: Elo(step),
        lambda: Elo(USUAL_STEP),
        MeanScore,
    ]
    runs = [run(World(), pool, seed, people, rivals) for seed in SEEDS]
    say(f"{people} people, {STOPS[-1]} questions each; mean score {fmean(runs[0].scores):.2f}")
    for title, measure in (
        ("Overall: rank correlation with the truth", Seen.spearman),
        ("Tracks: rank correlation, mean over tracks", Seen.track_spearman),
        ("Overall: error in points (root mean square)", Seen.error),
        ("Overall: share of 80 % intervals that hold the truth", Seen.coverage),
        ("Tracks: the same", Seen.track_coverage),
        ("Topics scored: the same", Seen.topic_coverage),
    ):
        say(f"\n{title}\n| method | " + " | ".join(f"{n} answers" for n in STOPS) + " |")
        say("|---" * (len(STOPS) + 1) + "|")
        for name in dict.fromkeys(name for name, _ in runs[0].stops):
            cells = [figure([measure(each.stops[name, n]) for each in runs]) for n in STOPS]
            say(f"| {name} | " + " | ".join(cells) + " |")
    return runs


def thresholds(runs: Sequence[Run]) -> None:
    """What evidence a rating rests on when it may be shown, and how right the strongest and weakest topics are."""
    everybody = [person for each in runs for person in each.people]
    say("\nOverall rating by number of answers: ± in points, correlation with the truth, share that may be shown")
    say("| answers | ± | correlation | shown |\n|---|---|---|---|")
    for count in (4, 8, 10, 12, 20, 40):
        shown = [(person.overall(), states[count - 1]) for person, states in everybody]
        said = np.array([model.overall(state).value for _, state in shown])
        wide = fmean(model.overall(state).plus_minus for _, state in shown)
        right = np.corrcoef(np.array([true for true, _ in shown]), said)[0, 1]
        say(f"| {count} | {wide:.0f} | {right:.2f} | {fmean(model.enough(state) for _, state in shown):.0%} |")
    say("\nRating in a track by number of answers that touched it, after any number of answers in all")
    say("| answers | ± | correlation | shown |\n|---|---|---|---|")
    for count in (0, 1, 2, 3, 4, 6, 8):
        rows = [
            (float(person.tracks[index]), model.track_rating(state, track), model.enough(state, track))
            for person, states in everybody
            for index, track in enumerate(model.tracks())
            for state in states[4::5]
            if state.track_counts[index] == count
        ]
        right = np.corrcoef(np.array([row[0] for row in rows]), np.array([row[1].value for row in rows]))[0, 1]
        wide, shown = fmean(row[1].plus_minus for row in rows), fmean(row[2] for row in rows)
        say(f"| {count} | {wide:.0f} | {right:.2f} | {shown:.0%} |")
    say("\nTopics named among a person's three strongest (weakest) that truly are above (below) the person's own mean")
    say("| answers | scored at least once | at least twice |\n|---|---|---|")
    for count in (10, 20, 40):
        cells: list[str] = []
        for least in (1, 2):
            strong: list[bool] = []
            weak: list[bool] = []
            for person, states in everybody:
                known = person.by_slug
                named = model.topics_by_strength(states[count - 1], least)
                size = min(3, len(named) // 2)
                usual = fmean(known.values())
                strong += [known[topic.slug] > usual for topic in named[:size]]
                weak += [known[topic.slug] < usual for topic in named[len(named) - size :]]
            cells.append(f"{fmean(strong):.0%} ({fmean(weak):.0%})")
        say(f"| {count} | " + " | ".join(cells) + " |")


def first_guess(pool: Pool, people: int) -> None:
    """What is left of the level that a person says to have, in points between junior and senior."""
    priors: list[Callable[[], Estimator]] = [lambda: Ours(Level.JUNIOR), lambda: Ours(Level.SENIOR)]
    result = run(World(), pool, SEEDS[0], people, priors)
    left: list[str] = []
    for count in STOPS:
        low, high = (fmean(mean for _, mean, _ in result.stops[make().name, count].overall) for make in priors)
        left.append(f"{model.RATING_A_LOGIT * (high - low):.0f}")
    say("\nPoints between starting as senior and starting as junior, same answers")
    say(f"after {', '.join(map(str, STOPS))} answers: {', '.join(left)}")


def misfits(pool: Pool, people: int, step: float) -> None:
    """The same where the model is wrong."""
    say(f"\nAfter {STOPS[-1]} answers, where the model's assumptions do not hold")
    say("| world | ranks, overall | ranks, tracks | intervals, overall | tracks | topics | ranks, independent | Elo |")
    say("|---" * 8 + "|")
    for world in WORLDS:
        runs = [run(world, pool, seed, people, [lambda: Independent(pool), lambda: Elo(step)]) for seed in SEEDS]
        ours, independent, elo = (
            [each.stops[name, STOPS[-1]] for each in runs] for name in (Ours.name, Independent.name, Elo(step).name)
        )
        cells = [
            figure([measure(each) for each in ours])
            for measure in (Seen.spearman, Seen.track_spearman, Seen.coverage, Seen.track_coverage, Seen.topic_coverage)
        ]
        cells += [figure([each.spearman() for each in others]) for others in (independent, elo)]
        say(f"| {world.name} | " + " | ".join(cells) + " |")


def speed() -> None:
    """Time of one update of a large state, with and without reading and writing it."""
    ability = model.prior()
    slugs = list(taxonomy().topics)[::3][:40]
    for slug in slugs:
        ability = model.update(ability, Item(SLOPE, 0.0, 0.0, WHOLE, 0.0, ((slug, 1.0),)), 1.0, BEGIN)
    item = Item(SLOPE, 0.2, 0.25, WHOLE, 0.0, ((slugs[0], 0.5), (slugs[7], 0.25), (slugs[30], 0.25)))
    stored = model.encode(ability)
    later = BEGIN + timedelta(days=1)
    alone = _microseconds(lambda: model.update(ability, item, 1.0, later))
    whole = _microseconds(lambda: model.encode(model.update(model.decode(stored), item, 1.0, later)))
    say(f"\nOne update of {len(ability.mean)} dimensions: {alone:.0f} µs")
    say(f"read, updated and written: {whole:.0f} µs, {len(stored)} bytes")


def grader_figures(bank: Bank) -> None:
    """The text grader's error against people's scores, and what a level does to the score of the same words."""
    labelled = [answer for answer in answers() if answer.kind in {"excellent", "good", "vague", "wrong"}]
    errors = np.array([answer.grade.score - answer.person for answer in labelled])
    say(f"Text grader against people, {len(labelled)} test answers:")
    say(f"mean error {errors.mean():+.3f}, root mean square {np.sqrt(np.mean(errors**2)):.3f}")
    written = [q for q in bank.questions.values() if isinstance(q, FreeText)]
    own = [
        (question.calibration_text(answer), question) for question in written for answer in question.calibration_answers
    ]
    for name, texts in (
        ("test answers", [(answer.text, answer.question) for answer in labelled]),
        ("calibration answers", own),
    ):
        scores = np.array([[grade(text, q, Context(level=level)).score for level in Level] for text, q in texts])
        scores = scores[(scores[:, 1] > 0.05) & (scores[:, 1] < 0.95)]
        logits = np.log(scores[:, 1] / (1 - scores[:, 1]))
        cells: list[str] = []
        for column, level in enumerate(Level):
            candidates = np.arange(-1.5, 1.5, 0.01)
            means = 1 / (1 + np.exp(-(logits[:, None] - SLOPE * candidates)))
            off = np.abs(means.mean(axis=0) - scores[:, column].mean())
            cells.append(f"{level} {candidates[off.argmin()]:+.2f}")
        say(f"Shift of b that explains the scores of {len(scores)} {name}: {', '.join(cells)}")


def _microseconds(task: Callable[[], object]) -> float:
    taken: list[float] = []
    for _ in range(300):
        before = time.perf_counter()
        task()
        taken.append((time.perf_counter() - before) * 1e6)
    return median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.abilities", description=__doc__.splitlines()[0] if __doc__ else None
    )
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--grader", action="store_true", help="measure what the items suppose of the text grader")
    arguments = parser.parse_args()
    bank = Bank.open()
    if arguments.grader:
        grader_figures(bank)
        return
    pool = Pool(bank)
    step = best_step(pool, arguments.people)
    thresholds(compare(pool, arguments.people, step))
    first_guess(pool, arguments.people)
    misfits(pool, arguments.people, step)
    speed()


if __name__ == "__main__":
    main()
