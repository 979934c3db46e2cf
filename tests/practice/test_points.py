"""What a grade shows of a question's points, and which points are alike."""

from __future__ import annotations

import pytest

from bot.practice.points import FOUND_WRONG, kindred, seen_in
from bot.practice.review import WHOLE, WRONG_IDEA, Seen
from grader.grade import Context, Gate, Grade, Turn
from grader.text import grade
from questions.bank import Bank
from questions.kinds import AnyQuestion
from questions.model import Accept, FreeText, KeyPoint, Level, Tier

FREE, CHOICE, STORY = (
    "ml.regularization.penalties",
    "eval.classification-metrics.rare-positives",
    "behav.conflict.shipping",
)


def question(bank: Bank, name: str) -> AnyQuestion:
    found = bank.get(name)
    assert found is not None
    return found


def seen(bank: Bank, text: str, level: Level = Level.MID, name: str = FREE) -> dict[str, Seen]:
    asked = question(bank, name)
    found = grade(text, asked, Context(level=level))
    return dict(seen_in(asked, found, found.score, level, told=False))


def missed(found: dict[str, Seen]) -> set[str]:
    return {point for point, one in found.items() if one.missed}


def test_points_that_an_answer_lacks_are_missed(bank: Bank) -> None:
    asked = question(bank, FREE)
    assert isinstance(asked, FreeText)
    partial = next(answer.text for answer in asked.calibration_answers if answer.label == "partial")
    assert missed(seen(bank, partial)) == {"l2-shrinks", "correlated"}
    assert missed(seen(bank, partial, Level.JUNIOR)) == {"l2-shrinks"}
    assert not missed(seen(bank, asked.model_answer.full))
    assert seen(bank, partial)["l1-zeros"].credit == 1


def test_what_was_said_only_after_hints_or_a_follow_up_is_known_but_not_easy(bank: Bank) -> None:
    asked = question(bank, FREE)
    assert isinstance(asked, FreeText)
    context = Context(
        level=Level.MID,
        probe="l2-shrinks",
        earlier=(
            Turn("Lasso gives a sparse solution because its penalty pushes weights exactly to zero for features."),
        ),
    )
    found = grade(
        "Ridge shrinks every weight smoothly so that all of them get smaller but none becomes zero.", asked, context
    )
    shown = seen_in(asked, found, found.score, Level.MID, told=False)["l2-shrinks"]
    assert (shown.credit, shown.missed) == (pytest.approx(0.7), False)


def test_a_misconception_weighs_most_and_is_gone_when_a_good_answer_does_not_hold_it(bank: Bank) -> None:
    asked = question(bank, FREE)
    assert isinstance(asked, FreeText)
    wrong = next(answer.text for answer in asked.calibration_answers if answer.label == "wrong")
    assert seen(bank, wrong)[WRONG_IDEA + "l2-selects"] == Seen(0.0, missed=True, weight=FOUND_WRONG)
    assert seen(bank, asked.model_answer.full)[WRONG_IDEA + "l2-selects"] == Seen(1.0, missed=False)
    assert WRONG_IDEA + "l2-selects" not in seen(bank, "I have no idea what these penalties do to the weights, sorry.")


@pytest.mark.parametrize("gate", [Gate.EMPTY, Gate.LANGUAGE, Gate.UNREADABLE])
def test_an_answer_that_says_nothing_shows_nothing(bank: Bank, gate: Gate) -> None:
    for name in (FREE, CHOICE):
        assert seen_in(question(bank, name), Grade(0.0, 1, gate=gate), 0.0, Level.MID, told=False) == {}


def test_a_skipped_question_shows_nothing_and_one_that_was_given_up_everything(bank: Bank) -> None:
    asked = question(bank, FREE)
    assert seen_in(asked, None, 0.0, Level.MID, told=False) == {}
    assert missed(dict(seen_in(asked, None, 0.0, Level.JUNIOR, told=True))) == {"l1-zeros", "l2-shrinks"}
    assert seen_in(question(bank, CHOICE), None, 0.0, Level.MID, told=True)[WHOLE].missed


def test_a_choice_is_one_card_and_a_story_none(bank: Bank) -> None:
    asked = question(bank, CHOICE)
    for text, credit in (("b", 0.0), ("a", 1.0)):
        found = grade(text, asked, Context(level=Level.MID))
        shown = seen_in(asked, found, found.score, Level.MID, told=False)
        assert shown == {WHOLE: Seen(credit, missed=credit == 0, weight=3.0)}
    story = question(bank, STORY)
    assert isinstance(story, AnyQuestion)
    assert seen_in(story, Grade(0.2, 1), 0.2, Level.MID, told=True) == {}


@pytest.mark.thorough
def test_points_of_the_bank_that_say_the_same_find_each_other(shipped: Bank) -> None:
    found = kindred(shipped.questions.values())
    one = ("data.class-imbalance.duplicated-fraud", "threshold-by-cost")
    other = ("eval.classification-metrics.rare-alerts", "threshold-cost")
    assert found[one][0] == other
    assert all(a in found[b] for a, close in found.items() for b in close)
    assert all(a[0] != b[0] for a, close in found.items() for b in close)
    topics = {key: set(asked.topics) for key, asked in shipped.questions.items()}
    assert all(topics[a[0]] & topics[b[0]] for a, close in found.items() for b in close)


def point(name: str, claim: str, *phrases: str) -> KeyPoint:
    return KeyPoint(id=name, tier=Tier.CORE, weight=1, claim=claim, accept=Accept(phrases=phrases), followup="And?")


def test_the_same_claim_in_other_words_is_alike_and_another_one_is_not(bank: Bank) -> None:
    asked = question(bank, FREE)
    points = (
        point(
            "zeros",
            "The L1 penalty sets weights to exactly zero.",
            "lasso makes coefficients sparse and removes features",
            "L1 sets some weights to exactly zero",
        ),
        point("choose", "Its strength is chosen by cross-validation.", "tune lambda on folds", "validate its strength"),
        point("scale", "Features are standardized first.", "scale the columns before", "standardize the inputs"),
    )
    name = "ml.regularization.zeros"
    other = asked.model_copy(update={"id": name, "key_points": points})
    assert kindred([asked, other]) == {
        (FREE, "l1-zeros"): ((name, "zeros"),),
        (name, "zeros"): ((FREE, "l1-zeros"),),
    }
    elsewhere = other.model_copy(update={"topics": ("ml.boosting",)})
    assert kindred([asked, elsewhere]) == {}
