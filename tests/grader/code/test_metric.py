"""Our metrics against scikit-learn's, ties and all."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from grader.code.metric import PredictionError, passes, predictions_of, score_predictions, share_of_points
from grader.code.sandbox.encoding import encode
from grader.code.values import decode
from questions.code_task import Metric, Score

sk: Any = sklearn.metrics
few = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
numbers = st.floats(-1e3, 1e3)
quick = settings(max_examples=80, deadline=None)


def pairs(first: Any, second: Any) -> Any:
    return st.lists(st.tuples(first, second), min_size=2, max_size=30)


BINARY: dict[Metric, Callable[[Any, Any], float]] = {
    Metric.ROC_AUC: sk.roc_auc_score,
    Metric.AVERAGE_PRECISION: sk.average_precision_score,
    Metric.LOG_LOSS: lambda y, p: sk.log_loss(y, p, labels=[0, 1]),
}
REAL: dict[Metric, Callable[[Any, Any], float]] = {
    Metric.RMSE: sk.root_mean_squared_error,
    Metric.MAE: sk.mean_absolute_error,
    Metric.R2: sk.r2_score,
}


@pytest.mark.parametrize("metric", BINARY)
@quick
@given(rows=pairs(st.sampled_from([0.0, 1.0]), few))
def test_metrics_of_scores_agree_with_scikit_learn(metric: Metric, rows: list[tuple[float, float]]) -> None:
    labels, scores = zip(*rows, strict=True)
    assume(set(labels) == {0.0, 1.0})
    assert score_predictions(metric, labels, scores) == pytest.approx(BINARY[metric](labels, scores))


@pytest.mark.parametrize("metric", REAL)
@quick
@given(rows=pairs(numbers, numbers))
def test_metrics_of_numbers_agree_with_scikit_learn(metric: Metric, rows: list[tuple[float, float]]) -> None:
    labels, guesses = zip(*rows, strict=True)
    assume(metric is not Metric.R2 or np.var(labels) > 1e-6)
    assert score_predictions(metric, labels, guesses) == pytest.approx(REAL[metric](labels, guesses))


@quick
@given(rows=pairs(st.integers(0, 3), st.integers(0, 3)))
def test_accuracy_and_f1_agree_with_scikit_learn(rows: list[tuple[int, int]]) -> None:
    labels, guesses = zip(*rows, strict=True)
    assert score_predictions(Metric.ACCURACY, labels, guesses) == pytest.approx(sk.accuracy_score(labels, guesses))
    average = "binary" if set(labels) | set(guesses) <= {0, 1} else "macro"
    expected = sk.f1_score(labels, guesses, average=average, zero_division=0)
    assert score_predictions(Metric.F1, labels, guesses) == pytest.approx(expected)


def test_a_metric_that_is_not_defined_is_refused() -> None:
    with pytest.raises(ValueError, match="both classes"):
        score_predictions(Metric.ROC_AUC, [1, 1], [0.2, 0.3])
    with pytest.raises(ValueError, match="labels 0 and 1"):
        score_predictions(Metric.LOG_LOSS, [1, 2], [0.2, 0.3])
    with pytest.raises(ValueError, match="as many labels"):
        score_predictions(Metric.MAE, [1], [1, 2])


def test_equal_labels_and_no_positives_have_scores_of_their_own() -> None:
    assert score_predictions(Metric.R2, [2, 2], [2, 2]) == 1.0
    assert score_predictions(Metric.R2, [2, 2], [2, 3]) == 0.0
    assert score_predictions(Metric.AVERAGE_PRECISION, [0, 0], [0.1, 0.2]) == 0.0
    assert math.isfinite(score_predictions(Metric.LOG_LOSS, [1, 0], [0, 1]))


@pytest.mark.parametrize(
    ("answer", "metric", "said"),
    [
        ([0.1, 0.2], Metric.MAE, "3 predictions are needed, one a row of the test set, not 2"),
        ([0.1, math.nan, 0.3], Metric.MAE, "the prediction of row 1 is nan, not a finite number"),
        ([0.1, 0.2, 1.5], Metric.LOG_LOSS, "log_loss needs probabilities from 0 to 1; the one of row 2 is 1.5"),
        (np.zeros((3, 2)), Metric.ROC_AUC, "one number a row is needed, not a table of shape (3, 2)"),
        ("yes", Metric.ROC_AUC, "return a list, an array or a Series of numbers"),
        ([1j, 1j, 1j], Metric.MAE, "return a list, an array or a Series of numbers"),
    ],
)
def test_predictions_that_cannot_be_scored_are_explained(answer: object, metric: Metric, said: str) -> None:
    with pytest.raises(PredictionError) as caught:
        predictions_of(decode(encode(answer)), 3, metric)
    assert str(caught.value) == said


def test_a_column_of_predictions_and_bools_are_taken() -> None:
    assert predictions_of(decode(encode(np.ones((3, 1)))), 3, Metric.MAE).tolist() == [1, 1, 1]
    assert predictions_of(decode(encode(np.array([True, False]))), 2, Metric.ACCURACY).tolist() == [1, 0]


def test_points_rise_from_the_baseline_to_the_full_score_in_either_direction() -> None:
    up = Score(metric=Metric.ROC_AUC, baseline=0.5, passing=0.8, full=0.9)
    down = Score(metric=Metric.RMSE, baseline=10, passing=5, full=2)
    assert [share_of_points(score, up) for score in (0.4, 0.7, 0.95)] == pytest.approx([0, 0.5, 1])
    assert [share_of_points(score, down) for score in (11, 6, 1)] == pytest.approx([0, 0.5, 1])
    assert [passes(score, up) for score in (0.79, 0.8)] == [False, True]
    assert [passes(score, down) for score in (5.01, 5)] == [False, True]
