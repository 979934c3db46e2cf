"""What a graded answer shows of the points that its question asks for; which points of other questions are alike."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from bot.practice.review import GOOD, WHOLE, WRONG_IDEA, Seen
from grader.grade import Gate, Grade, Verdict
from grader.text.normalise import fold, tokenize
from grader.text.score import TIER_WEIGHTS
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText, KeyPoint, Level, MultipleChoice, Numeric, Tier

ALIKE = 0.45
"""From which cosine similarity two points are taken to say the same. Read by hand, 13 of the bank's 15 pairs above it
do; of the 15 pairs below it, 6."""
FOUND_WRONG = 4.0
"""What a misconception weighs among what is new: more than any key point."""
CLAIMED = 0.40
"""From which score an answer has said enough for a misconception that is not in it to be gone."""
CORRECTED = 0.65
"""The credit for taking a misconception back when asked about it."""

NOTHING_SAID = frozenset({Gate.EMPTY, Gate.LANGUAGE, Gate.UNREADABLE})

Kin = Mapping[tuple[str, str], tuple[tuple[str, str], ...]]
"""By question and point, the points of other questions that say the same, the most similar first."""


def seen_in(
    question: AnyQuestion, grade: Grade | None, score: float, level: Level, *, told: bool
) -> Mapping[str, Seen]:
    """How each point of a question went in an answer; empty where nothing is known of that.

    `grade` is the latest one (None: there is none), `score` (0–1) what the question earned, `told` whether the answer
    was shown instead of given. A question that was merely skipped says nothing about what somebody knows.
    """
    if not told and grade is None:
        return {}
    match question:
        case FreeText():
            return _told(question, level) if told or grade is None else _rows(question, grade, level)
        case CodeTask() if question.score is not None:
            return {}  # a challenge of days is not repeated
        case MultipleChoice() | Numeric() | CodeTask():
            if not told and grade is not None and grade.gate in NOTHING_SAID and not isinstance(question, CodeTask):
                return {}
            earned = 0.0 if told else score
            return {WHOLE: Seen(earned, missed=earned < GOOD, weight=3.0)}
        case Behavioral():
            return {}  # a story is not remembered, it is told better
        case _:
            assert_never(question)


def _told(question: FreeText, level: Level) -> dict[str, Seen]:
    return {
        point.id: Seen(0.0, missed=True, weight=_weight(point.tier, point.weight, level))
        for point in question.key_points
        if expected(point.tier, level)
    }


def _rows(question: FreeText, grade: Grade, level: Level) -> dict[str, Seen]:
    found: dict[str, Seen] = {}
    if grade.gate in NOTHING_SAID:
        return found
    for row in grade.rows:
        if row.verdict is Verdict.NOT_JUDGED:
            continue
        missed = row.credit < 1 and expected(row.tier, level)
        found[row.id] = Seen(row.credit * row.factor, missed, _weight(row.tier, row.weight, level))
    heard = {finding.id: finding for finding in grade.findings}
    for wrong in question.misconceptions:
        name, finding = WRONG_IDEA + wrong.id, heard.get(wrong.id)
        if finding is None:
            if grade.score >= CLAIMED:
                found[name] = Seen(1.0, missed=False)
        elif finding.corrected:
            found[name] = Seen(CORRECTED, missed=False)
        else:
            found[name] = Seen(0.0, missed=finding.penalty > 0 or finding.fatal, weight=FOUND_WRONG)
    return found


def expected(tier: Tier, level: Level) -> bool:
    """Whether somebody of the level should say a point of the tier: core from junior on, depth from mid on."""
    return tier is Tier.CORE or (tier is Tier.DEPTH and level is not Level.JUNIOR)


def _weight(tier: Tier, weight: float, level: Level) -> float:
    return TIER_WEIGHTS[level][tier] * weight


def kindred(questions: Iterable[AnyQuestion]) -> Kin:
    """The points that say the same in other words, of questions that share a topic.

    Claims and accepted phrasings are compared as bags of terms (synonyms joined), weighed by how rare a term is.
    """
    written = [question for question in questions if isinstance(question, FreeText)]
    bags = {(q.id, point.id): _terms(point) for q in written for point in q.key_points}
    spread = Counter(term for bag in bags.values() for term in bag)
    vectors = {key: _unit(bag, spread, len(bags)) for key, bag in bags.items()}
    by_topic: dict[str, list[FreeText]] = {}
    for question in written:
        for topic in question.topics:
            by_topic.setdefault(topic, []).append(question)
    pairs = {(one.id, other.id) for group in by_topic.values() for one in group for other in group if one.id < other.id}
    points = {question.id: question.key_points for question in written}
    found: dict[tuple[str, str], list[tuple[float, tuple[str, str]]]] = {}
    for first, second in sorted(pairs):
        for one in points[first]:
            for other in points[second]:
                a, b = (first, one.id), (second, other.id)
                if (close := _cosine(vectors[a], vectors[b])) >= ALIKE:
                    found.setdefault(a, []).append((-close, b))
                    found.setdefault(b, []).append((-close, a))
    return {key: tuple(other for _, other in sorted(close)) for key, close in found.items()}


def _terms(point: KeyPoint) -> Counter[str]:
    texts: Sequence[str] = (point.claim, *point.accept.phrases)
    return Counter(token.term for text in texts for token in tokenize(fold(text).text) if token.term)


def _unit(bag: Counter[str], spread: Counter[str], total: int) -> dict[str, float]:
    raw = {term: (1 + math.log(count)) * math.log(total / spread[term]) for term, count in bag.items()}
    length = math.sqrt(math.fsum(value * value for value in raw.values()))
    return {term: value / length for term, value in raw.items()} if length else {}


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return math.fsum(value * other[term] for term, value in one.items() if term in other)
