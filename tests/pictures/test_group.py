from __future__ import annotations

import random
from datetime import date

import numpy as np
import pytest

from bot.pictures.group import GroupCard, Standing, group_summary, means, ranked
from bot.pictures.style import BANDS, GRID, TRACK
from tests.pictures.drawn import HOSTILE, check, check_texts, colored, longest_run, written

DAY = date(2026, 11, 21)


def board(people: int, questions: int, most: float = 100.0) -> GroupCard:
    """A board by chance, with holes and names of all lengths."""
    chance = random.Random(people + questions)
    standings: list[Standing] = []
    for number in range(people):
        scores = tuple(None if chance.random() < 0.1 else chance.random() for _ in range(questions))
        name = "n" * chance.randrange(1, 40) + str(number)
        standings.append(Standing(name, chance.random() * most, scores))
    return GroupCard("Quiz round", "Regularization and over-fitting", DAY, most, tuple(standings))


def of(*standings: Standing, most: float = 100.0) -> GroupCard:
    return GroupCard("Quiz round", "Regularization", DAY, most, standings)


@pytest.mark.parametrize(
    ("people", "questions"),
    [(0, 0), (1, 1), (2, 0), (2, 1), (3, 3), (2, 8), (2, 9), (4, 10), (2, 11), (15, 5), (16, 2), (50, 15)],
)
def test_a_board_of_any_size_is_drawn_with_its_texts_apart(
    people: int, questions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, texts = written(monkeypatch, lambda: group_summary(board(people, questions)))
    check(picture)
    check_texts(picture, texts)
    shown = [one.text for one in texts]
    assert (f"and {people - 15} more" in shown) == (people > 15)


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_drawn_as_it_is_written(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    card = GroupCard(name, name, DAY, 10, (Standing(name, 7, (0.7, None)), Standing(name, 3, (0.3, 1.0))))
    picture, texts = written(monkeypatch, lambda: group_summary(card))
    check(picture)
    check_texts(picture, texts)


def test_people_whose_names_cannot_be_drawn_are_called_by_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    card = of(Standing("山田", 10, (0.1,)), Standing("Sam", 90, (0.9,)))
    picture, texts = written(monkeypatch, lambda: group_summary(card))
    assert [one.text for one in texts].count("Player 2") == 2
    assert "2. 山田 with 10" in picture.alt


def test_bars_are_as_long_as_the_points_and_colored_by_their_share() -> None:
    picture = group_summary(of(*(Standing(str(points), points, ()) for points in (90.0, 70.0, 50.0, 20.0))))
    lengths = [longest_run(colored(picture, BANDS[band])) for band in (4, 3, 2, 1)]
    assert [length / lengths[0] for length in lengths] == pytest.approx([1, 7 / 9, 5 / 9, 2 / 9], rel=0.05)


def test_a_bar_fills_the_share_of_its_track_that_was_reached() -> None:
    picture = group_summary(of(Standing("Sam", 30, ()), most=40))
    bar, rest = (longest_run(colored(picture, color)) for color in (BANDS[3], TRACK))
    assert bar / (bar + rest) == pytest.approx(0.75, abs=0.02)


def test_nobody_without_points_has_a_bar() -> None:
    picture = group_summary(of(Standing("Sam", 0, ()), Standing("Alex", 0, ()), most=0))
    assert not any(colored(picture, color).any() for color in BANDS.values())


def test_a_cell_has_the_color_of_its_band_and_a_hole_has_none() -> None:
    def areas(*scores: float | None) -> list[int]:
        picture = group_summary(of(Standing("Sam", 0, scores)))
        # The last panel line is the legend, which shows all colors: cells are counted above it.
        return [int(colored(picture, BANDS[band])[:-110].sum()) for band in (4, 3, 2, 1)]

    one = areas(0.9, 0.1, None, None)
    assert one[0] > 5000
    assert one[3] > 5000
    assert one[1:3] == [0, 0]
    more = areas(0.9, 0.1, 0.9, 0.5)
    assert more[0] == pytest.approx(2 * one[0], rel=0.02)
    assert more[2] > 5000


def test_a_hole_is_hatched() -> None:
    holes = group_summary(of(Standing("Sam", 0, (None,))))
    rows, _ = np.nonzero(colored(holes, GRID))
    assert len(rows) > 500


def test_a_cell_is_colored_like_the_number_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, texts = written(monkeypatch, lambda: group_summary(of(Standing("Sam", 0, (0.796,)))))
    assert "80%" in [one.text for one in texts]
    assert colored(picture, BANDS[4])[:-110].sum() > 5000


def test_equal_points_share_a_rank() -> None:
    standings = [Standing(name, points, ()) for name, points in (("a", 5), ("b", 9), ("c", 9), ("d", 1), ("e", 5))]
    assert [(rank, one.name) for rank, one in ranked(standings)] == [(1, "b"), (1, "c"), (3, "a"), (3, "e"), (5, "d")]


def test_a_mean_leaves_out_those_without_a_score() -> None:
    assert means([(1.0, None, None), (0.5, 0.2, None)]) == (0.75, 0.2, None)


def test_the_alt_text_tells_the_facts() -> None:
    card = of(
        Standing("Sam", 41.5, (0.5, 0.33)), Standing("Zoë 🎉", 80, (0.9, None)), Standing("Alex", 41.5, (0.4, 0.43))
    )
    assert group_summary(card).alt == (
        "Final board of a group round: Quiz round, Regularization, November 21, 2026. 3 people. "
        "Question 1 went best with a mean of 60% and question 2 worst with 38%. "
        "Of 100 points: 1. Zoë 🎉 with 80; 2. Sam with 41.5; 2. Alex with 41.5."
    )
    assert group_summary(of()).alt.endswith("Nobody answered.")


def test_standings_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="a score for each question"):
        group_summary(of(Standing("Sam", 1, (1.0,)), Standing("Alex", 1, (1.0, 0.5))))
