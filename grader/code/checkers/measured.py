"""Answers that are measured: statistics of draws, metrics of predictions, numbers no worse than the reference's."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from grader.code.checkers.mismatch import Kind, Mismatch, differs
from grader.code.checkers.numbers import flat_numbers, is_number, numbers_of
from grader.code.metric import PredictionError, predictions_of, score_predictions
from grader.code.values import Array, Scalar, Value
from questions.code_task import Compare


def statistic(value: Value, spec: Compare) -> float:
    """The statistic `spec` names of the draws (of all elements of an array). `share` is that of the non-zero ones.

    Raises ValueError for what are no finite real numbers, or for too few.
    """
    draws = numbers_of(value)
    if draws is None or draws.dtype.kind == "c" or not np.isfinite(draws).all():
        raise ValueError("finite numbers are needed")
    with np.errstate(over="ignore", invalid="ignore"):
        found = _of_draws(draws.astype(np.float64).ravel(), spec)
    if not math.isfinite(found):
        raise ValueError("numbers of a moderate size are needed")
    return found


def _of_draws(wide: npt.NDArray[np.float64], spec: Compare) -> float:
    match spec.statistic:
        case "mean":
            return float(wide.mean())
        case "std" | "var" if len(wide) < 2:
            raise ValueError("two draws or more are needed")
        case "std":
            return float(wide.std(ddof=1))
        case "var":
            return float(wide.var(ddof=1))
        case "median":
            return float(np.median(wide))
        case "share":
            return float(np.count_nonzero(wide) / len(wide))
        case None:
            raise ValueError("the checker stat needs a statistic")


def stat(expected: Value, got: Value, spec: Compare) -> Mismatch | None:
    """The statistic of what was returned is within `tolerance` of the expected number."""
    wanted = _number(expected)
    if wanted is None:
        wanted = statistic(expected, spec)
    try:
        found = statistic(got, spec)
    except ValueError as error:
        return Mismatch(Kind.TYPE, "finite numbers", str(error))
    assert spec.tolerance is not None
    if abs(found - wanted) <= spec.tolerance:
        return None
    return Mismatch(Kind.QUALITY, f"a {spec.statistic} of {wanted:g} ± {spec.tolerance:g}", f"{found:.6g}")


def metric(expected: Value, got: Value, spec: Compare) -> Mismatch | None:
    """A metric of the returned predictions against the expected labels reaches a threshold."""
    assert spec.metric is not None
    labels = flat_numbers(expected)
    if labels is None:
        raise ValueError("the expected value must be the labels, as numbers")
    try:
        score = score_predictions(spec.metric, labels, predictions_of(got, len(labels), spec.metric))
    except PredictionError as error:
        return Mismatch(Kind.TYPE, f"{len(labels)} predictions", str(error))
    if spec.at_least is not None and score < spec.at_least:
        return Mismatch(Kind.QUALITY, f"{spec.metric.value} of at least {spec.at_least:g}", f"{score:.6g}")
    if spec.at_most is not None and score > spec.at_most:
        return Mismatch(Kind.QUALITY, f"{spec.metric.value} of at most {spec.at_most:g}", f"{score:.6g}")
    return None


def vs_reference(expected: Value, got: Value, spec: Compare) -> Mismatch | None:
    """A number that is at most `ratio` times worse than the reference's."""
    wanted, found = _number(expected), _number(got)
    if wanted is None:
        raise ValueError("the expected value must be a number")
    if found is None:
        return differs(Kind.TYPE, expected, got)
    if math.isnan(found):
        return differs(Kind.NAN, expected, got)
    assert spec.ratio is not None
    # Worse is further up or further down, on whichever side of zero the reference is.
    grows = (spec.better == "lower") == (wanted >= 0)
    bound = wanted * spec.ratio if grows else wanted / spec.ratio
    good = found <= bound + spec.atol if spec.better == "lower" else found >= bound - spec.atol
    if good:
        return None
    return Mismatch(Kind.QUALITY, f"at {'most' if spec.better == 'lower' else 'least'} {bound:.6g}", f"{found:.6g}")


def _number(value: Value) -> float | None:
    bare: Value = value.value if isinstance(value, Scalar) else value
    if isinstance(value, Array) and value.size == 1:
        bare = value.items()[0]
    if not is_number(bare) or isinstance(bare, bool | complex):
        return None
    try:
        return float(bare)
    except OverflowError:
        return math.inf if bare > 0 else -math.inf
