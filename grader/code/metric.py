"""Metrics of predictions, on numpy alone. Ties are treated as scikit-learn treats them; the tests compare."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from grader.code.checkers.numbers import flat_numbers, numbers_of
from grader.code.values import Value
from questions.code_task import Metric, Score

Floats = npt.NDArray[np.float64]

PROBABILITIES = frozenset({Metric.LOG_LOSS})
BINARY = frozenset({Metric.ROC_AUC, Metric.AVERAGE_PRECISION, Metric.LOG_LOSS})
"""Metrics whose labels are 0 and 1."""


class PredictionError(ValueError):
    """The predictions cannot be scored; the message says why, for the candidate."""


def predictions_of(value: Value, rows: int, metric: Metric) -> Floats:
    """The predictions in an answer: a finite number for each of `rows` rows. Raises PredictionError."""
    found = flat_numbers(value)
    if found is None:
        block = numbers_of(value)
        if block is not None and block.ndim == 2:
            raise PredictionError(f"one number a row is needed, not a table of shape {block.shape}")
        raise PredictionError("return a list, an array or a Series of numbers")
    if len(found) != rows:
        raise PredictionError(f"{rows} predictions are needed, one a row of the test set, not {len(found)}")
    if not np.isfinite(found).all():
        row = int(np.argmax(~np.isfinite(found)))
        raise PredictionError(f"the prediction of row {row} is {found[row]}, not a finite number")
    if metric in PROBABILITIES and not ((found >= 0) & (found <= 1)).all():
        row = int(np.argmax((found < 0) | (found > 1)))
        raise PredictionError(f"{metric.value} needs probabilities from 0 to 1; the one of row {row} is {found[row]:g}")
    return found


def score_predictions(metric: Metric, truth: Sequence[float] | Floats, predictions: Sequence[float] | Floats) -> float:
    """The metric of predictions. Raises ValueError where it is not defined (ROC AUC of a single class)."""
    labels = np.asarray(truth, dtype=np.float64)
    guesses = np.asarray(predictions, dtype=np.float64)
    if labels.shape != guesses.shape or labels.ndim != 1 or not len(labels):
        raise ValueError("as many labels as predictions are needed, and at least one")
    if metric in BINARY and not np.isin(labels, (0.0, 1.0)).all():
        raise ValueError(f"{metric.value} needs labels 0 and 1")
    with np.errstate(over="ignore"):
        return _METRICS[metric](labels, guesses)


def share_of_points(score: float, scale: Score) -> float:
    """What a score earns, 0 to 1: none at the baseline, all at `full`, linear between."""
    share = (score - scale.baseline) / (scale.full - scale.baseline)
    return 0.0 if math.isnan(share) else min(1.0, max(0.0, share))


def passes(score: float, scale: Score) -> bool:
    """Whether a score is at least as good as the passing one."""
    return score >= scale.passing if scale.full > scale.baseline else score <= scale.passing


def accuracy(labels: Floats, guesses: Floats) -> float:
    return float((labels == guesses).mean())


def f1(labels: Floats, guesses: Floats) -> float:
    """F1 of class 1 where there are only 0 and 1; otherwise the plain mean over the classes (macro F1)."""
    classes = np.union1d(labels, guesses)
    if np.isin(classes, (0.0, 1.0)).all():
        return _f1_of(1.0, labels, guesses)
    return float(np.mean([_f1_of(label, labels, guesses) for label in classes]))


def _f1_of(positive: float, labels: Floats, guesses: Floats) -> float:
    """2·TP / (2·TP + FP + FN); 0 where nothing is positive (van Rijsbergen, Information Retrieval, 1979)."""
    real, said = labels == positive, guesses == positive
    total = int(real.sum() + said.sum())
    return 2 * int((real & said).sum()) / total if total else 0.0


def roc_auc(labels: Floats, scores: Floats) -> float:
    """The probability that a positive scores above a negative, ties counting half: the Mann-Whitney statistic with
    mid-ranks (Hanley and McNeil, The meaning and use of the area under a ROC curve, 1982)."""
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if not positives or not negatives:
        raise ValueError("the area under the ROC curve needs both classes")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mid_ranks = np.cumsum(counts) - (counts - 1) / 2
    ranks = float(mid_ranks[inverse][labels == 1].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def average_precision(labels: Floats, scores: Floats) -> float:
    """Σ (Rₙ − Rₙ₋₁)·Pₙ over the thresholds from the highest score down, equal scores being one threshold
    (Manning, Raghavan and Schütze, Introduction to Information Retrieval, 8.4). 0 without positives."""
    positives = float(labels.sum())
    if not positives:
        return 0.0
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(labels[order])
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    precision = hits[last] / (last + 1)
    recall = hits[last] / positives
    return float((np.diff(recall, prepend=0.0) * precision).sum())


def log_loss(labels: Floats, probabilities: Floats) -> float:
    """−mean(y·ln p + (1−y)·ln(1−p)), with p kept a rounding error away from 0 and 1."""
    tiny = np.finfo(np.float64).eps
    p = np.clip(probabilities, tiny, 1 - tiny)
    return float(-(labels * np.log(p) + (1 - labels) * np.log(1 - p)).mean())


def rmse(labels: Floats, guesses: Floats) -> float:
    return math.sqrt(float(((labels - guesses) ** 2).mean()))


def mae(labels: Floats, guesses: Floats) -> float:
    return float(np.abs(labels - guesses).mean())


def r2(labels: Floats, guesses: Floats) -> float:
    """1 − SSE / SST; where all labels are equal 1 for perfect guesses and 0 for others."""
    error = float(((labels - guesses) ** 2).sum())
    spread = float(((labels - labels.mean()) ** 2).sum())
    if spread == 0:
        return 1.0 if error == 0 else 0.0
    return 1 - error / spread


_METRICS = {
    Metric.ACCURACY: accuracy,
    Metric.F1: f1,
    Metric.ROC_AUC: roc_auc,
    Metric.AVERAGE_PRECISION: average_precision,
    Metric.LOG_LOSS: log_loss,
    Metric.RMSE: rmse,
    Metric.MAE: mae,
    Metric.R2: r2,
}
