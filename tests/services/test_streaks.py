"""Streaks from real rounds, by the person's own calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.store.engine import Store
from questions.bank import Bank
from tests.clock import ManualClock
from tests.services.practicing import ANA, Desk

CHOICE = "eval.classification-metrics.rare-positives"


@pytest.fixture
def desk(store: Store, bank: Bank, clock: ManualClock) -> Desk:
    return Desk(store, bank, clock)


async def test_there_is_no_streak_before_the_first_question(desk: Desk) -> None:
    view = await desk.streaks.view(ANA)
    assert (view.ever, view.streak.days, view.news) == (False, 0, ())


async def test_days_in_a_row_add_up_and_a_missed_one_is_told_once(desk: Desk) -> None:
    await desk.answer((CHOICE, "a"))
    desk.sleep(1)
    await desk.answer((CHOICE, "a"))
    desk.sleep(2)
    view = await desk.streaks.view(ANA)
    assert (view.streak.days, view.streak.today, view.news) == (2, False, (date(2026, 3, 4),))
    await desk.streaks.told(ANA, view)
    again = await desk.streaks.view(ANA)
    assert (again.streak, again.news) == (view.streak, ())
    await desk.streaks.told(ANA, again)
    desk.sleep(1)
    assert (await desk.streaks.view(ANA)).news == (date(2026, 3, 5),)


async def test_a_day_is_the_persons_own(store: Store, bank: Bank) -> None:
    clock = ManualClock(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    desk = Desk(store, bank, clock)
    await desk.people.set_zone(ANA, "America/Los_Angeles")
    await desk.answer((CHOICE, "a"))
    clock.move(4 * 3600)  # already the next day in UTC, still the same one there
    view = await desk.streaks.view(ANA)
    assert view.streak.today
    assert view.streak.since == date(2026, 3, 2)


async def test_days_of_others_do_not_count(desk: Desk) -> None:
    await desk.answer((CHOICE, "a"), user=2)
    assert not (await desk.streaks.view(ANA)).ever
