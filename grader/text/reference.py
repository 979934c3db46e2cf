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

import base64
import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler, LCSseq

from grader.grade import Gate, Span
from grader.text import gate, vocabulary
from grader.text.features import OPPOSITES
from grader.text.normalise import read, stem, tokenize
from grader.text.polarity import polarities

Floats = NDArray[np.float64]

MAX_CHARACTERS = 6000
"""What lies beyond is not read."""
LIKE_LETTERS = 0.84
"""From this Jaro-Winkler likeness on two terms may be one word misspelled or derived."""
LIKE_LETTERS_WORTH = 0.8
LIKE_COMPANY = 0.3
LIKE_COMPANY_WORTH = 0.8
"""What a neighbour in meaning can count at most."""
COVERED = 0.5
"""The share of a clause's weight that must stand in the answer."""
NEIGHBOURS = 3
CENTRE = 0.6
"""Where an average answer is put. Exam grades differ more in their mean than in what earns them."""
RIDGE_SHARE = 0.4
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

_GENERIC = frozenset(tokenize(word)[0].term or stem(word) for word in vocabulary.GENERIC)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5}
_WORD = re.compile(r"[a-z0-9']+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_YES = re.compile(r"\W*(?:yes|true)\b")
_NO = re.compile(r"\W*(?:no|false)\b")


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


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A text ready to be compared."""

    clauses: tuple[dict[str, bool], ...]
    """The terms of each clause, and whether it denies them."""
    places: tuple[tuple[int, int], ...]
    """Where each clause stands in the original."""
    sequence: tuple[str, ...]
    terms: tuple[str, ...]
    """Each once, in order of appearance."""
    members: frozenset[str]
    folded: str
    words: tuple[str, ...]
    threes: Counter[str]
    fours: Counter[str]
    numbers: frozenset[str]
    says_yes: int
    count: int
    """The first small number it names ("give two reasons"), 0 without."""

    @property
    def function_share(self) -> float:
        return sum(word in vocabulary.FUNCTION_WORDS for word in self.words) / max(len(self.words), 1)

    @property
    def denied_share(self) -> float:
        return sum(sum(clause.values()) for clause in self.clauses) / max(len(self.sequence), 1)

    @property
    def pairs(self) -> set[tuple[str, str]]:
        return set(zip(self.sequence, self.sequence[1:], strict=False))

    @property
    def near_pairs(self) -> set[tuple[str, str]]:
        return {(a, b) for i, a in enumerate(self.sequence) for b in self.sequence[i + 1 : i + 1 + NEIGHBOURS]}


@lru_cache(maxsize=4096)
def prepare(text: str) -> Prepared:
    """A text ready to be compared; kept for the next answer."""
    reading = read(text[:MAX_CHARACTERS])
    surface = reading.surface.text
    clauses: list[dict[str, bool]] = []
    places: list[tuple[int, int]] = []
    sequence: list[str] = []
    for clause, polarity in zip(reading.clauses, polarities(surface, reading.clauses), strict=True):
        terms = [
            (t.term, d or any(scope.start <= t.start < scope.end for scope in polarity.framed))
            for t, d in zip(clause.tokens, polarity.denied, strict=True)
            if t.term
        ]
        if terms:
            clauses.append(dict(terms))
            places.append(reading.quote(clause.start, clause.end))
            sequence += [term for term, _ in terms]
    words = tuple(_WORD.findall(surface))
    padded = f" {' '.join(words)} "
    return Prepared(
        tuple(clauses),
        tuple(places),
        tuple(sequence),
        tuple(dict.fromkeys(sequence)),
        frozenset(sequence),
        " ".join(surface.split()),
        words,
        Counter(padded[i : i + 3] for i in range(len(padded) - 2)),
        Counter(padded[i : i + 4] for i in range(len(padded) - 3)),
        frozenset(_NUMBER.findall(surface)),
        1 if _YES.match(surface) else -1 if _NO.match(surface) else 0,
        next((_NUMBERS[word] for word in words if word in _NUMBERS), 0),
    )


@dataclass(frozen=True, eq=False)
class Background:
    """What is known of the language: how rare each term is, and a vector for each of the commoner ones."""

    rarity: Mapping[str, float]
    unknown: float
    """The rarity of a term that was never seen."""
    rows: Mapping[str, int]
    vectors: Floats
    """One row of unit length a term; the last is zero."""

    def weights(self, terms: Sequence[str]) -> Floats:
        return np.array([self.rarity.get(t, self.unknown) * (0.5 if t in _GENERIC else 1.0) for t in terms], float)

    def matrix(self, terms: Sequence[str]) -> Floats:
        return self.vectors[[self.rows.get(term, -1) for term in terms]]


@dataclass(frozen=True, slots=True)
class Cover:
    """How the answer covers one clause of the reference."""

    found: float
    """The share of the clause's weight in the best stretch of the answer."""
    kept: float
    """The same without what is turned round."""
    turned: float
    """The share of what was found that the answer denies and the reference does not, or the other way round."""
    weight: float
    clauses: tuple[int, int] | None
    """First and last clause of that stretch."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """Every term of the reference held against every term of the answer."""

    own: Floats
    """The weights of the reference's terms; what the question says itself counts nothing."""
    whole: Floats
    added: Floats
    """The weights of the answer's terms without those of the question."""
    given: Floats
    equal: Floats
    letters: Floats
    meaning: Floats
    reference_vectors: Floats
    answer_vectors: Floats


def align(question: Prepared, reference: Prepared, answer: Prepared, background: Background) -> Alignment:
    mine, theirs = reference.terms, answer.terms
    whole, given = background.weights(mine), background.weights(theirs)
    new = np.array([term not in question.members for term in mine], bool)
    own = whole * new if new.any() else whole
    added = given * np.array([term not in question.members for term in theirs], bool)
    u, v = background.matrix(mine), background.matrix(theirs)
    if not mine or not theirs:
        nothing = np.zeros((len(mine), len(theirs)))
        return Alignment(own, whole, added, given, nothing, nothing, nothing, u, v)
    index = {term: i for i, term in enumerate(theirs)}
    equal = np.zeros((len(mine), len(theirs)))
    for row, term in enumerate(mine):
        if (column := index.get(term)) is not None:
            equal[row, column] = 1.0
    likeness = process.cdist(mine, theirs, scorer=JaroWinkler.similarity, dtype=np.float64)
    long_enough = np.minimum.outer([len(t) for t in mine], [len(t) for t in theirs]) >= 4
    close = np.where(long_enough & (likeness > LIKE_LETTERS), (likeness - 0.8) / 0.2 * LIKE_LETTERS_WORTH, 0.0)
    letters = np.maximum(close, equal)
    company = np.clip((u @ v.T - LIKE_COMPANY) / (1 - LIKE_COMPANY), 0, 1) * LIKE_COMPANY_WORTH
    return Alignment(own, whole, added, given, equal, letters, np.maximum(letters, company), u, v)


def covers(reference: Prepared, answer: Prepared, aligned: Alignment) -> list[Cover]:
    """How each clause of the reference is covered by one clause of the answer or two neighbours."""
    row = {term: i for i, term in enumerate(reference.terms)}
    column = {term: i for i, term in enumerate(answer.terms)}
    stretches = [(clause, (i, i)) for i, clause in enumerate(answer.clauses)]
    neighbours = zip(answer.clauses, answer.clauses[1:], strict=False)
    stretches += [({**a, **b}, (i, i + 1)) for i, (a, b) in enumerate(neighbours)]
    columns = [np.array([column[term] for term in stretch]) for stretch, _ in stretches]
    result: list[Cover] = []
    for clause in reference.clauses:
        rows = np.array([row[term] for term in clause])
        weights = aligned.own[rows]
        if not weights.any():
            weights = 0.3 * aligned.whole[rows]
        meaning = aligned.meaning[rows]
        found, best = 0.0, -1
        for number, where in enumerate(columns):
            share = _mean(weights, meaning[:, where].max(1))
            if share > found:
                found, best = share, number
        if best < 0:
            result.append(Cover(0.0, 0.0, 0.0, float(weights.sum()), None))
            continue
        stretch, place = stretches[best]
        part = meaning[:, columns[best]]
        sure = weights * (part.max(1) >= COVERED)
        said = list(stretch.values())
        flipped = np.array(
            [denied != said[at] for denied, at in zip(clause.values(), part.argmax(1), strict=True)], dtype=np.float64
        )
        turned = _mean(sure, flipped) if found > LIKE_COMPANY else 0.0
        kept = found * (1 - turned)
        if any(term not in stretch and OPPOSITES.get(term, frozenset()) & stretch.keys() for term in clause):
            kept *= 0.5
        result.append(Cover(found, kept, turned, float(weights.sum()), place))
    return result


def _mean(weights: Floats, values: Floats) -> float:
    total = float(weights.sum())
    return float(weights @ values) / total if total > 0 else 0.0


def _best(table: Floats, axis: int) -> Floats:
    if not table.size:
        return np.zeros(int(table.shape[1 - axis]), dtype=np.float64)
    return cast(Floats, table.max(axis))


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
    exact, letters, meaning = (_best(t, 1) for t in (aligned.equal, aligned.letters, aligned.meaning))
    exact_back, letters_back, meaning_back = (_best(t, 0) for t in (aligned.equal, aligned.letters, aligned.meaning))
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
            support.append((_mean(added[at], meaning_back[at]), weight))
    supported = sum(s * w for s, w in support) / sum(w for _, w in support) if support else 0.0
    opposed = [t for t in reference.terms if t not in answer.members and OPPOSITES.get(t, frozenset()) & answer.members]
    in_order = LCSseq.similarity(reference.sequence, answer.sequence)
    unasked = Counter({g: n for g, n in reference.fours.items() if g not in question.fours})
    length, reference_length = len(answer.words), len(reference.words)
    any_kept = _mean(weights, kept)
    values: dict[str, float] = {
        "recall of all": _mean(whole, exact),
        "recall": _mean(own, exact),
        "precision of all": _mean(given, exact_back),
        "precision": _mean(added, exact_back),
        "recall, letters": _mean(own, letters),
        "precision, letters": _mean(added, letters_back),
        "recall, meaning": _mean(own, meaning),
        "precision, meaning": _mean(added, meaning_back),
        "recall of all, unweighted": float(exact.mean()) if len(exact) else 0.0,
        "recall, unweighted": _mean(new, exact),
        "recall, meaning, unweighted": _mean(new, meaning),
        "recall, early terms": _mean(own * early, letters),
        "recall, rare terms": _mean(own**2, letters),
        "three weightiest": float(letters[np.argsort(-own, kind="stable")[:3]].mean()) if len(own) else 0.0,
        "F1, meaning": _f1(_mean(own, meaning), _mean(added, meaning_back)),
        "F1, letters": _f1(_mean(own, letters), _mean(added, letters_back)),
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
        "clauses": _mean(weights, shares),
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


@dataclass(frozen=True, eq=False)
class Forest:
    """Regression trees as arrays over all nodes. A leaf is its own child."""

    roots: NDArray[np.int32]
    split: NDArray[np.int32]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: Floats
    depth: int

    def mean(self, rows: Floats) -> Floats:
        """The mean of the trees' values for each row."""
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots))).copy()
        number = np.arange(len(rows))[:, None]
        single = rows.astype(np.float32)
        for _ in range(self.depth):
            at = np.where(single[number, self.split[at]] <= self.threshold[at], self.left[at], self.right[at])
        return self.value[at].mean(1)


@dataclass(frozen=True, eq=False)
class Model:
    background: Background
    mean: Floats
    spread: Floats
    ridge: Floats
    """A coefficient for each value, then for each value of a copied question."""
    forest: Forest
    stretch: float
    doubt: Floats
    """How the expected error grows: constant, disagreement of the two models, nearness of the score to the middle."""

    def raw(self, values: Floats, copied: Floats) -> tuple[Floats, Floats]:
        """What both models give for rows of values, each with the values of the copied question; 0 is average."""
        scaled = np.hstack([self._scaled(values), 0.5 * self._scaled(copied)])
        return scaled @ self.ridge, self.forest.mean(np.hstack([values, copied]))

    def mixed(self, values: Floats, copied: Floats) -> tuple[Floats, Floats]:
        """Scores before they are cut to 0–1, and how far the two models disagree."""
        ridge, trees = self.raw(values, copied)
        together = RIDGE_SHARE * ridge + (1 - RIDGE_SHARE) * trees
        return CENTRE + self.stretch * together, np.abs(ridge - trees)

    def error(self, scores: Floats, apart: Floats) -> Floats:
        """The absolute error to expect."""
        return np.clip(self.doubt[0] + self.doubt[1] * apart + self.doubt[2] * scores * (1 - scores), 0.0, 0.95)

    def _scaled(self, values: Floats) -> Floats:
        return np.clip((values - self.mean) / self.spread, -4, 4)


def model_of(stored: Mapping[str, Any]) -> Model:
    """A model from its stored form."""
    if tuple(stored["names"]) != NAMES:
        raise ValueError("the stored weights are for other measurements; run python -m bench.train_reference")
    language, trees = stored["background"], stored["trees"]
    terms: list[str] = language["terms"]
    width = int(language["width"])
    vectors = _unpacked(language["vectors"], np.int8).reshape(-1, width).astype(np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    documents = int(language["documents"])
    background = Background(
        {t: math.log(1 + documents / (n + 1)) for t, n in zip(terms, language["seen"], strict=True)},
        math.log(1 + documents),
        {term: i for i, term in enumerate(terms[: len(vectors)])},
        np.vstack([vectors, np.zeros(width)]),
    )
    left = _unpacked(trees["left"], np.int16).astype(np.int32)
    right = _unpacked(trees["right"], np.int16).astype(np.int32)
    here = np.arange(len(left), dtype=np.int32)
    forest = Forest(
        np.array(trees["roots"], dtype=np.int32),
        _unpacked(trees["split"], np.uint8).astype(np.int32),
        _unpacked(trees["threshold"], np.float32),
        here + left,
        here + right,
        _unpacked(trees["value"], np.float16).astype(np.float64),
        int(trees["depth"]),
    )
    return Model(
        background,
        np.array(stored["mean"], dtype=np.float64),
        np.array(stored["spread"], dtype=np.float64),
        np.array(stored["ridge"], dtype=np.float64),
        forest,
        float(stored["stretch"]),
        np.array(stored["doubt"], dtype=np.float64),
    )


def _unpacked(text: str, kind: type[np.generic]) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), dtype=np.dtype(kind).newbyteorder("<"))


@lru_cache(maxsize=1)
def model() -> Model:
    """The shipped one."""
    return model_of(json.loads((files("grader.text") / "weights" / "reference.json").read_text(encoding="utf-8")))


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
