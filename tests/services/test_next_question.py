"""What somebody should meet next, and why."""

from __future__ import annotations

import pytest

from bot.practice.plan import Role
from bot.rounds.events import Kind, Mode
from bot.services.daily_draw import NextQuestion
from bot.services.next_question import Chooser
from bot.services.starting import Wish
from bot.store import daily
from bot.store.daily import Became, DeliveryRow
from bot.store.engine import Store
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.loader import Loaded
from questions.model import Behavioral, FreeText, Level, MultipleChoice, Numeric
from tests.clock import ManualClock
from tests.services.practicing import ANA, DM, GIVE_UP, Desk

CHOICE, COINS, FREE = (
    "eval.classification-metrics.rare-positives",
    "math.probability-bayes.two-coins",
    "ml.regularization.penalties",
)
MIX: tuple[type[AnyQuestion], ...] = (FreeText, MultipleChoice, Numeric)
ALL: tuple[type[AnyQuestion], ...] = (*MIX, CodeTask, Behavioral)


@pytest.fixture
def wider(bank: Bank) -> Bank:
    """The bank with choices on topics that plans begin with, and another one on classification metrics."""
    choice = bank.get(CHOICE)
    assert choice is not None
    added = [
        choice.model_copy(update={"id": f"{topic}.q{n}", "topics": (topic,)})
        for topic in ("ml.paradigms", "eval.classification-metrics")
        for n in range(2)
    ]
    return Bank([*bank.loaded.values(), *(Loaded(question, "added.yaml", 1) for question in added)])


@pytest.fixture
def desk(store: Store, wider: Bank, clock: ManualClock) -> Desk:
    return Desk(store, wider, clock)


async def choose(
    desk: Desk, kinds: tuple[type[AnyQuestion], ...] = MIX, count: int = 1
) -> tuple[list[str] | None, str]:
    chooser: NextQuestion = desk.chooser
    return await chooser.choose(ANA, kinds, Level.MID, count)


async def test_whoever_has_missed_nothing_and_plans_nothing_gets_what_is_drawn(desk: Desk) -> None:
    assert await choose(desk) == (None, "")
    await desk.answer((CHOICE, "a"))
    assert await choose(desk) == (None, "")


async def test_what_was_missed_comes_back_when_it_is_due_and_it_is_said_why(desk: Desk) -> None:
    await desk.answer((COINS, "7"))
    assert await choose(desk) == (None, "")
    desk.sleep(1)
    assert await choose(desk) == (
        [COINS],
        "You missed something on Probability & Bayes' rule yesterday: here it is again.",
    )
    desk.sleep(8)
    assert (await choose(desk))[1].startswith("You missed something on Probability & Bayes' rule nine days ago")


async def test_what_was_just_asked_lets_another_question_on_the_topic_come_first(desk: Desk) -> None:
    await desk.answer((CHOICE, "b"))
    desk.sleep(1)
    found, reason = await choose(desk)
    assert found == ["eval.classification-metrics.q0"]
    assert reason.endswith("thresholds yesterday: first another question on it, then that one again.")
    await desk.answer(("eval.classification-metrics.q0", "a"))
    desk.sleep(1)
    found, reason = await choose(desk)
    assert (found, reason) == (
        [CHOICE],
        "You missed something on Classification metrics & thresholds two days ago: here it is again.",
    )


async def test_new_questions_come_from_the_plan(desk: Desk) -> None:
    await desk.plans.set_goal(ANA, Role.ML_ENGINEER, Level.MID, "in 8 weeks", 10)
    assert await choose(desk) == (["ml.paradigms.q0"], "New from your plan: Learning paradigms & task types.")
    assert (await choose(desk, count=2))[0] == ["ml.paradigms.q0", "ml.paradigms.q1"]
    await desk.answer(("ml.paradigms.q0", "a"))
    desk.sleep(3)
    assert await choose(desk) == (["ml.paradigms.q1"], "From your plan: Learning paradigms & task types.")


async def send(desk: Desk, name: str) -> None:
    """A daily question that is left untouched."""
    number = (await desk.rounds.start(Wish(ANA, DM, Kind.QUIZ, Level.MID, Mode.PRACTICE, questions=(name,)))).id
    now = desk.clock.now()
    day = DeliveryRow(ANA, now.date(), now, Became.QUEUED, None, None, now)
    async with desk.store.write() as connection:
        await daily.enqueue(connection, [day])
        await daily.link_rounds(connection, {(ANA, now.date()): number}, now)
        await daily.become(connection, {(ANA, now.date()): None}, now)
    await desk.rounds.stop(number, by=None)
    desk.sleep(1)


async def test_what_was_left_unanswered_makes_way_for_another_one_and_is_not_called_new(desk: Desk) -> None:
    await desk.plans.set_goal(ANA, Role.ML_ENGINEER, Level.MID, "in 8 weeks", 10)
    await send(desk, "ml.paradigms.q0")
    assert await choose(desk, (MultipleChoice,)) == (
        ["ml.paradigms.q1"],
        "From your plan: Learning paradigms & task types.",
    )
    await send(desk, "ml.paradigms.q1")
    found, reason = await choose(desk, (MultipleChoice,))
    assert (found, reason) == (
        ["ml.paradigms.q0"],
        "From your plan, once more: Learning paradigms & task types.",
    )


async def test_what_is_due_comes_before_the_plan_and_the_plan_fills_up(desk: Desk) -> None:
    await desk.plans.set_goal(ANA, Role.ML_ENGINEER, Level.MID, "in 8 weeks", 10)
    await desk.answer((COINS, "7"))
    desk.sleep(1)
    found, reason = await choose(desk, count=3)
    assert found == [COINS, "ml.paradigms.q0", "ml.paradigms.q1"]
    assert reason.startswith("You missed")


async def test_only_the_kinds_asked_for_come_and_all_fit_one_round(desk: Desk) -> None:
    await desk.answer((COINS, "7"), (FREE, GIVE_UP), (CHOICE, "b"))
    desk.sleep(1)
    for kinds in ((Numeric,), (FreeText,)):
        found, _ = await choose(desk, kinds)
        assert found is not None
        assert all(isinstance(desk.bank.get(name), kinds) for name in found)
    assert await choose(desk, (Behavioral,)) == (None, "")
    await desk.plans.set_goal(ANA, Role.ML_ENGINEER, Level.MID, "in 8 weeks", 10)
    found, _ = await choose(desk, ALL, 3)
    assert found is not None
    assert not {Behavioral, CodeTask} & {type(desk.bank.get(name)) for name in found}
    assert isinstance(desk.chooser, Chooser)
