# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
"""Trains the models that grade by a model answer alone, and writes their weights.

    python -m bench.train_reference DATA_FOLDER

The folder holds `saf.jsonl` (MIT) and `nn_exam.jsonl` (only rows under MPL-2.0 are read). To them come the project's
own answers `bench/answers/train*.jsonl`, with the bank's model answers as references and the weighted share of the
labelled key points as scores; the test questions (`bench/answers/test*.jsonl`) are left out. What is learned is what
tells answers to one question apart: the ridge has a random intercept for each question, so that a question's
level counts little, and the forest learns scores from which most of that level was taken. Every question weighs by the
square root of its answers. `bench.reference` measures the same procedure with questions held out.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import GroupKFold

from bench.labelled import free_text, rows_of, training_rows
from grader.text.reference import (
    NAMES,
    Background,
    Compared,
    Floats,
    Model,
    compare_all,
    model_of,
    prepare,
)

SEED = 20261121
FOLDS = 5
WINDOW = 6
"""How many terms further a co-occurrence still counts."""
WIDTH = 32
VECTOR_TERMS = 4000
TERMS = 6000
LEVEL = 3.0
"""A question's mean counts as much as so many of its answers in the ridge."""
ANCHORS = 100.0
"""The ridge's penalty."""
SHRINKAGE = 3.0
"""So many answers' worth of doubt about a question's own level, when it is taken from the forest's scores."""
TREES = dict[str, Any](n_estimators=80, max_leaf_nodes=96, min_samples_leaf=5, max_features=0.4)
FURTHER = 0.3
"""What an answer to another exam counts beside those of the set itself."""
FOREIGN = 2
WEIGHTS = Path(__file__).resolve().parent.parent / "grader" / "text" / "weights" / "reference.json"


@dataclass(frozen=True)
class Example:
    question: str
    references: tuple[str, ...]
    answer: str
    score: float
    group: str


@dataclass(frozen=True)
class Table:
    """Examples as numbers."""

    values: Floats
    copied: Floats
    scores: Floats
    groups: NDArray[Any]
    compared: tuple[Compared, ...]

    def part(self, rows: NDArray[Any]) -> Table:
        found = tuple(self.compared[int(row)] for row in rows)
        return Table(self.values[rows], self.copied[rows], self.scores[rows], self.groups[rows], found)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where saf.jsonl and nn_exam.jsonl are")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    options = parser.parse_args()
    saf = examples(options.folder / "saf.jsonl")
    exam = examples(options.folder / "nn_exam.jsonl", licence="MPL-2.0")
    own = own_examples()
    everything = [*saf, *exam, *own]
    stored = train(everything, bank_texts())
    stored["record"] = {
        "trained by": "python -m bench.train_reference",
        "data": [
            f"SAF 2.0, English short answers on communication networks, MIT: {len(saf)} answers",
            f"DigiKlausur neural-network exam, rows under MPL-2.0: {len(exam)} answers",
            f"written for this project (bench/answers/train*.jsonl, model answers, answers to others): {len(own)}",
            "statistics of the language: these texts and the bank's prompts, model answers and claims",
        ],
        "questions": len({example.group for example in everything}),
        "seed": SEED,
        "scikit-learn": sklearn.__version__,
        **stored["record"],
    }
    stored = {"record": stored.pop("record"), **stored}
    print(json.dumps(stored["record"], indent=1))
    if not options.dry:
        WEIGHTS.write_text(lines(stored), encoding="utf-8")
        print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1000:.0f} kB")


def lines(stored: dict[str, Any]) -> str:
    """JSON with one entry a line and an indented record."""
    parts = [
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False, indent=1 if key == 'record' else None)}"
        for key, value in stored.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def examples(path: Path, licence: str | None = None) -> list[Example]:
    """The rows of a file; only those under `licence` where one is named."""
    found: list[Example] = []
    for row in rows_of(path):
        if licence is not None and row["license"] != licence:
            continue
        references = tuple(row.get("reference_answers") or [row["reference_answer"]])
        found.append(Example(row["question"], references, row["student_answer"], row["score"], row["question_id"]))
    return found


def bank_texts() -> list[str]:
    """What the bank's questions say, for the statistics of the language."""
    free = free_text().values()
    claims = [point.claim for question in free for point in question.key_points]
    return [*(text for q in free for text in (q.prompt, q.model_answer.full)), *claims]


def own_examples() -> list[Example]:
    """The project's own training answers, for each of their questions also the model answer and answers to others."""
    bank = free_text()
    rows = [row for row in training_rows("train*.jsonl") if row["question"] in bank]
    draw = random.Random(SEED)
    found: list[Example] = []
    for row in rows:
        question = bank[row["question"]]
        labelled = [point for point in question.key_points if point.id in row["points"]]
        earned = sum(point.weight * max(0.0, row["points"][point.id]["label"]) for point in labelled)
        score = earned / sum(point.weight for point in labelled)
        found.append(
            Example(question.prompt, (question.model_answer.full,), row["answer"], float(score), row["question"])
        )
    for name in sorted({row["question"] for row in rows}):
        prompt, full = bank[name].prompt, bank[name].model_answer.full
        found.append(Example(prompt, (full,), full, 1.0, name))
        others = [row["answer"] for row in rows if row["question"] != name]
        found += [Example(prompt, (full,), answer, 0.0, name) for answer in draw.sample(others, FOREIGN)]
    return found


def background_of(texts: Iterable[str]) -> dict[str, Any]:
    """Document frequencies and vectors from co-occurrence (positive pointwise mutual information, cut to its rank)."""
    documents = [found for found in (prepare(text) for text in dict.fromkeys(texts)) if found.terms]
    seen = Counter(term for found in documents for term in found.terms)
    common = sorted(((t, n) for t, n in seen.items() if n >= 2), key=lambda item: (-item[1], item[0]))[:TERMS]
    terms = [term for term, _ in common]
    index = {term: i for i, term in enumerate(terms[:VECTOR_TERMS])}
    together: Counter[tuple[int, int]] = Counter()
    weights: dict[tuple[int, int], float] = {}
    for found in documents:
        numbers = [index.get(term, -1) for term in found.sequence]
        for i, a in enumerate(numbers):
            for distance, b in enumerate(numbers[i + 1 : i + 1 + WINDOW]):
                if a >= 0 and b >= 0 and a != b:
                    pair = (min(a, b), max(a, b))
                    together[pair] += 1
                    weights[pair] = weights.get(pair, 0.0) + 1 / (1 + distance / 2)
    size = len(index)
    pairs, counts = np.array(list(weights)), np.array(list(weights.values()))
    rows, columns = np.r_[pairs[:, 0], pairs[:, 1]], np.r_[pairs[:, 1], pairs[:, 0]]
    counts = np.r_[counts, counts]
    total = np.bincount(rows, counts, size) + 1e-9
    smoothed = total**0.75 / (total**0.75).sum()
    mutual = np.log(counts / (total[rows] * smoothed[columns]))
    kept = mutual > 0
    table = sparse.csr_matrix((mutual[kept], (rows[kept], columns[kept])), shape=(size, size))
    u, s, _ = svds(table, k=min(WIDTH, size - 2), rng=SEED)
    vectors = u * np.sqrt(s)
    vectors /= np.maximum(np.abs(vectors).max(1, keepdims=True), 1e-9)
    return {
        "documents": len(documents),
        "width": vectors.shape[1],
        "terms": terms,
        "seen": [count for _, count in common],
        "vectors": packed(np.rint(vectors * 127), "<i1"),
    }


def packed(numbers: Any, kind: str) -> str:
    return base64.b64encode(np.asarray(numbers).astype(kind).tobytes()).decode()


def texts_of(rows: Sequence[Example]) -> list[str]:
    return [text for row in rows for text in (row.question, *row.references, row.answer)]


def table_of(rows: Sequence[Example], background: Background) -> Table:
    copies: dict[str, Floats] = {}
    compared: list[Compared] = []
    for row in rows:
        if row.group not in copies:
            copies[row.group] = compare_all(row.question, row.references, row.question, background).values
        compared.append(compare_all(row.question, row.references, row.answer, background))
    return Table(
        np.array([found.values for found in compared]),
        np.array([copies[row.group] for row in rows]),
        np.array([row.score for row in rows], dtype=np.float64),
        np.array([row.group for row in rows]),
        tuple(compared),
    )


def mixed_ridge(scaled: Floats, scores: Floats, groups: NDArray[Any], row_weights: Floats) -> Floats:
    """Coefficients from differences within questions; between questions each mean counts as `LEVEL` answers do."""
    _, number = np.unique(groups, return_inverse=True)
    sums = np.bincount(number, row_weights)
    count = np.bincount(number)
    means = np.array([np.bincount(number, row_weights * column) for column in scaled.T]).T / sums[:, None]
    levels = np.bincount(number, row_weights * scores) / sums
    between = count * LEVEL / (count + LEVEL)
    centred_means = means - np.average(means, axis=0, weights=between)
    centred_levels = levels - np.average(levels, weights=between)
    root, root_between = np.sqrt(row_weights), np.sqrt(between)
    left = np.vstack([(scaled - means[number]) * root[:, None], centred_means * root_between[:, None]])
    right = np.r_[(scores - levels[number]) * root, centred_levels * root_between]
    return np.linalg.solve(left.T @ left + ANCHORS * np.eye(left.shape[1]), left.T @ right)


def weights_of(groups: NDArray[Any]) -> Floats:
    """A question weighs by the square root of its number of answers."""
    _, number = np.unique(groups, return_inverse=True)
    weights = 1 / np.sqrt(np.bincount(number)[number])
    return weights / weights.mean()


def fitted(table: Table, language: dict[str, Any], further: Sequence[Table] = ()) -> dict[str, Any]:
    """Both models in their stored form. Answers to other exams count `FURTHER`, put at the table's mean score."""
    known = len(table.scores)
    mean, spread = table.values.mean(0), table.values.std(0) + 1e-9
    mean, spread = np.array([significant(x) for x in mean]), np.array([significant(x) for x in spread])

    def scaled(values: Floats) -> Floats:
        return np.clip((values - mean) / spread, -4, 4)

    values, copied = (np.vstack([getattr(t, part) for t in (table, *further)]) for part in ("values", "copied"))
    level = table.scores.mean()
    scores = np.concatenate([table.scores, *(t.scores - t.scores.mean() + level for t in further)])
    groups = np.concatenate([table.groups, *(t.groups for t in further)])
    weights = weights_of(groups)
    weights[known:] *= FURTHER
    weights /= weights[:known].mean()
    ridge = mixed_ridge(np.hstack([scaled(values), 0.5 * scaled(copied)]), scores, groups, weights)
    _, number = np.unique(groups, return_inverse=True)
    count = np.bincount(number)
    levels = np.bincount(number, scores) / count
    target = scores - ((levels - levels.mean()) * count / (count + SHRINKAGE))[number]
    forest = ExtraTreesRegressor(**TREES, random_state=SEED, n_jobs=1)
    forest.fit(np.hstack([values, copied]), target - target[:known].mean(), sample_weight=weights)
    return {
        "names": list(NAMES),
        "mean": mean.tolist(),
        "spread": spread.tolist(),
        "ridge": [round(float(c), 5) for c in ridge],
        "stretch": 1.0,
        "doubt": [0.2, 0.0, 0.0],
        "background": language,
        "trees": stored_forest(forest),
    }


def significant(x: float) -> float:
    return float(f"{x:.5g}")


def stored_forest(forest: ExtraTreesRegressor) -> dict[str, Any]:
    """The trees in pre-order, so that a left child needs no pointer; of a leaf the step to the right is 0."""
    roots, split, number, right = list[int](), list[int](), list[float](), list[int]()
    for tree in (estimator.tree_ for estimator in forest.estimators_):
        roots.append(len(split))
        waiting: list[tuple[int, int]] = [(0, -1)]
        while waiting:
            node, parent = waiting.pop()
            if parent >= 0:
                right[parent] = len(split) - parent
            inner = tree.children_left[node] >= 0
            if inner:
                waiting.append((int(tree.children_right[node]), len(split)))
                waiting.append((int(tree.children_left[node]), -1))
            split.append(int(tree.feature[node]) if inner else 0)
            number.append(float(tree.threshold[node] if inner else tree.value[node].item()))
            right.append(0)
    return {
        "depth": max(estimator.tree_.max_depth for estimator in forest.estimators_),
        "roots": roots,
        "split": packed(split, "<u1"),
        "number": packed(number, "<f2"),
        "right": packed(right, "<i2"),
    }


def language_of(stored: dict[str, Any]) -> Background:
    """A background as it will be read from the file."""
    empty = {"depth": 0, "roots": [], **dict.fromkeys(("split", "number", "right"), "")}
    blank = {"mean": [], "spread": [], "ridge": [], "stretch": 1.0, "doubt": [0.0, 0.0, 0.0]}
    return model_of({"names": list(NAMES), "background": stored, "trees": empty, **blank}).background


def fit(
    rows: Sequence[Example], further: Sequence[str] = (), exams: Sequence[Table] = ()
) -> tuple[Model, Model | None, Table]:
    """The model of these examples, one that learned from other exams too (where given), and the examples as numbers.

    Statistics of the language also come from further texts.
    """
    language = background_of([*texts_of(rows), *further])
    table = table_of(rows, language_of(language))
    wider = model_of(fitted(table, language, exams)) if exams else None
    return model_of(fitted(table, language)), wider, table


def train(rows: Sequence[Example], further: Sequence[str] = ()) -> dict[str, Any]:
    """The stored form with what cross-validation by question says of stretch, doubt and figures."""
    language = background_of([*texts_of(rows), *further])
    table = table_of(rows, language_of(language))
    stored = fitted(table, language)
    scores, apart = np.zeros(len(rows)), np.zeros(len(rows))
    folds = GroupKFold(FOLDS, shuffle=True, random_state=SEED)
    for training, held in folds.split(table.values, table.scores, table.groups):
        model = model_of(fitted(table.part(training), language))
        scores[held], apart[held] = model.mixed(table.values[held], table.copied[held])
    stored["stretch"] = round(slope_within(scores, table.scores, table.groups), 3)
    centre = model_of(stored)
    scores = np.clip(scores.mean() + stored["stretch"] * (scores - scores.mean()), 0, 1)
    wrong = np.abs(scores - table.scores)
    design = np.column_stack([np.ones(len(scores)), apart, scores * (1 - scores)])
    stored["doubt"] = [round(float(c), 4) for c in np.linalg.lstsq(design, wrong, rcond=None)[0]]
    expected = centre.error(scores, apart)
    stored["record"] = {
        "cross-validated by question": {
            "Pearson": round(float(np.corrcoef(scores, table.scores)[0, 1]), 3),
            "Pearson, mean within a question": round(within(scores, table.scores, table.groups), 3),
            "mean absolute error": round(float(wrong.mean()), 3),
            "expected by the first doubt": round(float(expected.mean()), 3),
        }
    }
    return stored


def slope_within(predicted: Floats, scores: Floats, groups: NDArray[Any]) -> float:
    """How far scores rise with predictions among the answers of one question."""
    _, number = np.unique(groups, return_inverse=True)
    count = np.bincount(number)
    x = predicted - (np.bincount(number, predicted) / count)[number]
    y = scores - (np.bincount(number, scores) / count)[number]
    return float(x @ y / (x @ x))


def within(predicted: Floats, scores: Floats, groups: NDArray[Any]) -> float:
    """The mean Pearson correlation over questions where both vary."""
    found: list[float] = []
    for group in np.unique(groups):
        p, s = predicted[groups == group], scores[groups == group]
        if len(s) > 2 and p.std() > 0 and s.std() > 0:
            found.append(float(np.corrcoef(p, s)[0, 1]))
    return float(np.mean(found))


if __name__ == "__main__":
    main()
