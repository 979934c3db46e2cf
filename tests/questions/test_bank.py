"""Drawing questions, and the bank that is shipped."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest

from questions.bank import Bank, Choice
from questions.expression import Expression, fill
from questions.kinds import AnyQuestion
from questions.loader import Loaded, QuestionFileError, load_text
from questions.model import Behavioral, FreeText, Level, MultipleChoice, Numeric
from questions.taxonomy import taxonomy
from tests.conftest import BANK

KINDS = (FreeText, MultipleChoice, Numeric, Behavioral)

QUIZ: tuple[type[AnyQuestion], ...] = (FreeText, MultipleChoice, Numeric)
FREE, CHOICE, NUMERIC, STORY = (item.question for item in load_text(BANK.read_text(encoding="utf-8")))


def clone(question: AnyQuestion, topic: str, name: str, **changes: object) -> Loaded:
    update = {"id": f"{topic}.{name}", "topics": (topic,), **changes}
    return Loaded(question.model_copy(update=update), "x.yaml", 1)


@pytest.fixture(scope="module")
def made() -> Bank:
    """Twelve questions of each kind over four topics of two tracks."""
    topics = ("ml.boosting", "ml.decision-trees", "eval.calibration", "eval.cross-validation")
    return Bank(
        clone(question, topic, f"{kind}-{number}")
        for topic in topics
        for kind, question in (("free", FREE), ("choice", CHOICE), ("numeric", NUMERIC))
        for number in range(3)
    )


@pytest.mark.parametrize("seed", range(20))
def test_no_question_is_drawn_twice(made: Bank, seed: int) -> None:
    drawn = made.draw(Choice(QUIZ, Level.MID), 36, random.Random(seed))
    assert len({question.id for question in drawn}) == 36


def test_fewer_come_back_when_fewer_fit(made: Bank) -> None:
    assert len(made.draw(Choice(QUIZ, Level.MID), 99, random.Random(1))) == 36
    assert made.draw(Choice((Behavioral,), Level.MID), 5, random.Random(1)) == []
    assert made.draw(Choice(QUIZ, Level.MID), 0, random.Random(1)) == []


@pytest.mark.parametrize("kinds", [(FreeText,), (MultipleChoice,), (Numeric,), (FreeText, Numeric)])
def test_only_the_kinds_asked_for_are_drawn(made: Bank, kinds: tuple[type[AnyQuestion], ...]) -> None:
    drawn = made.draw(Choice(kinds, Level.MID), 99, random.Random(1))
    assert len(drawn) == 12 * len(kinds)
    assert {type(question) for question in drawn} == set(kinds)


def test_a_topic_or_a_track_may_be_asked_for(made: Bank) -> None:
    topic = made.draw(Choice(QUIZ, Level.MID, "ml.boosting"), 99, random.Random(1))
    track = made.draw(Choice(QUIZ, Level.MID, "eval"), 99, random.Random(1))
    assert Counter(question.topic for question in topic) == {"ml.boosting": 9}
    assert Counter(question.topic for question in track) == {"eval.calibration": 9, "eval.cross-validation": 9}
    assert made.draw(Choice(QUIZ, Level.MID, "nlp"), 99, random.Random(1)) == []


def test_a_topic_finds_questions_that_only_touch_it() -> None:
    bank = Bank([clone(FREE, "ml.boosting", "a", topics=("ml.boosting", "ml.decision-trees"))])
    assert len(bank.matching(Choice(QUIZ, Level.MID, "ml.decision-trees"))) == 1
    assert bank.topics(QUIZ) == {"ml.boosting": 1}


def test_a_level_gets_only_its_questions() -> None:
    bank = Bank(
        [
            clone(FREE, "ml.boosting", "junior", levels=(Level.JUNIOR,)),
            clone(FREE, "ml.boosting", "senior", levels=(Level.SENIOR,)),
            clone(FREE, "ml.boosting", "all"),
        ]
    )
    found = {level: [q.id for q in bank.matching(Choice(QUIZ, level))] for level in Level}
    assert found == {
        Level.JUNIOR: ["ml.boosting.junior", "ml.boosting.all"],
        Level.MID: ["ml.boosting.all"],
        Level.SENIOR: ["ml.boosting.senior", "ml.boosting.all"],
    }


def first_draws(bank: Bank, choice: Choice, count: int = 300) -> Counter[str]:
    chance = random.Random(7)
    return Counter(bank.draw(choice, 1, chance)[0].id for _ in range(count))


def test_fresh_questions_come_first() -> None:
    bank = Bank(clone(FREE, "ml.boosting", name) for name in ("a", "b", "c"))
    seen = frozenset({"ml.boosting.a", "ml.boosting.b"})
    counts = first_draws(bank, Choice(QUIZ, Level.MID, seen=seen))
    assert counts["ml.boosting.c"] > 270
    everything = frozenset({"ml.boosting.a", "ml.boosting.b", "ml.boosting.c"})
    assert len(bank.draw(Choice(QUIZ, Level.MID, seen=everything), 3, random.Random(1))) == 3


def test_seniors_are_asked_harder_questions() -> None:
    difficulty = FREE.difficulty
    bank = Bank(
        clone(FREE, "ml.boosting", f"d{level}", difficulty=difficulty.model_copy(update={"level": level}))
        for level in (1, 5)
    )
    junior = first_draws(bank, Choice(QUIZ, Level.JUNIOR))
    senior = first_draws(bank, Choice(QUIZ, Level.SENIOR))
    assert junior["ml.boosting.d1"] > 2 * junior["ml.boosting.d5"]
    assert senior["ml.boosting.d5"] > junior["ml.boosting.d5"]


def test_a_mixed_round_is_spread_over_topics_and_kinds(made: Bank) -> None:
    chance = random.Random(7)
    draws = [made.draw(Choice(QUIZ, Level.MID), 3, chance) for _ in range(200)]
    topics = [len({question.topic for question in drawn}) for drawn in draws]
    kinds = [len({type(question) for question in drawn}) for drawn in draws]
    assert sum(count == 3 for count in topics) > 190
    assert sum(count == 3 for count in kinds) > 100
    assert sum(count == 1 for count in kinds) < 10


def test_a_round_on_one_topic_is_drawn_from_that_topic_alone(made: Bank) -> None:
    drawn = made.draw(Choice(QUIZ, Level.MID, "ml.boosting"), 9, random.Random(1))
    assert len(drawn) == 9
    assert Counter(type(question) for question in drawn[:3]).most_common(1)[0][1] <= 2


class Fixed:
    def __init__(self, value: float) -> None:
        self.value = value

    def random(self) -> float:
        return self.value


@pytest.mark.parametrize("chance", [0.0, 0.5, 1 - 2**-53, 1.0])
def test_every_chance_draws_something(made: Bank, chance: float) -> None:
    assert len(made.draw(Choice(QUIZ, Level.MID), 36, Fixed(chance))) == 36


def test_the_same_chance_draws_the_same(made: Bank) -> None:
    choice = Choice(QUIZ, Level.MID)
    assert made.draw(choice, 9, random.Random(5)) == made.draw(choice, 9, random.Random(5))
    assert made.draw(choice, 9, random.Random(5)) != made.draw(choice, 9, random.Random(6))


def test_an_unknown_topic_is_told_with_file_and_line() -> None:
    with pytest.raises(QuestionFileError, match=r"x\.yaml:1: ml\.nowhere\.a: topics: unknown topic 'ml\.nowhere'"):
        Bank([clone(FREE, "ml.nowhere", "a")])


# The shipped bank


def test_the_shipped_bank_loads_quickly() -> None:
    began = time.process_time()
    bank = Bank.open()
    assert time.process_time() - began < 4
    assert len(bank) >= 50


def test_the_shipped_bank_has_every_kind_for_every_level(shipped: Bank) -> None:
    for kind in KINDS:
        for level in Level:
            assert shipped.matching(Choice((kind,), level)), f"no {kind.__name__} for {level}"


def test_shipped_questions_stand_in_the_folder_of_their_track(shipped: Bank) -> None:
    for item in shipped.loaded.values():
        assert item.file.startswith(f"{item.question.track}/"), item.question.id


def test_the_topics_come_in_curriculum_order(shipped: Bank) -> None:
    found = list(shipped.topics(QUIZ))
    order = list(taxonomy().topics)
    assert found == sorted(found, key=order.index)
    assert sum(shipped.topics(QUIZ).values()) == sum(
        isinstance(question, QUIZ) for question in shipped.questions.values()
    )


def test_every_draw_of_a_shipped_numeric_question_has_a_value_and_a_prompt(shipped: Bank) -> None:
    for question in shipped.questions.values():
        if not isinstance(question, Numeric):
            continue
        for variant in range(question.variants):
            params = question.draw(variant)
            assert isinstance(Expression(question.answer).value(params), float)
            for text in (question.prompt, question.working, question.takeaway, *question.hints):
                assert "{" not in fill(text, params)


def test_every_track_of_the_shipped_bank_is_there(shipped: Bank) -> None:
    questions = shipped.questions.values()
    kinds = {kind: sum(type(question) is kind for question in questions) for kind in KINDS}
    assert kinds[FreeText] >= 24
    assert kinds[MultipleChoice] >= 40
    assert kinds[Numeric] >= 12
    assert {question.track for question in questions} >= {"ml", "dl", "eval", "data", "math", "nlp", "ops", "behav"}
    stories = shipped.topics((Behavioral,))
    assert len(stories) == 12
    assert min(stories.values()) >= 2
