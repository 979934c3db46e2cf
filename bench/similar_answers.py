# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
"""Grades that carry over from answers to similar questions of the same set.

A Gaussian process over pairs of answers: they are alike as far as their questions are about the same matter, their
measurements are close, and they use the same words, also in the same role (word of the model answer, of the
question, neither; or missing). It needs the graded answers themselves, so it is no part of what is shipped: the bank's
questions have few answers, and other sets' texts may not be passed on. `bench.reference --similar` measures it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from sklearn.feature_extraction.text import TfidfVectorizer

from bench.train_reference import Example, Table, weights_of
from grader.text.reference import Floats, Model, prepare

SHARE = 0.4
"""How much of the score comes from similar answers, the rest from the shipped method."""
UNLIKE = 0.3
"""What an answer counts whose question has no word in common with the one that is graded."""
VARIANCE = 0.5
LEVEL = 0.5
"""The variance of a question's own level, of which an answer to another question learns nothing."""


def from_similar(rows: Sequence[Example], table: Table, held: Sequence[Example], asked: Table, using: Model) -> Floats:
    """What the graded `rows` say of the answers in `held`; 0 is an average answer."""
    places, further = using.scaled(table.values), using.scaled(asked.values)
    nearest, nearest_held = ([found.nearest for found in part.compared] for part in (table, asked))
    alike = (
        *likeness([words(r) for r in rows], [words(r) for r in held], rare=2),
        *likeness(
            [roles(*pair) for pair in zip(rows, nearest, strict=True)],
            [roles(*pair) for pair in zip(held, nearest_held, strict=True)],
        ),
    )
    matter = likeness([matter_of(r) for r in rows], [matter_of(r) for r in held])
    among = VARIANCE * (near(places, places) + alike[0] + alike[2]) * (UNLIKE + (1 - UNLIKE) * matter[0])
    across = VARIANCE * (near(further, places) + alike[1] + alike[3]) * (UNLIKE + (1 - UNLIKE) * matter[1])
    among += LEVEL * (table.groups[:, None] == table.groups[None, :]) + np.diag(1 / weights_of(table.groups))
    solved = cho_solve(cho_factor(among, overwrite_a=True), table.scores - table.scores.mean())
    return cast(Floats, across @ solved)


def near(a: Floats, b: Floats) -> Floats:
    """1 for equal rows, less the further apart they are."""
    apart = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return np.exp(-np.maximum(apart, 0) / (2 * a.shape[1]))


def likeness(texts: Sequence[Sequence[str]], held: Sequence[Sequence[str]], rare: int = 1) -> tuple[Floats, Floats]:
    """Cosines of weighted words, of the texts among each other and of the held ones with them."""
    split: Any = list  # texts come as lists of words
    weigher = TfidfVectorizer(analyzer=split, sublinear_tf=True, min_df=rare)
    known: Any = weigher.fit_transform(texts)
    new: Any = weigher.transform(held)
    dense: tuple[NDArray[Any], NDArray[Any]] = ((known @ known.T).toarray(), (new @ known.T).toarray())
    return dense


def words(row: Example) -> list[str]:
    found = prepare(row.answer).words
    return [*found, *(f"{a} {b}" for a, b in pairwise(found))]


def roles(row: Example, nearest: int) -> list[str]:
    """The answer's terms by where else they stand, and the terms of the nearest reference that it lacks."""
    answer, asked = prepare(row.answer), prepare(row.question).members
    wanted = frozenset(term for text in row.references for term in prepare(text).terms)
    told = [f"{'+' if t in wanted else '?' if t in asked else ' '}{t}" for t in answer.terms]
    return told + [f"-{t}" for t in prepare(row.references[nearest]).terms if t not in answer.members]


def matter_of(row: Example) -> list[str]:
    return [term for text in (row.question, *row.references) for term in prepare(text).terms]
