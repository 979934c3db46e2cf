from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from bot.pictures.style import BLURPLE, BLURPLE_LIGHT, GREEN
from bot.pictures.weekly import Mover, WeeklyCard, climbers, weekly
from tests.pictures.drawn import HOSTILE, check, check_texts, colored, written

MONDAY = date(2026, 11, 30)
QUIET = WeeklyCard("ML study group", MONDAY, (0,) * 7, 0)
SMALL = WeeklyCard("ML study group", MONDAY, (0, 3, 0, 0, 1, 0, 0), 2, (Mover("Sam", 12.4),), "Most asked: boosting.")
LARGE = WeeklyCard(
    "The study group with the longest name of all study groups that there are " * 3,
    MONDAY,
    (99_999, 88_888, 3, 77_777, 10, 0, 99_999),
    12_345,
    tuple(Mover(f"{'w' * number} {number}", number * 40 - 300) for number in range(60)),
    "Words that go on and on. " * 40,
)


@pytest.mark.parametrize("card", [QUIET, SMALL, LARGE], ids=["quiet", "small", "large"])
def test_a_week_is_drawn_with_its_texts_apart(card: WeeklyCard, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, texts = written(monkeypatch, lambda: weekly(card))
    check(picture)
    check_texts(picture, texts)


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_drawn_as_it_is_written(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    card = WeeklyCard(name, MONDAY, (1, 2, 3, 4, 5, 6, 7), 3, (Mover(name, 40), Mover("Sam", 20)), name)
    picture, texts = written(monkeypatch, lambda: weekly(card))
    check(picture)
    check_texts(picture, texts)


def test_bars_are_as_high_as_the_numbers_and_the_best_day_is_lighter() -> None:
    picture = weekly(WeeklyCard("s", MONDAY, (10, 20, 0, 5, 0, 0, 40), 3))
    dark, light = colored(picture, BLURPLE), colored(picture, BLURPLE_LIGHT)
    heights = [int(column.sum()) for column in dark.T]
    best = int(light.sum(axis=0).max())
    assert best > 250
    middles = [round(64 + 1072 / 7 * (day + 0.5)) for day in range(7)]
    assert [heights[middle] / best for middle in middles] == pytest.approx([0.25, 0.5, 0, 0.125, 0, 0, 0], abs=0.02)
    assert np.nonzero(light)[1].min() > middles[5]


def test_only_those_who_rose_are_listed_and_the_most_first() -> None:
    movers = [Mover("fell", -30), Mover("stood", 0.4), Mover("a little", 1), *(Mover(str(n), n) for n in range(2, 8))]
    assert [one.name for one in climbers(movers)] == ["7", "6", "5", "4", "3"]
    assert [one.name for one in climbers(movers[:3])] == ["a little"]


def test_nobody_who_fell_appears_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    card = WeeklyCard("s", MONDAY, (1,) * 7, 3, (Mover("Falling Fred", -30), Mover("Rising Rita", 30)))
    picture, texts = written(monkeypatch, lambda: weekly(card))
    shown = " ".join([picture.alt, *(one.text for one in texts)])
    assert "Rising Rita" in shown
    assert "Falling Fred" not in shown


def test_the_green_of_the_arrows_appears_with_movers_alone() -> None:
    assert colored(weekly(SMALL), GREEN).sum() > 150
    assert colored(weekly(QUIET), GREEN).sum() == 0


def test_the_alt_text_tells_the_facts() -> None:
    assert weekly(SMALL).alt == (
        "The week of November 30 – December 6 in ML study group. 4 questions answered by 2 people: Monday 0, "
        "Tuesday 3, Wednesday 0, Thursday 0, Friday 1, Saturday 0, Sunday 0. Moving up: Sam +12. Most asked: boosting."
    )
    assert weekly(QUIET).alt == (
        "The week of November 30 – December 6 in ML study group. A quiet week: no question was answered."
    )


@pytest.mark.parametrize("answered", [(1,) * 6, (1,) * 8, (1, 1, 1, 1, 1, 1, -1)])
def test_a_week_has_seven_days_with_counts(answered: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="seven days"):
        weekly(WeeklyCard("s", MONDAY, answered, 1))
