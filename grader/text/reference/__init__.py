"""Grades an answer by a model answer alone, for questions without key points.

The reference is cut into clauses and each is looked for in the answer: terms are aligned exactly, by likeness of
letters and by likeness of the company they keep (vectors from co-occurrence), and a clause that the answer denies or
turns round is not covered. This and other comparisons give some eighty numbers. They are weighed by the mean of two
small models: a ridge regression that learns from differences between answers to one question, and a forest. Both see
the same numbers also for an answer that only copies the question: what comes from its words earns nothing.

`weights/reference.json` holds both with the statistics of the language and a record; `python -m bench.train_reference`
writes it. Gates come first, and what no correlation learns is a rule: claims turned round cost, and other topics earn
little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from grader.grade import Gate, Span
from grader.text import gate
from grader.text.normalise import read
from grader.text.reference._alignment import COVERED, Background, Cover, Floats
from grader.text.reference._measurements import NAMES, Compared, compare_all
from grader.text.reference._model import CENTRE, Model, forest_of, model, model_of
from grader.text.reference._text import MAX_CHARACTERS, prepare

__all__ = [
    "CENTRE",
    "NAMES",
    "Background",
    "Compared",
    "Floats",
    "Model",
    "ReferenceClause",
    "ReferenceGrade",
    "compare_all",
    "factor",
    "forest_of",
    "gate_of",
    "grade_reference",
    "grade_row",
    "model",
    "model_of",
    "prepare",
]

OFF_TOPIC = 0.1
"""Answers that hold less of a long reference than this are marked down in proportion."""
LONG_TERMS = 15
"""With fewer terms than this in the reference, a right answer may share none of them."""
RETOLD = 0.75
"""Only of a clause told nearly in full it is sure that what turns it round is no other claim."""
TURNED = 0.15
"""From this share on a clause says something else: a denial seldom reaches all its words."""
DENIED = 0.4
"""An answer that turns so much of the reference round denies it as a whole, and keeps only this share of the rest."""
PROSE = 0.2
"""So large a share of function words is no list of terms."""
DENIABLE_TERMS = 8
"""In references with fewer terms, a denying word is more often another way to put it than its opposite."""


@dataclass(frozen=True, slots=True)
class ReferenceClause:
    """One clause of the reference and what the answer makes of it."""

    text: str
    coverage: float
    """The share of its weight, 0–1, that stands in the answer and is not turned round."""
    span: Span | None = None
    """The words of the answer that cover it, or turn it round."""
    contradicted: bool = False


@dataclass(frozen=True, slots=True)
class ReferenceGrade:
    score: float
    """0–1."""
    confidence: float
    """0–1: one minus the error to expect."""
    covered: tuple[ReferenceClause, ...] = ()
    missing: tuple[ReferenceClause, ...] = ()
    gate: Gate | None = None
    note: str = ""


@lru_cache(maxsize=1024)
def _copied(question: str, references: tuple[str, ...], using: Model) -> Floats:
    return compare_all(question, references, question, using.background).values


def grade_reference(
    question: str, reference: str | Sequence[str], answer: str, using: Model | None = None
) -> ReferenceGrade:
    """The grade of an answer by one or several model answers, any of which is enough. Raises ValueError without one."""
    references = (reference,) if isinstance(reference, str) else tuple(reference)
    references = tuple(text for text in references if prepare(text).words)
    if not references:
        raise ValueError("a reference answer is needed")
    using = using or model()
    answer = answer[:MAX_CHARACTERS]
    found = compare_all(question, references, answer, using.background)
    closed = gate_of(question, references, answer, found)
    nearest = references[found.nearest]
    rows = _clauses(nearest, answer, found.covers)
    covered = tuple(row for row in rows if row.coverage >= COVERED and not row.contradicted)
    missing = tuple(row for row in rows if row.coverage < COVERED or row.contradicted)
    note = gate.NOTES.get(closed, "") if closed else ""
    if closed is not None and closed not in {Gate.KEYWORDS, Gate.SHORT}:
        return ReferenceGrade(0.0, 1.0, (), tuple(ReferenceClause(row.text, 0.0) for row in rows), closed, note)
    copied = _copied(question, references, using)
    scores, apart = using.mixed(found.values[None], copied[None])
    scores = np.clip(scores, 0, 1) * factor(found, nearest)
    confidence = 1 - float(using.error(scores, apart)[0])
    score = float(scores[0])
    if closed is Gate.KEYWORDS:
        score = min(score, gate.KEYWORD_CAP)
    return ReferenceGrade(round(score, 4), round(confidence, 4), covered, missing, closed, note)


def factor(found: Compared, reference: str) -> float:
    """What rules leave of a score: claims turned round cost their share, and other topics earn little."""
    left, terms = 1.0, len(prepare(reference).terms)
    if terms >= DENIABLE_TERMS:
        whole = sum(cover.weight for cover in found.covers)
        same = [cover for cover in found.covers if cover.found >= RETOLD]
        left -= sum(c.weight * c.turned for c in same) / whole
        denied = sum(c.weight for c in same if c.turned >= TURNED) / whole
        if denied >= DENIED:
            left = min(left, 1 - denied) * DENIED
    return left * min(1.0, found.held / OFF_TOPIC) if terms >= LONG_TERMS else left


def gate_of(question: str, references: Sequence[str], answer: str, found: Compared) -> Gate | None:
    """The gate that the answer falls under. Where the reference is short or a list, so may be the answer."""
    closed = gate.screen(read(answer[:MAX_CHARACTERS]), question).gate
    if closed is Gate.KEYWORDS:
        prose = prepare(answer).function_share >= PROSE and found.held < RETOLD  # clumsy notes in own words
        if prose or any(_names_things(reference, question) for reference in references):
            return None
    if closed is Gate.COPY and found.held >= COVERED:
        return None  # the question's words around a short answer
    return closed


@lru_cache(maxsize=1024)
def _names_things(reference: str, question: str) -> bool:
    if len(prepare(reference).terms) < LONG_TERMS:
        return True
    return gate.screen(read(reference[:MAX_CHARACTERS]), question).gate is Gate.KEYWORDS


def _clauses(reference: str, answer: str, found: Sequence[Cover]) -> list[ReferenceClause]:
    theirs, mine = prepare(reference), prepare(answer)
    rows: list[ReferenceClause] = []
    for (start, end), cover in zip(theirs.places, found, strict=True):
        span = None
        if cover.clauses is not None and cover.found >= COVERED:
            first, last = mine.places[cover.clauses[0]][0], mine.places[cover.clauses[1]][1]
            span = Span(0, first, last, answer[first:last])
        turned = cover.found >= COVERED and (cover.kept < COVERED or cover.turned >= TURNED)
        rows.append(ReferenceClause(reference[start:end], round(cover.kept, 4), span, turned))
    return rows


def grade_row(row: Mapping[str, object]) -> dict[str, float]:
    """Score and confidence for {question, reference_answer (a text or a list of texts), student_answer}.

    Raises ValueError where the row is not so.
    """
    question, reference, answer = (row.get(key) for key in ("question", "reference_answer", "student_answer"))
    if not isinstance(question, str) or not isinstance(answer, str):
        raise ValueError("question and student_answer must be text")
    texts: list[str] = []
    for item in reference if isinstance(reference, list) else [reference]:  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(item, str):
            raise ValueError("reference_answer must be text or a list of texts")
        texts.append(item)
    result = grade_reference(question, texts, answer)
    return {"score": result.score, "confidence": result.confidence}
