"""A claim turned round in an answer that is otherwise right: it is found, named, and not found where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.grade import Verdict
from grader.text import grade
from grader.text.evidence import examine
from grader.text.features import features_of
from grader.text.marks import beside, bound, denied, marks_of, only_denied, pole
from grader.text.normalise import read
from grader.text.trees import trees_of
from grader.text.turned import NAMES, model
from grader.text.unit import prepare
from grader.text.wordings import nearness, wordings_of
from questions.model import FreeText
from tests.grader.samples import PENALTIES

OPPOSITES = {
    "l1-sparse": ("lasso keeps every coefficient above zero", "the L1 penalty never removes a feature"),
    "lambda-variance": ("a larger lambda raises the variance", "more regularization lowers the bias"),
    "choose-lambda": ("choose lambda on the training set", "lambda needs no cross-validation"),
    "standardize": ("scaling the features makes no difference to a penalty",),
}
QUESTION = PENALTIES.model_copy(
    update={
        "key_points": tuple(
            point.model_copy(update={"opposites": OPPOSITES.get(point.id, ())}) for point in PENALTIES.key_points
        )
    }
)


def against(question: FreeText, answer: str) -> dict[str, float]:
    features = features_of(question)
    weighed = examine(features, prepare(read(answer), features)).weighed
    return {point.id: found.signals.against for point, found in zip(question.key_points, weighed, strict=True)}


# Marks


def test_a_denial_turns_a_pole_round() -> None:
    wide, narrow = marks_of("the interval is wide"), marks_of("the interval is narrow")
    not_wide = marks_of("the interval is not wide")
    assert wide.poles == {(axis, -sign) for axis, sign in narrow.poles}
    assert not_wide.poles == narrow.poles


def test_a_pole_is_kept_with_what_it_speaks_of() -> None:
    ((axis, sign),) = marks_of("the interval is wide").poles
    (interval,) = marks_of("interval").terms
    keys = set(marks_of("the interval is wide").keys())
    assert {pole(axis, sign), beside(axis, sign, interval), bound(axis, sign, interval)} <= keys
    far = set(marks_of("the interval matters, and wide bins are better").keys())
    assert bound(axis, sign, interval) not in far


def test_what_is_denied_once_and_said_once_is_not_only_denied() -> None:
    (feature,) = marks_of("feature").terms
    keys = set(marks_of("ridge does not drop features. lasso does drop features").keys())
    assert denied(feature) in keys
    assert only_denied(feature) not in keys


# Trees


def test_trees_add_up() -> None:
    first, second = NAMES[0], NAMES[1]
    trees = trees_of({"start": 0.5, "trees": [[first, 0.5, -1.0, [second, 0.0, 2.0, 3.0]], 0.25]}, NAMES)
    rows = np.zeros((3, len(NAMES)))
    rows[1, 0] = rows[2, 0] = 1.0
    rows[2, 1] = 1.0
    totals = np.array([0.5 - 1.0 + 0.25, 0.5 + 2.0 + 0.25, 0.5 + 3.0 + 0.25])
    assert trees.probabilities(rows) == pytest.approx(1 / (1 + np.exp(-totals)))


def test_a_tree_that_asks_about_an_unknown_number_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        trees_of({"start": 0.0, "trees": [["nonsense", 0.5, 0.0, 1.0]]}, NAMES)


@given(
    st.lists(st.floats(-1, 2), min_size=len(NAMES), max_size=len(NAMES)),
    st.sampled_from(["stance", "turning", "rejected", "tone", "opposite straight", "wrong"]),
    st.floats(0, 2),
)
def test_what_tells_of_a_turn_never_makes_it_less_likely(row: list[float], name: str, more: float) -> None:
    low = np.array([row])
    high = low.copy()
    high[0, NAMES.index(name)] += more
    trees = model().trees
    assert trees.probabilities(high)[0] >= trees.probabilities(low)[0] - 1e-9


# Wordings


def test_wordings_are_known_word_for_word() -> None:
    wordings = wordings_of(features_of(QUESTION))
    texts = [
        "a larger lambda raises the variance",
        "A larger lambda lowers variance and raises bias.",
        "bread is baked",
    ]
    near = nearness(wordings, [marks_of(text) for text in texts])
    index = [point.id for point in QUESTION.key_points].index("lambda-variance")
    assert near.verbatim[:, index].tolist() == [1, -1, 0]
    assert near.known[2].tolist() == [0] * len(QUESTION.key_points)


# Answers


def test_the_turned_clause_is_named_and_the_rest_keeps_its_credit() -> None:
    right = grade(QUESTION.model_answer.full, QUESTION)
    words = "a larger lambda raises the variance"
    answer = QUESTION.model_answer.full.replace("A larger lambda lowers variance and raises bias", words)
    turned = grade(answer, QUESTION)
    rows = {row.id: row for row in turned.rows}
    assert rows["lambda-variance"].verdict is Verdict.CONTRADICTED
    span = rows["lambda-variance"].span
    assert span is not None
    assert words in span.text
    assert turned.score < right.score
    assert all(row.verdict is Verdict.HIT for row in turned.rows if row.id != "lambda-variance")


def test_a_turned_clause_is_named_though_the_claim_stands_right_elsewhere() -> None:
    answer = f"{QUESTION.model_answer.full} Choose lambda on the training set."
    row = next(row for row in grade(answer, QUESTION).rows if row.id == "choose-lambda")
    assert row.verdict is Verdict.CONTRADICTED
    assert row.span is not None
    assert "on the training set" in row.span.text


def test_the_authors_own_answer_turns_nothing_round() -> None:
    assert all(row.verdict is Verdict.HIT for row in grade(QUESTION.model_answer.full, QUESTION).rows)


@given(st.text(max_size=200))
def test_any_text_can_be_compared(text: str) -> None:
    assert all(0 <= value <= 1 for value in against(QUESTION, text).values())


def test_a_question_without_opposites_is_graded_as_well() -> None:
    assert all(row.verdict is Verdict.HIT for row in grade(PENALTIES.model_answer.full, PENALTIES).rows)
