"""The question bank: every shipped question, and how to choose among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from questions.code_task import CodeKind, CodeTask
from questions.kinds import AnyQuestion
from questions.loader import Loaded, Problem, QuestionFileError, load_folder
from questions.model import Level
from questions.taxonomy import taxonomy

FOLDER = Path(__file__).parent / "bank"

TARGET_DIFFICULTY: Mapping[Level, float] = {Level.JUNIOR: 2.0, Level.MID: 2.8, Level.SENIOR: 3.6}
"""The difficulty (1–5) around which a level is asked."""
SEEN_WEIGHT = 0.02
"""What is left of a question's chance once the person has seen it; fresh questions come first."""


class Chance(Protocol):
    """The random numbers that a draw needs; `random.Random` is one."""

    def random(self) -> float: ...


@dataclass(frozen=True)
class Choice:
    """What a draw may take."""

    kinds: tuple[type[AnyQuestion], ...]
    level: Level
    topic: str | None = None
    """A topic, a track, or None for anything."""
    seen: frozenset[str] = frozenset()
    """Ids of questions that the person has met."""
    challenge: bool = False
    """Of code tasks: those that run for days and are scored by a metric, or (False) all others."""
    fit: Callable[[AnyQuestion], float] | None = None
    """How well a question fits the person, above 0 and up to 1; None: the nearer its difficulty is to the level's, the
    better."""


class Bank:
    """Questions by id. The bank never changes; another set of questions is another bank."""

    def __init__(self, loaded: Iterable[Loaded]) -> None:
        """Raises QuestionFileError where a question names an unknown topic."""
        self.loaded = {item.question.id: item for item in loaded}
        self.questions: dict[str, AnyQuestion] = {key: item.question for key, item in self.loaded.items()}
        topics = taxonomy().topics
        problems = [
            Problem(item.file, item.line, "topics", f"unknown topic {topic!r}", item.question.id)
            for item in self.loaded.values()
            for topic in item.question.topics
            if topic not in topics
        ]
        if problems:
            raise QuestionFileError(problems)

    @classmethod
    def open(cls, folder: Path = FOLDER) -> Bank:
        """The bank of a folder of question files. Raises QuestionFileError listing every mistake."""
        return cls(load_folder(folder))

    def __len__(self) -> int:
        return len(self.questions)

    def get(self, question_id: str) -> AnyQuestion | None:
        return self.questions.get(question_id)

    def matching(self, choice: Choice) -> list[AnyQuestion]:
        """The questions that fit, in the order of their ids."""
        return [question for question in self.questions.values() if _fits(question, choice)]

    def topics(self, kinds: tuple[type[AnyQuestion], ...], *, challenge: bool = False) -> dict[str, int]:
        """How many questions of these kinds each primary topic has, in curriculum order."""
        counts: dict[str, int] = {}
        for question in self.questions.values():
            if isinstance(question, kinds) and _is_challenge(question) == challenge:
                counts[question.topic] = counts.get(question.topic, 0) + 1
        return {slug: counts[slug] for slug in taxonomy().topics if slug in counts}

    def draw(self, choice: Choice, count: int, chance: Chance) -> list[AnyQuestion]:
        """Up to `count` different questions, fresh ones first, spread over topics and over the kinds asked for.

        Questions are drawn without replacement with weights: how often loops of that level touch the topic,
        how well the difficulty fits, and whether the person has seen it. Fewer come back when fewer fit.
        """
        pool = self.matching(choice)
        fits = {question.id: (choice.fit or _near(choice.level))(question) for question in pool}
        drawn: list[AnyQuestion] = []
        while pool and len(drawn) < count:
            weights = [_weight(question, choice, drawn) * fits[question.id] for question in pool]
            index = _pick(weights, chance.random())
            drawn.append(pool.pop(index))
        return drawn


def _is_challenge(question: AnyQuestion) -> bool:
    return isinstance(question, CodeTask) and question.kind is CodeKind.PREDICT


def _fits(question: AnyQuestion, choice: Choice) -> bool:
    if not isinstance(question, choice.kinds) or choice.level not in question.levels:
        return False
    if _is_challenge(question) != choice.challenge:
        return False
    wanted = choice.topic
    return wanted is None or (question.track == wanted if "." not in wanted else wanted in question.topics)


def _near(level: Level) -> Callable[[AnyQuestion], float]:
    return lambda question: 0.5 ** abs(question.difficulty.level - TARGET_DIFFICULTY[level])


def _weight(question: AnyQuestion, choice: Choice, drawn: Sequence[AnyQuestion]) -> float:
    topic = taxonomy().topics[question.topic]
    weight = 0.5 + topic.weight[choice.level]
    if choice.topic and "." in choice.topic and question.topic != choice.topic:
        weight *= 0.2  # it only touches the topic
    if question.id in choice.seen:
        weight *= SEEN_WEIGHT
    if choice.topic != question.topic and any(other.topic == question.topic for other in drawn):
        weight *= 0.01  # another topic first, as long as there is one
    same_kind = sum(isinstance(other, type(question)) for other in drawn)
    return weight * 0.25**same_kind if len(choice.kinds) > 1 else weight


def _pick(weights: Sequence[float], chance: float) -> int:
    """The index that `chance` (0–1) falls on when the weights are laid end to end."""
    point = chance * sum(weights)
    for index, weight in enumerate(weights):
        point -= weight
        if point < 0:
            return index
    return len(weights) - 1
