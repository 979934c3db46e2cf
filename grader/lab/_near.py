"""Which questions of the bank a new one resembles.

Two measures, because each is blind to something: the cosine of TF-IDF vectors of what is asked and claimed sees the
same matter in other sentences, and a likeness of the prompts' words sees the same prompt with other claims. Of the
shipped questions no two come closer than 0.47 and 74; `python -m bench.intake` measures it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from grader.lab._report import Found, Neighbor, error, note, warning
from grader.text.normalise import stem
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText, MultipleChoice, Numeric

SAME_MATTER = 0.80
SAME_PROMPT = 90.0
LIKE_MATTER = 0.60
LIKE_PROMPT = 80.0
WORTH_A_NOTE = 0.45

_WORD = re.compile(r"[^\W\d_]{2,}|\d+")


@dataclass(frozen=True, slots=True)
class _Index:
    """The bank's questions as vectors."""

    ids: tuple[str, ...]
    prompts: tuple[str, ...]
    places: dict[str, int]
    """The column of each word."""
    weights: NDArray[np.float64]
    """How much a word tells: the logarithm of how rare it is."""
    rows: NDArray[np.float64]
    """A row a question, of length 1."""

    def vector(self, counts: Counter[str]) -> NDArray[np.float64]:
        """The counts as a row. Words that the bank does not have count for its length, as those that are rarest."""
        row = np.zeros(len(self.places))
        unknown = 0.0
        rarest = math.log(1 + len(self.ids))
        for word, count in counts.items():
            value = 1 + math.log(count)
            if (place := self.places.get(word)) is None:
                unknown += (value * rarest) ** 2
            else:
                row[place] = value * self.weights[place]
        length = math.sqrt(float(row @ row) + unknown)
        return row / length if length else row


def neighbors(question: AnyQuestion, bank: Bank) -> list[Neighbor]:
    """The other questions of the bank, the one most alike in matter first."""
    index = _index(bank)
    if not index.ids:
        return []
    prompt = _flat(question.prompt)
    matter = index.rows @ index.vector(_counts(question))
    found = [
        Neighbor(name, round(float(likeness), 4), round(fuzz.token_sort_ratio(prompt, other), 2))
        for name, other, likeness in zip(index.ids, index.prompts, matter, strict=True)
        if _plain(name) != _plain(question.id)
    ]
    return sorted(found, key=lambda near: (-near.matter, near.id))


def _plain(name: str) -> str:
    """An id without the server whose own version of the question it is."""
    return name.partition("~")[0]


def likeness(found: list[Neighbor]) -> Found:
    """What is too near. `found` is what `neighbors` gives."""
    for near in found:
        same = near.matter >= SAME_MATTER or near.prompt >= SAME_PROMPT
        shown = f"{near.id} (matter {near.matter:.2f} of 1, prompt {near.prompt:.0f} of 100)"
        if same:
            advice = "Edit that question instead, or ask for something that it does not ask."
            yield error("question", f"nearly the same as {shown}", advice)
        elif near.matter >= LIKE_MATTER or near.prompt >= LIKE_PROMPT:
            yield warning(
                "question", f"much like {shown}", "Compare the two, and make sure that each asks its own thing."
            )
    if found and WORTH_A_NOTE <= found[0].matter < LIKE_MATTER:
        yield note("question", f"closest in the bank: {found[0].id} (matter {found[0].matter:.2f} of 1)")


@lru_cache(maxsize=2)
def _index(bank: Bank) -> _Index:
    questions = list(bank.questions.values())
    counted = [_counts(question) for question in questions]
    spread = Counter(word for counts in counted for word in counts)
    places = {word: place for place, word in enumerate(sorted(spread))}
    weights = np.array([math.log((1 + len(questions)) / (1 + spread[word])) for word in places])
    index = _Index(
        tuple(question.id for question in questions),
        tuple(_flat(question.prompt) for question in questions),
        places,
        weights,
        np.zeros((0, len(places))),
    )
    rows = [index.vector(counts) for counts in counted]
    return _Index(index.ids, index.prompts, places, weights, np.array(rows).reshape(len(rows), len(places)))


def _flat(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _counts(question: AnyQuestion) -> Counter[str]:
    return Counter(stem(word) for text in _matter(question) for word in _WORD.findall(text.casefold()))


def _matter(question: AnyQuestion) -> Iterator[str]:
    """What is asked and claimed."""
    yield question.prompt
    match question:
        case FreeText():
            yield from (point.claim for point in question.key_points)
        case MultipleChoice():
            yield from (option.text for option in question.options)
            yield question.takeaway
        case Numeric():
            yield from (question.answer, question.working, question.takeaway)
        case Behavioral():
            yield question.competency
            yield from question.look_for.values()
        case CodeTask():
            yield from (question.title, question.editorial)
