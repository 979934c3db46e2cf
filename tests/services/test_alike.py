"""When two answers count as nearly the same."""

from __future__ import annotations

import random
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.alike import NEARLY, SHORTEST, Alike, alike, normalized
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.model import FreeText

WORDS = st.lists(st.text(string.ascii_letters, min_size=2, max_size=10), min_size=40, max_size=80)
ANSWER = (
    "An absolute penalty has a corner at zero, so the optimum often lies on an axis and some weights become exactly "
    "zero; a squared penalty is round there, so it makes all weights smaller and none of them vanishes."
)
PROGRAM = """\
def running_mean(values, width):
    if width < 1:
        raise ValueError("width")
    total = sum(values[:width])
    means = [total / width]
    for old, new in zip(values, values[width:]):
        total += new - old
        means.append(total / width)
    return means
"""


def pairs(*texts: str, code: bool = False) -> list[tuple[int, int]]:
    return [(pair.first, pair.second) for pair in alike(dict(enumerate(texts)), code=code)]


@given(WORDS)
def test_the_same_words_are_alike_whatever_their_case_and_punctuation(words: list[str]) -> None:
    other = "; ".join(word.upper() for word in words) + "!"
    [found] = alike({7: " ".join(words), 3: other})
    assert found == Alike(3, 7, 100.0)


@given(WORDS, WORDS, st.booleans())
def test_it_does_not_matter_whose_answer_is_which(one: list[str], other: list[str], code: bool) -> None:
    first, second = " ".join(one), " ".join([*one[: len(one) - 3], *other[:3]])
    forth = alike({1: first, 2: second}, code=code)
    back = alike({1: second, 2: first}, code=code)
    assert forth == back
    assert all(NEARLY[code] <= pair.similarity <= 100 for pair in forth)


@given(st.integers(0, 10_000))
def test_unrelated_answers_are_not_alike(seed: int) -> None:
    chance = random.Random(seed)
    vocabulary = ["".join(chance.choices(string.ascii_lowercase, k=chance.randint(3, 10))) for _ in range(400)]
    texts = [" ".join(chance.sample(vocabulary, 60)) for _ in range(4)]
    assert pairs(*texts) == []


def test_what_different_authors_wrote_on_one_question_is_not_alike(bank: Bank) -> None:
    """Answers to one question share its terms; the bank's calibration answers are such."""
    for question in bank.questions.values():
        if isinstance(question, FreeText):
            texts = {answer.text for answer in question.calibration_answers}
            assert pairs(*texts) == []


@given(st.text(max_size=SHORTEST[False] - 1), st.booleans())
def test_short_answers_are_never_reported(text: str, code: bool) -> None:
    assert pairs(text, text, code=code) == []


@given(st.text(max_size=400), st.booleans())
def test_equal_answers_are_reported_from_the_least_length_on(text: str, code: bool) -> None:
    assert (pairs(text, text, code=code) == [(0, 1)]) == (len(normalized(text, code=code)) >= SHORTEST[code])


@given(st.dictionaries(st.integers(1, 50), st.sampled_from([ANSWER, ANSWER + " Lasso.", PROGRAM]), max_size=12))
def test_every_pair_is_reported_once_the_most_similar_first(answers: dict[int, str]) -> None:
    found = alike(answers)
    assert all(pair.first < pair.second for pair in found)
    assert len({(pair.first, pair.second) for pair in found}) == len(found)
    assert [pair.similarity for pair in found] == sorted((pair.similarity for pair in found), reverse=True)
    related = [user for user, text in answers.items() if text is not PROGRAM]
    unrelated = len(answers) - len(related)
    assert len(found) == len(related) * (len(related) - 1) // 2 + unrelated * (unrelated - 1) // 2


def test_one_changed_word_is_still_alike_and_a_rewritten_answer_is_not() -> None:
    changed = ANSWER.replace("often", "mostly")
    rewritten = (
        "Lasso removes features because its penalty is not smooth at zero. Ridge keeps every feature: its gradient "
        "fades near zero, so coefficients get small, but they do not reach it."
    )
    assert pairs(ANSWER, changed, rewritten) == [(0, 1)]


# Programs


def test_comments_blank_lines_and_spaces_do_not_hide_a_copy() -> None:
    other = "# all mine\n\n" + PROGRAM.replace("    ", "  ").replace(" / ", "/").replace(
        "total += new - old", "total += new - old  # move the window by one"
    )
    assert [pair.similarity for pair in alike({1: PROGRAM, 2: other}, code=True)] == [100.0]


NAMES = {"values": "numbers", "width": "k", "total": "running", "means": "result", "old": "a", "new": "b"}


def test_one_renamed_variable_does_not_hide_a_copy_but_renaming_all_of_them_does() -> None:
    """Names are part of the words: what is rewritten that much is left to the host's eye."""
    one = PROGRAM.replace("total", "s")
    assert pairs(PROGRAM, one, code=True) == [(0, 1)]
    every = re.sub(r"\b\w+\b", lambda found: NAMES.get(found[0], found[0]), PROGRAM)
    assert pairs(PROGRAM, every, code=True) == []


@pytest.mark.parametrize("entry", ["running_mean"])
def test_two_honest_solutions_of_one_task_are_not_alike(bank: Bank, entry: str) -> None:
    task = next(q for q in bank.questions.values() if isinstance(q, CodeTask) and q.entry == entry)
    written = [task.solution, *(wrong.code for wrong in task.wrong)]
    assert pairs(*written, code=True) == []
