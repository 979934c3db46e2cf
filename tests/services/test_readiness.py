"""What people are told about being ready, from real results."""

from __future__ import annotations

import pytest

from bot.abilities.blueprints import BLUEPRINTS, Played, RoundKind
from bot.abilities.readiness import State
from bot.rounds.events import Mode
from bot.services.readiness import ENOUGH_ROUNDS, Overview, RoundReadiness, offered
from bot.store.engine import Store
from questions.bank import Bank
from questions.loader import Loaded
from questions.model import Level
from tests.clock import ManualClock
from tests.services.practicing import ANA, Desk

CHOICE = "eval.classification-metrics.rare-positives"
FREE = "ml.regularization.penalties"
EACH = 3


@pytest.fixture(scope="session")
def wide(bank: Bank) -> Bank:
    """Free-text questions on every topic of evaluation, and on the two of data that go with it."""
    free = bank.get(FREE)
    assert free is not None
    topics = BLUEPRINTS[RoundKind.EVALUATION].topics(Level.MID)
    added = [
        free.model_copy(update={"id": f"{topic}.q{n}", "topics": (topic,)}) for topic in topics for n in range(EACH)
    ]
    return Bank([*bank.loaded.values(), *(Loaded(question, "wide.yaml", 1) for question in added)])


@pytest.fixture
def desk(store: Store, wide: Bank, clock: ManualClock) -> Desk:
    return Desk(store, wide, clock)


STRONG = (
    "The lasso sets some weights to exactly zero, so features drop out. Ridge shrinks all weights smoothly but keeps "
    "them non-zero. With correlated features lasso keeps one of them arbitrarily, ridge shares the weight among them."
)


async def evaluation(desk: Desk) -> RoundReadiness:
    found = await desk.readiness.overview(ANA)
    return next(one for one in found.offered if one.blueprint.kind is RoundKind.EVALUATION)


async def sit_exams(desk: Desk, text: str, rounds: int, mode: Mode = Mode.EXAM) -> None:
    """Exam rounds over all topics of evaluation, each with questions that were not met before."""
    topics = list(BLUEPRINTS[RoundKind.EVALUATION].topics(Level.MID))
    for number in range(rounds):
        for start in range(0, len(topics), 6):
            await desk.answer(*((f"{topic}.q{number}", text) for topic in topics[start : start + 6]), mode=mode)


async def test_who_has_shown_nothing_is_told_so_and_how_much_more_it_takes(desk: Desk) -> None:
    one = await evaluation(desk)
    assert one.verdict.state is State.NOT_ENOUGH
    assert (one.verdict.evidence.answers, one.verdict.covered, one.verdict.topics) == (0, 0, 12)
    assert one.needed.answers >= 6
    assert one.needed.tracks[0] == "eval"
    assert len(one.worth) == 2


@pytest.mark.thorough
async def test_good_exams_make_ready_and_the_evidence_is_told(desk: Desk) -> None:
    await sit_exams(desk, STRONG, EACH)
    one = await evaluation(desk)
    assert one.verdict.state is State.READY
    assert (one.verdict.evidence.answers, one.verdict.covered) == (36, 12)
    assert one.verdict.evidence.last_exam == 4.0
    assert one.needed.answers == 0


@pytest.mark.thorough
async def test_bad_exams_say_not_yet(desk: Desk) -> None:
    await sit_exams(desk, "I am not sure about that at all, but I would try to look it up and ask a colleague.", 2)
    one = await evaluation(desk)
    assert one.verdict.state is State.NOT_YET
    assert one.verdict.evidence.last_exam == 1.0


@pytest.mark.thorough
async def test_practice_says_nothing_about_being_ready(desk: Desk) -> None:
    await sit_exams(desk, STRONG, EACH, Mode.PRACTICE)
    one = await evaluation(desk)
    assert one.verdict.state is State.NOT_ENOUGH
    assert (one.verdict.evidence.answers, one.verdict.evidence.last_exam) == (0, None)
    assert one.verdict.covered == 12


@pytest.mark.thorough
async def test_evidence_grows_old(desk: Desk) -> None:
    await sit_exams(desk, STRONG, EACH)
    desk.sleep(61)
    one = await evaluation(desk)
    assert (one.verdict.state, one.verdict.covered) == (State.NOT_ENOUGH, 0)
    assert one.needed.answers > 0


@pytest.mark.thorough
async def test_what_is_forgotten_lowers_the_score_to_expect(desk: Desk) -> None:
    await sit_exams(desk, STRONG, 2)
    before = (await evaluation(desk)).verdict.forecast
    await desk.answer((CHOICE, "b"))
    fresh = (await evaluation(desk)).verdict.forecast
    desk.sleep(40)
    faded = (await evaluation(desk)).verdict.forecast
    assert fresh.score == pytest.approx(before.score, abs=0.001)
    assert faded.score < fresh.score


async def test_the_level_is_that_of_the_plan_or_latest_round_unless_another_is_asked_for(desk: Desk) -> None:
    assert (await desk.readiness.overview(ANA)).level is Level.MID
    await desk.answer((CHOICE, "a"), level=Level.JUNIOR)
    assert (await desk.readiness.overview(ANA)).level is Level.JUNIOR
    assert (await desk.readiness.overview(ANA, Level.SENIOR)).level is Level.SENIOR


async def test_the_same_question_is_answered_the_same_twice(desk: Desk) -> None:
    await sit_exams(desk, STRONG, 1)
    assert await desk.readiness.overview(ANA) == await desk.readiness.overview(ANA)


async def test_every_kind_of_round_is_told_of_once(desk: Desk) -> None:
    found: Overview = await desk.readiness.overview(ANA)
    told = [one.blueprint.kind for one in found.offered] + [blueprint.kind for blueprint in found.not_offered]
    assert sorted(told) == sorted(RoundKind)


def test_a_round_is_offered_once_the_bot_can_play_it_and_has_the_questions(
    wide: Bank, bank: Bank, shipped: Bank
) -> None:
    one = BLUEPRINTS[RoundKind.EVALUATION]
    assert offered(one, wide, Level.MID)
    assert not offered(one, bank, Level.MID)
    enough = [item for item in wide.loaded.values() if item.question.topic in one.topics(Level.MID)]
    assert offered(one, Bank(enough[: ENOUGH_ROUNDS * one.questions]), Level.MID)
    assert not offered(one, Bank(enough[: ENOUGH_ROUNDS * one.questions - 1]), Level.MID)
    for blueprint in BLUEPRINTS.values():
        if blueprint.played is Played.NOT_YET:
            assert not offered(blueprint, shipped, Level.MID)
    assert {RoundKind.BREADTH, RoundKind.EVALUATION, RoundKind.ML_CODING, RoundKind.BEHAVIORAL} <= {
        blueprint.kind for blueprint in BLUEPRINTS.values() if offered(blueprint, shipped, Level.MID)
    }
