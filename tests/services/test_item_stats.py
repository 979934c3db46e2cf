"""Item statistics on real results."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bot.services.item_stats import ENOUGH, ItemStatistics, correlation
from bot.services.ratings import Ratings
from bot.store.engine import Store
from questions.bank import Bank
from tests.clock import START
from tests.services.scoring import ids, many_questions, play

PEOPLE = 24


@pytest.fixture(scope="session")
def many(bank: Bank) -> Bank:
    return many_questions(bank)


async def answer(store: Store, ratings: Ratings, many: Bank, scores: dict[int, float]) -> str:
    """Everybody answers three questions as well as their number says, then one with these scores; its id."""
    names = ids(many, "ml")
    for user, score in scores.items():
        able = user / (len(scores) + 1)
        for number in range(3):
            await play(store, ratings, {names[number]: able}, START, user=user)
        await play(store, ratings, {names[5]: score}, START + timedelta(hours=1), user=user)
    return names[5]


async def test_a_good_question_tells_the_better_from_the_others(store: Store, many: Bank) -> None:
    ratings = Ratings(store, many)
    name = await answer(store, ratings, many, {user: user / (PEOPLE + 1) for user in range(1, PEOPLE + 1)})
    stats = await ItemStatistics(store).of(name)
    assert (stats.attempts, stats.suspect) == (PEOPLE, None)
    assert stats.discrimination == pytest.approx(1.0)
    assert stats.mean == pytest.approx(0.5)
    assert stats.minutes == pytest.approx(1.5)
    assert await ItemStatistics(store).suspects() == []


@pytest.mark.parametrize(
    ("why", "scores"),
    [
        ("the better people do worse on it", {user: 1 - user / (PEOPLE + 1) for user in range(1, PEOPLE + 1)}),
        ("too hard even for the strongest", dict.fromkeys(range(1, PEOPLE + 1), 0.0)),
        ("everybody gets it right", dict.fromkeys(range(1, PEOPLE + 1), 1.0)),
        (
            "it does not tell the better from the others",
            {user: 0.8 if user % 4 in {2, 3} else 0.0 for user in range(1, PEOPLE + 1)},
        ),
    ],
)
async def test_a_broken_question_is_found_with_the_reason(
    store: Store, many: Bank, why: str, scores: dict[int, float]
) -> None:
    ratings = Ratings(store, many)
    name = await answer(store, ratings, many, scores)
    stats = await ItemStatistics(store).of(name)
    assert stats.suspect == why
    assert name in [one.question_id for one in await ItemStatistics(store).suspects()]


async def test_nothing_is_said_about_a_question_that_few_have_answered(store: Store, many: Bank) -> None:
    ratings = Ratings(store, many)
    name = await answer(store, ratings, many, dict.fromkeys(range(1, ENOUGH), 0.0))
    stats = await ItemStatistics(store).of(name)
    assert (stats.attempts, stats.discrimination, stats.suspect) == (ENOUGH - 1, None, None)
    assert (await ItemStatistics(store).of("ml.boosting.never-asked")).mean is None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=30))
def test_a_correlation_is_between_minus_one_and_one_and_does_not_depend_on_the_order(
    pairs: list[tuple[float, float]],
) -> None:
    value = correlation(pairs)
    assert value is None or -1.0000001 <= value <= 1.0000001
    turned = correlation([(other, one) for one, other in pairs])
    assert (value is None) == (turned is None)
    if value is not None and turned is not None:
        assert value == pytest.approx(turned)
