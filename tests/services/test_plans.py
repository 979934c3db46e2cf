"""Plans: what is kept, what follows, and what to do today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from bot.errors import UserError
from bot.practice.plan import Role
from bot.rounds.events import Kind, Mode
from bot.services.plans import (
    DoneStep,
    NoPlanError,
    PlanView,
    RestStep,
    ReviewStep,
    RoundStep,
    suggested_days,
    target_day,
)
from bot.services.starting import Format
from bot.store.engine import Store
from questions.bank import Bank
from questions.loader import Loaded
from questions.model import Level
from tests.clock import START, ManualClock
from tests.services.practicing import ANA, Desk

TODAY = START.date()
CHOICE, STORY, TASK = (
    "eval.classification-metrics.rare-positives",
    "behav.conflict.shipping",
    "mlcode.numpy-pandas.running-mean",
)


@pytest.fixture
def desk(store: Store, bank: Bank, clock: ManualClock) -> Desk:
    return Desk(store, bank, clock)


def on(bank: Bank, topic: str, names: Sequence[str], like: str = CHOICE) -> Bank:
    """The bank with questions on a topic, each like another one."""
    question = bank.get(like)
    assert question is not None
    added = [
        Loaded(question.model_copy(update={"id": f"{topic}.{name}", "topics": (topic,)}), "added.yaml", 1)
        for name in names
    ]
    return Bank([*bank.loaded.values(), *added])


async def plan(desk: Desk, target: str = "in 8 weeks", hours: float = 10.0, role: Role = Role.ML_ENGINEER) -> PlanView:
    await desk.plans.set_goal(ANA, role, Level.MID, target, hours)
    return await desk.plans.view(ANA)


# What is kept


async def test_there_is_no_plan_before_one_is_made(desk: Desk) -> None:
    with pytest.raises(NoPlanError, match="/plan set"):
        await desk.plans.view(ANA)
    with pytest.raises(NoPlanError):
        await desk.plans.describe(ANA, "SQL")
    assert not await desk.plans.forget(ANA)


async def test_a_plan_is_kept_and_can_be_changed_and_forgotten(desk: Desk) -> None:
    view = await plan(desk)
    assert (view.plan.goal.role, view.plan.goal.target) == (Role.ML_ENGINEER, TODAY + timedelta(weeks=8))
    view = await plan(desk, "in 2 weeks", 4, Role.MLOPS)
    assert (view.plan.goal.role, len(view.plan.weeks), view.plan.goal.hours) == (Role.MLOPS, 2, 4)
    assert await desk.plans.forget(ANA)
    with pytest.raises(NoPlanError):
        await desk.plans.view(ANA)


async def test_a_job_description_gives_weight_and_outlives_a_change(desk: Desk) -> None:
    before = await plan(desk)
    named = await desk.plans.describe(ANA, "You know fraud detection and time series. We are a start-up.")
    assert set(named.topics) == {"domain.fraud-anomaly", "domain.time-series"}
    view = await plan(desk, "in 6 weeks")
    assert view.emphasis.named["domain.time-series"] == ("time series",)
    assert view.plan.goal.startup
    assert view.plan.topics > before.plan.topics
    await desk.plans.describe(ANA, "Nothing in particular.")
    assert (await desk.plans.view(ANA)).emphasis == view.emphasis


@pytest.mark.parametrize("hours", [0.0, 0.5, 41.0, float("nan")])
async def test_hours_that_no_week_has_are_refused(desk: Desk, hours: float) -> None:
    with pytest.raises(UserError, match="hours a week"):
        await plan(desk, hours=hours)


# Days as people type them


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-05-01", date(2026, 5, 1)),
        ("2026-5-1", date(2026, 5, 1)),
        (" 1 May ", date(2026, 5, 1)),
        ("1st of may 2026", date(2026, 5, 1)),
        ("May 1, 2026", date(2026, 5, 1)),
        ("Sept 3rd", date(2026, 9, 3)),
        ("1 March", None),
        ("1 Feb", date(2027, 2, 1)),
        ("in 6 weeks", TODAY + timedelta(weeks=6)),
        ("six weeks", TODAY + timedelta(weeks=6)),
        ("in a month", TODAY + timedelta(days=30)),
        ("10 days", TODAY + timedelta(days=10)),
        ("tomorrow", TODAY + timedelta(days=1)),
    ],
)
def test_a_day_is_understood(typed: str, day: date | None) -> None:
    assert target_day(typed, TODAY) == (day or date(2027, 3, 1))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "do not understand"),
        ("soon", "do not understand"),
        ("2026-02-30", "do not understand"),
        ("32 May", "do not understand"),
        ("5 foo", "do not understand"),
        ("2026-03-02", "not ahead of you"),
        ("2020-01-01", "not ahead of you"),
        ("in 0 days", "not ahead of you"),
        ("2029-01-01", "more than a year"),
        ("in 999 weeks", "more than a year"),
    ],
)
def test_what_is_no_day_ahead_is_told(typed: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        target_day(typed, TODAY)


def test_suggested_days_are_days_ahead() -> None:
    for words, day in suggested_days(TODAY):
        assert target_day(words, TODAY) == day == target_day(day.isoformat(), TODAY)


# Today


async def test_the_first_step_is_a_topic_that_can_be_asked_about(store: Store, bank: Bank, clock: ManualClock) -> None:
    desk = Desk(store, on(bank, "ml.paradigms", ["a", "b"]), clock)
    view = await plan(desk)
    assert isinstance(view.step, RoundStep)
    assert (view.step.topic, view.step.kind, view.step.format) == ("ml.paradigms", Kind.QUIZ, Format.MIXED)
    assert (view.step.count, view.step.mode) == (2, Mode.PRACTICE)


async def test_a_topic_that_was_practiced_makes_way_and_comes_back_in_exam_mode(
    store: Store, bank: Bank, clock: ManualClock
) -> None:
    desk = Desk(store, on(bank, "ml.paradigms", ["a", "b", "c", "d"]), clock)
    await plan(desk)
    await desk.answer(("ml.paradigms.a", "a"))
    step = (await desk.plans.view(ANA)).step
    assert not (isinstance(step, RoundStep) and step.topic == "ml.paradigms")
    desk.sleep(3)
    step = (await desk.plans.view(ANA)).step
    assert isinstance(step, RoundStep)
    assert (step.topic, step.mode, step.visit and step.visit.number) == ("ml.paradigms", Mode.PRACTICE, 2)
    await desk.answer(("ml.paradigms.b", "a"))
    desk.sleep(5)
    step = (await desk.plans.view(ANA)).step
    assert isinstance(step, RoundStep)
    assert (step.topic, step.mode) == ("ml.paradigms", Mode.EXAM)
    await desk.answer(("ml.paradigms.c", "a"), mode=Mode.EXAM)
    view = await desk.plans.view(ANA)
    assert view.plan.done == 1


async def test_what_is_due_comes_before_anything_new(desk: Desk) -> None:
    await plan(desk)
    await desk.answer((CHOICE, "b"))
    await desk.answer((STORY, "We talked about it and then it was fine again."), kind=Kind.BEHAVIORAL)
    desk.sleep(1)
    step = (await desk.plans.view(ANA)).step
    assert isinstance(step, ReviewStep)
    assert step.day.questions == (CHOICE,)


@pytest.mark.parametrize("coding", [True, False])
async def test_topics_of_code_are_tasks_where_programs_can_be_run(
    store: Store, bank: Bank, clock: ManualClock, coding: bool
) -> None:
    desk = Desk(store, on(Bank([bank.loaded[TASK]]), "dsa.python-oop", ["mean"], TASK), clock, coding=coding)
    step = (await plan(desk)).step
    assert isinstance(step, RoundStep)
    if coding:
        assert (step.kind, step.topic, step.format, step.count) == (Kind.CODE, "dsa.python-oop", Format.CODE, 1)
    else:
        assert (step.kind, step.topic) == (Kind.QUIZ, None)


async def test_with_nothing_left_to_ask_today_there_is_a_mixed_exam_round(desk: Desk) -> None:
    await plan(desk, "in 5 days")
    step = (await desk.plans.view(ANA)).step
    assert isinstance(step, RoundStep)
    assert (step.topic, step.mode) == (None, Mode.EXAM)
    await desk.answer((CHOICE, "a"), mode=Mode.EXAM)
    assert isinstance((await desk.plans.view(ANA)).step, DoneStep)


async def test_every_kind_of_exam_has_its_turn_in_the_last_week(desk: Desk) -> None:
    await plan(desk, "in 7 days")
    kinds: list[Kind] = []
    for _ in range(6):
        step = (await desk.plans.view(ANA)).step
        assert isinstance(step, RoundStep)
        kinds.append(step.kind)
        desk.sleep(1)
    assert set(kinds) == {Kind.QUIZ, Kind.BEHAVIORAL, Kind.CODE}
    assert kinds.count(Kind.QUIZ) >= 3


async def test_the_day_before_is_for_rest_and_afterwards_the_plan_is_over(desk: Desk) -> None:
    await desk.answer((CHOICE, "b"))
    await plan(desk, "in 5 days")
    desk.sleep(4)
    assert isinstance((await desk.plans.view(ANA)).step, RestStep)
    desk.sleep(1)
    view = await desk.plans.view(ANA)
    assert view.plan.over
    assert isinstance(view.step, DoneStep)


async def test_the_level_of_the_plan_is_the_level_of_reviews(desk: Desk) -> None:
    assert (await desk.learner()).level is Level.MID
    await desk.answer((CHOICE, "a"), level=Level.SENIOR)
    assert (await desk.learner()).level is Level.SENIOR
    await desk.plans.set_goal(ANA, Role.ML_ENGINEER, Level.JUNIOR, "in 3 weeks", 5)
    assert (await desk.learner()).level is Level.JUNIOR
