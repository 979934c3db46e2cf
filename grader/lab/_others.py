"""What the bank's other questions lend to a trial: answers that are good, and answer something else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from questions.bank import Bank
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText

UNRELATED = (
    "We bake our bread on Saturdays. My grandfather kept a jar of sourdough in the cellar, and every Friday evening "
    "he fed it with rye flour and lukewarm water. In the morning the kitchen smelled of apples. He kneaded the dough "
    "on an old wooden table, folded it twice and let it rest under a towel beside the stove. When the oven was hot he "
    "slid the loaves in with a long shovel and told us stories about the village. My sister liked the crust, I liked "
    "the warm crumb with butter and honey. Later we carried a loaf to each neighbor, and they gave us eggs or plums "
    "in return."
)
"""Fluent, and about none of the tracks."""
OFF_TOPIC = 5
"""How many answers to other questions are tried."""
CORPUS = 60


@dataclass(frozen=True)
class _Text:
    question: str
    topics: frozenset[str]
    track: str
    text: str
    story: bool


@lru_cache(maxsize=2)
def _texts(bank: Bank) -> tuple[_Text, ...]:
    return tuple(
        _Text(q.id, frozenset(q.topics), q.track, q.model_answer.full, isinstance(q, Behavioral))
        for q in bank.questions.values()
        if isinstance(q, FreeText | Behavioral)
    )


def _elsewhere(bank: Bank, question: AnyQuestion) -> list[_Text]:
    """Model answers to questions of other tracks that share no topic."""
    mine = set(question.topics)
    return [text for text in _texts(bank) if text.track != question.track and not mine & text.topics]


def off_topic(bank: Bank, question: AnyQuestion) -> list[tuple[str, str]]:
    """Good answers to other questions, each with the id of what it answers; the same ones every time.

    One text is always among them that belongs to no question at all.
    """
    found = [text for text in _elsewhere(bank, question) if not text.story]
    found.sort(key=lambda text: hashlib.sha256(f"{question.id} {text.question}".encode()).digest())
    return [*((text.question, text.text) for text in found[: OFF_TOPIC - 1]), ("no question", UNRELATED)]


def corpus(bank: Bank, question: AnyQuestion) -> list[str]:
    """Model answers and stories of other tracks, `CORPUS` at most."""
    found = _elsewhere(bank, question)
    return [text.text for text in found[:: max(1, len(found) // CORPUS)]]


def stories(bank: Bank, question: Behavioral) -> list[str]:
    """The model stories told for other topics."""
    return [text.text for text in _texts(bank) if text.story and not set(question.topics) & text.topics]
