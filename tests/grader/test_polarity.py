from __future__ import annotations

import pytest

from grader.text.normalise import read
from grader.text.polarity import named_denials, polarities


def denied(text: str) -> set[str]:
    reading = read(text)
    standing = polarities(reading.surface.text, reading.clauses)
    return {
        token.word
        for clause, stands in zip(reading.clauses, standing, strict=True)
        for token, flag in zip(clause.tokens, stands.denied, strict=True)
        if flag and token.term
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("it does not shrink", {"shrink"}),
        ("it isn't sparse, it shrinks", {"sparse"}),
        ("it uses medians rather than means", {"means"}),
        ("instead of batches, it uses averages", {"batches"}),
        ("not only sparse but fast", set[str]()),
        ("never not sparse", set[str]()),
        ("a yes/no column", set[str]()),
        ('always answering "no fraud"', set[str]()),
        ("customers who did not pay early", set[str]()),
        ("do not forget eval", set[str]()),
        ("patients with a no-show history come late", set[str]()),
    ],
)
def test_a_denial_reaches_what_follows_it(text: str, words: set[str]) -> None:
    assert denied(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "It is a myth that dropout is off in training.",
        "Some people think that it is parallel.",
        "It would be wrong to say that trees are averaged.",
        "Trees are averaged, which is wrong.",
    ],
)
def test_an_error_told_as_one_is_no_claim(text: str) -> None:
    reading = read(text)
    assert any(standing.framed for standing in polarities(reading.surface.text, reading.clauses))


def test_a_frame_ends_at_the_contrast() -> None:
    reading = read("People say that more trees overfit, but they do not change the bias.")
    framed = [bool(standing.framed) for standing in polarities(reading.surface.text, reading.clauses)]
    assert framed == [True, False]


@pytest.mark.parametrize(
    ("pattern", "families"),
    [
        (r"(does not|doesn.?t) shrink", {"not"}),
        (r"\bnot\b sparse", {"not"}),
        (r"without (the )?noise", {"without"}),
        (r"(no|without) label", {"no", "without"}),
        (r"normali[sz]e", set[str]()),
        (r"\bnoise\b", set[str]()),
        (r"never|cannot", {"never", "not"}),
    ],
)
def test_a_pattern_that_names_a_denial_means_it(pattern: str, families: set[str]) -> None:
    assert named_denials(pattern) == families
