from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.text.normalise import american, fold, read, tokenize


def terms(text: str) -> list[str]:
    return [token.term for token in tokenize(fold(text).text) if token.term]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lasso", "L1"),
        ("the absolute penalty", "an L1 penalty"),
        ("std", "standard deviation"),
        ("σ", "standard deviation"),
        ("σ²", "variance"),
        ("sigma^2", "variance"),
        ("over-fit", "overfitting"),
        ("lr", "learning rate"),
        ("CNNs", "convolutional neural networks"),
        ("regularisation", "regularization"),
        ("normalising", "normalizing"),
        ("behaviour", "behavior"),
        ("mini-batch", "minibatches"),
        ("k-NN", "nearest neighbour"),
        ("O(n log n)", "linearithmic"),
        ("re-estimate", "reestimate"),
        ("log-loss", "cross-entropy"),
    ],
)
def test_names_of_one_thing_have_one_term(one: str, other: str) -> None:
    assert terms(one)[-1:] == terms(other)[-1:]


@pytest.mark.parametrize("word", ["otherwise", "noise", "supervised", "precise", "raised", "exercise", "pairwise"])
def test_words_that_only_look_british_stay(word: str) -> None:
    assert american(word) == word


def test_curly_quotes_dashes_and_signs_become_plain() -> None:
    assert fold("It’s −0.5 × “x” ≤ 2").text == 'it\'s -0.5 * "x" <= 2'


def test_bullets_sentences_and_contrasts_part_the_text() -> None:
    answer = "Model.eval() uses e.g. moving averages; training does not.\n- L1 is sparse, while L2 shrinks\n- done"
    reading = read(answer)
    clauses = [reading.surface.text[c.start : c.end] for c in reading.clauses]
    assert clauses == [
        "model.eval() uses e.g. moving averages",
        "training does not.",
        "l1 is sparse",
        "while l2 shrinks",
        "done",
    ]
    assert [c.contrast for c in reading.clauses] == [False, False, False, True, False]


def test_code_is_kept_and_marked() -> None:
    reading = read("Call this:\n```python\nmodel.eval()\n```\nthen serve.")
    marked = {token.word for clause in reading.clauses for token in clause.tokens if token.code}
    assert "eval" in marked
    assert "serve" not in marked


@given(st.text())
def test_every_token_and_clause_lies_in_the_original(text: str) -> None:
    reading = read(text)
    for clause in reading.clauses:
        start, end = reading.quote(clause.start, clause.end)
        assert 0 <= start <= end <= len(text)
        for token in clause.tokens:
            assert clause.start <= token.start <= token.end <= clause.end


@given(st.text())
def test_folding_maps_every_character(text: str) -> None:
    folded = fold(text)
    assert len(folded.origin) == len(folded.text) + 1
    assert list(folded.origin) == sorted(folded.origin)
