"""What the ability model takes from a question."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from statistics import fmean

import pytest

from bot.abilities.items import LEVEL_SHIFT, Item, item_of
from bot.abilities.model import overall, prior, update
from grader.grade import Context
from grader.text import grade
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.loader import decode, encode
from questions.model import Behavioral, Difficulty, FreeText, Level, MultipleChoice, Numeric

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def test_every_shipped_question_is_an_item_at_each_of_its_levels(shipped: Bank) -> None:
    for question in shipped.questions.values():
        for level in question.levels:
            item = item_of(question, level)
            assert dict(item.topics)[question.topic] == max(weight for _, weight in item.topics)
            assert {slug for slug, _ in item.topics} == set(question.topics)
            assert -3 < item.b < 3


def test_a_stored_question_is_the_same_item_as_the_one_in_its_file(shipped: Bank) -> None:
    for question in shipped.questions.values():
        assert item_of(decode(encode(question)), Level.MID) == item_of(question, Level.MID)


@pytest.mark.parametrize(("level", "location"), [(1, -1.2), (2, -0.6), (3, 0.0), (4, 0.8), (5, 1.5)])
def test_without_an_authors_location_the_difficulty_gives_it(bank: Bank, level: int, location: float) -> None:
    task = next(q for q in bank.questions.values() if isinstance(q, CodeTask))
    item = item_of(task.model_copy(update={"difficulty": Difficulty(level=level)}), Level.MID)
    assert (item.a, item.b, item.c) == (1.2, location, 0.0)


def test_an_authors_location_and_slope_win_even_where_the_location_is_zero(bank: Bank) -> None:
    question = next(q for q in bank.questions.values() if isinstance(q, Numeric))
    item = item_of(question.model_copy(update={"difficulty": Difficulty(level=5, b=0.0, a=1.1)}), Level.MID)
    assert (item.a, item.b) == (1.1, 0.0)


def test_guessing_among_options_earns_their_share_unless_the_author_says_otherwise(bank: Bank) -> None:
    question = next(q for q in bank.questions.values() if isinstance(q, MultipleChoice))
    plain = question.model_copy(update={"difficulty": Difficulty(level=3)})
    assert item_of(plain, Level.MID).c == 1 / len(question.options)
    told = question.model_copy(update={"difficulty": Difficulty(level=3, c=0.1)})
    assert item_of(told, Level.MID).c == 0.1


def test_only_free_text_is_easier_at_a_lower_level(bank: Bank) -> None:
    for question in bank.questions.values():
        junior, mid, senior = (item_of(question, level).b for level in Level)
        if isinstance(question, FreeText):
            assert (junior - mid, senior - mid) == pytest.approx((LEVEL_SHIFT[Level.JUNIOR], LEVEL_SHIFT[Level.SENIOR]))
        else:
            assert junior == mid == senior


def test_code_without_follow_ups_is_graded_without_error(bank: Bank) -> None:
    task = next(q for q in bank.questions.values() if isinstance(q, CodeTask) and q.followups)
    assert item_of(task, Level.MID).g > 0
    assert item_of(task.model_copy(update={"followups": ()}), Level.MID).g == 0


@pytest.mark.thorough
def test_nobody_is_rated_higher_for_the_level_they_choose(shipped: Bank) -> None:
    """On the bank's own answers: rating points after the same words at each level, on average."""
    written = [q for q in shipped.questions.values() if isinstance(q, FreeText)][::12]
    ratings: dict[Level, list[float]] = {level: [] for level in Level}
    for question in written:
        for answer in question.calibration_answers:
            text = question.calibration_text(answer)
            for level in Level:
                score = grade(text, question, Context(level=level)).score
                ratings[level].append(overall(update(prior(), item_of(question, level), score, NOON)).value)
    junior, mid, senior = (fmean(ratings[level]) for level in Level)
    assert junior <= mid
    assert senior - mid < 5
    assert senior - junior < 15


def test_stories_score_the_same_at_every_level_so_they_need_no_shift(shipped: Bank) -> None:
    stories = [q for q in shipped.questions.values() if isinstance(q, Behavioral)][::10]
    for question in stories:
        for answer in question.calibration_answers:
            text = question.calibration_text(answer)
            assert len({grade(text, question, Context(level=level)).score for level in Level}) == 1


@pytest.mark.parametrize(
    "parameters",
    [
        (0.0, 0.0, 0.0, 1.0, 0.0),
        (1.2, math.nan, 0.0, 1.0, 0.0),
        (1.2, 0.0, 1.0, 1.0, 0.0),
        (1.2, 0.0, 0.0, 0.0, 0.0),
        (1.2, 0.0, 0.0, 1.0, -0.1),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters: tuple[float, float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="parameters"):
        Item(*parameters, topics=(("ml.svm", 1.0),))


@pytest.mark.parametrize(
    "topics", [(), (("ml.svm", 0.5),), (("ml.svm", 1.5), ("ml.knn", -0.5)), (("ml.svm", 0.5), ("ml.svm", 0.5))]
)
def test_topic_weights_that_do_not_share_out_one_are_refused(topics: tuple[tuple[str, float], ...]) -> None:
    with pytest.raises(ValueError, match="topic"):
        Item(1.2, 0.0, 0.0, 1.0, 0.0, topics)
