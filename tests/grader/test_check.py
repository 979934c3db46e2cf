from __future__ import annotations

import pytest

from grader.check import check_bank, check_question
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.loader import Loaded
from questions.model import Accept, Behavioral, FreeText, Mistake
from tests.grader.samples import ALERTS, LEAF, MODES, PENALTIES, PRECISION


@pytest.fixture(scope="module")
def read(shipped: Bank) -> list[Loaded]:
    """All that is graded by reading."""
    return [loaded for loaded in shipped.loaded.values() if not isinstance(loaded.question, CodeTask)]


@pytest.mark.parametrize("question", [PENALTIES, MODES, ALERTS, LEAF, PRECISION], ids=lambda question: question.id)
def test_a_sound_question_passes(question: FreeText) -> None:
    assert check_question(question) == []


def _with_answer(question: FreeText, **changes: object) -> FreeText:
    first, *rest = question.calibration_answers
    return question.model_copy(update={"calibration_answers": (first.model_copy(update=changes), *rest)})


def test_a_promised_hit_that_is_not_found_is_told() -> None:
    partial = PENALTIES.calibration_answers[1].model_copy(update={"hits": ("l1-sparse", "l2-shrinks", "standardize")})
    question = PENALTIES.model_copy(update={"calibration_answers": (partial,)})
    assert any("(standardize), which is graded as" in line for line in check_question(question))


def test_an_unpromised_hit_is_told_with_its_words() -> None:
    question = _with_answer(PENALTIES, hits=("l1-sparse",))
    assert any(
        "does not name key point 2 (l2-shrinks), which it earns with “" in line for line in check_question(question)
    )


def test_a_wrong_band_is_told_for_its_level() -> None:
    question = _with_answer(PENALTIES, band={"junior": 1, "mid": 4, "senior": 4})
    assert any("says 1 4 4 (junior, mid, senior), and it is graded" in line for line in check_question(question))


def test_a_missed_misconception_is_told() -> None:
    question = _with_answer(PENALTIES, misconceptions=("no-tuning",))
    assert any("names no-tuning, which is not seen" in line for line in check_question(question))


def test_a_hint_that_gives_a_point_away_is_told() -> None:
    hints = ("L1 gives sparse solutions, you know.", *PENALTIES.hints[1:])
    question = PENALTIES.model_copy(update={"hints": hints})
    assert any(line.startswith("hint 1 already earns l1-sparse") for line in check_question(question))


def test_a_point_that_the_model_answer_misses_is_told() -> None:
    point = PENALTIES.key_points[0]
    deaf = point.model_copy(update={"claim": "Quokkas.", "accept": Accept(phrases=("quokkas smile", "quokkas hop"))})
    question = PENALTIES.model_copy(update={"key_points": (deaf, *PENALTIES.key_points[1:])})
    assert any("the full model answer does not hit l1-sparse" in line for line in check_question(question))


def test_a_mistake_too_near_the_answer_is_told() -> None:
    near = Mistake(value="-g / (h + 2) * r * 1.01", claim="Nearly.", why_wrong="Too near.")
    question = LEAF.model_copy(update={"mistakes": (near,)})
    assert any("within the tolerance" in line for line in check_question(question))


def test_an_answer_without_a_value_is_told() -> None:
    question = LEAF.model_copy(update={"answer": "g / (h - 8)"})
    assert any("answer:" in line for line in check_question(question))


@pytest.mark.thorough
def test_the_bank_keeps_its_promises_and_stories_are_mostly_read_as_their_authors_read_them(
    read: list[Loaded],
) -> None:
    report = check_bank(read)
    assert report.problems == ()
    agreed = report.stories
    assert agreed.parts_agreed / agreed.parts > 0.95
    assert agreed.bands_agreed / agreed.bands > 0.88


def test_a_part_that_the_model_story_lacks_is_told(read: list[Loaded]) -> None:
    stories = [item.question for item in read if isinstance(item.question, Behavioral)]
    for question in stories[:1]:
        answer = question.calibration_answers[0].model_copy(update={"parts": ()})
        changed = question.model_copy(update={"calibration_answers": (answer,)})
        assert check_question(changed)
