"""What is measured between an answer and a model answer: some eighty numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from grader.text.features import OPPOSITES
from grader.text.reference._alignment import (
    COVERED,
    LIKE_COMPANY,
    Background,
    Cover,
    Floats,
    align,
    best_along,
    covers,
    weighted_mean,
)
from grader.text.reference._text import Prepared, prepare


def _cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    shared = sum(value * b[key] for key, value in a.items() if key in b)
    size = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
    return shared / size if size else 0.0


def _angle(a: Floats, b: Floats) -> float:
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 0 else 0.0


def _shared(a: Mapping[str, int], b: Mapping[str, int]) -> float:
    """The share of `a` that `b` holds too."""
    return sum(min(count, b[key]) for key, count in a.items() if key in b) / max(sum(a.values()), 1)


def _f1(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b > 0 else 0.0


def compare(
    question: Prepared, reference: Prepared, answer: Prepared, background: Background
) -> tuple[dict[str, float], list[Cover]]:
    """What is measured between an answer and one reference."""
    aligned = align(question, reference, answer, background)
    own, whole, added, given = aligned.own, aligned.whole, aligned.added, aligned.given
    exact, letters, meaning = (best_along(t, 1) for t in (aligned.equal, aligned.letters, aligned.meaning))
    exact_back, letters_back, meaning_back = (
        best_along(t, 0) for t in (aligned.equal, aligned.letters, aligned.meaning)
    )
    new = (own > 0).astype(np.float64)
    early = np.exp(-np.arange(len(own)) / 6)
    asked = [term in question.members for term in answer.terms]
    told = [term in question.members for term in reference.terms]
    found = covers(reference, answer, aligned)
    shares = np.array([c.found for c in found])
    kept = np.array([c.kept for c in found])
    weights = np.array([c.weight for c in found])
    sure = [c for c in found if c.turned or c.found > LIKE_COMPANY]
    sure_weight = sum(c.weight for c in sure)
    top = np.sort(kept)[::-1][: question.count]
    column = {term: i for i, term in enumerate(answer.terms)}
    support: list[tuple[float, float]] = []
    for clause in answer.clauses:
        at = np.array([column[term] for term in clause])
        if (weight := float(added[at].sum())) > 0:
            support.append((weighted_mean(added[at], meaning_back[at]), weight))
    supported = sum(s * w for s, w in support) / sum(w for _, w in support) if support else 0.0
    opposed = [t for t in reference.terms if t not in answer.members and OPPOSITES.get(t, frozenset()) & answer.members]
    in_order = LCSseq.similarity(reference.sequence, answer.sequence)
    unasked = Counter({g: n for g, n in reference.fours.items() if g not in question.fours})
    length, reference_length = len(answer.words), len(reference.words)
    any_kept = weighted_mean(weights, kept)
    values: dict[str, float] = {
        "recall of all": weighted_mean(whole, exact),
        "recall": weighted_mean(own, exact),
        "precision of all": weighted_mean(given, exact_back),
        "precision": weighted_mean(added, exact_back),
        "recall, letters": weighted_mean(own, letters),
        "precision, letters": weighted_mean(added, letters_back),
        "recall, meaning": weighted_mean(own, meaning),
        "precision, meaning": weighted_mean(added, meaning_back),
        "recall of all, unweighted": float(exact.mean()) if len(exact) else 0.0,
        "recall, unweighted": weighted_mean(new, exact),
        "recall, meaning, unweighted": weighted_mean(new, meaning),
        "recall, early terms": weighted_mean(own * early, letters),
        "recall, rare terms": weighted_mean(own**2, letters),
        "three weightiest": float(letters[np.argsort(-own, kind="stable")[:3]].mean()) if len(own) else 0.0,
        "F1, meaning": _f1(weighted_mean(own, meaning), weighted_mean(added, meaning_back)),
        "F1, letters": _f1(weighted_mean(own, letters), weighted_mean(added, letters_back)),
        "vectors of all": _angle(whole @ aligned.reference_vectors, given @ aligned.answer_vectors),
        "vectors": _angle(own @ aligned.reference_vectors, added @ aligned.answer_vectors),
        "vectors, question": _angle(
            background.weights(question.terms) @ background.matrix(question.terms), given @ aligned.answer_vectors
        ),
        "4-grams": _cosine(reference.fours, answer.fours),
        "3-grams": _cosine(reference.threes, answer.threes),
        "4-grams covered": _shared(reference.fours, answer.fours),
        "4-grams covered, new": _shared(unasked, answer.fours),
        "weighted cosine": _cosine(
            dict(zip(reference.terms, whole.tolist(), strict=True)),
            dict(zip(answer.terms, given.tolist(), strict=True)),
        ),
        "pairs": len(reference.pairs & answer.pairs) / max(len(reference.pairs), 1),
        "near pairs": len(reference.near_pairs & answer.near_pairs) / max(len(reference.near_pairs), 1),
        "in order": in_order / max(len(reference.sequence), 1),
        "in order, of the answer": in_order / max(len(answer.sequence), 1),
        "words in order": LCSseq.normalized_similarity(reference.words, answer.words),
        "token set": fuzz.token_set_ratio(reference.folded, answer.folded) / 100,
        "token sort": fuzz.token_sort_ratio(reference.folded, answer.folded) / 100,
        "part": fuzz.partial_ratio(reference.folded, answer.folded) / 100,
        "clauses": weighted_mean(weights, shares),
        "clauses kept": any_kept,
        "best clause": max(shares.tolist(), default=0.0),
        "best clause kept": max(kept.tolist(), default=0.0),
        "worst clause": min(shares.tolist(), default=0.0),
        "covered clauses": float((shares >= COVERED).mean()) if len(shares) else 0.0,
        "as many as asked": float(top.sum()) / question.count if question.count and len(kept) else any_kept,
        "asked for": float(question.count),
        "clauses found": math.log1p(float(shares.sum())),
        "first clause": float(shares[0]) if len(shares) else 0.0,
        "last clause": float(shares[-1]) if len(shares) else 0.0,
        "supported": supported,
        "best supported": max((s for s, _ in support), default=0.0),
        "worst supported": min((s for s, _ in support), default=0.0),
        "unsupported": math.log1p(sum(w * (1 - s) for s, w in support)),
        "numbers": len(reference.numbers & answer.numbers) / len(reference.numbers) if reference.numbers else 0.5,
        "other numbers": math.log1p(len(answer.numbers - reference.numbers - question.numbers)),
        "yes or no": float(reference.says_yes * answer.says_yes),
        "turned": sum(c.turned * c.weight for c in sure) / sure_weight if sure_weight > 0 else 0.0,
        "opposites": float(len(opposed)),
        "denials apart": abs(reference.denied_share - answer.denied_share),
        "denials": answer.denied_share,
        "denials more": answer.denied_share - reference.denied_share,
        "length": math.log1p(length),
        "reference length": math.log1p(reference_length),
        "length ratio": min(3.0, length / max(reference_length, 1)),
        "log length ratio": math.log((length + 1) / (reference_length + 1)),
        "from the question": sum(asked) / max(len(asked), 1),
        "reference from the question": sum(told) / max(len(told), 1),
        "question repeated": len(question.members & answer.members) / max(len(question.members), 1),
        "function words": answer.function_share,
        "question length": math.log1p(len(question.members)),
        "reference clauses": math.log1p(len(reference.clauses)),
        "answer clauses": math.log1p(len(answer.clauses)),
        "blank": float(length < 2),
        "information": math.log1p(float(own @ exact)),
        "information, meaning": math.log1p(float(own @ meaning)),
        "added": math.log1p(float(added @ (1 - meaning_back))),
        "new": math.log1p(float(added.sum())),
        "rarest": max(given.tolist(), default=0.0),
        "unknown terms": sum(t not in background.rarity for t in answer.terms) / max(len(answer.terms), 1),
        "term length": sum(map(len, answer.terms)) / max(len(answer.terms), 1),
    }
    return values, found


@dataclass(frozen=True, eq=False)
class Compared:
    """An answer held against all references: what was measured, and how it covers the nearest of them."""

    values: Floats
    nearest: int
    covers: tuple[Cover, ...]
    held: float
    """The most of any reference, question words left out, that the answer holds (likeness of meaning counts)."""


_AMONG = ("recall, letters", "clauses kept", "4-grams")
"""What is also measured over all references."""


def compare_all(question: str, references: Sequence[str], answer: str, background: Background) -> Compared:
    asked, given = prepare(question), prepare(answer)
    rows = [compare(asked, prepare(reference), given, background) for reference in references]
    nearness = [v["F1, meaning"] + v["clauses kept"] + v["4-grams"] for v, _ in rows]
    nearest = nearness.index(max(nearness))
    values, found = rows[nearest]
    among = [[row[0][name] for row in rows] for name in _AMONG]
    numbers = [
        *values.values(),
        *(max(column) for column in among),
        sum(among[0]) / len(rows),
        min(among[0]),
        math.log(len(rows)),
    ]
    held = max(row[0]["recall, meaning"] for row in rows)
    return Compared(np.array(numbers), nearest, tuple(found), held)


_NOBODY = Background({}, 1.0, {}, np.zeros((1, 1)))
NAMES = (
    *compare(prepare(""), prepare(""), prepare(""), _NOBODY)[0],
    *(f"{name}, of any" for name in _AMONG),
    "recall, letters, mean",
    "recall, letters, least",
    "references",
)
"""What is measured, in the order of `Compared.values`."""
