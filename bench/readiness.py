"""How far "ready" can be trusted: simulated people, whose abilities are known, answer questions and are judged.

    python -m bench.readiness [--people 900]

Twelve topics in three tracks, the bar of mid level, an author's error of 0.3 in every difficulty, abilities that stay
as they are and come from the prior. Each next question is the one, over topics and three difficulties, that tells most
about the expected score of a round. The estimate is the bot's own (`bot.abilities.model`), and so is the verdict
(`bot.abilities.readiness`). Everything is fixed by a seed.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from bot.abilities import model
from bot.abilities.blueprints import BAR, DIFFICULTIES, MIXES, Blueprint, Played, RoundKind
from bot.abilities.items import PARTIAL, SLOPE, TEXT_ERROR, WHOLE, Item
from bot.abilities.model import DIFFICULTY_ERROR, LINEARIZATION, Ability
from bot.abilities.readiness import READY, forecast, moments
from questions.model import Level

Vector = NDArray[np.float64]

SEED = 54
PEOPLE = 900
ROUNDS = 400
"""Fresh rounds that tell somebody's true chance to pass."""
FIRST_VERDICT = 8
STOPS = (0, 4, 8, 12, 20, 30, 45)
TOPICS = (
    "ml.bias-variance", "ml.regularization", "ml.boosting", "ml.logistic-regression",
    "data.missing-values", "data.feature-construction", "data.class-imbalance", "data.splitting-leakage",
    "eval.classification-metrics", "eval.ranking-metrics", "eval.error-analysis", "eval.ab-testing",
)  # fmt: skip
ROUND = Blueprint(RoundKind.BREADTH, "simulated", Played.QUIZ, 8, dict.fromkeys(TOPICS, 1 / len(TOPICS)))
MIX = np.array(MIXES[Level.MID])
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Kind:
    name: str
    c: float
    kappa: float
    g: float


KINDS = (
    Kind("multiple choice", 0.25, WHOLE, 0.0),
    Kind("free text", 0.0, PARTIAL, TEXT_ERROR),
    Kind("staged case", 0.0, 0.20, TEXT_ERROR),
)


@dataclass(frozen=True)
class Person:
    """What was true of somebody and what was said of them after so many questions."""

    sd: float
    inside: bool
    """Whether the 80 % interval held the true expected score."""
    ready: bool
    """Whether the chance of passing was at least 80 %: the bot's rule."""
    above: bool
    """Whether the chance that the expected score reaches the bar was."""
    truly_above: bool
    """Whether the true expected score reaches the bar."""
    truly_ready: bool
    """Whether their true chance to pass a fresh round is at least 80 %."""
    passed: bool
    """Whether they pass a round that is drawn for them."""


Cell = list[Person]


def share(flags: Iterable[bool]) -> str:
    found = list(flags)
    return f"{fmean(found):.0%}" if found else "–"


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")


def logistic(x: Vector) -> Vector:
    return 1 / (1 + np.exp(-x))


def fresh_rounds(theta: Vector, rng: np.random.Generator) -> Vector:
    """Scores of rounds of free text drawn for somebody, the authors' errors and the grader's included."""
    topics = np.argsort(rng.random((ROUNDS, len(TOPICS))), axis=1)[:, : ROUND.questions]
    b = np.array(DIFFICULTIES)[rng.choice(len(MIX), size=topics.shape, p=MIX)]
    b = b + DIFFICULTY_ERROR * rng.standard_normal(topics.shape)
    p = logistic(SLOPE * (theta[topics] - b))
    pieces = 1 / PARTIAL - 1
    earned = rng.beta(np.maximum(p * pieces, 1e-3), np.maximum((1 - p) * pieces, 1e-3))
    scores = np.clip(earned + TEXT_ERROR * rng.standard_normal(topics.shape), 0, 1)
    return scores.mean(axis=1)


def expected_score(theta: Vector) -> float:
    curves = logistic(SLOPE * (theta[:, None] - np.array(DIFFICULTIES)))
    return float((curves @ MIX).mean())


def next_question(ability: Ability, kind: Kind) -> tuple[int, float]:
    """Topic and `b` of the question that shrinks the doubt about the expected score most."""
    mean, cov = moments(ability, TOPICS)
    b = np.array(DIFFICULTIES)
    curves = logistic(SLOPE * (mean[:, None] - b))
    steep = (SLOPE * curves * (1 - curves)) @ MIX / len(TOPICS)
    p = kind.c + (1 - kind.c) * curves
    slope = SLOPE * (1 - kind.c) * curves * (1 - curves)
    noise = LINEARIZATION * (p * (1 - p) * kind.kappa + kind.g**2 + (DIFFICULTY_ERROR * slope) ** 2)
    telling = ((cov @ steep)[:, None] * slope) ** 2 / (slope**2 * np.diag(cov)[:, None] + noise)
    topic, column = np.unravel_index(int(np.argmax(telling)), telling.shape)
    return int(topic), float(b[column])


def answer(theta: float, b: float, kind: Kind, rng: np.random.Generator) -> float:
    """A score (0–1) from the true ability at a question whose difficulty the author guessed as `b`."""
    true = b + DIFFICULTY_ERROR * float(rng.standard_normal())
    p = kind.c + (1 - kind.c) / (1 + math.exp(-SLOPE * (theta - true)))
    if kind.kappa == WHOLE:
        return float(rng.random() < p)
    pieces = 1 / kind.kappa - 1  # a beta distribution of variance kappa * p(1-p)
    earned = float(rng.beta(max(p * pieces, 1e-3), max((1 - p) * pieces, 1e-3)))
    return min(max(earned + kind.g * float(rng.standard_normal()), 0.0), 1.0)


def simulate(kind: Kind, people: int) -> dict[int, Cell]:
    cells: dict[int, Cell] = {stop: [] for stop in STOPS}
    mean, cov = moments(model.prior(), TOPICS)
    root = np.linalg.cholesky(cov)
    for person in range(people):
        rng = np.random.default_rng([SEED, person])  # the same people whatever they are asked
        theta = mean + root @ rng.standard_normal(len(TOPICS))
        truth, rounds = expected_score(theta), fresh_rounds(theta, rng)
        ability = model.prior()
        for asked in range(STOPS[-1] + 1):
            if asked in cells:
                found = forecast(ability, ROUND, Level.MID, np.random.default_rng([SEED, person, asked]))
                cells[asked].append(
                    Person(
                        sd=found.sd,
                        inside=found.low <= truth <= found.high,
                        ready=found.p >= READY,
                        above=found.above >= READY,
                        truly_above=truth >= BAR,
                        truly_ready=float(np.mean(rounds >= BAR)) >= READY,
                        passed=bool(rounds[0] >= BAR),
                    )
                )
            topic, b = next_question(ability, kind)
            item = Item(SLOPE, b, kind.c, kind.kappa, kind.g, ((TOPICS[topic], 1.0),))
            ability = model.update(ability, item, answer(float(theta[topic]), b, kind, rng), BEGIN)
    return cells


def table(cells: dict[int, Cell]) -> None:
    say(
        "| answers | SD of the expected score | 80 % intervals hold | called ready | of these above the bar "
        "| of these pass a fresh round | of the truly ready, found | above with 80 %: right | found |"
    )
    say("|---|---|---|---|---|---|---|---|---|")
    for stop, cell in cells.items():
        ready, above = [one for one in cell if one.ready], [one for one in cell if one.above]
        columns = (
            str(stop),
            f"{fmean(one.sd for one in cell):.2f}",
            share(one.inside for one in cell),
            str(len(ready)),
            share(one.truly_above for one in ready),
            share(one.passed for one in ready),
            share(one.ready for one in cell if one.truly_ready),
            share(one.truly_above for one in above),
            share(one.above for one in cell if one.truly_above),
        )
        say(f"| {' | '.join(columns)} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.readiness", description=__doc__.splitlines()[0] if __doc__ else None
    )
    parser.add_argument("--people", type=int, default=PEOPLE, help="simulated people in each row")
    people: int = parser.parse_args().people
    began = time.perf_counter()
    for kind in KINDS:
        cells = simulate(kind, people)
        first = cells[0]
        say(
            f"\n{kind.name}: of {people} people {share(one.truly_above for one in first)} are above the bar, "
            f"{share(one.truly_ready for one in first)} pass a fresh round with 80 %"
        )
        table(cells)
        late = [one for stop, cell in cells.items() if stop >= FIRST_VERDICT for one in cell]
        ready, above = [one for one in late if one.ready], [one for one in late if one.above]
        say(
            f"From {FIRST_VERDICT} answers on: intervals hold {fmean(one.inside for one in late):.1%}; called ready "
            f"{len(ready)} times, above the bar {share(one.truly_above for one in ready)}, pass "
            f"{share(one.passed for one in ready)}; called above {len(above)} times, right "
            f"{share(one.truly_above for one in above)}."
        )
    say(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
