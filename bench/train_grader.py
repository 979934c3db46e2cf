# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false, reportAttributeAccessIssue=false, reportIndexIssue=false
"""Trains the model that decides whether an answer states a key point, and writes its weights.

    make train-grader            # python -m bench.train_grader

Data: the labelled answers of `bench/answers/train*.jsonl`, written for this purpose by people who did not see the
accepted wordings; `edits*.jsonl`, where one claim of such an answer is turned round or said in
another way; and some answers held against another question, where all points count as not stated. The test
questions (`bench/answers/test*.jsonl`) are left out, whatever file they stand in. Cross-validation keeps a question's
answers together; thresholds are chosen on its predictions. scikit-learn trains; at run time plain arithmetic does.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import GroupKFold

from bench.labelled import free_text, training_rows
from grader.text.decision import AGAINST
from grader.text.evidence import NAMES, examine, values
from grader.text.features import features_of
from grader.text.normalise import read
from grader.text.unit import prepare
from questions.model import FreeText

SEED = 20261121
FOLDS = 10
STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0)
"""Inverse regularization strengths to choose from."""
NEEDED_PRECISION = 0.85
"""Of the claim that an answer says the opposite: an accusation must be right."""
FOREIGN = 2
"""How many answers to other questions each question is tried on."""
FALLING = frozenset({*AGAINST, "denied", "stretch", "elsewhere"})
"""Signals that may only lower the probability that a point is stated; all others but `FREE` may only raise it."""
FREE = frozenset({"unsure"})
LIKELIER_THAN_NOT = 0.5
"""What nobody foresaw earns credit only from here on."""
RULES = ("pattern", "phrase", "half")
GRID = tuple(float(t) for t in np.arange(0.1, 0.9, 0.02))
WEIGHTS = Path(__file__).resolve().parent.parent / "grader" / "text" / "weights" / "points.json"


@dataclass(frozen=True)
class Data:
    """One row a key point of an answer."""

    signals: np.ndarray
    labels: np.ndarray
    """1 stated, 0.5 in part, 0 not stated, -1 its opposite."""
    questions: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--dry", action="store_true", help="write nothing")
    options = parser.parse_args()
    training, edits = training_rows("train*.jsonl"), training_rows("edits*.jsonl")
    data = collect(free_text(), training, edits)
    stored = train(data, len(training) + len(edits))
    print(json.dumps(stored, indent=1))
    if not options.dry:
        WEIGHTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def signals_of(question: FreeText, answer: str) -> np.ndarray:
    """One row a key point."""
    features = features_of(question)
    examined = examine(features, prepare(read(answer), features))
    return np.array([values(found.signals) for found in examined.weighed])


def collect(bank: dict[str, FreeText], training: Sequence[dict[str, Any]], edits: Sequence[dict[str, Any]]) -> Data:
    """`edits` each turn one stated point of an answer round, or say it in another way."""
    draw = random.Random(SEED)
    signals: list[np.ndarray] = []
    labels: list[float] = []
    questions: list[str] = []

    def add(question: FreeText, answer: str, given: Iterable[float]) -> None:
        signals.append(signals_of(question, answer))
        labels.extend(given)
        questions.extend([question.id] * len(question.key_points))

    for row in training:
        question = bank[row["question"]]
        add(question, row["answer"], [row["points"][point.id]["label"] for point in question.key_points])
    whole = {(row["question"], row["kind"]): row["answer"] for row in training}
    for edit in edits:
        question, answer = bank[edit["question"]], whole[edit["question"], edit["kind"]]
        index = [point.id for point in question.key_points].index(edit["point"])
        signals.append(signals_of(question, answer.replace(edit["was"], edit["changed"]))[index : index + 1])
        labels.append(1.0 if edit["edit"] == "same" else -1.0)
        questions.append(question.id)
    good = [row for row in training if row["kind"] in {"excellent", "good"}]
    for name in sorted({row["question"] for row in training}):
        others = [row for row in good if row["question"] != name]
        for row in draw.sample(others, min(FOREIGN, len(others))):
            add(bank[name], row["answer"], [0.0] * len(bank[name].key_points))
    return Data(np.vstack(signals), np.array(labels), np.array(questions))


def fitted(signals: np.ndarray, target: np.ndarray, strength: float, signs: np.ndarray) -> LogisticRegression:
    """A logistic regression whose coefficients have the signs asked for (0: either); those that would not are 0."""
    used = np.ones(signals.shape[1], dtype=bool)
    while True:
        model = LogisticRegression(C=strength, max_iter=5000).fit(signals * used, target)
        against = used & (model.coef_[0] * signs < 0)
        if not against.any():
            return model
        used &= ~against


def predicted(data: Data, target: np.ndarray, strength: float, signs: np.ndarray) -> np.ndarray:
    """Probabilities for every row, from models that have not seen its question."""
    found = np.zeros(len(target))
    folds = GroupKFold(min(FOLDS, len(set(data.questions.tolist()))), shuffle=True, random_state=SEED)
    for fit, held in folds.split(data.signals, target, data.questions):
        model = fitted(data.signals[fit], target[fit], strength, signs)
        found[held] = model.predict_proba(data.signals[held])[:, 1]
    return found


def chosen(data: Data, target: np.ndarray, signs: np.ndarray) -> tuple[float, np.ndarray]:
    """The strength with the best log-likelihood across questions, and its predictions."""

    def loss(strength: float) -> float:
        p = np.clip(predicted(data, target, strength, signs), 1e-6, 1 - 1e-6)
        return float(-np.mean(target * np.log(p) + (1 - target) * np.log(1 - p)))

    best = min(STRENGTHS, key=loss)
    return best, predicted(data, target, best, signs)


def train(data: Data, answers: int) -> dict[str, Any]:
    """Both models with thresholds and the record of how they came about."""
    stated = (data.labels >= 0.5).astype(int)
    signs = np.array([0 if name in FREE else -1 if name in FALLING else 1 for name in NAMES])
    strength, p = chosen(data, stated, signs)
    seen = data.signals[:, [NAMES.index(name) for name in RULES]].sum(axis=1) > 0
    pairs = ((hit, kept) for hit in GRID for kept in GRID if kept <= hit and hit >= LIKELIER_THAN_NOT)
    hit, kept = max(pairs, key=lambda pair: f1_score(stated, p >= np.where(seen, pair[1], pair[0])))
    opposed = (data.labels < 0).astype(int)
    free = np.zeros(len(NAMES), dtype=int)
    # Misconceptions and turned contrasts are told as findings of their own.
    hidden = [NAMES.index(name) for name in ("wrong", "flip")]
    blind = replace(data, signals=data.signals.copy())
    blind.signals[:, hidden] = 0
    strength_against, q = chosen(blind, opposed, free)
    threshold = next(
        (float(t) for t in np.arange(0.1, 0.99, 0.01) if precision(opposed, q >= t) >= NEEDED_PRECISION), 0.99
    )
    return {
        "states": stored(fitted(data.signals, stated, strength, signs)),
        "opposes": stored(fitted(blind.signals, opposed, strength_against, free)),
        "thresholds": {
            "hit": round(hit, 2),
            "kept": round(kept, 2),
            "unsure": round(0.6 * hit, 2),
            "opposed": round(threshold, 2),
        },
        "record": {
            "trained by": "make train-grader",
            "data": "answers written for this project (bench/answers/train*.jsonl, edits*.jsonl), nothing else",
            "answers": answers,
            "rows": len(stated),
            "questions": len(set(data.questions.tolist())),
            "share stated": round(float(stated.mean()), 3),
            "seed": SEED,
            "scikit-learn": sklearn.__version__,
            "C": [strength, strength_against],
            "cross-validated by question": {
                "AUC": round(float(roc_auc_score(stated, p)), 3),
                "F1": round(float(f1_score(stated, p >= np.where(seen, kept, hit))), 3),
                "F1 of the rules alone": round(float(f1_score(stated, seen)), 3),
                "AUC of the opposite": round(float(roc_auc_score(opposed, q)), 3),
                "opposites found": round(float((q[opposed == 1] >= threshold).mean()), 3),
            },
        },
    }


def precision(target: np.ndarray, said: np.ndarray) -> float:
    return float(target[said].mean()) if said.any() else 0.0


def stored(model: LogisticRegression) -> dict[str, Any]:
    coefficients = {name: round(float(c), 4) for name, c in zip(NAMES, model.coef_[0], strict=True) if c}
    return {"intercept": round(float(model.intercept_[0]), 4), "coefficients": coefficients}


if __name__ == "__main__":
    main()
