"""/readiness as a person sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.abilities.blueprints import BLUEPRINTS, Played, RoundKind
from bot.abilities.readiness import Evidence, Forecast, Needed, State, verdict
from bot.rounds.events import Kind, Mode
from bot.services.readiness import RoundReadiness
from cogs.readiness import EXAM, about, exam_of, round_blocks
from questions.bank import Bank
from questions.loader import Loaded
from questions.model import Level
from tests.cogs.world import Player, World, open_world, said

EVALUATION = BLUEPRINTS[RoundKind.EVALUATION]
TOPICS = tuple(EVALUATION.topics(Level.MID))
FOUND = Forecast(p=0.87, above=0.9, score=0.7, low=0.641, high=0.746, sd=0.05, weak=dict.fromkeys(TOPICS, 0.1))
EVIDENCE = Evidence(answers=14, recent=frozenset(TOPICS[:8]), last_exam=3.0)


@pytest_asyncio.fixture
async def wide_world(database: Path, bank: Bank) -> AsyncGenerator[World]:
    """With enough questions for rounds of evaluation."""
    free = bank.get("ml.regularization.penalties")
    assert free is not None
    added = [free.model_copy(update={"id": f"{topic}.q{n}", "topics": (topic,)}) for topic in TOPICS for n in range(3)]
    wide = Bank([*bank.loaded.values(), *(Loaded(question, "wide.yaml", 1) for question in added)])
    async with open_world(database, wide) as opened:
        yield opened


def told(found: Forecast = FOUND, evidence: Evidence = EVIDENCE, needed: Needed | None = None) -> str:
    said_ = verdict(found, EVALUATION, Level.MID, evidence)
    one = RoundReadiness(EVALUATION, Level.MID, said_, needed or Needed(0, ()), ("eval.ab-testing", "eval.calibration"))
    return "\n".join(round_blocks(one))


async def test_rounds_that_cannot_be_played_yet_are_said_to_be_none(alice: Player) -> None:
    text = said(await alice.slash("readiness"))
    assert "## Readiness, mid level" in text
    assert "Not offered yet, so I cannot say: Phone screen, ML breadth," in text


async def test_too_little_is_no_verdict_on_anybody(wide_world: World) -> None:
    alice = wide_world.alice
    text = said(await alice.slash("readiness", level="junior"))
    assert "## Readiness, junior level" in text
    assert "**Model evaluation** · not enough evidence yet · 0 counted answers, 0 of 12 topics in 60 days" in text
    assert "It is early days, and that says nothing about you" in text
    assert "It is not the chance of a job offer." in text


async def test_a_round_is_opened_and_an_exam_is_one_press_away(wide_world: World) -> None:
    alice = wide_world.alice
    await alice.slash("readiness", alice.dm)
    card = alice.card(alice.dm)
    assert card.select is not None
    await alice.member.user.select(card.message, [RoundKind.EVALUATION.value])
    text = alice.card(alice.dm).text
    assert "## Model evaluation, mid level: not enough evidence yet" in text
    assert "I have not seen enough to judge. That says nothing about you." in text
    assert "more free-text answers in Model evaluation & experimentation" in text
    assert "**Worth most for each hour** ·" in text
    await wide_world.restart()
    await alice.press(alice.dm, "All rounds")
    assert "## Readiness, mid level" in alice.card(alice.dm).text
    await alice.member.user.select(alice.card(alice.dm).message, [RoundKind.EVALUATION.value])
    await alice.press(alice.dm, "Take an exam round")
    assert "Question 1 of 5" in alice.card(alice.dm).text
    assert "Show answer" not in " ".join(alice.card(alice.dm).buttons)


def test_all_four_parts_are_told() -> None:
    text = told()
    assert "## Model evaluation, mid level: ready" in text
    assert "The chance to pass a fresh round is about 85%." in text
    assert "The score to expect lies between 64% and 75% (eight times in ten); 62% passes." in text
    assert (
        "**It rests on** · 14 counted answers, 8 of 12 topics in 60 days, the last exam answers at 3.0 of 4 on average"
        in text
    )
    assert "**Worth most for each hour** · A/B testing and Calibration & uncertainty" in text
    assert "What would settle it" not in text


@pytest.mark.parametrize(
    ("found", "evidence", "opening"),
    [
        (FOUND, EVIDENCE, "The evidence is there, and it is good."),
        (replace(FOUND, p=0.6), EVIDENCE, "It could go either way."),
        (FOUND, replace(EVIDENCE, last_exam=2.0), "The last answers in exam mode were below what a pass takes"),
        (FOUND, replace(EVIDENCE, last_exam=None), "What is missing is a round in exam mode."),
        (replace(FOUND, p=0.3), EVIDENCE, "Not yet, and here is what would change it."),
        (replace(FOUND, sd=0.2), EVIDENCE, "I have not seen enough to judge. That says nothing about you."),
        (
            replace(FOUND, weak={**FOUND.weak, "eval.classification-metrics": 0.9}),
            EVIDENCE,
            "One core topic stands in the way: **Classification metrics & thresholds**.",
        ),
    ],
)
def test_every_state_is_told_in_words(found: Forecast, evidence: Evidence, opening: str) -> None:
    assert opening in told(found, evidence)


def test_how_much_more_is_needed_is_told() -> None:
    text = told(replace(FOUND, sd=0.2, p=0.44), EVIDENCE, Needed(6, ("data", "eval")))
    assert "looks as if the chance to pass a fresh round were about 45%." in text
    assert (
        "**What would settle it** · about 6 more free-text answers in Data & feature engineering and Model evaluation"
        in text
    )
    one = replace(FOUND, sd=0.2)
    assert "about 1 more free-text answer in Data" in told(one, EVIDENCE, Needed(1, ("data",)))


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (0.0, "under 5%"),
        (0.02, "under 5%"),
        (0.04, "about 5%"),
        (0.62, "about 60%"),
        (0.97, "about 95%"),
        (1.0, "over 95%"),
    ],
)
def test_a_chance_is_rounded_and_never_certain(p: float, words: str) -> None:
    assert about(p) == words


def test_an_exam_is_about_the_round_it_counts_for() -> None:
    for blueprint in BLUEPRINTS.values():
        if blueprint.played is not Played.NOT_YET:
            step = exam_of(blueprint)
            assert step.mode is Mode.EXAM
            assert step.kind is EXAM[blueprint.played][0]
    assert exam_of(EVALUATION).topic == "eval"
    assert exam_of(BLUEPRINTS[RoundKind.BREADTH]).topic is None
    assert exam_of(BLUEPRINTS[RoundKind.ML_CODING]).topic == "mlcode"
    assert exam_of(BLUEPRINTS[RoundKind.BEHAVIORAL]).kind is Kind.BEHAVIORAL


def test_every_state_has_words() -> None:
    for state in State:
        for p in (0.2, 0.6, 0.9):
            assert told(replace(FOUND, p=p, sd=0.2 if state is State.NOT_ENOUGH else 0.05))
