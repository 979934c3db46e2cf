from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.grade import Gate
from grader.text.reference import NAMES, grade_reference, grade_row, model, model_of

QUESTION = "What does overfitting mean for a model, how would you notice it while fitting, and how would you reduce it?"
CLAUSES = (
    "Overfitting means that a model memorises noise of its training examples.",
    "The training error keeps falling while the validation error rises.",
    "Regularization such as weight decay penalises large weights.",
    "Collecting more examples also helps.",
)
REFERENCE = " ".join(CLAUSES)


def score(answer: str) -> float:
    return grade_reference(QUESTION, REFERENCE, answer).score


def test_the_reference_itself_scores_high_and_covers_everything() -> None:
    result = grade_reference(QUESTION, REFERENCE, REFERENCE)
    assert result.score >= 0.9
    assert result.missing == ()
    assert len(result.covered) >= len(CLAUSES)


def test_covered_clauses_quote_the_answer_word_for_word() -> None:
    answer = (
        "Well — overfitting: the modèl memorises noise of the training examples. Weight decay penalises big weights."
    )
    result = grade_reference(QUESTION, REFERENCE, answer)
    assert result.covered
    for row in result.covered:
        assert row.span is not None
        assert answer[row.span.start : row.span.end] == row.span.text
        assert row.text in REFERENCE


@pytest.mark.parametrize(
    ("answer", "gate"),
    [
        ("", Gate.EMPTY),
        ("  \n", Gate.EMPTY),
        ("I don't know.", Gate.DONT_KNOW),
        (QUESTION, Gate.COPY),
        ("Das Modell lernt die Daten auswendig und ist auf neuen Daten dann nicht mehr so gut.", Gate.LANGUAGE),
    ],
)
def test_what_is_no_answer_earns_nothing_and_says_why(answer: str, gate: Gate) -> None:
    result = grade_reference(QUESTION, REFERENCE, answer)
    assert (result.score, result.gate) == (0.0, gate)
    assert result.note
    assert result.covered == ()


def test_a_list_of_the_references_terms_is_capped() -> None:
    answer = (
        "overfitting, noise, training examples, training error, validation error, regularization, weight decay, weights"
    )
    result = grade_reference(QUESTION, REFERENCE, answer)
    assert result.gate is Gate.KEYWORDS
    assert 0 < result.score <= 0.15


def test_a_list_may_answer_where_a_list_was_asked() -> None:
    question = "Which elements belong to a class definition in this language?"
    answer = "data members, member functions, constructors, destructors, access rules, nested types"
    result = grade_reference(question, answer.capitalize() + ".", answer)
    assert result.gate is not Gate.KEYWORDS
    assert result.score > 0.6


def test_more_clauses_never_cost_much_and_all_earn_more_than_one() -> None:
    scores = [score(" ".join(CLAUSES[:count])) for count in range(1, len(CLAUSES) + 1)]
    assert all(later >= earlier - 0.03 for earlier, later in pairwise(scores))
    assert scores[-1] >= scores[0] + 0.1


def test_a_denied_clause_is_not_covered() -> None:
    denied = CLAUSES[3].replace("also helps", "never helps")
    result = grade_reference(QUESTION, REFERENCE, " ".join((*CLAUSES[:3], denied)))
    [missed] = [row for row in result.missing if row.text.startswith("Collecting")]
    assert missed.contradicted
    assert missed.span is not None
    assert "never helps" in missed.span.text


def test_an_opposite_does_not_cover_a_clause() -> None:
    result = grade_reference(QUESTION, "The validation error rises.", "I think that the validation error falls.")
    assert result.covered == ()
    assert grade_reference(QUESTION, "The validation error rises.", "I think that the validation error rises.").covered


def test_the_reference_denied_throughout_scores_far_below_it() -> None:
    denied = " ".join(f"It is not true that {clause[0].lower()}{clause[1:]}" for clause in CLAUSES)
    assert score(denied) <= 0.3


def test_another_topic_earns_little() -> None:
    other = (
        "A hash table keeps each entry in a bucket chosen by its key, so that looking it up takes constant time on "
        "average, and collisions are kept in a chain."
    )
    assert score(other) <= 0.5 * score(REFERENCE)


def test_any_of_several_references_is_enough() -> None:
    other = "Early stopping ends the fit at the point where held-out loss is lowest, and dropout silences random units."
    both = grade_reference(QUESTION, [REFERENCE, other], other)
    assert both.score >= 0.8
    assert both.score > score(other) + 0.3


def test_the_same_answer_gets_the_same_grade_in_another_process() -> None:
    answer = "It memorises noise; you see the validation error rise, and weight decay or more examples reduce it."
    code = f"from grader.text.reference import grade_reference as g; print(g({QUESTION!r}, {REFERENCE!r}, {answer!r}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(grade_reference(QUESTION, REFERENCE, answer))


def test_grading_does_not_load_the_training_library() -> None:
    code = "import sys, grader.text.reference as r; r.model(); print('sklearn' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(min_size=1, max_size=200), st.text(max_size=400))
def test_any_text_gets_a_score_within_bounds(question: str, reference: str, answer: str) -> None:
    try:
        result = grade_reference(question, reference, answer)
    except ValueError:
        assert not any(character.isascii() and character.isalnum() for character in reference.lower())
        return
    assert 0 <= result.score <= 1
    assert 0 <= result.confidence <= 1
    for row in (*result.covered, *result.missing):
        assert row.span is None or answer[row.span.start : row.span.end] == row.span.text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=600))
def test_any_answer_gets_a_score_within_bounds(answer: str) -> None:
    result = grade_reference(QUESTION, REFERENCE, answer)
    assert 0 <= result.score <= 1
    assert 0 <= result.confidence <= 1


@pytest.mark.parametrize("reference", ["", "  ", "...", []])
def test_a_reference_is_needed(reference: str | list[str]) -> None:
    with pytest.raises(ValueError, match="reference"):
        grade_reference(QUESTION, reference, "anything")


def test_a_row_becomes_score_and_confidence() -> None:
    row = {"question": QUESTION, "reference_answer": REFERENCE, "student_answer": REFERENCE}
    assert set(grade_row(row)) == {"score", "confidence"}
    assert grade_row(row) == grade_row({**row, "reference_answer": [REFERENCE]})
    for broken in ({**row, "student_answer": 3}, {**row, "reference_answer": [1]}, {"question": QUESTION}):
        with pytest.raises(ValueError, match="must be text"):
            grade_row(broken)


def test_the_weights_carry_their_record_and_fit_the_measurements() -> None:
    path = files("grader.text") / "weights" / "reference.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert {"data", "seed", "scikit-learn", "cross-validated by question"} <= stored["record"].keys()
    assert len(model().mean) == len(NAMES)
    with pytest.raises(ValueError, match="other measurements"):
        model_of({**stored, "names": stored["names"][1:]})
